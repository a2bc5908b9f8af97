"""Works the jobs that ask the judge model: apart from the others, which must not wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.intake import JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from bots.waiting import first_of
from core.domain.jobs import Job, JobKind
from core.errors import ModelError, NotFound, PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions
from core.services.model_job import AddModel
from ops.draining import IDLE_WAIT_S, Claims

log = structlog.get_logger("ops")

CLAIM = timedelta(minutes=6)
"""Longer than one talk may take; after it a runner that died is replaced. What its calls have
brought is kept by content, so little is asked twice."""
MAX_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class ModelJobRunner:
    """Claims one job at a time; every job may safely run twice."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    add_model: AddModel
    owner: str

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way then comes back when its claim runs out."""
        async with self.live.subscribe(JOBS_TOPIC) as bell:
            while not stop.is_set():
                worked = 0
                try:
                    async with asyncio.TaskGroup() as group:
                        work = group.create_task(self.drain_once())
                        await first_of(asyncio.wait([work]), stop.wait())
                        if not work.done():
                            work.cancel()
                            return
                    worked = work.result()
                except* StorageUnavailable:
                    log.error("storage_unavailable")
                if not worked:
                    await first_of(bell.wait(IDLE_WAIT_S), stop.wait())

    async def drain_once(self) -> int:
        """Claim and work one job; how many were claimed."""
        claims = Claims(self.transactions, self.clock, self.owner, [JobKind.MODEL_JUDGE], CLAIM)
        return await claims.work(self._work)

    async def _work(self, job: Job) -> None:
        """The boundary of a job: a fault is tried again later, and given up by name."""
        if job.attempt > MAX_ATTEMPTS:
            await self.add_model.give_up(job, "claim ran out")
            return
        try:
            told = await self.add_model.run(job)
        except StorageUnavailable:
            raise
        except NotFound as error:
            await self.add_model.give_up(job, type(error).__name__)
        except ModelError as error:
            log.warning("judge_model_away", error=type(error).__name__, attempt=job.attempt)
            await self._again(job, type(error).__name__)
        except (PeilianError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            log.exception("job_failed", kind=job.kind.value, attempt=job.attempt)
            await self._again(job, type(error).__name__)
        else:
            if told is not None:
                await self.live.publish(OUTBOX_TOPIC)
                await self.live.publish(replies_topic(told))

    async def _again(self, job: Job, error: str) -> None:
        if job.attempt >= MAX_ATTEMPTS:
            await self.add_model.give_up(job, error)
            return
        due = self.clock.now() + timedelta(seconds=15 * 4**job.attempt)
        await self.transactions.write(lambda unit: unit.jobs.retry(job.id, due_at=due, error=error))
