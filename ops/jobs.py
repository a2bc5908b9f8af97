"""Works the rows of the jobs table, and looks after dialogues that fell silent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bots.intake import JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from bots.waiting import first_of
from core.domain.dialogue import Dialogue, Pace, Status
from core.domain.jobs import Job, JobKind
from core.domain.messages import Json, NoticeCode, OutboundKind, OutboundMessage
from core.errors import NotFound, PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from core.services.judge_job import judge_dialogue

log = structlog.get_logger("ops")

CLAIM = timedelta(seconds=60)
MAX_ATTEMPTS = 5
IDLE_WAIT_S = 15.0
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

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        async with self.live.subscribe(JOBS_TOPIC) as bell:
            while not stop.is_set():
                worked = 0
                try:
                    worked = await self.drain_once()
                    await self.look_after_idle()
                except StorageUnavailable:
                    log.error("storage_unavailable")
                if not worked:
                    await first_of(bell.wait(IDLE_WAIT_S), stop.wait())

    async def drain_once(self) -> int:
        """Claim and work one batch; the number of jobs claimed."""
        jobs = await self.transactions.write(
            lambda unit: unit.jobs.claim_due(
                [JobKind.JUDGE], owner=self.owner, now=self.clock.now(), ttl=CLAIM, limit=BATCH
            )
        )
        for job in jobs:
            await self._work(job)
        return len(jobs)

    async def _work(self, job: Job) -> None:
        """The boundary of a job: a fault is tried again later, and given up by name."""
        try:
            told = await judge_dialogue(
                str(job.payload["dialogue_id"]),
                transactions=self.transactions,
                content=self.content,
                reader=self.reader,
                now=self.clock.now(),
            )
        except StorageUnavailable:
            raise
        except NotFound as error:
            await self._give_up(job, error)
        except (
            PeilianError,
            ValueError,
            KeyError,
            ArithmeticError,
            LookupError,
            TypeError,
        ) as error:
            log.exception("job_failed", kind=job.kind.value, attempt=job.attempt)
            await self._again(job, error)
        else:
            await self.transactions.write(lambda unit: unit.jobs.done(job.id, now=self.clock.now()))
            if told is not None:
                await self.live.publish(OUTBOX_TOPIC)
                await self.live.publish(replies_topic(told))

    async def _again(self, job: Job, error: Exception) -> None:
        if job.attempt >= MAX_ATTEMPTS:
            await self._give_up(job, error)
            return
        due = self.clock.now() + timedelta(seconds=2**job.attempt)
        await self.transactions.write(
            lambda unit: unit.jobs.retry(job.id, due_at=due, error=type(error).__name__)
        )

    async def _give_up(self, job: Job, error: Exception) -> None:
        log.error("job_given_up", kind=job.kind.value, error=type(error).__name__)
        await self.transactions.write(
            lambda unit: unit.jobs.fail(job.id, now=self.clock.now(), error=type(error).__name__)
        )

    async def look_after_idle(self) -> None:
        """Nudge a silent practice once, then park it unscored; drop what was parked too long."""
        now = self.clock.now()

        def look(unit: UnitOfWork) -> list[str]:
            silent = unit.dialogues.idle(
                before=now - self.pace.nudge_after, statuses=[Status.RUNNING], limit=BATCH
            )
            parked = unit.dialogues.idle(
                before=now - self.pace.parked_for, statuses=[Status.PARKED], limit=BATCH
            )
            return [*silent, *parked]

        for dialogue_id in await self.transactions.read(look):
            await self._look_after(dialogue_id, now)

    async def _look_after(self, dialogue_id: str, now: datetime) -> None:
        told = await self.transactions.write(
            lambda unit: _look_after(unit, dialogue_id, pace=self.pace, now=now)
        )
        if told:
            await self.live.publish(OUTBOX_TOPIC)


def _look_after(unit: UnitOfWork, dialogue_id: str, *, pace: Pace, now: datetime) -> bool:
    dialogue = unit.dialogues.get(dialogue_id)
    silent = now - dialogue.last_turn_at
    if dialogue.status is Status.PARKED:
        unit.conversations.set_dialogue(dialogue.conversation_id, None)
        unit.dialogues.save(replace(dialogue, status=Status.DROPPED))
        return False
    if silent >= pace.park_after:
        # The clock stops where the trainee left, not where we noticed.
        parked = dialogue.stop_clock(dialogue.last_turn_at, status=Status.PARKED)
        unit.dialogues.save(parked)
        days = pace.parked_for.days
        return _tell(unit, parked, NoticeCode.PARKED, {"days": days}, now)
    if dialogue.nudged:
        return False
    unit.dialogues.save(replace(dialogue, nudged=True))
    return _tell(unit, dialogue, NoticeCode.NUDGE, {}, now)


def _tell(
    unit: UnitOfWork, dialogue: Dialogue, code: NoticeCode, facts: dict[str, Json], now: datetime
) -> bool:
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
    return True
