"""Are some groups scored differently? Standardised differences, each group against the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LARGE = 0.2
"""A standardised difference from which a group is looked at by people."""

ENOUGH = 30
"""Practices in a group, and beside it, below which a difference says nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One practice's score 0..10 and the groups it belongs to, by kind: team, channel, language."""

    score: float
    groups: Mapping[str, str]


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
    spread = _spread([one.score for one in practices])
    found = []
    for kind in sorted({kind for one in practices for kind in one.groups}):
        for group in sorted({one.groups[kind] for one in practices if kind in one.groups}):
            inside = [one.score for one in practices if one.groups.get(kind) == group]
            beside = [one.score for one in practices if one.groups.get(kind, group) != group]
            if min(len(inside), len(beside)) < ENOUGH or not spread:
                continue
            mean, rest = sum(inside) / len(inside), sum(beside) / len(beside)
            found.append(Gap(kind, group, len(inside), mean, rest, (mean - rest) / spread))
    return tuple(sorted(found, key=lambda gap: -abs(gap.difference)))


def _spread(scores: Sequence[float]) -> float:
    if len(scores) < 2:
        return 0.0
    mean = sum(scores) / len(scores)
    return math.sqrt(sum((score - mean) ** 2 for score in scores) / (len(scores) - 1))
