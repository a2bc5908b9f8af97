"""Documents into passages: along headings, tables and Q&A pairs, never through a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from core.domain.knowledge import ALWAYS, Place, Validity
from core.ports.knowledge_store import NewPassage
from knowledge.documents import Parsed, Piece, PieceKind

FULL = 500
"""Characters after which a passage of paragraphs is closed."""

LONGEST = 1600
"""Characters of the longest paragraph that is still kept in one piece."""

CUE_S = 30.0
"""Seconds of a recording in one passage."""

_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])|(?<=\. )")
_ASKED = re.compile(
    r"\s*(?:问|问题|q|question)\s*[:：]\s*(.+?)\s*\n?\s*(?:答|答案|a|answer)\s*[:：]\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)


def passages_of(document: Parsed) -> tuple[NewPassage, ...]:
    """The passages in their order; each holds words of the document and nothing else."""
    made = list(_passages(document))
    if not made:
        return ()
    if document.aliases:
        made[0] = replace(made[0], aliases=(*document.aliases, *made[0].aliases))
    return tuple(made)


def _passages(document: Parsed) -> Iterator[NewPassage]:
    section: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    open_: list[Piece] = []
    for piece in _split(document.pieces):
        if piece.kind is PieceKind.HEADING:
            yield from _closed(document, open_, section)
            open_ = []
            kept = sum(level < piece.level for level in levels)
            section, levels = (*section[:kept], piece.text), (*levels[:kept], piece.level)
        elif piece.kind is PieceKind.QA:
            yield from _closed(document, open_, section)
            open_ = []
            yield _pair(document, piece, section)
        else:
            if open_ and not _fits(open_, piece):
                yield from _closed(document, open_, section)
                open_ = []
            open_.append(piece)
    yield from _closed(document, open_, section)


def _split(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """The same pieces; "问：… 答：…" becomes a pair, what is too long is cut between sentences."""
    for piece in pieces:
        if piece.kind is PieceKind.TEXT and (found := _ASKED.fullmatch(piece.text)):
            yield replace(piece, kind=PieceKind.QA, question=found[1], text=found[2])
        elif piece.kind is PieceKind.TEXT and len(piece.text) > LONGEST:
            for part in _cut(piece.text):
                yield replace(piece, text=part)
        else:
            yield piece


def _cut(text: str) -> Iterator[str]:
    part = ""
    for sentence in _SENTENCE_END.split(text):
        while len(sentence) > LONGEST:
            yield from (part,) if part else ()
            part, sentence = "", sentence.removeprefix(head := sentence[:LONGEST])
            yield head
        if part and len(part) + len(sentence) > FULL:
            yield part.strip()
            part = ""
        part += sentence
    if part.strip():
        yield part.strip()


def _fits(open_: list[Piece], piece: Piece) -> bool:
    first = open_[0]
    if piece.page != first.page or (piece.kind is PieceKind.ROW) != (first.kind is PieceKind.ROW):
        return False
    if piece.header != first.header:
        return False
    if piece.kind is PieceKind.CUE and (piece.end_s or 0) - (first.start_s or 0) > CUE_S:
        return False
    return sum(len(one.text) for one in open_) + len(piece.text) <= FULL


def _closed(
    document: Parsed, pieces: list[Piece], section: tuple[str, ...]
) -> Iterator[NewPassage]:
    if not pieces:
        return
    lines = [one.text for one in pieces]
    if pieces[0].header:
        lines.insert(0, pieces[0].header)
    place = Place(section, pieces[0].page, pieces[0].start_s, pieces[-1].end_s)
    yield NewPassage(document.title, "\n".join(lines), place, validity=document.validity)


def _pair(document: Parsed, piece: Piece, section: tuple[str, ...]) -> NewPassage:
    return NewPassage(
        title=piece.question or document.title,
        text=piece.text,
        place=Place(section, piece.page),
        aliases=piece.aliases,
        validity=_both(document.validity, piece.validity),
    )


def _both(outer: Validity, inner: Validity) -> Validity:
    return outer if inner == ALWAYS else inner
