"""Works the rows of the jobs table, and looks after dialogues that fell silent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bots.intake import JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from core.domain.dialogue import Dialogue, EndReason, Mode, Pace, Status
from core.domain.jobs import Job, JobKind
from core.domain.messages import Json, NoticeCode, OutboundKind, OutboundMessage
from core.errors import NotFound, PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.delivery import Lease
from core.ports.line_reader import LineReader
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from core.services.desk import read_desk
from core.services.effects import apply
from core.services.ending import closed
from core.services.judge_job import give_up, judge_dialogue
from ops.draining import Claims, drain_until

log = structlog.get_logger("ops")

CLAIM = timedelta(seconds=60)
"""A runner that died is replaced after this time."""

LEASE = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)
"""After this time a dialogue that was just being worked is looked at again."""

MAX_ATTEMPTS = 5
KINDS = (JobKind.JUDGE, JobKind.TIME_UP)
"""What this runner works. The day's pushes and reports have a runner of their own, and so has a
model: nobody waits for it."""
BATCH = 20


@dataclass(frozen=True, slots=True)
class JobRunner:
    """Claims due jobs and runs them; every job may safely run twice."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    content: ContentLibrary
    reader: LineReader
    owner: str
    pace: Pace = field(default_factory=Pace)
    with_model: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the job under way is finished."""
        await drain_until(stop, self.drain_once, live=self.live)

    async def drain_once(self) -> int:
        """Claim and work one batch; the number of jobs claimed."""
        claims = Claims(self.transactions, self.clock, self.owner, KINDS, CLAIM, BATCH)
        return await claims.work(self._work)

    async def _work(self, job: Job) -> None:
        """The boundary of a job: a fault is tried again later, and given up by name."""
        if job.attempt > MAX_ATTEMPTS:
            # Whoever claimed it before died of it, or with it, each time.
            await self._give_up(job, "claim ran out")
            return
        try:
            told = await (self._judge if job.kind is JobKind.JUDGE else self._end_exam)(job)
        except StorageUnavailable:
            raise
        except NotFound as error:
            await self._give_up(job, type(error).__name__)
        except (PeilianError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            log.exception("job_failed", kind=job.kind.value, attempt=job.attempt)
            await self._again(job, type(error).__name__)
        else:
            await self._tell(told)
            if told is not None and self.with_model:
                await self.live.publish(JOBS_TOPIC)

    async def _judge(self, job: Job) -> int | None:
        return await judge_dialogue(
            job,
            transactions=self.transactions,
            content=self.content,
            reader=self.reader,
            now=self.clock.now(),
            with_model=self.with_model,
        )

    async def _end_exam(self, job: Job) -> int | None:
        """An exam's time is over, whether the trainee writes or not. The conversation that is
        told so; None when the exam had ended before, or is just being worked."""
        now = self.clock.now()

        def work(unit: UnitOfWork) -> int | None:
            exam = unit.dialogues.get(str(job.payload["dialogue_id"]))
            if exam.status is not Status.RUNNING:
                unit.jobs.done(job.id, now=now)
                return None
            lease = unit.conversations.lease(
                exam.conversation_id, owner=self.owner, now=now, ttl=LEASE
            )
            if lease is None:
                unit.jobs.retry(job.id, due_at=now + AGAIN, error="the conversation is held")
                return None
            unit.conversations.release(lease)
            desk = read_desk(unit, exam.conversation_id)
            scenario = self.content.scenario(exam.scenario_id)
            effects = closed(desk, exam.end(EndReason.TIME_LIMIT, now), scenario, now)
            apply(unit, effects, conversation_id=exam.conversation_id, now=now)
            unit.jobs.done(job.id, now=now)
            return exam.conversation_id

        told = await self.transactions.write(work)
        if told is not None:
            await self.live.publish(JOBS_TOPIC)
        return told

    async def _again(self, job: Job, error: str) -> None:
        if job.attempt >= MAX_ATTEMPTS:
            await self._give_up(job, error)
            return
        due = self.clock.now() + timedelta(seconds=2**job.attempt)
        await self.transactions.write(lambda unit: unit.jobs.retry(job.id, due_at=due, error=error))

    async def _give_up(self, job: Job, error: str) -> None:
        """The job is failed for good, and the trainee is not left waiting."""
        log.error("job_given_up", kind=job.kind.value, job=job.id, error=error)
        now = self.clock.now()
        if job.kind is not JobKind.JUDGE:
            await self.transactions.write(lambda unit: unit.jobs.fail(job.id, now=now, error=error))
            return
        told = await self.transactions.write(
            lambda unit: give_up(unit, job, content=self.content, error=error, now=now)
        )
        await self._tell(told)

    async def _tell(self, conversation_id: int | None) -> None:
        if conversation_id is not None:
            await self.live.publish(OUTBOX_TOPIC)
            await self.live.publish(replies_topic(conversation_id))

    async def look_after_idle(self) -> None:
        """Nudge a silent practice once, then park it unscored; drop what was parked too long.

        A paused dialogue is left alone however long, and so is an exam, which runs on.
        """
        now, pace = self.clock.now(), self.pace

        def look(unit: UnitOfWork) -> list[str]:
            idle = unit.dialogues.idle
            running, parked = [Status.RUNNING], [Status.PARKED]
            return [
                *idle(before=now - pace.park_after, statuses=running, limit=BATCH),
                *idle(before=now - pace.parked_for, statuses=parked, limit=BATCH),
                *idle(before=now - pace.nudge_after, statuses=running, limit=BATCH, unnudged=True),
            ]

        for dialogue_id in dict.fromkeys(await self.transactions.read(look)):
            await self._look_after(dialogue_id, now)

    async def _look_after(self, dialogue_id: str, now: datetime) -> None:
        """Change the dialogue as a worker would: with its conversation's lease, or not at all."""
        found = await self.transactions.read(lambda unit: unit.dialogues.get(dialogue_id))

        def work(unit: UnitOfWork) -> int | None:
            lease = unit.conversations.lease(
                found.conversation_id, owner=self.owner, now=now, ttl=LEASE
            )
            if lease is None:
                return None
            return _look_after(unit, lease, dialogue_id, pace=self.pace, now=now)

        await self._tell(await self.transactions.write(work))


