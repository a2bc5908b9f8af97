"""Fit groups of alike trainees (scikit-learn, in a process of its own, never in the web process).

Features are standardised and winsorised; a diagonal Gaussian mixture with k of 1 to 6 by BIC; the
median of the adjusted Rand index over bootstraps, and the agreement with KMeans, decide how far
the groups may be trusted (coaching notes, §8). Silhouettes are not used: they say the same with
and without groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from training_plans.features import FEATURES, WINSOR
from training_plans.gathering import FEWEST, Gathered
from training_plans.groups import Group, Learned, rescaled

MOST_GROUPS = 6
BOOTSTRAPS = 100
EXPLORATORY, NAMED = 0.60, 0.75
MOVED = 0.5
"""A centre farther from its former place (standard deviations per feature, root mean square)
loses its code."""

TRAITS = 3
STRONG = 0.5
"""A feature makes a group when its centre lies so many standard deviations off the mean."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a fit found: the document's part, the best k by BIC, stability, KMeans agreement."""

    learned: Learned
    k: int
    stability: float | None
    agreement: float | None


def fit(
    gathered: Gathered,
    *,
    former: Learned | None = None,
    seed: int = 0,
    bootstraps: int = BOOTSTRAPS,
) -> Fit:
    """Groups of these profiles (rows of len(FEATURES)). Below the gates there are none, and the
    stage is archetypes. Groups of `former` lend their codes to the ones nearest to them.

    Memory does not grow with the people: the sample of `gathered` is fitted, and each bootstrap
    draws as many rows as it holds.
    """
    base = Learned(means=gathered.means, scales=gathered.scales, people=gathered.people)
    if gathered.people < FEWEST:
        return Fit(base, k=0, stability=None, agreement=None)
    rows = (np.array(gathered.rows) - np.array(base.means)) / np.array(base.scales)
    rows = np.clip(rows, -WINSOR, WINSOR)
    best = min(
        (_mixture(rows, k, seed, starts=5) for k in range(1, MOST_GROUPS + 1)),
        key=lambda model: model.bic(rows),
    )
    k = int(best.n_components)
    if k == 1:
        return Fit(base, k=1, stability=None, agreement=None)
    labels = best.predict(rows)
    agreement = float(
        adjusted_rand_score(labels, KMeans(k, n_init=10, random_state=seed).fit_predict(rows))
    )
    stability = _stability(rows, labels, k, seed=seed, bootstraps=bootstraps)
    base = replace(base, stability=stability)
    if stability < EXPLORATORY:
        return Fit(base, k=k, stability=stability, agreement=agreement)
    stage = "named" if stability >= NAMED else "exploratory"
    known = rescaled(former, base) if former else ()
    learned = replace(base, stage=stage, groups=_groups(best, known))
    return Fit(learned, k=k, stability=stability, agreement=agreement)


def _mixture(rows: np.ndarray, k: int, seed: int, *, starts: int) -> GaussianMixture:
    return GaussianMixture(
        k, covariance_type="diag", n_init=starts, reg_covar=1e-3, random_state=seed
    ).fit(rows)


def _stability(
    rows: np.ndarray, labels: np.ndarray, k: int, *, seed: int, bootstraps: int
) -> float:
    """Median agreement of the labels with those of models fitted on bootstraps of the people,
    each as large as the sample and begun on its own."""
    chance = np.random.default_rng(seed)
    found = []
    for turn in range(bootstraps):
        drawn = chance.choice(len(rows), len(rows))
        model = _mixture(rows[drawn], k, seed + turn, starts=2)
        found.append(float(adjusted_rand_score(labels, model.predict(rows))))
    return median(found)


def _groups(model: GaussianMixture, former: Sequence[Group]) -> tuple[Group, ...]:
    codes = matched(model.means_, former)
    return tuple(
        Group(
            code=code,
            centre=tuple(map(float, centre)),
            variance=tuple(map(float, variance)),
            share=float(share),
            traits=traits(centre),
        )
        for code, centre, variance, share in zip(
            codes, model.means_, model.covariances_, model.weights_, strict=True
        )
    )


def matched(centres: np.ndarray, former: Sequence[Group]) -> list[str]:
    """A code for each centre: that of the former group it continues (Hungarian matching of the
    centres), a new one where none is near enough."""
    codes: dict[int, str] = {}
    if former:
        old = np.array([one.centre for one in former])
        distances = np.sqrt(((centres[:, None, :] - old[None, :, :]) ** 2).mean(axis=2))
        for new, before in zip(*linear_sum_assignment(distances), strict=True):
            if distances[new, before] <= MOVED:
                codes[int(new)] = former[before].code
    taken = [int(one.code[1:]) for one in former if one.code[1:].isdecimal()]
    number = max(taken, default=0)
    found = []
    for place in range(len(centres)):
        if place not in codes:
            number += 1
            codes[place] = f"g{number}"
        found.append(codes[place])
    return found


def traits(centre: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """The features that make a group, strongest first, with how far they lie off the mean."""
    named: Mapping[str, float] = dict(zip(FEATURES, map(float, centre), strict=True))
    strong = [(name, round(value, 2)) for name, value in named.items() if abs(value) >= STRONG]
    return tuple(sorted(strong, key=lambda item: -abs(item[1]))[:TRAITS])
