"""A company's QA sheet laid on a scorecard, and the checks that its items seem to mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.qa_sheet import QaSheet, SheetItem, SheetLine, SheetView
from core.domain.scorecard import Scorecard, UnscoredReason

NEAR = 0.5
"""Share of a keyword's neighbouring character pairs an item must hold to be like it."""

_OF_THE_CASE = frozenset({"K1", "K2", "K3", "K5", "K8"})
"""Critical errors that cannot be ruled out where nobody knows the case."""


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


def lay(sheet: QaSheet, card: Scorecard, given: Mapping[int, float] | None = None) -> SheetView:
    """The company's view of a card. A veto that was hit makes the total 0. What does not apply
    keeps its points, what nobody can mark yet waits for people. `given` is what people gave, 0..1
    of what an item asks for by its place; it counts where the machine has nothing to say."""
    total, waiting, vetoed = sheet.base, 0.0, list[str]()
    lines = []
    for at, item in enumerate(sheet.items):
        share = _share(item, card)
        by_person = share is None and at in (given or {})
        if by_person and given is not None:
            share = given[at]
        score = None if share is None else round(item.points * (share - item.deducts), 2)
        if item.veto and share == 0.0:
            vetoed.append(item.words)
        waiting += item.points if score is None else 0.0
        total += score or 0.0
        lines.append(SheetLine(item.words, item.points, score, item.veto, item.deducts, by_person))
    total = 0.0 if vetoed else round(max(0.0, total), 2)
    return SheetView(sheet.version, total, waiting, tuple(vetoed), tuple(lines))


def _share(item: SheetItem, card: Scorecard) -> float | None:
    """0..1 of what the item asks for; None: a person has to say."""
    if not item.checks:
        return None
    wanted = set(item.checks)
    found = {error.id for error in card.critical if error.confirmed}
    unsure = {error.id for error in card.critical} - found
    marks = [card.mark(name) for name in item.checks if not name.startswith("K")]
    if found & wanted:
        return 0.0
    if unsure & wanted or any(mark is None or mark.unscored for mark in marks):
        return None
    policy = card.mark("C14")
    if wanted & _OF_THE_CASE and policy and policy.unscored is UnscoredReason.NO_SCENARIO:
        return None
    given = [mark.mark for mark in marks if mark is not None and mark.mark is not None]
    return sum(given) / len(given) if given else 1.0


def _shared(key: str, words: str) -> float:
    pairs = {key[at : at + 2].lower() for at in range(max(1, len(key) - 1))}
    return sum(pair in words.lower() for pair in pairs) / len(pairs)
