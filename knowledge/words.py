"""Text -> what is compared: folded characters, pairs of them, stems, and shared meanings.

Traditional characters are read as simplified ones, full width as half width, capitals as small.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from operator import add
from typing import Any

from knowledge.english import stems_of

_LATIN = re.compile(r"[a-z0-9]+")
_OTHER = re.compile(r"[^\W_a-z0-9]+")
"""Unbroken letters and digits that are not Latin, of a folded text."""
_APOSTROPHES = re.compile(r"(?<=[a-z])['’](?=[a-z])")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LINE_END = re.compile(r"[\n。！？!?；;]+|\.\s")


def folded(text: str) -> str:
    """The text in the one form everything is compared in."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if _HAN.search(plain):
        plain = _simplifier().convert(plain)
    return _APOSTROPHES.sub("", plain)


def singles_and_pairs(text: str) -> tuple[list[str], list[str]]:
    """Characters, and pairs of neighbours, of what is not Latin in a folded text."""
    ones: list[str] = []
    twos: list[str] = []
    for run in _OTHER.findall(text):
        ones += run
        twos += map(add, run, run[1:])
    return ones, twos


def size_of(text: str) -> int:
    """Characters that are not Latin, and words, of a folded text."""
    return sum(map(len, _OTHER.findall(text))) + len(_LATIN.findall(text))


def stems(text: str) -> list[str]:
    """Stems of the Latin words and numbers of a folded text."""
    return [stem for word in _LATIN.findall(text) for stem in stems_of(word)]


def letter_grams(text: str) -> list[str]:
    """Three to five neighbouring letters inside each Latin word, its borders included."""
    grams: list[str] = []
    for word in _LATIN.findall(text):
        edged = f"_{word}_"
        for size in (3, 4, 5):
            grams += (edged[at : at + size] for at in range(len(edged) - size + 1))
    return grams


def lines(text: str) -> list[str]:
    """The sentences and lines of a text."""
    return [line for line in _LINE_END.split(text) if line.strip()]


@lru_cache(maxsize=10_000)
def homophones(character: str) -> tuple[str, ...]:
    """Other common characters that sound the same, tones aside."""
    sound = _sound(character)
    return tuple(other for other in _by_sound().get(sound, ()) if other != character)


@lru_cache(maxsize=10_000)
def _sound(character: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(character, style=Style.NORMAL))


@cache
def _by_sound() -> dict[str, list[str]]:
    sounds: dict[str, list[str]] = {}
    for character in _common():
        sounds.setdefault(_sound(character), []).append(character)
    return sounds


def _common() -> Iterable[str]:
    """The 3,755 common characters: the first level of GB 2312."""
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue


@cache
def _simplifier() -> Any:  # noqa: ANN401  (the library ships no types)
    import opencc

    return opencc.OpenCC("t2s")
