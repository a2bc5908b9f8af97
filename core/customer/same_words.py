"""Words that say the same in the words of a case, so that a case need not list them all.

The rows are data (`data/same.zh.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice, product
from typing import TypeAlias

from core.customer.line_text import is_chinese
from core.customer.pattern_files import DATA, load_yaml_rows
from core.customer.standard import standard
from core.domain.scenario import Wordings

_MOST = 40
"""Other words for one word of a case at most: a guard against rows that feed each other."""
_TRIED = 12
"""Ways at most in which one word group is met by other words."""

Others: TypeAlias = tuple[tuple[tuple[str, ...], ...], ...]
"""Word groups as in Wordings, each word with what says the same."""


def other_groups(wordings: Wordings) -> Others:
    """The word groups with all that says the same as each word."""
    return tuple(tuple(same_words(standard(word)) for word in group) for group in wordings)


def groups_of(said: frozenset[str], wordings: Others) -> Iterator[tuple[str, ...]]:
    """Word groups made of `said` that say the same as one of `wordings`."""
    for group in wordings:
        there: list[list[str]] = []
        for same in group:
            if said.isdisjoint(same):
                break
            there.append([word for word in same if word in said])
        else:
            yield from islice(product(*there), _TRIED)


@lru_cache(maxsize=8192)
def same_words(word: str) -> tuple[str, ...]:
    """`word` (standard words) and what says the same, itself first.

    A word with a figure in it has no other: the figure is what counts.
    """
    if not is_chinese(word) or any(map(str.isdecimal, word)):
        return (word,)
    rows = _rows()
    found = [other for row in rows.get(word, ()) for other in row if len(other) > 1]
    for part, its_rows in rows.items():
        if len(part) > 1 and part != word and part in word:
            found += [
                word.replace(part, other) for row in its_rows for other in row if len(other) > 1
            ]
    return tuple(dict.fromkeys((word, *found)))[:_MOST]


@cache
def _rows() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Word -> the rows it stands in."""
    rows: dict[str, tuple[tuple[str, ...], ...]] = {}
    for row in load_yaml_rows(DATA / "same.zh.yaml"):
        words = tuple(dict.fromkeys(map(standard, row)))
        for word in words:
            rows[word] = (*rows.get(word, ()), words)
    return rows
