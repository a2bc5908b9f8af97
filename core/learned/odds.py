"""Log-odds of two kinds of texts over the n-grams they hold: ridge-regularised logistic regression.

In plain Python, since a style pack is learned where scikit-learn need not be installed; ten
thousand short texts take seconds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

ROUNDS = 100

_LEAST_WEIGHT = 0.01


def weigh(
    first: Sequence[Collection[str]],
    second: Sequence[Collection[str]],
    *,
    vocabulary: Collection[str],
    strength: float,
) -> tuple[dict[str, float], float]:
    """Weights of n-grams whose sum, with the bias, are the log-odds of `first` against `second`.

    Each text is the set of its n-grams; those outside `vocabulary` count for nothing. Both sides
    weigh the same, whatever their sizes. `strength` is the inverse of the ridge (scikit-learn's
    C). Accelerated gradient steps, each n-gram scaled by its bound on the curvature.
    """
    known = {gram: at for at, gram in enumerate(sorted(vocabulary))}
    rows = [[known[gram] for gram in text if gram in known] for text in (*first, *second)]
    truths = [1.0] * len(first) + [0.0] * len(second)
    half = len(rows) / 2
    shares = [strength * half / len(first), strength * half / len(second)]
    bound = 0.25 * max(shares) * max((len(row) for row in rows), default=0)
    counts = Counter(at for row in rows for at in row)
    steps = [1.0 / (1.0 + bound * counts[at]) for at in range(len(known))]
    bias_step = 1.0 / (1.0 + bound * len(rows))
    weights, bias = [0.0] * len(known), 0.0
    ahead, bias_ahead = weights, bias
    for turn in range(ROUNDS):
        pull, bias_pull = [-weight for weight in ahead], 0.0
        for row, truth in zip(rows, truths, strict=True):
            score = bias_ahead + sum(ahead[at] for at in row)
            miss = shares[0 if truth else 1] * (truth - 1.0 / (1.0 + math.exp(-score)))
            bias_pull += miss
            for at in row:
                pull[at] += miss
        fresh = [old + step * up for old, step, up in zip(ahead, steps, pull, strict=True)]
        fresh_bias = bias_ahead + bias_step * bias_pull
        pace = turn / (turn + 3)
        ahead = [new + pace * (new - old) for new, old in zip(fresh, weights, strict=True)]
        bias_ahead = fresh_bias + pace * (fresh_bias - bias)
        weights, bias = fresh, fresh_bias
    found = {gram: round(weights[at], 3) for gram, at in known.items()}
    kept = {gram: weight for gram, weight in found.items() if abs(weight) >= _LEAST_WEIGHT}
    return kept, round(bias, 3)
