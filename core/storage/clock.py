"""The database's clock, read now and then and carried on by this machine's steady one.

Leases, claims and due times are compared by every host that shares a database; if each used its
own clock, one that is fast would take conversations away from the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MEASURE_EVERY_S = 60.0
"""Steady clocks drift apart by less than 10 ms in this time."""


@dataclass(frozen=True, slots=True)
class _Reading:
    theirs: datetime
    steady_s: float


def _wall() -> datetime:
    return datetime.now(UTC)


class DatabaseClock:
    """`Clock` of everybody who shares a database; safe in threads.

    Until the first reading it shows this machine's time, and for a database in a file, which no
    other host shares, it stays with that.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], datetime] = _wall,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._reading: _Reading | None = None

    def now(self) -> datetime:
        """Aware UTC."""
        reading = self._reading
        if reading is None:
            return self._wall()
        return reading.theirs + timedelta(seconds=self._steady() - reading.steady_s)

    def is_due(self) -> bool:
        """Whether it is time to look at the database's clock again."""
        reading = self._reading
        return reading is None or self._steady() - reading.steady_s >= MEASURE_EVERY_S

    def read(self, ask: Callable[[], datetime]) -> None:
        """Set by what `ask` returns, the database's time without a zone; it is taken to have
        been read half-way between question and answer."""
        asked_s = self._steady()
        theirs = ask().replace(tzinfo=UTC)
        self._reading = _Reading(theirs, (asked_s + self._steady()) / 2)
