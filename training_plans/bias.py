"""Are some groups scored differently? Standardised differences, each group against the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LARGE = 0.2
"""A standardised difference from which a group is looked at by people."""

ENOUGH = 30
"""Practices in a group, and beside it, below which a difference says nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Practices of the same groups, which stand by kind (team, channel, language): how many have a
    score 0..10, the sum of the scores, and that of their squares."""

    groups: Mapping[str, str]
    count: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class Gap:
    """One group against all others: practices in it, its mean, theirs, and the difference in
    standard deviations of all scores."""

    kind: str
    group: str
    count: int
    mean: float
    rest: float
    difference: float

    @property
    def is_large(self) -> bool:
        """Whether people should look at it."""
        return abs(self.difference) >= LARGE


def gaps(practices: Sequence[Scored]) -> tuple[Gap, ...]:
    """Every group with practices enough on both sides, the largest difference first."""
    every = _sum((one.count, one.total, one.squares) for one in practices)
    spread = _spread(every)
    found = []
    for kind, groups in _by_group(practices).items():
        known = _sum(groups.values())
        for group, (count, total, _) in groups.items():
            beside = known[0] - count
            if min(count, beside) < ENOUGH or not spread:
                continue
            mean, rest = total / count, (known[1] - total) / beside
            found.append(Gap(kind, group, count, mean, rest, (mean - rest) / spread))
    return tuple(sorted(found, key=lambda gap: (-abs(gap.difference), gap.kind, gap.group)))


Sums: TypeAlias = tuple[int, float, float]
"""Practices, the sum of their scores, and that of the squares."""


def _by_group(practices: Sequence[Scored]) -> Mapping[str, Mapping[str, Sums]]:
    """Kind -> group -> its sums."""
    parts: dict[str, dict[str, list[Sums]]] = {}
    for one in practices:
        for kind, group in one.groups.items():
            sums = one.count, one.total, one.squares
            parts.setdefault(kind, {}).setdefault(group, []).append(sums)
    return {
        kind: {group: _sum(held) for group, held in groups.items()}
        for kind, groups in parts.items()
    }


def _sum(parts: Iterable[Sums]) -> Sums:
    count, total, squares = 0, 0.0, 0.0
    for part in parts:
        count, total, squares = count + part[0], total + part[1], squares + part[2]
    return count, total, squares


def _spread(sums: Sums) -> float:
    count, total, squares = sums
    if count < 2:
        return 0.0
    return math.sqrt(max(0.0, squares - total * total / count) / (count - 1))
