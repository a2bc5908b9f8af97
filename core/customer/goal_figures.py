"""A sub-goal heard by its figures: free words for it still say its 48 hours or its 60 days."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from core.customer.act_grammar import Grammar
from core.customer.line_text import Span, clauses, sentences
from core.customer.matter import Matter, placed_share
from core.domain.amounts import figures
from core.readers.claims import content_grams

Figures = Mapping[str, frozenset[str]]
"""Unit -> numbers."""

LEAST_KIN = 1
"""Pairs of characters of the sub-goal beside its figure: a figure alone may be anything's."""
LEAST_PLACED = 0.42
"""Share of the sentence that is the case's: other cases have the same figure at times."""
_UNIT = re.compile(r"[\d一二两三四五六七八九十百半]|小时|分钟|工作|作日|[日时天钟月年]内|个月")


def own_figures(all_: Sequence[Figures]) -> tuple[Figures, ...]:
    """Of the figures of each sub-goal those that no other one of the case has."""
    return tuple(
        {
            unit: own
            for unit, numbers in mine.items()
            if (own := numbers.difference(*(one.get(unit, ()) for one in all_ if one is not mine)))
        }
        for mine in all_
    )


def telling(kin: Collection[str]) -> frozenset[str]:
    """Pairs of `kin` that belong to no figure."""
    return frozenset(pair for pair in kin if not _UNIT.search(pair))


def heard_by_figures(
    text: str, own: Figures, kin: frozenset[str], grammar: Grammar, *, matter: Matter
) -> bool:
    """Whether a sentence of `text` about the `matter` says one of the figures `own` of a sub-goal
    beside its pairs `kin`, or two of them, and neither asks nor denies it."""
    for one in sentences(text):
        said = text[one.start : one.end]
        if grammar.has("question", said):
            continue
        pieces = [piece for piece in clauses(text) if piece.overlaps(one)]
        meant = [piece for piece in pieces if not _open(text, piece, grammar)]
        found = {number for piece in meant for number in _own(text[piece.start : piece.end], own)}
        pairs = kin & set(map("".join, pairwise(said))) if found else frozenset()
        left = [text[piece.start : piece.end] for piece in pieces if piece not in meant]
        if any(pair in piece for pair in pairs for piece in left):
            continue
        if len(found) > 1 or (
            len(pairs) >= LEAST_KIN
            and placed_share(said, content_grams(said), (matter,)) >= LEAST_PLACED
        ):
            return True
    return False


def _own(said: str, own: Figures) -> list[tuple[str, str]]:
    """Those of the figures `own` that stand in `said`."""
    stated = figures(said)
    return [(unit, number) for unit in own for number in own[unit] & stated.get(unit, set())]


def _open(text: str, piece: Span, grammar: Grammar) -> bool:
    """Whether the clause denies, forbids or leaves open what it counts, or says it of others."""
    counted = next((at for at in range(piece.start, piece.end) if text[at].isdecimal()), piece.end)
    return bool(
        grammar.denied(text, piece, [Span(counted, counted + 1)])
        or grammar.flags["withheld"].search(text, piece.start, piece.end)
        or grammar.flags["attributed"].search(text, piece.start, piece.end)
        or grammar.of_others(text, piece)
    )
