"""How well two raters agree, and how far such a figure can be trusted. Plain arithmetic.

Ratings are paired by place: `a[i]` and `b[i]` are two raters' words on the same case. Figures
that cannot be known (nothing rated, no spread at all) are None, never an invented number.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance
from typing import TypeVar

_Case = TypeVar("_Case")


def critical_value(level: float) -> float:
    """The two-sided normal critical value of a confidence level: 0.95 -> 1.96."""
    return NormalDist().inv_cdf((1 + level) / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error and confidence limits."""

    value: float
    error: float
    low: float
    high: float

    def holds(self, truth: float) -> bool:
        """Whether the interval covers a value."""
        return self.low <= truth <= self.high


def raw_agreement(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """Share of cases that got the same word from both."""
    pairs = _paired(a, b)
    return sum(x == y for x, y in pairs) / len(pairs) if pairs else None


def gwet_ac1(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    *,
    categories: Sequence[Hashable] = (),
    level: float = 0.95,
) -> Estimate | None:
    """Gwet's AC1 of two raters: agreement beyond chance that does not collapse on rare marks.

    Chance is sum(pi (1 - pi)) / (q - 1) with the mean shares pi of the q categories, those that
    `categories` names or else those that occur. Variance after Gwet (2008), equation for n of
    many cases. None without two cases. Gwet, K. L. (2008), Br J Math Stat Psychol 61, 29-48.
    """
    pairs = _paired(a, b)
    if len(pairs) < 2:
        return None
    counts = Counter(word for pair in pairs for word in pair)
    number = max(len(set(categories) | set(counts)), 2)
    share = {word: count / (2 * len(pairs)) for word, count in counts.items()}
    chance = sum(pi * (1 - pi) for pi in share.values()) / (number - 1)
    agreed = sum(x == y for x, y in pairs) / len(pairs)
    value = (agreed - chance) / (1 - chance)
    scatter = 0.0
    for x, y in pairs:
        own = (float(x == y) - chance) / (1 - chance)
        # How chance moves with this case: the linearised part of the estimator.
        own_chance = ((1 - share[x]) + (1 - share[y])) / 2 / (number - 1)
        scatter += (own - 2 * (1 - value) * (own_chance - chance) / (1 - chance) - value) ** 2
    error = math.sqrt(scatter / (len(pairs) * (len(pairs) - 1)))
    reach = critical_value(level) * error
    return Estimate(value, error, max(-1.0, value - reach), min(1.0, value + reach))


def kappa(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    *,
    categories: Sequence[Hashable],
    power: int = 0,
) -> float | None:
    """Cohen's kappa of two raters; weighted by the distance in `categories` (in their order).

    `power` 0: no weights, 1: linear, 2: quadratic. None where nothing was rated or both raters
    always use one and the same word. Cohen (1960, 1968).
    """
    pairs = _paired(a, b)
    if not pairs:
        return None
    place = {word: at for at, word in enumerate(categories)}
    first, second = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)

    def apart(x: Hashable, y: Hashable) -> float:
        return float(x != y) if power == 0 else float(abs(place[x] - place[y]) ** power)

    seen = sum(apart(x, y) for x, y in pairs) / len(pairs)
    expected = sum(apart(x, y) * first[x] * second[y] for x in first for y in second) / (
        len(pairs) ** 2
    )
    return 1 - seen / expected if expected else None


def bias(machine: Sequence[float], human: Sequence[float]) -> float | None:
    """Mean of machine - human, in the unit of the scores; above zero: the machine is milder."""
    pairs = _paired(machine, human)
    return fmean(m - h for m, h in pairs) if pairs else None


def cluster_bootstrap(
    clusters: Sequence[Sequence[_Case]],
    figure: Callable[[Sequence[_Case]], float | None],
    *,
    seed: int,
    draws: int = 1000,
    level: float = 0.95,
) -> Estimate | None:
    """Percentile interval of `figure` when cases of one cluster (a trainee, a talk) belong
    together: whole clusters are drawn with replacement, always the same for one `seed`.

    None where the figure is not known for all cases together. Draws for which it is not known
    are left out. Efron & Tibshirani (1993), chapter 13.
    """
    value = figure([case for cluster in clusters for case in cluster])
    if value is None:
        return None
    chance = random.Random(seed)
    found: list[float] = []
    for _ in range(draws):
        drawn = chance.choices(clusters, k=len(clusters))
        one = figure([case for cluster in drawn for case in cluster])
        if one is not None:
            found.append(one)
    found.sort()
    if len(found) < 2:
        return None
    tail = (1 - level) / 2
    error = math.sqrt(variance(found))
    return Estimate(value, error, _quantile(found, tail), _quantile(found, 1 - tail))


def wilson(hits: int, cases: int, *, level: float = 0.95) -> Estimate | None:
    """A share with Wilson's score interval, which stays inside 0..1. None without cases.

    Wilson (1927), JASA 22, 209-212; without continuity correction.
    """
    if cases == 0:
        return None
    share, z = hits / cases, critical_value(level)
    below = 1 + z * z / cases
    centre = (share + z * z / (2 * cases)) / below
    reach = z * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases**2)) / below
    error = math.sqrt(share * (1 - share) / cases)
    return Estimate(share, error, max(0.0, centre - reach), min(1.0, centre + reach))


def prediction_powered_mean(
    machine_all: Sequence[float],
    machine_audited: Sequence[float],
    human_audited: Sequence[float],
    *,
    level: float = 0.95,
) -> Estimate | None:
    """The mean people would give to all cases, from the machine's marks of all of them and both
    marks of the audited ones: mean_all(m) + mean_audit(h - m).

    The audited cases are a random part of their kind, `machine_all` are the others. Error:
    var(m) / N + var(h - m) / n. None below two of either. Angelopoulos et al. (2023),
    Science 382, 669-674.
    """
    gaps = [h - m for m, h in _paired(machine_audited, human_audited)]
    if len(machine_all) < 2 or len(gaps) < 2:
        return None
    value = fmean(machine_all) + fmean(gaps)
    error = math.sqrt(variance(machine_all) / len(machine_all) + variance(gaps) / len(gaps))
    reach = critical_value(level) * error
    return Estimate(value, error, value - reach, value + reach)


def _paired(a: Sequence[_Case], b: Sequence[_Case]) -> list[tuple[_Case, _Case]]:
    """The pairs; ValueError where one rater has rated more than the other."""
    return list(zip(a, b, strict=True))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two neighbours, as R's type 7."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
