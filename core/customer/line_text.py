"""A written line in one normal form, with the way back to what was really typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MASK = "\ufffc"
"""Stands for a character that is not the trainee's own word; no pattern contains it."""

_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "「": "“", "」": "”", "『": "“", "』": "”"})
_CJK = re.compile(r"[\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[。!?;]+|\.{2,}|(?<!\d)\.(?=\s|$)")
_CLAUSE_END = re.compile(
    r"[。!?;,\n]+|\.{2,}|(?<!\d)\.(?=\s|$)|(?=但|不过|而是)|\b(?=but\b|however\b|instead\b)"
)
_BREATH = re.compile(
    r"(?:好的|那|这个|然后|就)?(?:我(?:们)?(?:这边|现在|马上|先|这就|给|帮|是|来|理解|明白)"
    r"|您(?:看|先|稍|放心|那边)|(?:麻烦|请|让)您|请问|(?:实在|非常|真的|很)?(?:对不起|抱歉|不好意思))"
)
_SPARE = "以之"
_BY_THEN = ("点以前", "点之前")
"""Said as 点前 all the same."""
_NOT = re.compile(r"唔(?=[收使用会得好要可需])")
"""不 as Cantonese writes it; elsewhere 唔 is a sound."""
_ONE_BREATH = 24
_LEAST_BREATH = 6


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `start` (inside) to `end` (outside) of the normal form."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class LineText:
    """A line: as typed, in normal form, and where each normal character came from.

    Normal form: half width, lower case, straight apostrophes, no invisible characters, no
    spaces beside Chinese characters, 点前 for 点以前, 不收 for 唔收.
    `len(origins) == len(plain)`.
    """

    original: str
    plain: str
    origins: tuple[int, ...]

    def typed(self, span: Span) -> tuple[str, int]:
        """The typed text of `span` and its position in `original`."""
        start = self.origins[span.start]
        return self.original[start : self.origins[span.end - 1] + 1], start


@lru_cache(maxsize=8192)
def _normal_character(character: str) -> str:
    if character == "\n":
        return "\n"
    if character.isspace():
        return " "
    if unicodedata.category(character) in {"Cf", "Cc"}:
        return ""
    return unicodedata.normalize("NFKC", character).lower().translate(_STRAIGHT)


def _beside_chinese(characters: list[str], index: int) -> bool:
    neighbours = characters[max(0, index - 1) : index] + characters[index + 1 : index + 2]
    return any(_CJK.match(neighbour) for neighbour in neighbours)


