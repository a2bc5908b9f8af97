"""Which trainees are alike: features, archetypes, and what was fitted, read without a library.

Fitting is in `clustering.py` (scikit-learn, a process of its own). What it leaves is a small JSON
document; a person's group is then the nearest centre, found here in plain Python. Below the gates
the archetypes of the coaching notes, §8, take the place of fitted groups.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from core.domain.ability import Ability, AbilityLevel, Attempt, profile_of
from core.domain.training import Gains
from training_plans.features import FEATURES, features_of, standardised

NAME = "groups"
MIXED = "mixed"
FIRST_DRILLS = 4
"""So many drills say where somebody begins; after them it stands."""

SURE = 0.6
"""A smaller largest membership makes a mixed type."""

ARCHETYPES: Mapping[str, Mapping[str, float]] = {
    "all_round": {"level": 1.2},
    "skilled_not_warm": {"Q1": -1.0, "Q4": -0.6, "A1": 0.6, "A2": 0.9},
    "warm_not_skilled": {"Q1": 1.0, "Q4": 0.6, "A1": -0.6, "A2": -0.9},
    "compliance_risk": {"Q5": -1.1, "critical_rate": 1.0},
    "pressure_sensitive": {"Q2": -1.1, "heat_recovery": -0.7},
    "weak_closing": {"A3": -1.1, "Q3": -0.6},
    "growing": {"level": -0.8, "slope": 0.9},
    "stalled": {"level": -0.8, "slope": -0.9},
}
"""Prototypes in standard deviations; what is not named is 0."""


@dataclass(frozen=True, slots=True)
class Group:
    """A fitted group: centre and spread by feature (standardised), its share, and whether it may
    carry a name. `traits` are the features that make it, strongest first, with their sign."""

    code: str
    centre: tuple[float, ...]
    variance: tuple[float, ...]
    share: float
    traits: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Prior:
    """Where people of one group or archetype stand: their share, and mean and variance of their
    levels (logits) in the order of the abilities."""

    code: str
    share: float
    means: tuple[float, ...]
    variances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CaseFit:
    """How a case turned out for people whose level was known: attempts, people, and the mean of
    result minus expectation (0..1) with its standard error."""

    scenario_id: str
    attempts: int
    people: int
    surprise: float
    error: float


@dataclass(frozen=True, slots=True)
class Version:
    """One fit in short. `groups`: code, share, and how far the centre moved since the fit before
    (standard deviations; None for a new one); `gone` are codes that found no successor."""

    number: int
    at: str
    people: int
    stage: str
    stability: float | None
    groups: tuple[tuple[str, float, float | None], ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What was fitted on everybody. `stage`: archetypes, exploratory or named; `means` and
    `scales` standardise a profile; `base` is where newcomers begin of whom nothing is known,
    `priors` where people of each group stand; `versions` the last fits, this one last."""

    stage: str = "archetypes"
    groups: tuple[Group, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    gains: Gains = field(default_factory=dict)
    base: Mapping[Ability, float] = field(default_factory=dict)
    people: int = 0
    stability: float | None = None
    fitted_at: str = ""
    priors: tuple[Prior, ...] = ()
    cases: tuple[CaseFit, ...] = ()
    versions: tuple[Version, ...] = ()

    def base_of(self, attempts: Sequence[Attempt]) -> Mapping[Ability, float]:
        """Where a person begins, and fades back to: the groups' means by how well each fits the
        person's first drills. What one ability showed says something of those not yet seen."""
        if not self.priors:
            return self.base
        first = sorted(attempts, key=lambda one: one.at)[:FIRST_DRILLS]
        levels = profile_of("", first, base=self.base).levels
        odds = _odds([_fit_of(prior, levels) for prior in self.priors])
        return {
            level.ability: sum(
                weight * prior.means[place] for weight, prior in zip(odds, self.priors, strict=True)
            )
            for place, level in enumerate(levels)
        }

    def group_of(self, attempts: Sequence[Attempt], *, now: datetime) -> str:
        """The code of the person's group; empty while too little is known (five drills)."""
        if len(attempts) < 5 or not self.means:
            return ""
        values = features_of(profile_of("", attempts, base=self.base, now=now), attempts)
        row = standardised(values, self.means, self.scales)
        if self.stage == "archetypes" or not self.groups:
            return archetype(row)
        return nearest(row, self.groups)


def rescaled(former: Learned, base: Learned) -> tuple[Group, ...]:
    """The groups of `former`, their centres in the standard deviations of `base`."""

    def moved(group: Group) -> tuple[float, ...]:
        raw = (
            centre * scale + mean
            for centre, scale, mean in zip(group.centre, former.scales, former.means, strict=True)
        )
        return tuple(
            (value - mean) / scale
            for value, mean, scale in zip(raw, base.means, base.scales, strict=True)
        )

    return tuple(replace(group, centre=moved(group)) for group in former.groups)


def drifts(former: Learned, learned: Learned) -> dict[str, float]:
    """How far each group that went on has moved: root mean square over the features, in the new
    standard deviations."""
    old = {one.code: one.centre for one in rescaled(former, learned)}
    return {
        one.code: math.sqrt(
            sum((new - was) ** 2 for new, was in zip(one.centre, old[one.code], strict=True))
            / len(one.centre)
        )
        for one in learned.groups
        if one.code in old
    }


def archetype(row: Sequence[float]) -> str:
    """The nearest prototype of a standardised row, by squared distance."""
    named = dict(zip(FEATURES, row, strict=True))

    def distance(code: str) -> float:
        wanted = ARCHETYPES[code]
        return sum((value - wanted.get(name, 0.0)) ** 2 for name, value in named.items())

    return min(ARCHETYPES, key=distance)


def nearest(row: Sequence[float], groups: Sequence[Group]) -> str:
    """The most likely group under diagonal Gaussians; MIXED when none has a membership of .6."""
    logs = [
        math.log(one.share)
        - 0.5
        * sum(
            (value - centre) ** 2 / variance + math.log(variance)
            for value, centre, variance in zip(row, one.centre, one.variance, strict=True)
        )
        for one in groups
    ]
    odds = _odds(logs)
    best = max(range(len(odds)), key=odds.__getitem__)
    return groups[best].code if odds[best] >= SURE else MIXED


def _odds(logs: Sequence[float]) -> list[float]:
    """Logarithms of weights as shares of 1."""
    top = max(logs)
    weights = [math.exp(one - top) for one in logs]
    total = sum(weights)
    return [weight / total for weight in weights]


def _fit_of(prior: Prior, levels: Sequence[AbilityLevel]) -> float:
    """Log weight of a group given a few first levels. Abilities of one person go up and down
    together, so all of them count as much as the square root of their number."""
    found = [
        ((level.theta - mean) ** 2 / spread, math.log(spread))
        for level, mean, variance in zip(levels, prior.means, prior.variances, strict=True)
        if level.count and (spread := variance + level.spread**2)
    ]
    if not found:
        return math.log(prior.share)
    off = sum(square + log for square, log in found)
    return math.log(prior.share) - 0.5 * off / math.sqrt(len(found))


def text_of(learned: Learned) -> str:
    """The document that is kept."""
    kept = {
        "stage": learned.stage,
        "groups": [
            {
                "code": one.code,
                "centre": one.centre,
                "variance": one.variance,
                "share": one.share,
                "traits": one.traits,
            }
            for one in learned.groups
        ],
        "means": learned.means,
        "scales": learned.scales,
        "gains": [[group, case, gain] for (group, case), gain in sorted(learned.gains.items())],
        "base": {ability.value: level for ability, level in learned.base.items()},
        "people": learned.people,
        "stability": learned.stability,
        "fitted_at": learned.fitted_at,
        "priors": [asdict(one) for one in learned.priors],
        "cases": [asdict(one) for one in learned.cases],
        "versions": [asdict(one) for one in learned.versions],
    }
    return json.dumps(kept, ensure_ascii=False)


def read(text: str | None) -> Learned:
    """The kept document; nothing learned yet where there is none."""
    if text is None:
        return Learned()
    kept = json.loads(text)
    return Learned(
        stage=kept["stage"],
        groups=tuple(
            Group(
                code=one["code"],
                centre=tuple(one["centre"]),
                variance=tuple(one["variance"]),
                share=one["share"],
                traits=tuple((name, value) for name, value in one["traits"]),
            )
            for one in kept["groups"]
        ),
        means=tuple(kept["means"]),
        scales=tuple(kept["scales"]),
        gains={(group, case): gain for group, case, gain in kept["gains"]},
        base={Ability(code): level for code, level in kept["base"].items()},
        people=kept["people"],
        stability=kept["stability"],
        fitted_at=kept["fitted_at"],
        priors=tuple(
            Prior(one["code"], one["share"], tuple(one["means"]), tuple(one["variances"]))
            for one in kept.get("priors", ())
        ),
        cases=tuple(CaseFit(**one) for one in kept.get("cases", ())),
        versions=tuple(_version(one) for one in kept.get("versions", ())),
    )


def _version(kept: dict[str, Any]) -> Version:
    groups = tuple((code, share, drift) for code, share, drift in kept["groups"])
    return Version(**{**kept, "groups": groups, "gone": tuple(kept["gone"])})
