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
from training_plans.groups import Group, Learned

FEWEST = 60
MOST_GROUPS = 6
BOOTSTRAPS = 100
EXPLORATORY, NAMED = 0.60, 0.75
MOVED = 0.5
"""A centre farther from its former place (standard deviations per feature, root mean square)
loses its code."""

MOST_ROWS = 20_000
"""Stability is judged on a sample of so many people; the groups are fitted on everybody."""

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
    rows: np.ndarray,
    *,
    former: Sequence[Group] = (),
    seed: int = 0,
    bootstraps: int = BOOTSTRAPS,
) -> Fit:
    """Groups of these profiles (n, len(FEATURES)). Below the gates there are none, and the stage
    is archetypes. `former` groups lend their codes to the ones nearest to them.

    Memory: one float64 copy of the rows beside the responsibilities (n, k).
    """
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales[scales < 1e-9] = 1.0
    base = Learned(
        means=tuple(map(float, means)), scales=tuple(map(float, scales)), people=len(rows)
    )
    if len(rows) < FEWEST:
        return Fit(base, k=0, stability=None, agreement=None)
    scaled = np.clip((rows - means) / scales, -WINSOR, WINSOR)
    sample = _sample(scaled, seed)
    best = min(
        (_mixture(sample, k, seed) for k in range(1, MOST_GROUPS + 1)),
        key=lambda model: model.bic(sample),
    )
    k = int(best.n_components)
    if k == 1:
        return Fit(base, k=1, stability=None, agreement=None)
    labels = best.predict(sample)
    agreement = float(
        adjusted_rand_score(labels, KMeans(k, n_init=10, random_state=seed).fit_predict(sample))
    )
    stability = _stability(sample, labels, k, seed=seed, bootstraps=bootstraps)
    base = replace(base, stability=stability)
    if stability < EXPLORATORY:
        return Fit(base, k=k, stability=stability, agreement=agreement)
    whole = best if len(sample) == len(scaled) else _mixture(scaled, k, seed, start=best)
    stage = "named" if stability >= NAMED else "exploratory"
    learned = replace(base, stage=stage, groups=_groups(whole, former))
    return Fit(learned, k=k, stability=stability, agreement=agreement)


def _mixture(
    rows: np.ndarray, k: int, seed: int, start: GaussianMixture | None = None
) -> GaussianMixture:
    model = GaussianMixture(
        k,
        covariance_type="diag",
        n_init=1 if start is not None else 5,
        reg_covar=1e-3,
        random_state=seed,
        means_init=None if start is None else start.means_,
    )
    return model.fit(rows)


def _sample(rows: np.ndarray, seed: int) -> np.ndarray:
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = np.random.default_rng(seed).choice(len(rows), MOST_ROWS, replace=False)
    return np.asarray(rows[chosen])


def _stability(
    rows: np.ndarray, labels: np.ndarray, k: int, *, seed: int, bootstraps: int
) -> float:
    """Median agreement of the labels with those of models fitted on bootstraps of the people."""
    chance = np.random.default_rng(seed)
    found = []
    for turn in range(bootstraps):
        drawn = chance.choice(len(rows), min(len(rows), 2000))
        model = GaussianMixture(
            k, covariance_type="diag", n_init=2, reg_covar=1e-3, random_state=seed + turn
        ).fit(rows[drawn])
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
