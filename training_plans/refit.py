"""What is learned from everybody's practice: groups, gains of drills, where newcomers begin, how
hard cases turned out. Histories come one by one, three times over, and none is kept."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.ability import TRACKING, Ability, Attempt, profile_of
from training_plans.features import features_of
from training_plans.gathering import Gathered
from training_plans.group_gains import Gained, moves
from training_plans.groups import CaseFit, Learned, Prior, Version, drifts

ENOUGH = 5
"""Who practised less says nothing about groups."""

FIRST = 3
"""A newcomer is taken to begin where others stood after so many drills."""

FEWEST_ALIKE = 10
"""Fewer people of a group give no prior of their own."""

KEPT_VERSIONS = 24

History = Sequence[tuple[str, Attempt]]
"""One person's cases with the attempts, oldest first."""


class Refit:
    """`begin` with everybody, then `gather` everybody, then `group` once, then `move` everybody,
    then `learned`. Memory grows with the cases and groups, not with the people."""

    def __init__(self, former: Learned, *, now: datetime) -> None:
        self._former, self._now = former, now
        self._first = defaultdict[Ability, list[float]](lambda: [0.0, 0.0])
        self._base: dict[Ability, float] = {}
        self._fitted = Learned()
        self._gained = Gained()
        self._priors = defaultdict[str, _Levels](_Levels)
        self._cases = defaultdict[str, _Case](_Case)
        self.gathered = Gathered()

    def begin(self, history: History) -> None:
        """First look: where people stand after their first drills."""
        if len(history) < FIRST:
            return
        for level in profile_of("", [attempt for _, attempt in history[:FIRST]]).levels:
            held = self._first[level.ability]
            held[0] += level.theta
            held[1] += 1

    def gather(self, history: History) -> None:
        """Second look: the profiles of those who practised enough."""
        # Mean level after the first drills, shrunk by n / (n + 20); 0 where nothing is known.
        self._base = {one: total / (count + 20) for one, (total, count) in self._first.items()}
        if len(history) >= ENOUGH:
            attempts = [attempt for _, attempt in history]
            levels = profile_of("", attempts, base=self._base, now=self._now)
            self.gathered.add(features_of(levels, attempts))

    def group(self, fitted: Learned) -> None:
        """What was fitted on `gathered`."""
        self._fitted = replace(fitted, base=self._base, fitted_at=self._now.isoformat())

    def move(self, history: History) -> None:
        """Third look: what moved whom, and how hard the cases were."""
        if len(history) < ENOUGH:
            return
        attempts = [attempt for _, attempt in history]
        group = self._fitted.group_of(attempts, now=self._now)
        levels = profile_of("", attempts, base=self._base, now=self._now).levels
        self._priors[group].add([level.theta for level in levels])
        seen: dict[str, list[float]] = defaultdict(list)
        for one in moves(group, [name for name, _ in history], attempts):
            self._gained.add(one)
            seen[one.followed_by].append(one.surprise)
        for name, surprises in seen.items():
            self._cases[name].add(surprises)

    def learned(self) -> Learned:
        """Everything together, with the version it is."""
        found = replace(
            self._fitted,
            gains=self._gained.gains(),
            priors=self._prior_list(),
            cases=tuple(case.fit(name) for name, case in sorted(self._cases.items())),
        )
        return replace(
            found, versions=(*self._former.versions, self._version(found))[-KEPT_VERSIONS:]
        )

    def _prior_list(self) -> tuple[Prior, ...]:
        held = {code: one for code, one in self._priors.items() if one.count >= FEWEST_ALIKE}
        total = sum(one.count for one in held.values())
        return tuple(one.prior(code, total) for code, one in sorted(held.items()))

    def _version(self, found: Learned) -> Version:
        former = self._former
        number = former.versions[-1].number + 1 if former.versions else 1
        moved = drifts(former, found)
        codes = {one.code for one in found.groups}
        return Version(
            number=number,
            at=found.fitted_at,
            people=found.people,
            stage=found.stage,
            stability=found.stability,
            groups=tuple((one.code, one.share, moved.get(one.code)) for one in found.groups),
            gone=tuple(one.code for one in former.groups if one.code not in codes),
        )


class _Levels:
    """Mean and variance of the levels of one group's people."""

    def __init__(self) -> None:
        self._held = Gathered(most=0)

    @property
    def count(self) -> int:
        return self._held.people

    def add(self, thetas: Sequence[float]) -> None:
        self._held.add(thetas)

    def prior(self, code: str, people: int) -> Prior:
        variances = tuple(scale**2 for scale in self._held.scales)
        return Prior(code, self.count / people, self._held.means, variances)


@dataclass(slots=True)
class _Case:
    """Surprises at one case. A person's own count once in the error: they are alike."""

    attempts: int = 0
    people: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, surprises: Sequence[float]) -> None:
        mean = sum(surprises) / len(surprises)
        self.attempts += len(surprises)
        self.people += 1
        self.total += mean
        self.squares += mean * mean

    def fit(self, name: str) -> CaseFit:
        mean = self.total / self.people
        spread = max(0.0, self.squares / self.people - mean * mean)
        return CaseFit(name, self.attempts, self.people, mean, math.sqrt(spread / self.people))


def off_cases(cases: Sequence[CaseFit]) -> list[CaseFit]:
    """Cases that turned out otherwise than written (two standard errors), on evidence enough for
    a calibration, the farthest off first. Nothing changes by itself: while people practise,
    difficulties stand still; an author changes the case, and that is the approval."""
    found = [
        one
        for one in cases
        if one.attempts >= TRACKING.calibration_attempts
        and one.people >= TRACKING.calibration_people
        and abs(one.surprise) > 2 * one.error
    ]
    return sorted(found, key=lambda one: -abs(one.surprise))
