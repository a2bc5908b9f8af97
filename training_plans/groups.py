"""Which trainees are alike: features, archetypes, and what was fitted, read without a library.

Fitting is in `clustering.py` (scikit-learn, a process of its own). What it leaves is a small JSON
document; a person's group is then the nearest centre, found here in plain Python. Below the gates
the archetypes of the coaching notes, §8, take the place of fitted groups.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.ability import Ability, Attempt, profile_of
from core.domain.training import Gains
from training_plans.features import FEATURES, features_of, standardised

NAME = "groups"
MIXED = "mixed"
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
class Learned:
    """What was fitted on everybody. `stage`: archetypes, exploratory or named; `means` and
    `scales` standardise a profile; `base` is where newcomers begin."""

    stage: str = "archetypes"
    groups: tuple[Group, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    gains: Gains = field(default_factory=dict)
    base: Mapping[Ability, float] = field(default_factory=dict)
    people: int = 0
    stability: float | None = None
    fitted_at: str = ""

    def group_of(self, attempts: Sequence[Attempt], *, now: datetime) -> str:
        """The code of the person's group; empty while too little is known (five drills)."""
        if len(attempts) < 5 or not self.means:
            return ""
        values = features_of(profile_of("", attempts, base=self.base, now=now), attempts)
        row = standardised(values, self.means, self.scales)
        if self.stage == "archetypes" or not self.groups:
            return archetype(row)
        return nearest(row, self.groups)


def unfitted(rows: Sequence[Sequence[float]]) -> Learned:
    """What can be said without a library: the means and scales that the archetypes need."""
    count = len(rows)
    columns = list(zip(*rows, strict=True))
    means = tuple(sum(column) / count for column in columns)
    scales = tuple(
        math.sqrt(sum((value - mean) ** 2 for value in column) / count) or 1.0
        for column, mean in zip(columns, means, strict=True)
    )
    return Learned(means=means, scales=scales, people=count)


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
    top = max(logs)
    odds = [math.exp(one - top) for one in logs]
    best = max(range(len(odds)), key=odds.__getitem__)
    return groups[best].code if odds[best] / sum(odds) >= SURE else MIXED


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
    )
