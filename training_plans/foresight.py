"""How good chances were that were told before the answers: pure Python, one pass and a sort."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

BINS = 10


class Foresight:
    """Chances 0..1 beside what came (0..1; above a half counts as right for the AUC)."""

    def __init__(self) -> None:
        self._pairs: list[tuple[float, float]] = []

    def add(self, chances: Sequence[float], results: Sequence[float]) -> None:
        """What was told and what came, in the same order."""
        self._pairs += zip(chances, results, strict=True)

    @property
    def count(self) -> int:
        """How many answers."""
        return len(self._pairs)

    def auc(self) -> float | None:
        """The share of right-wrong pairs in which the right one had the higher chance (a tie is
        half); None where all answers were alike."""
        rights, below, won = 0, 0, 0.0
        for _, held in groupby(sorted(self._pairs), key=lambda pair: pair[0]):
            results = [result > 0.5 for _, result in held]
            right = sum(results)
            wrong = len(results) - right
            won += right * (below + wrong / 2)
            rights, below = rights + right, below + wrong
        return won / (rights * below) if rights and below else None

    def rmse(self) -> float:
        """Root mean squared error; 0 without answers."""
        squares = sum((chance - result) ** 2 for chance, result in self._pairs)
        return math.sqrt(squares / len(self._pairs)) if self._pairs else 0.0

    def calibration(self) -> float:
        """Expected calibration error over BINS bins of equal width; 0 without answers."""
        gaps = [0.0] * BINS
        for chance, result in self._pairs:
            gaps[min(BINS - 1, int(chance * BINS))] += chance - result
        return sum(map(abs, gaps)) / len(self._pairs) if self._pairs else 0.0
