"""The day's pushes and reports: planned again and again, worked when due, each made once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

import structlog

from bots.intake import JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from bots.reports import digest_facts, note_facts, weekly_facts
from core.domain.dialogue import Status
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    Json,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
)
from core.domain.people import Person, Role
from core.domain.worktime import next_open
from core.errors import NotFound, PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from ops.draining import Claims, drain_until
from training_plans import groups
from training_plans.digests import Reports, looks_of
from training_plans.push import (
    LATE,
    Timing,
    drills_of_day,
    due_people,
    reports_of_day,
    work_week,
)

log = structlog.get_logger("ops")

KINDS = (JobKind.DRILL, JobKind.MICRO, JobKind.REMIND, JobKind.DIGEST, JobKind.WEEKLY, JobKind.NOTE)
_DRILLS = (JobKind.DRILL, JobKind.MICRO, JobKind.REMIND)
"""What goes out in a person's windows only."""

CLAIM = timedelta(seconds=30)
"""What a scheduler that died had claimed is taken up by another before the message is a minute
late: this, and the 15 seconds at most until somebody looks."""
BATCH = 50
AT_ONCE = 1000
"""Jobs made in one transaction: nobody else waits long for the one writer of SQLite."""
MAX_ATTEMPTS = 5
NEXT_LOOK = timedelta(hours=6)
BUSY_FOR = timedelta(minutes=20)
"""Who is just practising is reminded after this time."""

Suggest = Callable[[UnitOfWork, Person, datetime], Mapping[str, Json]]
Due = Callable[[UnitOfWork, Person, datetime], Sequence[Mapping[str, Json]]]


