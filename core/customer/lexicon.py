"""Phrases that a service desk forbids (F1..F11) or wants to hear (R1..R10).

The phrases are data (`data/phrases.*.yaml`); a house may add files of its own. In a phrase "…"
stands for up to six characters of the same clause. Category OK holds harmless longer phrases
that contain a forbidden one. Categories and severities after the coaching notes, §4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from core.customer.line_text import MASK, LineText, Span, clauses
from core.customer.pattern_files import compile_pattern, fault_at, load_yaml
from core.customer.standard import standard
from core.domain.reading import PhraseHit
from core.errors import ContentError, ContentFault

HARMLESS = "OK"
CATEGORIES = (*(f"F{n}" for n in range(1, 12)), *(f"R{n}" for n in range(1, 11)), HARMLESS)
JARGON = "F11"
_GAP = r"[^,。!?;\n" + MASK + r"]{0,6}"
_BEGIN = 2
"""Characters by which phrases are looked up; by one alone, a line is held against hundreds."""
_NEGATED = {
    "zh": re.compile(
        r"(?:不会|不是|并非|绝不|决不|从不|没有|没说|没讲|没人|不能|不该|不应该|不要|不可以|不用|不必|别|不再|不敢)"
        r"(?:说|让|把|叫|再|是|会|能|您|你|我|们|因|为|给|跟|的|觉|得|想|向|索|去|认|就|拿|用|随|意|便){0,5}$"
    ),
    "en": re.compile(r"(?:n't|\bnot|\bnever|\bno one|\bwithout|\bunable to)(?: [a-z']+){0,3} ?$"),
}

Match: TypeAlias = Callable[[str, int], int]
"""Text and position in, end of the match out (or -1)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One phrase of the lexicon, ready to be matched."""

    category: str
    severity: int
    match: Match


def _begin(phrase: str) -> str:
    """What a phrase is kept by: its first characters, one where a gap follows that."""
    return phrase.split("...")[0].strip()[:_BEGIN]


def _matcher(phrase: str) -> Match:
    if "..." not in phrase:
        length = len(phrase)
        return lambda text, at: at + length if text.startswith(phrase, at) else -1
    parts = [re.escape(part.strip()) for part in phrase.split("...")]
    pattern = re.compile(_GAP.join(parts))

    def gapped(text: str, at: int) -> int:
        found = pattern.match(text, at)
        return found.end() if found else -1

    return gapped


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases by how they begin, and patterns that begin anywhere."""

    language: str
    by_begin: dict[str, list[Entry]]
    patterns: tuple[tuple[str, int, re.Pattern[str]], ...]

    def find(self, line: LineText, own: str) -> tuple[PhraseHit, ...]:
        """Hits in `own` (the normal form with foreign words masked), longest first kept.

        Of overlapping hits the longest stays; a negated hit and a harmless one go.
        """
        kept: list[tuple[Span, str, int]] = []
        found = [*self._phrases(own), *self._patterns(own)]
        for span, category, severity in sorted(found, key=_longest_first):
            if not any(span.overlaps(other) for other, _, _ in kept):
                kept.append((span, category, severity))
        borders = clauses(own)
        hits = [
            _hit(line, span, category, severity)
            for span, category, severity in sorted(kept, key=lambda one: one[0].start)
            if category != HARMLESS and not self._negated(own, span, borders)
        ]
        return tuple(hits)

    def _phrases(self, own: str) -> Iterable[tuple[Span, str, int]]:
        latin = self.language == "en"
        for at in range(len(own)):
            if latin and at and own[at - 1].isalpha():
                continue
            begin = own[at : at + _BEGIN]
            for entry in (*self.by_begin.get(begin, ()), *self.by_begin.get(begin[0], ())):
                end = entry.match(own, at)
                if end > at and not (latin and own[end : end + 1].isalpha()):
                    yield Span(at, end), entry.category, entry.severity

    def _patterns(self, own: str) -> Iterable[tuple[Span, str, int]]:
        for category, severity, pattern in self.patterns:
            for found in pattern.finditer(own):
                yield Span(found.start(), found.end()), category, severity

    def _negated(self, own: str, span: Span, borders: Sequence[Span]) -> bool:
        start = max((border.start for border in borders if border.start <= span.start), default=0)
        return _NEGATED[self.language].search(own[start : span.start]) is not None


def _longest_first(found: tuple[Span, str, int]) -> tuple[int, int, int]:
    span, category, _ = found
    return span.start - span.end, span.start, CATEGORIES.index(category)


def _hit(line: LineText, span: Span, category: str, severity: int) -> PhraseHit:
    text, start = line.typed(span)
    return PhraseHit(category=category, severity=severity, text=text, start=start)


def load_lexicon(language: str, files: Sequence[Path]) -> Lexicon:
    """The lexicon of `language` out of `files`, later ones adding to earlier ones.

    Raises ContentError with every fault of every file.
    """
    faults: list[ContentFault] = []
    by_begin: dict[str, list[Entry]] = {}
    patterns: list[tuple[str, int, re.Pattern[str]]] = []
    for file in files:
        for category, body in _categories(file, faults):
            severity = int(body.get("severity", 0))
            for phrase in body.get("phrases", ()):
                normal = standard(str(phrase))
                entry = Entry(category, severity, _matcher(normal))
                by_begin.setdefault(_begin(normal), []).append(entry)
            for written in body.get("patterns", ()):
                pattern = compile_pattern(file, str(written), faults)
                patterns.append((category, severity, pattern))
    if faults:
        raise ContentError(faults)
    return Lexicon(language=language, by_begin=by_begin, patterns=tuple(patterns))


def _categories(file: Path, faults: list[ContentFault]) -> Iterable[tuple[str, dict[str, Any]]]:
    for category, body in load_yaml(file).items():
        if category not in CATEGORIES:
            faults.append(fault_at(file, category, f"unknown category {category}"))
        elif category.startswith("F") and not 1 <= int(body.get("severity", 0)) <= 5:
            faults.append(fault_at(file, category, f"{category} needs a severity from 1 to 5"))
        elif any(not standard(str(phrase)) for phrase in body.get("phrases", ())):
            faults.append(fault_at(file, category, f"{category} holds an empty phrase"))
        else:
            yield category, body
