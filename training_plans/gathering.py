"""Profiles as they come, in bounded memory: moments of all, an even sample of the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

FEWEST = 60
"""Fewer people make no groups."""

MOST_ROWS = 20_000
"""Rows that are kept: groups are fitted on these; a centre is then known to a hundredth of a
standard deviation or two."""


class Gathered:
    """Running moments (Welford) and a reservoir. All rows are of one length."""

    def __init__(self, *, seed: int = 0, most: int = MOST_ROWS) -> None:
        self.rows: list[Sequence[float]] = []
        self.people = 0
        self._chance = Random(seed)
        self._most = most
        self._means: list[float] = []
        self._squares: list[float] = []

    def add(self, row: Sequence[float]) -> None:
        """One more profile."""
        if not self.people:
            self._means, self._squares = [0.0] * len(row), [0.0] * len(row)
        self.people += 1
        for place, value in enumerate(row):
            off = value - self._means[place]
            self._means[place] += off / self.people
            self._squares[place] += off * (value - self._means[place])
        if len(self.rows) < self._most:
            self.rows.append(row)
        elif (place := self._chance.randrange(self.people)) < self._most:
            self.rows[place] = row

    @property
    def means(self) -> tuple[float, ...]:
        """Of every column, over everybody."""
        return tuple(self._means)

    @property
    def scales(self) -> tuple[float, ...]:
        """Standard deviations over everybody; 1 where nothing varies."""
        found = (math.sqrt(square / self.people) for square in self._squares)
        return tuple(scale if scale > 1e-9 else 1.0 for scale in found)
