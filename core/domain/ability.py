"""Six personal qualities and three work abilities, and a person's profile of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TypeAlias


class Ability(StrEnum):
    """Q: personal qualities, A: work abilities. Names are in the catalogue."""

    EMPATHY = "Q1"
    STABILITY = "Q2"
    RESPONSIBILITY = "Q3"
    COURTESY = "Q4"
    INTEGRITY = "Q5"
    LEARNING = "Q6"
    DIAGNOSIS = "A1"
    SOLVING = "A2"
    CLOSURE = "A3"


_ALL = tuple(Ability)
"""Walking a tuple takes a tenth of the time that walking the enum does."""


class Certainty(StrEnum):
    """How far a profile figure may be shown: below 5 drills it may not."""

    TOO_FEW = "too_few"
    TENTATIVE = "tentative"
    USABLE = "usable"


@dataclass(frozen=True, slots=True)
class AbilityLevel:
    """One ability of one person: level theta (logit), spread, and how many drills stand behind."""

    ability: Ability
    theta: float
    spread: float
    count: int

    @property
    def certainty(self) -> Certainty:
        """Display gate: under 5 nothing, 5 to 9 tentative, from 10 usable."""
        if self.count < 5:
            return Certainty.TOO_FEW
        return Certainty.TENTATIVE if self.count < 10 else Certainty.USABLE


@dataclass(frozen=True, slots=True)
class AbilityProfile:
    """All nine abilities of one person."""

    person_id: str
    levels: tuple[AbilityLevel, ...]


@dataclass(frozen=True, slots=True)
class Tracking:
    """Constants of the tracker (coaching notes, §7). Step: 2 max(least, 1 / (1 + decline n)),
    larger by `boost` while the smoothed surprise is above `surprise`; `half_life_days` of what is
    not practised; `micro_share`: how much of a drill one reply is; with
    `calibration_attempts` by `calibration_people` a case's difficulty may be doubted."""

    least: float = 0.08
    decline: float = 0.3
    boost: float = 1.5
    surprise: float = 0.15
    smoothing: float = 0.3
    reliability: float = 0.30
    half_life_days: float = 195.0
    prior_spread: float = 1.0
    largest_hint: int = 3
    calibration_attempts: int = 30
    calibration_people: int = 10
    micro_share: float = 0.25


TRACKING = Tracking()

TRACKER_VERSION = "1.1"
"""Changes whenever a formula or a constant of the tracker does; stands beside every level."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One drill as the tracker sees it: results 0..1 of the abilities that applied (None: did
    not apply), the case's difficulty in logits, and the sizes of the hints taken.

    `weights` (0..1, missing: 1) say how far the case exercises an ability; `discount` is what
    the hints take off every result. `critical`: whether a critical error stands. `share` is how
    much of a drill it is: 1 for a whole case, less for one reply, in step and in count alike.
    """

    at: datetime
    results: Mapping[Ability, float | None]
    difficulty: float
    family: str = ""
    hints: tuple[int, ...] = ()
    discount: float = 0.0
    weights: Mapping[Ability, float] = field(default_factory=dict)
    critical: bool = False
    share: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether this was a whole case: only those are spaced, mastered and compared."""
        return self.share >= 1

    @property
    def counts(self) -> bool:
        """A drill with a half-sentence hint says nothing about ability, nor does a second try."""
        return self.share > 0 and TRACKING.largest_hint not in self.hints

    def result(self, ability: Ability) -> float | None:
        """The result 0..1 of one ability with the hints taken off; None if it did not apply."""
        found = self.results.get(ability)
        return None if found is None else max(0.0, found - self.discount)

    def scores(self) -> list[float]:
        """The `result` of every ability that applied."""
        less = self.discount
        return [max(0.0, one - less) for one in self.results.values() if one is not None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A level for people, 0..10; about two of three true levels lie between `low` and `high`."""

    value: float
    low: float
    high: float


def expected(theta: float, difficulty: float) -> float:
    """Probability 0..1 that level `theta` does well at `difficulty` (both logits)."""
    return 1.0 / (1.0 + math.exp(difficulty - theta))


def step_size(n: float, surprise: float) -> float:
    """K of the n-th update (n from 0); `surprise` is the smoothed difference so far."""
    size = _plain_step(n)
    return size * TRACKING.boost if abs(surprise) > TRACKING.surprise else size


