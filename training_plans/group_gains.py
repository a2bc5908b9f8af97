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
    case and surprise."""

    group: str
    scenario_id: str
    family: str
    surprise: float
    followed_by: str = ""


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
            family, after = attempts[place].family, scenario_ids[place + 1]
            found.append(Moved(group, scenario_ids[place], family, surprise, after))
    return found


def group_gains(moved: Iterable[Moved]) -> dict[tuple[str, str], float]:
    """(group, case) -> -1..1; 0 means as useful as any drill. What is unknown is left out.

    A case is shrunk towards its family, a family towards nothing."""
    gained = Gained()
    for one in moved:
        gained.add(one)
    return gained.gains()


class Gained:
    """The table in the making: drills come one by one and are not kept."""

    def __init__(self) -> None:
        self._groups: dict[str, _Mean] = defaultdict(_Mean)
        self._families: dict[tuple[str, str], _Mean] = defaultdict(_Mean)
        self._cases: dict[tuple[str, str, str], _Mean] = defaultdict(_Mean)

    def add(self, one: Moved) -> None:
        """One more drill."""
        self._groups[one.group].add(one.surprise)
        self._families[one.group, one.family].add(one.surprise)
        self._cases[one.group, one.family, one.scenario_id].add(one.surprise)

    def gains(self) -> dict[tuple[str, str], float]:
        """See `group_gains`."""
        found = {}
        for (group, family, scenario_id), case in self._cases.items():
            mean = self._groups[group].mean
            of_family = self._families[group, family].shrunk(towards=mean)
            gain = case.shrunk(towards=of_family) - mean
            found[group, scenario_id] = max(-1.0, min(1.0, gain / FULL_GAIN))
        return found


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
