"""The loop of those who work the jobs table: drain what is due, then wait to be woken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bots.intake import JOBS_TOPIC
from bots.waiting import first_of
from core.errors import StorageUnavailable
from core.ports.live_state import LiveState

log = structlog.get_logger("ops")

IDLE_WAIT_S = 15.0
"""How soon is noticed what fell due, or whose wake-up was lost."""


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