def line_text(text: str) -> LineText:
    """`text` with its normal form."""
    characters: list[str] = []
    origins: list[int] = []
    for index, typed in enumerate(text):
        for character in _normal_character(typed):
            if character == " " and (not characters or characters[-1] in " \n"):
                continue
            characters.append(character)
            origins.append(index)
    kept = [
        index
        for index, character in enumerate(characters)
        if not (character == " " and _beside_chinese(characters, index))
        and not (character in _SPARE and "".join(characters[index - 1 : index + 2]) in _BY_THEN)
    ]
    return LineText(
        original=text,
        plain=_NOT.sub("不", "".join(characters[index] for index in kept)),
        origins=tuple(origins[index] for index in kept),
    )


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The normal form alone (for words of scenarios and lexicons)."""
    return line_text(text).plain.strip()


def is_chinese(text: str) -> bool:
    """Whether any Chinese character is in `text`."""
    return _CJK.search(text) is not None


@lru_cache(maxsize=64)
def _cut(text: str, ends: re.Pattern[str]) -> tuple[Span, ...]:
    """The pieces up to each end. Reading one line asks for the same ones a dozen times."""
    spans: list[Span] = []
    start = 0
    for end in ends.finditer(text):
        if end.start() > start:
            spans.append(Span(start, end.end()))
            start = end.end()
    if start < len(text):
        spans.append(Span(start, len(text)))
    return tuple(spans)


def sentences(text: str) -> tuple[Span, ...]:
    """Sentences of a normal form, each with its closing mark."""
    return _cut(text, _SENTENCE_END)


@lru_cache(maxsize=64)
def clauses(text: str) -> tuple[Span, ...]:
    """Clauses of a normal form: also cut at commas, line ends and before 但, 不过, but.

    A stretch without any mark that is too long for one clause (speech written down by a
    machine) is cut where a new one usually begins.
    """
    found: list[Span] = []
    for piece in _cut(text, _CLAUSE_END):
        found += _breaths(text, piece) if piece.end - piece.start > _ONE_BREATH else [piece]
    return tuple(found)


def _breaths(text: str, piece: Span) -> list[Span]:
    starts = [piece.start]
    for hit in _BREATH.finditer(text, piece.start + 1, piece.end):
        if hit.start() - starts[-1] >= _LEAST_BREATH:
            starts.append(hit.start())
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], piece.end], strict=True)]


_PIECE = re.compile(r"[^\s,，、。;；/|+·.!！?？:：]+")
_SAYING = re.compile(
    r"[我您你咱吗了呢吧会能帮给谢好是先再等拔插]|(?<!申)请|可以|抱歉|重启|打开|点击|关掉|按住|试试"
    r"|\b(?:i|you|we|it|the|an?|to|is|are|was|will|can|my|your|for|of|and|please|ok|sorry|thanks?|thank|apolog\w*|now|not?|this|that|yes|hello|hi|let)\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 4
_LONGEST_WORD = 6


_LISTED = re.compile(r"[^,，、。;；/|+·.!！?？:：\n]+")
_AND = re.compile(r"和|与|及|以及|或|还有|\b(?:and|or)\b", re.IGNORECASE)
_ENDS = re.compile(r"[。!?！？;；\n]")
_LIST_MARK = re.compile(r"[、/|+·]|(?<=[a-zA-Z]), |和|与|及|以及|或|还有|\b(?:and|or)\b")
_LISTED_WORDS = 4
_LEAST_CLAUSES = 6
_LONG_LIST = 8


def is_word_list(text: str) -> bool:
    """Whether `text` (as typed) only lists words: key words without a sentence say nothing."""
    pieces: list[str] = _PIECE.findall(text)
    if len(pieces) < _LEAST_WORDS or _SAYING.search(text):
        return False
    return all(len(piece) <= _LONGEST_WORD or piece.isascii() for piece in pieces)


def word_lists(text: str) -> list[tuple[int, int]]:
    """Where `text` (as typed) lists words: all of it, or short pieces in a row beside its
    sentences that say nothing, four where a mark of lists stands between them, six where only
    commas do as between the clauses of a terse writer; and eight, whatever they say."""
    if is_word_list(text):
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for start, end in [*_pieces(text), (len(text), len(text))]:
        marks = text[run[-1][1] : start] if run else ""
        ended = _ENDS.search(marks) or start == end or not _is_short(text[start:end])
        if ended and run:
            found += _listed(text, run)
            run = []
        if start < end and _is_short(text[start:end]):
            run.append((start, end))
    return found


def _listed(text: str, run: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of these short pieces in a row is a list."""
    marked = _LIST_MARK.search(text[run[0][0] : run[-1][1]]) is not None
    if marked and len(run) >= _LONG_LIST:
        return [(run[0][0], run[-1][1])]
    found: list[tuple[int, int]] = []
    names: list[tuple[int, int]] = []
    for piece in [*run, (0, 0)]:
        if piece[1] and not _SAYING.search(text[slice(*piece)]):
            names.append(piece)
            continue
        if len(names) >= (_LEAST_WORDS if marked else _LEAST_CLAUSES):
            found.append((names[0][0], names[-1][1]))
        names = []
    return found


def _pieces(text: str) -> list[tuple[int, int]]:
    cuts = [(hit.start(), hit.end()) for hit in _LISTED.finditer(text)]
    found: list[tuple[int, int]] = []
    for start, end in cuts:
        for joint in _AND.finditer(text, start, end):
            found.append((start, joint.start()))
            start = joint.end()
        found.append((start, end))
    return [(start, end) for start, end in found if text[start:end].strip()]


def _is_short(piece: str) -> bool:
    piece = piece.strip()
    return len(piece.split()) <= _LISTED_WORDS if piece.isascii() else len(piece) <= _LONGEST_WORD


def find_word(text: str, word: str, span: Span) -> list[Span]:
    """Where `word` stands in `span`.

    Latin words must begin at a word border ("pin" is not in "shipping"), digits may have no
    further digit beside them.
    """
    found: list[Span] = []
    start = text.find(word, span.start, span.end)
    while start >= 0:
        end = start + len(word)
        if _stands_alone(text, start, end):
            found.append(Span(start, end))
        start = text.find(word, start + 1, span.end)
    return found


def _stands_alone(text: str, start: int, end: int) -> bool:
    first, last = text[start], text[end - 1]
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if first.isascii() and first.isalpha() and before.isascii() and before.isalpha():
        return False
    if first.isdigit() and before.isdigit():
        return False
    return not (last.isdigit() and after.isdigit())


def mask(text: str, spans: list[Span]) -> str:
    """`text` with every character of `spans` replaced; positions stay."""
    for span in spans:
        text = text[: span.start] + MASK * (span.end - span.start) + text[span.end :]
    return text
