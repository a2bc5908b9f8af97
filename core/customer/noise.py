"""Typing slips.

Shares after the coaching notes: 75 % a sign of the same sound, 10 % one that looks alike, 10 %
dropped or doubled, 5 % latin pinyin; one in four is corrected by a second message. Digits and
words that turn a meaning round are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from core.plain_yaml import load_plain

DATA = Path(__file__).parent / "data"

CORRECTED = 0.25
"""Share of slips that the customer puts right in a further message."""

MOST_SLIPS = 2
"""Slips in one message at most."""

_KINDS = ("same_sound", "similar_shape", "drop_double", "pinyin")
_SHARES = (0.75, 0.10, 0.10, 0.05)
_HIGHEST = 0.3
_LATIN_WORD = re.compile(r"[A-Za-z']+")
_TOKEN_WITH_DIGIT = re.compile(r"[A-Za-z'-]*\d[\w-]*")


@dataclass(frozen=True, slots=True)
class Noise:
    """Tables of one language: character to its look- and sound-alikes, and what is never hit."""

    same_sound: Mapping[str, str]
    similar_shape: Mapping[str, str]
    pinyin: Mapping[str, str]
    keep: frozenset[str]
    keep_words: frozenset[str]
    correction: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A message as it was typed; `correction` is the message that puts a slip right, or empty."""

    text: str
    correction: str = ""


def load_noise(language: str) -> Noise:
    """The tables shipped for `language` (zh, en)."""
    raw = load_plain((DATA / f"noise.{language}.yaml").read_text(encoding="utf-8"))
    return Noise(
        same_sound=dict(raw["same_sound"]),
        similar_shape=dict(raw["similar_shape"]),
        pinyin=dict(raw["pinyin"]),
        keep=frozenset(raw["keep"]),
        keep_words=frozenset(raw.get("keep_words", ())),
        correction=str(raw["correction"]),
    )


def mistype(text: str, *, per_100: float, noise: Noise, chance: Random) -> Typed:
    """The text with slips at `per_100` slips in a hundred characters."""
    open_places = _places(text, noise)
    if not open_places or per_100 <= 0:
        return Typed(text)
    share = min(_HIGHEST, per_100 / 100 * len(text) / len(open_places))
    hit = [place for place in open_places if chance.random() < share][:MOST_SLIPS]
    signs = list(text)
    slipped: list[int] = []
    for place in hit:
        slip = _slip(signs[place], noise, chance)
        if slip != signs[place]:
            signs[place] = slip
            slipped.append(place)
    typed = "".join(signs)
    if not slipped or not typed.strip():
        return Typed(text)
    if chance.random() < CORRECTED:
        return Typed(typed, noise.correction.format(word=_word(text, slipped[0])))
    return Typed(typed)


def _places(text: str, noise: Noise) -> list[int]:
    """Where a slip may happen: known signs, outside numbers and kept words."""
    closed = {place for match in _TOKEN_WITH_DIGIT.finditer(text) for place in range(*match.span())}
    for match in _LATIN_WORD.finditer(text):
        if match.group().lower() in noise.keep_words or len(match.group()) < 3:
            closed.update(range(*match.span()))
    return [
        place
        for place, sign in enumerate(text)
        if place not in closed
        and sign not in noise.keep
        and (sign in noise.same_sound or sign in noise.similar_shape or sign in noise.pinyin)
    ]


def _slip(sign: str, noise: Noise, chance: Random) -> str:
    kind = chance.choices(_KINDS, _SHARES)[0]
    if kind == "drop_double":
        return "" if chance.random() < 0.5 else sign * 2
    tables = {
        "same_sound": noise.same_sound,
        "similar_shape": noise.similar_shape,
        "pinyin": noise.pinyin,
    }
    for table in (tables[kind], noise.same_sound, noise.similar_shape):
        if sign in table:
            return (
                table[sign]
                if kind == "pinyin" and table is noise.pinyin
                else chance.choice(table[sign])
            )
    return sign


def _word(text: str, place: int) -> str:
    """The word around a place: a latin word whole, otherwise the sign and its neighbour."""
    for match in _LATIN_WORD.finditer(text):
        if match.start() <= place < match.end():
            return match.group()
    after = text[place + 1 : place + 2]
    if after.strip() and after.isalpha():
        return text[place : place + 2]
    before = text[max(0, place - 1) : place]
    return (before if before.isalpha() else "") + text[place]
