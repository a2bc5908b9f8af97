"""The bell: rings the lines of a timetable and shows a heartbeat.

It names a use case and hands over. What is due for whom stands in the database, so a restart
loses nothing here. Of several schedulers the first to claim a line rings it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bots import heartbeat
from core.errors import PeilianError
from core.ports.clock import Clock
from core.ports.live_state import LiveState

log = structlog.get_logger("ops")

_CRON_CLAIM = timedelta(seconds=30)
"""Shorter than the minute between two rings of a cron line, longer than clocks may differ."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timetable: a name, an interval or a cron line, and what is rung."""

    name: str
    every: timedelta | str
    ring: Callable[[], Awaitable[object]]

    @property
    def claim(self) -> timedelta:
        """How long nobody else rings this line."""
        return _CRON_CLAIM if isinstance(self.every, str) else self.every * 0.8

    def trigger(self, zone: ZoneInfo) -> CronTrigger | IntervalTrigger:
        """The line as the scheduler's library wants it; cron lines are read in `zone`.

        ValueError for a cron line that cannot be read, or with days of the week as numbers: cron
        counts them from Sunday and the library from Monday, so they must be names.
        """
        if isinstance(self.every, str):
            if any(letter.isdigit() for letter in self.every.split()[-1]):
                raise ValueError(f"{self.name}: write days of the week as mon, tue, ...")
            return CronTrigger.from_crontab(self.every, timezone=zone)
        return IntervalTrigger(seconds=self.every.total_seconds(), timezone=zone)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Rings `lines`; cron lines are read in `zone`."""

    live: LiveState
    clock: Clock
    zone: ZoneInfo
    owner: str
    lines: Sequence[Line]

    async def run(self, stop: asyncio.Event) -> None:
        """Ring until `stop` is set; what is being rung then is cut off between two writes."""
        bell = AsyncIOScheduler(timezone=self.zone)
        for line in (Line("heartbeat", heartbeat.EVERY, self._beat), *self.lines):
            bell.add_job(
                self._ring,
                line.trigger(self.zone),
                args=[line],
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        await self._ring_guarded(self._beat, "heartbeat")
        bell.start()
        try:
            await stop.wait()
        finally:
            bell.shutdown(wait=False)

    async def _ring(self, line: Line) -> None:
        await self._ring_guarded(lambda: self._claimed(line), line.name)

    async def _claimed(self, line: Line) -> None:
        if await self.live.acquire(f"bell:{line.name}", owner=self.owner, ttl=line.claim):
            await line.ring()

    async def _ring_guarded(self, ring: Callable[[], Awaitable[object]], name: str) -> None:
        """The boundary of a line: it is rung again at its next time."""
        try:
            await ring()
        except PeilianError as error:
            log.error("line_failed", line=name, error=type(error).__name__)

    async def _beat(self) -> None:
        await heartbeat.beat(self.live, now=self.clock.now())
