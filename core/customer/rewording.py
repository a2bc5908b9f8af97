"""The same thing in other words: words for words, and what goes before and after a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from random import Random

from core.customer.habits import Habits, drawn

OTHER_WORD = 0.5
"""Share of words with others alike that are exchanged."""

SHORT_LINE = 3
"""Characters of a line that is a set phrase by itself: nothing goes before it."""


def reworded(
    text: str, *, habits: Habits, joiner: str, opened: bool, contrary: bool, chance: Random
) -> str:
    """The text as somebody else would put it; numbers and names stay.

    `opened`: nothing goes before it (it begins with an opening word, or the tone forbids it);
    `contrary`: it answers something and may begin with a "but".
    """
    changed = _exchanged(text, habits.alike, chance)
    head, breath, last = changed.rpartition(joiner)
    kind = "question" if habits.asks(last) else "line"
    if not head and not opened and len(last) > SHORT_LINE:
        before = drawn(habits.affixes[f"before_{kind}"], chance)
        last = (before if contrary or before not in habits.contrary else "") + last
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
