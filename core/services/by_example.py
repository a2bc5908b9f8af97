"""Texts told apart by examples: naive Bayes over short runs of characters and over words.

Nothing is fitted beforehand and everything can be explained: the examples are counted when the
first text is read, and a sign speaks for the kind whose examples hold it more often.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise

SMOOTHING = 6.0
"""So many examples of a kind would have to differ before a sign is believed to speak for it."""


def signs_of(text: str) -> frozenset[str]:
    """Runs of one to three Chinese characters, other words alone and by two, and a question mark;
    every number is the same."""
    plain = re.sub(r"\d+", "#", text.lower())
    found = {
        run[at : at + size]
        for run in re.findall(r"[\u4e00-\u9fff]+", plain)
        for size in (1, 2, 3)
        for at in range(len(run) - size + 1)
    }
    words = re.findall(r"[a-z']+|#", plain)
    found |= {*words, *(" ".join(pair) for pair in pairwise(words))}
    return frozenset(found | ({"?"} if "?" in plain or "？" in plain else set()))


class Examples:
    """Kinds of texts by name, each with texts of that kind."""

    def __init__(self, kinds: Mapping[str, Sequence[str]]) -> None:
        self.kinds = tuple(kinds)
        self._sizes = [len(texts) for texts in kinds.values()]
        self._held = [
            Counter(sign for text in texts for sign in signs_of(text)) for texts in kinds.values()
        ]
        self._everywhere = sum(self._held, Counter[str]())
        # Only signs of the examples are asked for, so this holds no word that somebody typed.
        self._odds = cache(self._weigh)

    def weights(self, text: str) -> dict[str, tuple[float, ...]]:
        """Sign of the text that examples hold -> its log odds for each kind against all others."""
        return {
            sign: self._odds(sign) for sign in sorted(signs_of(text)) if sign in self._everywhere
        }

    def _weigh(self, sign: str) -> tuple[float, ...]:
        size, everywhere = sum(self._sizes), self._everywhere[sign]
        usual = SMOOTHING * everywhere / size
        return tuple(
            math.log((held[sign] + usual) / (inside + SMOOTHING))
            - math.log((everywhere - held[sign] + usual) / (size - inside + SMOOTHING))
            for held, inside in zip(self._held, self._sizes, strict=True)
        )
