"""Reads words of the regions, of letters and of short writing as the standard ones.

The words are data (`data/standard.zh.yaml`). Patterns, phrases and the words of the cases are
written in standard Chinese only; a line in other words is brought there before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from core.customer.line_text import LineText, is_chinese, line_text
from core.customer.pattern_files import DATA, compile_pattern, load_yaml
from core.errors import ContentError, ContentFault

_GUARDED = re.compile(r"^((?:\(\?<[^()]*\))*)([^()]+)((?:\(\?[^()]*(?:\([^()]*\)[^()]*)*\))*)$")


@dataclass(frozen=True, slots=True)
class _Word:
    """Another word, what guards it (if anything), and the standard one."""

    written: str
    guard: re.Pattern[str] | None
    standard: str

    def end(self, text: str, at: int) -> int:
        """Where the word ends that begins at `at`; -1 if it is not there."""
        if self.guard is not None:
            found = self.guard.match(text, at)
            return found.end() if found else -1
        return at + len(self.written) if text.startswith(self.written, at) else -1


_Words = Mapping[str, Sequence[_Word]]


@dataclass(frozen=True, slots=True)
class Standard:
    """Words by first character, rules, and for each region its marks and further words."""

    everywhere: _Words
    rules: tuple[tuple[re.Pattern[str], str], ...]
    regions: tuple[tuple[re.Pattern[str], _Words], ...]

    def read(self, line: LineText) -> LineText:
        """`line` with every other word read as the standard one; places lead back as before."""
        text, origins = line.plain, list(line.origins)
        text, origins = _replaced(text, origins, self.everywhere)
        for marks, words in self.regions:
            if marks.search(line.plain):
                text, origins = _replaced(text, origins, words)
        for pattern, standard in self.rules:
            text, origins = _ruled(text, origins, pattern, standard)
        return LineText(original=line.original, plain=text, origins=tuple(origins))


def _replaced(text: str, origins: list[int], words: _Words) -> tuple[str, list[int]]:
    pieces: list[str] = []
    places: list[int] = []
    at = kept = 0
    while at < len(text):
        for word in words.get(text[at], ()):
            end = word.end(text, at)
            if end > at:
                pieces += (text[kept:at], word.standard)
                places += origins[kept:at] + _spread(word.standard, origins[at:end])
                at = kept = end
                break
        else:
            at += 1
    if not pieces:
        return text, origins
    return "".join((*pieces, text[kept:])), places + origins[kept:]


def _ruled(
    text: str, origins: list[int], pattern: re.Pattern[str], standard: str
) -> tuple[str, list[int]]:
    pieces: list[str] = []
    places: list[int] = []
    kept = 0
    for found in pattern.finditer(text):
        instead = found.expand(standard)
        pieces += (text[kept : found.start()], instead)
        places += origins[kept : found.start()]
        places += _spread(instead, origins[found.start() : found.end()])
        kept = found.end()
    if not pieces:
        return text, origins
    return "".join((*pieces, text[kept:])), places + origins[kept:]


def _spread(word: str, origins: list[int]) -> list[int]:
    """A place for each character of `word`, the last one at the end of what it stands for."""
    most = len(origins) - 1
    places = [origins[min(at, most)] for at in range(len(word))]
    return [*places[:-1], origins[most]] if places and origins else places


@cache
def chinese_standard() -> Standard:
    """The standard words that come with the product, loaded once."""
    return load_standard(DATA / "standard.zh.yaml")


def load_standard(file: Path) -> Standard:
    """The words in `file`; ContentError with all faults."""
    loaded = load_yaml(file)
    faults: list[ContentFault] = []
    standard = Standard(
        everywhere=_words(file, loaded["everywhere"], faults),
        rules=tuple(
            (compile_pattern(file, pattern, faults), instead)
            for pattern, instead in loaded["rules"]
        ),
        regions=tuple(
            (
                compile_pattern(file, "|".join(region["marks"]), faults),
                _words(file, region["words"], faults),
            )
            for region in loaded["regions"].values()
        ),
    )
    if faults:
        raise ContentError(faults)
    return standard


def _words(
    file: Path, written: Mapping[str, Sequence[str]], faults: list[ContentFault]
) -> dict[str, list[_Word]]:
    words: dict[str, list[_Word]] = {}
    for standard, others in written.items():
        for other in map(str, others):
            found = _GUARDED.match(other)
            word = found[2] if found else other
            guarded = found is not None and bool(found[1] or found[3])
            guard = compile_pattern(file, other, faults) if guarded else None
            words.setdefault(word[0], []).append(_Word(word, guard, standard))
    for same_first in words.values():
        same_first.sort(key=lambda one: -len(one.written))
    return words


def standard_text(text: str) -> LineText:
    """`text` in normal form and standard words."""
    line = line_text(text)
    return chinese_standard().read(line) if is_chinese(line.plain) else line


@lru_cache(maxsize=8192)
def standard(text: str) -> str:
    """The standard words of `text` alone (for words of scenarios and lexicons)."""
    return standard_text(text).plain.strip()
