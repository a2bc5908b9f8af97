"""The same thing in other words: words for words, and what goes before and after a line."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from random import Random

from core.customer.habits import Habits, drawn
from core.domain.style import StylePack

OTHER_WORD = 0.5
"""Share of words with others alike that are exchanged."""

VARIANTS = 6
"""Wordings weighed against each other where a style pack tells which is usual."""

TASTE = 1.0
"""How strongly the likelihood of a wording decides: exp(taste x mean log-probability)."""

SHORT_LINE = 3
"""Characters of a line that is a set phrase by itself: nothing goes before it."""

_CACHED = 20_000


class Taste:
    """Which wordings a company's customers would use; without a pack, all alike."""

    def __init__(self, pack: StylePack | None) -> None:
        self.choosy = pack is not None
        self._likelihood = lru_cache(maxsize=_CACHED)(pack.likelihood) if pack else _even

    def weights(self, texts: Sequence[str], weights: Sequence[float]) -> list[float]:
        """The weights bent by likelihood; a breath counts as nothing."""
        if not self.choosy:
            return list(weights)
        liked = [self._likelihood(text.replace(" ", "")) for text in texts]
        best = max(liked)
        return [
            weight * math.exp(TASTE * (found - best))
            for weight, found in zip(weights, liked, strict=True)
        ]

    def choose(self, texts: Sequence[str], chance: Random) -> str:
        """One of the texts."""
        return chance.choices(texts, self.weights(texts, [1.0] * len(texts)))[0]


def _even(text: str) -> float:
    return 0.0


def reworded(
    text: str, *, habits: Habits, taste: Taste, joiner: str, opened: bool, chance: Random
) -> str:
    """The text as somebody else would put it; numbers and names stay.

    `opened`: nothing goes before it (it begins with an opening word, or the tone forbids it).
    """
    count = VARIANTS if taste.choosy else 1
    variants = [
        _variant(text, habits, joiner=joiner, opened=opened, chance=chance) for _ in range(count)
    ]
    return taste.choose(variants, chance)


def _variant(text: str, habits: Habits, *, joiner: str, opened: bool, chance: Random) -> str:
    changed = _exchanged(text, habits.alike, chance)
    head, breath, last = changed.rpartition(joiner)
    kind = "question" if habits.asks(last) else "line"
    if not head and not opened and len(last) > SHORT_LINE:
        last = drawn(habits.affixes[f"before_{kind}"], chance) + last
    if last[-1:] not in habits.closed_ends and not last[-1:].isascii():
        last += drawn(habits.affixes[f"after_{kind}"], chance)
    return head + breath + last


def _exchanged(text: str, alike: Mapping[str, tuple[str, ...]], chance: Random) -> str:
    def other(found: re.Match[str]) -> str:
        words = alike[found.group()]
        return chance.choice(words) if words and chance.random() < OTHER_WORD else found.group()

    return _pattern(tuple(alike)).sub(other, text)


@lru_cache(maxsize=4)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))