@cache
def _plain_step(n: float) -> float:
    """The step without a surprise; n is a small number of drills and quarters of drills."""
    return 2 * max(TRACKING.least, 1 / (1 + TRACKING.decline * n))


def reliability(n: float) -> float:
    """Share of true differences behind n drills: R(n) = n r / (1 + (n - 1) r), Spearman-Brown."""
    if n <= 0:
        return 0.0
    return n * TRACKING.reliability / (1 + (n - 1) * TRACKING.reliability)


@cache
def spread(n: float) -> float:
    """Standard error of theta in logits: prior spread times sqrt(1 - R(n))."""
    return TRACKING.prior_spread * math.sqrt(1 - reliability(n))


def faded(theta: float, idle_days: float, *, base: float = 0.0) -> float:
    """Level after `idle_days` without practice: what it has over `base` halves in 195 days."""
    kept: float = 2.0 ** (-max(0.0, idle_days) / TRACKING.half_life_days)
    return base + (theta - base) * kept


def tracked(
    ability: Ability,
    attempts: Sequence[Attempt],
    *,
    base: float = 0.0,
    now: datetime | None = None,
) -> AbilityLevel:
    """Level of one ability after these attempts, oldest first.

    `base` is where a person begins, and what is not practised fades back to (0, or the middle of
    the person's archetype). With `now`, the days since the last attempt fade.
    """
    return _level(ability, counted(attempts)[ability], base=base, now=now)


Counted: TypeAlias = Mapping[Ability, Sequence[tuple[Attempt, float]]]
"""What each ability rests on: attempts with their results 0..1, oldest first."""


def counted(attempts: Sequence[Attempt]) -> Counted:
    """The attempts that count for each ability with their results, in their order."""
    found: dict[Ability, list[tuple[Attempt, float]]] = {ability: [] for ability in _ALL}
    for attempt in attempts:
        if not attempt.counts:
            continue
        less = attempt.discount
        for ability, result in attempt.results.items():
            if result is not None:
                # As `Attempt.result` says, without a call: plans ask this of every drill there is.
                found[ability].append((attempt, max(0.0, result - less) if less else result))
    return found


def _level(
    ability: Ability,
    results: Sequence[tuple[Attempt, float]],
    *,
    base: float,
    now: datetime | None,
) -> AbilityLevel:
    theta, surprise, drills = base, 0.0, 0.0
    exp, smoothing = math.exp, TRACKING.smoothing
    for attempt, result in results:
        share, weights = attempt.share, attempt.weights
        # `expected`, without a call: plans come by here a hundred times each.
        missed = result - 1.0 / (1.0 + exp(attempt.difficulty - theta))
        weight = weights.get(ability, 1.0) * share if weights else share
        theta += step_size(drills, surprise) * missed * weight
        surprise += smoothing * share * (missed - surprise)
        drills += share
    if now is not None and results:
        idle = now - results[-1][0].at
        theta = faded(theta, idle.total_seconds() / 86400, base=base)
    # Four replies stand for one drill: the gate counts what is complete.
    return AbilityLevel(ability=ability, theta=theta, spread=spread(drills), count=int(drills))


def profile_of(
    person_id: str,
    attempts: Sequence[Attempt],
    *,
    base: Mapping[Ability, float] | None = None,
    now: datetime | None = None,
) -> AbilityProfile:
    """All nine levels after these attempts, in whatever order they are handed in."""
    ordered = sorted(attempts, key=lambda attempt: attempt.at)
    start, results = base or {}, counted(ordered)
    return AbilityProfile(
        person_id=person_id,
        levels=tuple(
            _level(ability, held, base=start.get(ability, 0.0), now=now)
            for ability, held in results.items()
        ),
    )


def shown(level: AbilityLevel) -> Shown | None:
    """The level as people see it: the result expected on a case of difficulty 0, 0..10, with its
    reach. None below the display gate. This is the one way a level becomes a figure: pages, chat,
    API and exports call it and touch neither `theta` nor `spread` (a test reads their code)."""
    if level.certainty is Certainty.TOO_FEW:
        return None
    middle, low, high = (
        round(10 * expected(level.theta + side * level.spread, 0.0), 1) for side in (0, -1, 1)
    )
    return Shown(value=middle, low=low, high=high)


def overall_level(levels: AbilityProfile) -> float | None:
    """Mean shown level 0..10; None while no ability may be shown."""
    known = [found.value for level in levels.levels if (found := shown(level)) is not None]
    return sum(known) / len(known) if known else None
