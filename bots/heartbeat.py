"""A sign of life of a part that serves nobody, left where every process can see it."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.ports.live_state import LiveState

EVERY = timedelta(seconds=10)
_LASTS = timedelta(hours=1)
_SCHEDULER = "heartbeat:scheduler"


async def beat(live: LiveState, *, now: datetime) -> None:
    """The scheduler was alive at `now`. Raises StorageUnavailable."""
    await live.put(_SCHEDULER, now.isoformat(), ttl=_LASTS)


async def silent_for_s(live: LiveState, *, now: datetime) -> float | None:
    """Seconds since the scheduler's last beat, None when there was none for an hour. Raises
    StorageUnavailable."""
    last = await live.get(_SCHEDULER)
    return None if last is None else max(0.0, (now - datetime.fromisoformat(last)).total_seconds())
