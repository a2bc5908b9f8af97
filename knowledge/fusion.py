"""Several orders made one, and whether that was any better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RRF_K = 60
"""Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet", 2009."""

FEWEST_QUESTIONS = 30
_SURE = 0.05


def fused(answers: Sequence[Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
    """(passage id, score) of reciprocal rank fusion, best first."""
    scores: dict[int, float] = {}
    for answer in answers:
        for rank, (id_, _) in enumerate(answer, start=1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, slots=True)
class Figures:
    """How well questions were answered: shares of questions whose right document came first,
    or among the first ten, and the mean of 1/rank."""

    questions: int
    hit_1: float
    hit_10: float
    reciprocal: float


def figures(ranks: Sequence[int | None]) -> Figures:
    """From the rank (from 1) of the first right document of each question, None if it is not
    among those found."""
    total = max(1, len(ranks))
    return Figures(
        questions=len(ranks),
        hit_1=sum(rank == 1 for rank in ranks) / total,
        hit_10=sum(rank is not None and rank <= 10 for rank in ranks) / total,
        reciprocal=sum(1 / rank for rank in ranks if rank) / total,
    )


def is_gain(before: Sequence[int | None], after: Sequence[int | None]) -> bool:
    """Whether `after` is better by more than chance: a one-sided sign test over the questions
    that changed, at the 5 % level. Fewer than 30 questions prove nothing."""
    if len(before) < FEWEST_QUESTIONS:
        return False
    worst = 10**9
    pairs = [(b or worst, a or worst) for b, a in zip(before, after, strict=True)]
    better = sum(a < b for b, a in pairs)
    worse = sum(a > b for b, a in pairs)
    changed = better + worse
    at_least = sum(math.comb(changed, n) for n in range(better, changed + 1))
    return better > worse and at_least / 2**changed <= _SURE
