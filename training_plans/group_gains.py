"""Which drills moved trainees of one group most: a small table, shrunk towards nothing.

A drill is credited with how much better than expected the *next* drill went. What a drill did for
a group is compared with what all its drills did (a group that grows fast does so on every drill).
The difference is shrunk by n / (n + 30), a case towards its family and a family towards nothing,
so that a handful of people prove nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.domain.ability import Ability, Attempt, expected, tracked

PRIOR_COUNT = 30
FULL_GAIN = 0.05
"""A surprise (result 0..1) so much above the usual counts as 1."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One drill of one person: the person's group, the case, its family, and the next drill's
    surprise."""

    group: str
    scenario_id: str
    family: str
    surprise: float


def moves(group: str, scenario_ids: Sequence[str], attempts: Sequence[Attempt]) -> list[Moved]:
    """What each drill of one person was followed by; attempts oldest first."""
    found = []
    for place in range(len(attempts) - 1):
        following = attempts[place + 1]
        missed = [
            result - expected(tracked(ability, attempts[: place + 1]).theta, following.difficulty)
            for ability in Ability
            if (result := following.result(ability)) is not None
        ]
        if missed and following.counts:
            surprise = sum(missed) / len(missed)
            found.append(Moved(group, scenario_ids[place], attempts[place].family, surprise))
    return found


def group_gains(moved: Iterable[Moved]) -> dict[tuple[str, str], float]:
    """(group, case) -> -1..1; 0 means as useful as any drill. What is unknown is left out.

    A case is shrunk towards its family, a family towards nothing."""
    groups: dict[str, _Mean] = defaultdict(_Mean)
    families: dict[tuple[str, str], _Mean] = defaultdict(_Mean)
    cases: dict[tuple[str, str, str], _Mean] = defaultdict(_Mean)
    for one in moved:
        groups[one.group].add(one.surprise)
        families[one.group, one.family].add(one.surprise)
        cases[one.group, one.family, one.scenario_id].add(one.surprise)
    gains = {}
    for (group, family, scenario_id), case in cases.items():
        of_family = families[group, family].shrunk(towards=groups[group].mean)
        gain = case.shrunk(towards=of_family) - groups[group].mean
        gains[group, scenario_id] = max(-1.0, min(1.0, gain / FULL_GAIN))
    return gains


class _Mean:
    """A running mean."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def mean(self) -> float:
        return self.total / self.count

    def shrunk(self, *, towards: float) -> float:
        kept = self.count / (self.count + PRIOR_COUNT)
        return towards + (self.mean - towards) * kept
