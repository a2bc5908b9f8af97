"""Whether a line claims the words of a case: not denied, asked, forbidden or said of others."""

from __future__ import annotations

from collections.abc import Sequence

from core.customer.act_grammar import Grammar
from core.customer.line_text import Span, clauses, find_word
from core.domain.scenario import Wordings

_NEIGHBOURS = 2
"""Clauses beside each other over which other words for those of a case may be spread."""
_NOT = ("不", "没", "未", "别", "勿", "莫")


def met(text: str, span: Span, wordings: Wordings) -> bool:
    """Whether any word group is complete in `span`, claimed or not."""
    return any(
        all(find_word(text, word, span) for word in group) for group in _present(text, wordings)
    )


def claimed(text: str, span: Span, wordings: Wordings, grammar: Grammar) -> bool:
    """Whether any word group is complete in `span`, counting only clauses that claim it."""
    present = _present(text, wordings)
    if not present:
        return False
    pieces = [piece for piece in clauses(text) if piece.overlaps(span)]
    return any(group_claimed(text, pieces, group, grammar) for group in present)


def promised(text: str, sentence: Span, wordings: Wordings, grammar: Grammar) -> bool:
    """Whether any word group is complete in clauses beside each other of `sentence`, counting only
    clauses that claim it, ask for it or promise it: not those that forbid it, leave it open or
    say that it is not so ("不怪您")."""
    present = _present(text, wordings)
    if not present:
        return False
    pieces = [piece for piece in clauses(text) if piece.overlaps(sentence)]
    ends = [piece.end for piece in pieces]
    warned = {
        piece
        for piece, following in zip(pieces, [*ends[1:], sentence.end], strict=True)
        if grammar.flags["warned"].match(text, piece.end, following)
    }
    return any(
        group_claimed(
            text,
            [one for one in near if one not in warned and not _withheld(text, one, group, grammar)],
            group,
            grammar,
        )
        for near in _of_one_time(text, beside(pieces), grammar)
        for group in present
    )


def _of_one_time(
    text: str, near: Sequence[Sequence[Span]], grammar: Grammar
) -> list[Sequence[Span]]:
    """The neighbours, taken apart where each names a time: "今天提交，5个工作日内到账" promises no
    money for today."""
    found: list[Sequence[Span]] = []
    for pieces in near:
        timed = all(grammar.flags["when"].search(text, one.start, one.end) for one in pieces)
        found += [(one,) for one in pieces] if timed else [pieces]
    return found


def beside(pieces: Sequence[Span]) -> list[Sequence[Span]]:
    """The clauses by neighbours; a single one alone."""
    return [pieces[at : at + _NEIGHBOURS] for at in range(max(1, len(pieces) - 1))]


def _withheld(text: str, piece: Span, group: tuple[str, ...], grammar: Grammar) -> bool:
    """Whether the clause forbids or leaves open what it says of `group`, or a bare no stands
    right before it; a no in the words themselves does neither."""
    words = [span for word in group for span in find_word(text, word, piece)[:1]]
    if words and text[: min(span.start for span in words)].endswith(_NOT):
        return True
    found = grammar.flags["withheld"].finditer(text, piece.start, piece.end)
    return any(
        not any(word.start <= one.start() and one.end() <= word.end for word in words)
        for one in found
    )


def _present(text: str, wordings: Wordings) -> Wordings:
    """The word groups all of whose words are somewhere in the text: few are, and only these
    are worth a closer look."""
    return tuple(group for group in wordings if group and all(word in text for word in group))


def group_claimed(
    text: str, pieces: Sequence[Span], group: tuple[str, ...], grammar: Grammar
) -> bool:
    """Whether the clauses `pieces` that claim it hold all words of the group."""
    missing = set(group)
    for piece in pieces:
        found = {word: find_word(text, word, piece) for word in group}
        spans = [span for places in found.values() for span in places[:1]]
        if (
            not spans
            or grammar.denied(text, piece, spans)
            or _of_others(text, piece, spans, grammar)
        ):
            continue
        missing -= {word for word, places in found.items() if places}
    return not missing


def _of_others(text: str, piece: Span, words: list[Span], grammar: Grammar) -> bool:
    """Whether the clause says what the customer wants or asks whether it is so."""
    first = min(word.start for word in words)
    wish = grammar.flags["attributed"].search(text, piece.start, first)
    if wish and not grammar.flags["own_action"].search(text, wish.end(), piece.end):
        return True
    if grammar.of_others(text, piece):
        return True
    clause = text[piece.start : piece.end]
    return grammar.has("question", clause) and not grammar.has("own_action", clause)
