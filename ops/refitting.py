"""The monthly refit: one job a month, worked by whichever scheduler process claims it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bots.intake import JOBS_TOPIC
from core.domain.jobs import Job, JobKind, NewJob
from core.errors import PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from ops.draining import Claims, drain_until
from training_plans import groups
from training_plans.groups import Learned

log = structlog.get_logger("ops")

AT = time(3, 40)
"""Local, on the first day of a month; an installation that was off then, or is new, does it at
once."""

CLAIM = timedelta(hours=2)
"""Longer than a refit over a large company takes."""

MAX_ATTEMPTS = 3
AGAIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class RefitRunner:
    """`fit` reads everybody's practice and fits, keeping nothing."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    zone: ZoneInfo
    owner: str
    fit: Callable[[datetime], Awaitable[Learned]]

    async def plan(self) -> None:
        """Make this month's job; made twice it is one."""
        now = self.clock.now()
        local = now.astimezone(self.zone)
        due = datetime.combine(local.date().replace(day=1), AT, self.zone)
        job = NewJob(JobKind.REFIT, f"refit:{local:%Y-%m}", due, {})
        if await self.transactions.write(lambda unit: unit.jobs.add(job, now=now)):
            await self.live.publish(JOBS_TOPIC)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await drain_until(stop, self.drain_once, live=self.live)

    async def drain_once(self) -> int:
        """Claim and work what is due; the number of jobs claimed."""
        claims = Claims(self.transactions, self.clock, self.owner, [JobKind.REFIT], CLAIM)
        return await claims.work(self._work)

    async def _work(self, job: Job) -> None:
        """The boundary of a refit: tried again later, and given up by name."""
        try:
            learned = await self.fit(self.clock.now())
        except StorageUnavailable:
            raise
        except (PeilianError, ValueError, ArithmeticError, LookupError, OSError) as error:
            log.exception("job_failed", kind=job.kind.value, attempt=job.attempt)
            name, now = type(error).__name__, self.clock.now()
            await self.transactions.write(lambda unit: _again(unit, job, name, now))
            return
        now = self.clock.now()
        if await self.transactions.write(lambda unit: _keep(unit, job, learned, now)):
            log.info("refitted", people=learned.people, stage=learned.stage)


def _keep(unit: UnitOfWork, job: Job, learned: Learned, now: datetime) -> bool:
    """The job is ended first: of two runners whose claims overlap one keeps what it found."""
    if not unit.jobs.done(job.id, now=now):
        return False
    unit.fitted.put(groups.NAME, groups.text_of(learned), now=now)
    return True


def _again(unit: UnitOfWork, job: Job, error: str, now: datetime) -> None:
    if job.attempt >= MAX_ATTEMPTS:
        unit.jobs.fail(job.id, now=now, error=error)
    else:
        unit.jobs.retry(job.id, due_at=now + AGAIN, error=error)
