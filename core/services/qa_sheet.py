"""A company's QA sheet: items with points and vetoes, laid on a scorecard in its own words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.messages import Json
from core.domain.scorecard import Scorecard
from core.services.transcripts import JsonObject

NEAR = 0.5
"""Share of a keyword's neighbouring character pairs an item must hold to be like it."""


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One line: its words, its points, whether failing it spoils everything (一票否决), and the
    checks (C..) or critical errors (K..) it stands for; none: a person marks it."""

    words: str
    points: float
    veto: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QaSheet:
    """A whole sheet; a company confirms the suggested checks before anything is scored."""

    items: tuple[SheetItem, ...]
    confirmed: bool = False

    @property
    def version(self) -> str:
        """Eight signs that name the content."""
        return hashlib.sha256(repr(self.items).encode()).hexdigest()[:8]


def suggest(words: str, known: Mapping[str, Sequence[str]], *, veto: bool) -> tuple[str, ...]:
    """The check whose keywords the item resembles most; a veto only looks among critical errors,
    an ordinary item only among checks. Nothing near: none."""
    kind = "K" if veto else "C"
    rated = [
        (max((_shared(word, words) for word in keys), default=0.0), name)
        for name, keys in known.items()
        if name.startswith(kind)
    ]
    best, name = max(rated, key=lambda one: one[0], default=(0.0, ""))
    return (name,) if best >= NEAR else ()


def sheet_json(sheet: QaSheet, card: Scorecard) -> JsonObject:
    """The company's view of a card: `total` of what is known, `waiting` points for people.

    A veto that was hit makes the total 0. What does not apply keeps its points.
    """
    items: list[Json] = []
    total = waiting = 0.0
    vetoed = False
    for item in sheet.items:
        share = _share(item, card)
        vetoed = vetoed or (item.veto and share == 0.0)
        score = None if share is None else round(item.points * share, 2)
        waiting += item.points if score is None else 0.0
        total += score or 0.0
        items.append({"item": item.words, "points": item.points, "score": score})
    total = 0.0 if vetoed else round(total, 2)
    return {"version": sheet.version, "total": total, "waiting": waiting, "items": items}


def _share(item: SheetItem, card: Scorecard) -> float | None:
    """0..1 of the item's points; None: a person has to say."""
    if not item.checks:
        return None
    found = {error.id for error in card.critical if error.confirmed}
    unsure = {error.id for error in card.critical if not error.confirmed} - found
    marks = [card.mark(name) for name in item.checks if name.startswith("C")]
    if unsure & set(item.checks) or any(mark and mark.unscored for mark in marks):
        return None
    if found & set(item.checks):
        return 0.0
    given = [mark.mark for mark in marks if mark is not None and mark.mark is not None]
    return sum(given) / len(given) if given else 1.0


def _shared(key: str, words: str) -> float:
    pairs = {key[at : at + 2].lower() for at in range(max(1, len(key) - 1))}
    return sum(pair in words.lower() for pair in pairs) / len(pairs)
