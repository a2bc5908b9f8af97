"""What is pushed to whom on a day: jobs with a due time, made again and again under the same keys.

Making the plan twice makes each job once, so any scheduler may make it, as often as it likes. A
roster that changes moves only what was not made yet; the sending looks at the windows once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.domain.jobs import JobKind, NewJob
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.domain.training import Order, OrderKind
from core.domain.worktime import PushRules, Shift, Window, WorkCalendar, due_at, moment, windows

LATE = timedelta(hours=2)
"""A drill that could not be sent this long after its time is left out, and counted."""

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and when. Minutes of the day; drills and micro-drills per person and week; days as
    Monday = 0."""

    drills_per_week: int = 3
    micro_per_week: int = 2
    digest_at: int = 18 * 60
    note_at: int = 16 * 60 + 30
    note_day: int = 4
    weekly_at: int = 9 * 60 + 30
    weekly_day: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """Everything that decides when a person may be written to."""

    zone: ZoneInfo
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    rules: PushRules = field(default_factory=PushRules)
    rhythm: Rhythm = field(default_factory=Rhythm)

    def windows(self, day: date, shift: Shift | None) -> tuple[Window, ...]:
        """When somebody with this shift (None: on no roster) may be written to on that day."""
        return windows(day, rules=self.rules, calendar=self.calendar, zone=self.zone, shift=shift)


def drills_of_day(
    people: Sequence[Person],
    day: date,
    *,
    week: Callable[[Person], Sequence[date]],
    shifts: Mapping[str, Shift],
    timing: Timing,
    owing: Collection[str] = (),
) -> Sequence[NewJob]:
    """A drill for each trainee whose turn it is, at their own time; a micro-drill on some of the
    days between, or a reminder for those in `owing` (ids): never two things on one day. `week`:
    the days of this week on which the person works; `shifts`: the roster of `day`.
    """
    jobs = []
    for person in people:
        kind = _kind_of(person, day, week, timing, owes=person.id in owing)
        if kind is None:
            continue
        key = f"{kind.value}:{person.id}:{day}"
        open_windows = timing.windows(day, shifts.get(person.id))
        due = due_at(key, day, open_windows, rules=timing.rules, zone=timing.zone)
        if due is not None:
            jobs.append(_job(kind, key, due, person, day))
    return jobs


def due_people(orders: Sequence[Order], day: date) -> frozenset[str]:
    """Ids of those with an assignment or an exam that falls due on that day or the next. Whether
    it was passed meanwhile is looked at when the reminder is sent."""
    soon = (day, day + timedelta(days=1))
    return frozenset(
        one.person_id
        for one in orders
        if one.kind in (OrderKind.ASSIGN, OrderKind.EXAM) and one.due_on in soon and one.holds(day)
    )


def _kind_of(
    person: Person,
    day: date,
    week: Callable[[Person], Sequence[date]],
    timing: Timing,
    *,
    owes: bool,
) -> JobKind | None:
    """What the person is sent on that day: at most one thing. A drill tells what is due, too."""
    if person.role is not Role.TRAINEE or person.erased:
        return None
    days = week(person)
    drilled = turns(person, days, timing)
    if day in drilled:
        return JobKind.DRILL
    if owes:
        return JobKind.REMIND
    left = [one for one in days if one not in drilled]
    return JobKind.MICRO if day in left[: timing.rhythm.micro_per_week] else None


def turns(person: Person, days: Sequence[date], timing: Timing) -> frozenset[date]:
    """The days of a week on which this person is drilled: as many as are wanted, spread evenly,
    beginning at a different day for different people."""
    wanted = timing.rhythm.drills_per_week
    if len(days) <= wanted:
        return frozenset(days)
    if not wanted:
        return frozenset()
    first = _number(person.id) % len(days)
    steps = (first + turn * len(days) // wanted for turn in range(wanted))
    return frozenset(days[step % len(days)] for step in steps)


def reports_of_day(people: Sequence[Person], day: date, *, timing: Timing) -> Sequence[NewJob]:
    """The digests of a working day: one for each supervisor, a weekly one for each admin, and a
    note on the own week for each trainee."""
    if not timing.calendar.is_working(day):
        return ()
    rhythm, jobs = timing.rhythm, []
    for person in people:
        for kind, at in _reports(person, day, rhythm):
            due = moment(day, at, timing.zone)
            key = f"{kind.value}:{person.id}:{day}"
            jobs.append(_job(kind, key, due + _spread(key, timing.rules), person, day))
    return jobs


def _reports(person: Person, day: date, rhythm: Rhythm) -> Sequence[tuple[JobKind, int]]:
    if person.erased:
        return []
    if person.role is Role.SUPERVISOR:
        return [(JobKind.DIGEST, rhythm.digest_at)]
    if person.role is Role.ADMIN and day.weekday() == rhythm.weekly_day:
        return [(JobKind.WEEKLY, rhythm.weekly_at)]
    if person.role is Role.TRAINEE and not person.guest and day.weekday() == rhythm.note_day:
        return [(JobKind.NOTE, rhythm.note_at)]
    return []


def work_week(
    day: date, person: Person, shifts: Mapping[tuple[str, date], Shift], timing: Timing
) -> Sequence[date]:
    """The days of the week of `day` on which this person works, by the roster or the calendar."""
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(_WEEK)]
    return [one for one in days if timing.windows(one, shifts.get((person.id, one)))]


def _job(kind: JobKind, key: str, due: datetime, person: Person, day: date) -> NewJob:
    payload: dict[str, Json] = {
        "person_id": person.id,
        "day": day.isoformat(),
        # The first time: a job that is put off keeps it, and is late by it.
        "due_at": due.isoformat(),
    }
    return NewJob(kind=kind, key=key, due_at=due, payload=payload)


def _spread(key: str, rules: PushRules) -> timedelta:
    return rules.jitter * (_number(key) / 2**32)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")