@dataclass(frozen=True, slots=True)
class DailyRunner:
    """Plans and works the day. `reports` holds when and where people may be written to unasked,
    and reads what reports tell; `suggest`: the
    drill of the day for a person, as facts of a message, `suggest_micro` the same for a moment
    between calls, `due` what of the plan falls due by tomorrow; `by_mail`: reports also go by
    mail; `tells_empty`: a digest without news is sent."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    reports: Reports
    suggest: Suggest
    suggest_micro: Suggest
    due: Due
    owner: str
    by_mail: bool = False
    tells_empty: bool = True
    _made: set[str] = field(default_factory=set)
    """Keys of today's jobs that are known to be there: a large company is not written twice."""

    @property
    def timing(self) -> Timing:
        """When people may be written to unasked."""
        return self.reports.timing

    async def plan(self) -> int:
        """Make the jobs of today; how many were new. Rung every few minutes."""
        now = self.clock.now()
        day = now.astimezone(self.timing.zone).date()
        if not self.timing.calendar.knows(day):
            log.warning("holidays_unknown", year=day.year)
        jobs = await self.transactions.read(lambda unit: self._jobs(unit, day, now))
        fresh = [job for job in jobs if job.key not in self._made]
        made = 0
        for first in range(0, len(fresh), AT_ONCE):
            part = fresh[first : first + AT_ONCE]
            made += await self.transactions.write(partial(_add, part, now=now))
        self._made.clear()
        self._made.update(job.key for job in jobs)
        if made:
            log.info("day_planned", day=day.isoformat(), jobs=made)
            await self.live.publish(JOBS_TOPIC)
        return made

    def _jobs(self, unit: UnitOfWork, day: date, now: datetime) -> Sequence[NewJob]:
        people = unit.people.everyone()
        monday = day - timedelta(days=day.weekday())
        roster = {
            (shift.person_id, shift.day): shift
            for shift in unit.rosters.between(monday, monday + timedelta(days=6))
        }
        today = {person: shift for (person, on), shift in roster.items() if on == day}
        drills = drills_of_day(
            people,
            day,
            week=lambda person: work_week(day, person, roster, self.timing),
            shifts=today,
            timing=self.timing,
            owing=due_people(unit.orders.open_orders(), day),
        )
        # A drill whose time went by before anybody planned it would be late at once.
        fresh = [job for job in drills if job.due_at > now - LATE]
        return [*fresh, *reports_of_day(people, day, timing=self.timing)]

    async def report(self, day: date) -> Sequence[OutboundMessage]:
        """Make and send the reports of a day now, whatever the hour; each goes out once however
        often it is asked for. All of that day that there are, for somebody to read here."""
        now = self.clock.now()
        people = await self.transactions.read(lambda unit: unit.people.everyone())
        jobs = reports_of_day(people, day, timing=self.timing)
        at_once = [replace(job, due_at=min(job.due_at, now)) for job in jobs]
        await self.transactions.write(partial(_add, at_once, now=now))
        while await self.drain_once():
            pass
        return await self.transactions.read(lambda unit: self._all(unit, at_once))

    def _all(self, unit: UnitOfWork, jobs: Sequence[NewJob]) -> Sequence[OutboundMessage]:
        found = []
        for job in jobs:
            person = unit.people.get(str(job.payload["person_id"]))
            message = self._message(unit, Job(0, job.kind, job.key, job.payload, 1), person)
            if message is not None:
                address = ChannelAddress(ChannelKind.CONSOLE, person.id, person.name)
                found.append(_push(address, *message, person))
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the job under way is finished."""
        await drain_until(stop, self.drain_once, live=self.live)

    async def drain_once(self) -> int:
        """Claim and work one batch; the number of jobs claimed."""
        claims = Claims(self.transactions, self.clock, self.owner, KINDS, CLAIM, BATCH)
        return await claims.work(self._work)

    async def _work(self, job: Job) -> None:
        """The boundary of a job: a fault is tried again later, and given up by name."""
        now = self.clock.now()
        try:
            told = await self.transactions.write(lambda unit: self._write(unit, job, now))
        except StorageUnavailable:
            raise
        except (PeilianError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            name = type(error).__name__
            log.exception("job_failed", kind=job.kind.value, attempt=job.attempt)
            last = job.attempt >= MAX_ATTEMPTS or isinstance(error, NotFound)
            await self.transactions.write(lambda unit: _again(unit, job, name, now, last=last))
        else:
            if told:
                await self.live.publish(OUTBOX_TOPIC)
            for conversation_id in told:
                await self.live.publish(replies_topic(conversation_id))

    def _write(self, unit: UnitOfWork, job: Job, now: datetime) -> Sequence[int]:
        """The message and the end of its job, in one transaction; the conversations told.

        The job is ended first: of two runners whose claims overlap one finds it ended.
        """
        person = unit.people.get(str(job.payload["person_id"]))
        places = self._places(unit, job, person) if person.active else ()
        if not places:
            why = "no_address" if person.active else "left"
            unit.jobs.fail(job.id, now=now, error=why)
            return []
        if job.kind in _DRILLS:
            later = self._not_now(unit, job, person, now)
            if later is not None:
                _put_off(unit, job, later, now)
                return []
        if not unit.jobs.done(job.id, now=now):
            return []
        message = self._message(unit, job, person)
        if message is None:
            return []
        unit.outbox.add([_push(place, *message, person) for place in places], now=now)
        return [unit.conversations.at(place).id for place in places]

    def _places(self, unit: UnitOfWork, job: Job, person: Person) -> Sequence[ChannelAddress]:
        """Where the message goes: the person's chat, and for a report their mail too."""
        chat = self.reports.reach.place(unit, person.id)
        places = [chat.address] if chat else []
        if self.by_mail and person.email and job.kind not in _DRILLS:
            places.append(ChannelAddress(ChannelKind.MAIL, "main", person.email))
        return places

    def _not_now(
        self, unit: UnitOfWork, job: Job, person: Person, now: datetime
    ) -> datetime | str | None:
        """When to try again, or why the drill is left out; None: it may be sent now. One that is
        about a certain case waits for the next day."""
        named = "case" in job.payload
        day = self._day_of(now) if named else date.fromisoformat(str(job.payload["day"]))
        windows = self.timing.windows(day, unit.rosters.of_day(day).get(person.id))
        again = next_open(now, windows)
        due = datetime.fromisoformat(str(job.payload["due_at"]))
        if named and again is None:
            return now + NEXT_LOOK
        if again is None or (now - due > LATE and not named):
            return "late" if windows else "off_duty"
        if again > now:
            return again
        recent = unit.dialogues.recent(person.id, limit=1, whole=job.kind is JobKind.DRILL)
        if recent and recent[0].status is Status.RUNNING:
            return now + BUSY_FOR
        practised = bool(recent) and self._day_of(recent[0].started_at) == day
        if not named and practised and not self.due(unit, person, now):
            return "practised"
        return None

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.timing.zone).date()

    def _message(
        self, unit: UnitOfWork, job: Job, person: Person
    ) -> tuple[NoticeCode, Mapping[str, Json]] | None:
        day = date.fromisoformat(str(job.payload["day"]))
        now = self.clock.now()
        if job.kind in (JobKind.DRILL, JobKind.REMIND) and "case" not in job.payload:
            due = self.due(unit, person, now)
            if due:
                return NoticeCode.REMINDER, {"items": [dict(one) for one in due]}
        if job.kind is JobKind.REMIND:
            return None
        if job.kind is JobKind.DRILL:
            wanted = job.payload.get("case")
            facts = wanted if isinstance(wanted, dict) else self.suggest(unit, person, now)
            return NoticeCode.DRILL, facts
        if job.kind is JobKind.MICRO:
            facts = self.suggest_micro(unit, person, now)
            return (NoticeCode.MICRO, facts) if facts else None
        if job.kind is JobKind.DIGEST:
            digest = self.reports.day(unit, person.team, self.members(unit, person), day)
            if not digest.has_news and not self.tells_empty:
                return None
            unit.looks.add(looks_of(digest, person, now=self.clock.now()))
            return NoticeCode.DIGEST, digest_facts(digest)
        if job.kind is JobKind.WEEKLY:
            teams = self.reports.week_of_teams(unit, unit.people.everyone(), day)
            fits = groups.read(unit.fitted.get(groups.NAME)).versions
            facts = weekly_facts(teams, day, fits[-1] if fits else None)
            quiet = not any(one.practices for one in teams.values()) and "refit" not in facts
            return None if quiet and not self.tells_empty else (NoticeCode.WEEKLY, facts)
        note = self.reports.note(unit, person, day)
        return (NoticeCode.WEEK_NOTE, note_facts(note)) if note.practices or note.before else None

    def members(self, unit: UnitOfWork, supervisor: Person) -> Sequence[Person]:
        """The trainees a digest is about."""
        return [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and one.team == supervisor.team and not one.erased
        ]


def _add(jobs: Sequence[NewJob], unit: UnitOfWork, *, now: datetime) -> int:
    return sum(unit.jobs.add(job, now=now) for job in jobs)


def _put_off(unit: UnitOfWork, job: Job, later: datetime | str, now: datetime) -> None:
    if isinstance(later, datetime):
        unit.jobs.retry(job.id, due_at=later, error="put_off")
    else:
        unit.jobs.fail(job.id, now=now, error=later)


def _again(unit: UnitOfWork, job: Job, error: str, now: datetime, *, last: bool) -> None:
    if last:
        unit.jobs.fail(job.id, now=now, error=error)
    else:
        unit.jobs.retry(job.id, due_at=now + timedelta(seconds=2**job.attempt), error=error)


def _push(
    place: ChannelAddress, code: NoticeCode, facts: Mapping[str, Json], person: Person
) -> OutboundMessage:
    return OutboundMessage(
        address=place,
        code=code,
        facts=facts,
        kind=OutboundKind.PUSH,
        language=person.language,
    )
