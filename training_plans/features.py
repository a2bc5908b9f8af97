"""Profiles -> features: how high a person stands, and in what shape.

Nothing but practice goes in: no name, team, site, age, gender, group or language (a test holds
this list against the data we keep of people).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.domain.ability import Ability, AbilityProfile, Attempt, expected

FEATURES: tuple[str, ...] = (
    "level",
    *(ability.value for ability in Ability),
    "critical_rate",
    "hint_share",
    "heat_recovery",
    "slope",
)
"""level: mean theta; Q1 to A3: theta minus the mean (shape); critical_rate and hint_share: parts
of the drills; heat_recovery: stability in hard cases minus in easy ones; slope: change of the
mean result against expectation over the last thirty days, per drill."""

WINSOR = 2.5
"""No standardised value counts for more than this."""

RECENT = timedelta(days=30)
_HARD = 0.5


def features_of(levels: AbilityProfile, attempts: Sequence[Attempt]) -> tuple[float, ...]:
    """One row, FEATURES in order."""
    thetas = {level.ability: level.theta for level in levels.levels}
    mean = sum(thetas.values()) / len(thetas)
    count = max(1, len(attempts))
    return (
        mean,
        *(thetas[ability] - mean for ability in Ability),
        sum(one.critical for one in attempts) / count,
        sum(bool(one.hints) for one in attempts) / count,
        _heat_recovery(attempts),
        _slope(attempts),
    )


def standardised(
    row: Sequence[float], means: Sequence[float], scales: Sequence[float]
) -> tuple[float, ...]:
    """The row in standard deviations, winsorised."""
    return tuple(
        max(-WINSOR, min(WINSOR, (value - mean) / scale))
        for value, mean, scale in zip(row, means, scales, strict=True)
    )


def _heat_recovery(attempts: Sequence[Attempt]) -> float:
    """How well composure holds where it is hard; 0 while one side is missing."""
    hard: list[float] = []
    easy: list[float] = []
    for one in attempts:
        result = one.result(Ability.STABILITY)
        if result is not None:
            (hard if one.difficulty > _HARD else easy).append(result)
    if not hard or not easy:
        return 0.0
    return sum(hard) / len(hard) - sum(easy) / len(easy)


def _slope(attempts: Sequence[Attempt]) -> float:
    """Least-squares slope of (mean result - expected of a beginner) over the latest drills."""
    ordered = sorted(attempts, key=lambda one: one.at)
    latest = [one for one in ordered if one.at >= ordered[-1].at - RECENT] if ordered else []
    points = []
    for one in latest:
        known = one.scores()
        if known:
            points.append(sum(known) / len(known) - expected(0.0, one.difficulty))
    if len(points) < 3:
        return 0.0
    middle, mean = (len(points) - 1) / 2, sum(points) / len(points)
    spread = sum((place - middle) ** 2 for place in range(len(points)))
    return sum((place - middle) * (one - mean) for place, one in enumerate(points)) / spread