def _look_after(
    unit: UnitOfWork, lease: Lease, dialogue_id: str, *, pace: Pace, now: datetime
) -> int | None:
    """The conversation that is told something, if any. What stood a moment ago may have changed."""
    dialogue = unit.dialogues.get(dialogue_id)
    unit.conversations.release(lease)
    silent = now - dialogue.last_turn_at
    if dialogue.mode is Mode.MICRO:
        if silent >= pace.park_after and dialogue.status is Status.RUNNING:
            # One line is asked for again any time: nobody is reminded of it.
            _drop(unit, dialogue)
        return None
    if dialogue.status is Status.PARKED and silent >= pace.parked_for:
        _drop(unit, dialogue)
        return None
    if dialogue.status is not Status.RUNNING or dialogue.mode is Mode.EXAM:
        return None
    if silent >= pace.park_after:
        # The clock stops where the trainee left, not where we noticed.
        parked = dialogue.stop_clock(dialogue.last_turn_at, status=Status.PARKED)
        unit.dialogues.save(parked)
        days = pace.parked_for.days
        return _push(unit, parked, NoticeCode.PARKED, {"days": days}, now)
    if silent < pace.nudge_after or dialogue.nudged:
        return None
    unit.dialogues.save(replace(dialogue, nudged=True))
    return _push(unit, dialogue, NoticeCode.NUDGE, {}, now)


def _drop(unit: UnitOfWork, dialogue: Dialogue) -> None:
    conversation = unit.conversations.get(dialogue.conversation_id)
    if conversation.dialogue_id == dialogue.id:
        unit.conversations.set_dialogue(dialogue.conversation_id, None)
    unit.dialogues.save(replace(dialogue, status=Status.DROPPED))


def _push(
    unit: UnitOfWork, dialogue: Dialogue, code: NoticeCode, facts: dict[str, Json], now: datetime
) -> int:
    conversation = unit.conversations.get(dialogue.conversation_id)
    message = OutboundMessage(
        address=conversation.address,
        code=code,
        facts=facts,
        kind=OutboundKind.PUSH,
        dialogue_id=dialogue.id,
        language=conversation.language,
    )
    unit.outbox.add([message], now=now)
    return conversation.id
