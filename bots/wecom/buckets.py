"""Rates of one conversation over any minute and any hour, not only over whole ones.

The platform counts the last sixty seconds. A counter that begins anew each minute lets twice the
limit pass around its turn, and WeCom drops what is too much without saying so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core.ports.clock import Clock
from core.ports.live_state import LiveState

_SLOT_S = 10
_MINUTE_S, _HOUR_S = 60, 3600


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in any minute and in any hour; None: no limit."""

    per_minute: int
    per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts in the live state. A conversation is sent to by one process at a time, so a count
    that is read and written back is right. Raises StorageUnavailable."""

    live: LiveState
    clock: Clock
    name: str
    rate: Rate

    async def take(self, who: str, sends: int = 1) -> float:
        """Count sends to `who`: 0, or the seconds after which to ask again (nothing counted). More
        than ever fit a minute are counted as that many."""
        sends = min(sends, self.rate.per_minute)
        now = self.clock.now().timestamp()
        slot = int(now // _SLOT_S)
        counts = _fresh(await self._counts(who), slot)
        wait_s = self._wait_s(counts, now, sends)
        if wait_s:
            return wait_s
        counts[slot] = counts.get(slot, 0) + sends
        kept = json.dumps(counts, separators=(",", ":"))
        await self.live.put(self._key(who), kept, ttl=timedelta(seconds=_HOUR_S + _SLOT_S))
        return 0.0

    def _wait_s(self, counts: Mapping[int, int], now: float, sends: int) -> float:
        waits = [_until(counts, now, self.rate.per_minute - sends, _MINUTE_S)]
        if self.rate.per_hour is not None:
            waits.append(_until(counts, now, self.rate.per_hour - sends, _HOUR_S))
        return max(waits)

    async def _counts(self, who: str) -> dict[int, int]:
        kept = await self.live.get(self._key(who))
        return {int(at): n for at, n in json.loads(kept).items()} if kept else {}

    def _key(self, who: str) -> str:
        return f"wecom:rate:{self.name}:{who}"


def _until(counts: Mapping[int, int], now: float, most: int, span: int) -> float:
    """Seconds until at most `most` lie in the span; a slot counts until its end is out of it."""
    left = sum(n for at, n in counts.items() if (at + 1) * _SLOT_S > now - span)
    if left <= most:
        return 0.0
    for at in sorted(counts):
        end = (at + 1) * _SLOT_S
        if end <= now - span:
            continue
        left -= counts[at]
        if left <= most:
            return end + span - now + 0.01
    return float(span)


def _fresh(counts: Mapping[int, int], slot: int) -> dict[int, int]:
    oldest = slot - _HOUR_S // _SLOT_S - 1
    return {at: n for at, n in counts.items() if at >= oldest}
