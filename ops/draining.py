"""The loop of those who work the jobs table: drain what is due, then wait to be woken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.intake import JOBS_TOPIC
from bots.waiting import first_of
from core.domain.jobs import Job, JobKind
from core.errors import StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions

log = structlog.get_logger("ops")

IDLE_WAIT_S = 15.0
"""How soon is noticed what fell due, or whose wake-up was lost."""


@dataclass(frozen=True, slots=True)
class Claims:
    """How one kind of worker claims its jobs: `limit` at once, each for `ttl`."""

    transactions: Transactions
    clock: Clock
    owner: str
    kinds: Sequence[JobKind]
    ttl: timedelta
    limit: int = 1

    async def work(self, work: Callable[[Job], Awaitable[None]]) -> int:
        """Claim one batch and work it; the number of jobs claimed."""
        jobs = await self.transactions.write(
            lambda unit: unit.jobs.claim_due(
                self.kinds,
                owner=self.owner,
                now=self.clock.now(),
                ttl=self.ttl,
                limit=self.limit,
            )
        )
        for job in jobs:
            await work(job)
        return len(jobs)


async def drain_until(
    stop: asyncio.Event, drain_once: Callable[[], Awaitable[int]], *, live: LiveState
) -> None:
    """Call `drain_once` (the number of jobs claimed) until `stop` is set; the batch under way is
    finished. A store that is away is waited for."""
    async with live.subscribe(JOBS_TOPIC) as bell:
        while not stop.is_set():
            worked = 0
            try:
                worked = await drain_once()
            except StorageUnavailable:
                log.error("storage_unavailable")
            if not worked:
                await first_of(bell.wait(IDLE_WAIT_S), stop.wait())
