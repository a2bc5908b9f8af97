"""Rates of one conversation over any span, not only over whole minutes or hours.

Platforms count backwards from now. A counter that begins anew each minute lets twice the limit
pass around its turn, and WeCom drops what is too much without saying so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.ports.channel import Rate
from core.ports.clock import Clock
from core.ports.live_state import LiveState

_SLOTS = 6
"""Into so many slots the shortest span is divided; the counts of a slot go out together."""
_SHORTEST_KEPT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts in the live state. A conversation is sent to by one process at a time, so a count
    that is read and written back is right. Raises StorageUnavailable."""

    live: LiveState
    clock: Clock
    name: str
    rates: Sequence[Rate]

    async def take(self, who: str, sends: int = 1) -> float:
        """Count sends to `who`: 0, or the seconds after which to ask again (nothing counted). More
        than ever fit are counted as that many."""
        if not self.rates:
            return 0.0
        sends = min(sends, *(rate.sends for rate in self.rates))
        now = self.clock.now().timestamp()
        slot = math.floor(now / self._slot_s)
        oldest = slot - math.ceil(self._longest.total_seconds() / self._slot_s) - 1
        counts = {at: n for at, n in (await self._counts(who)).items() if at >= oldest}
        wait_s = max(self._until(counts, now, rate, sends) for rate in self.rates)
        if wait_s:
            return wait_s
        counts[slot] = counts.get(slot, 0) + sends
        lasts = max(_SHORTEST_KEPT, self._longest + timedelta(seconds=self._slot_s))
        kept = json.dumps(counts, separators=(",", ":"))
        await self.live.put(self._key(who), kept, ttl=lasts)
        return 0.0

    @property
    def _slot_s(self) -> float:
        return min(rate.within for rate in self.rates).total_seconds() / _SLOTS

    @property
    def _longest(self) -> timedelta:
        return max(rate.within for rate in self.rates)

    def _until(self, counts: Mapping[int, int], now: float, rate: Rate, sends: int) -> float:
        """Seconds until this many more fit; a slot counts until its end is out of the span."""
        span, most = rate.within.total_seconds(), rate.sends - sends
        ends = {at: (at + 1) * self._slot_s for at in sorted(counts)}
        left = sum(counts[at] for at, end in ends.items() if end > now - span)
        if left <= most:
            return 0.0
        for at, end in ends.items():
            if end <= now - span:
                continue
            left -= counts[at]
            if left <= most:
                return end + span - now + self._slot_s / 1000
        return span

    async def _counts(self, who: str) -> dict[int, int]:
        kept = await self.live.get(self._key(who))
        return {int(at): n for at, n in json.loads(kept).items()} if kept else {}

    def _key(self, who: str) -> str:
        return f"rate:{self.name}:{who}"
