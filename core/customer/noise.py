"""Typing slips.

Shares after the coaching notes: 75 % a sign of the same sound, 10 % one that looks alike, 10 %
dropped or doubled, 5 % latin pinyin; one in four is corrected by a second message. A sign is hit
as often as people mix it up, not as often as it is written: one that only looks like another
slips seldom. Digits, words that turn a meaning round and a message's first sign are never touched.
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
_SELDOM = 0.3
"""How often a sign slips by its sound that is not among those people mix up all the time."""
_LATIN_WORD = re.compile(r"[A-Za-z']+")
_TOKEN_WITH_DIGIT = re.compile(r"[A-Za-z'-]*\d[\w-]*")


@dataclass(frozen=True, slots=True)
class Noise:
    """Tables of one language: character to its look- and sound-alikes, and what is never hit.

    `often`: signs that people mix up all the time; `words`: what a correction writes out whole.
    """

    same_sound: Mapping[str, str]
    similar_shape: Mapping[str, str]
    pinyin: Mapping[str, str]
    keep: frozenset[str]
    keep_words: frozenset[str]
    correction: str
    often: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


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
        often=frozenset(raw.get("often", ())),
        words=frozenset(str(raw.get("words", "")).split()),
    )


def mistype(text: str, *, per_100: float, noise: Noise, chance: Random) -> Typed:
    """The text with slips at `per_100` slips in a hundred characters."""
    places = {place: _weight(text[place], noise) for place in _places(text, noise)}
    if not places or per_100 <= 0:
        return Typed(text)
    share = per_100 / 100 * len(text) / sum(places.values())
    hit = [
        place for place, weight in places.items() if chance.random() < min(_HIGHEST, share * weight)
    ][:MOST_SLIPS]
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
        return Typed(typed, noise.correction.format(word=_word(text, slipped[0], noise)))
    return Typed(typed)


def _places(text: str, noise: Noise) -> list[int]:
    """Where a slip may happen: known signs after the first, outside numbers and kept words."""
    closed = {0} | {
        place for match in _TOKEN_WITH_DIGIT.finditer(text) for place in range(*match.span())
    }
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


def _tables(noise: Noise) -> dict[str, Mapping[str, str]]:
    return {
        "same_sound": noise.same_sound,
        "similar_shape": noise.similar_shape,
        "pinyin": noise.pinyin,
    }


def _open_kinds(sign: str, noise: Noise) -> dict[str, float]:
    """The slips that this sign can have, with their shares."""
    tables = _tables(noise)
    return {
        kind: share
        for kind, share in zip(_KINDS, _SHARES, strict=True)
        if kind not in tables or sign in tables[kind]
    }


def _weight(sign: str, noise: Noise) -> float:
    """How readily this sign slips: 1 for one that people mix up all the time."""
    usual = 1.0 if not noise.often or sign in noise.often else _SELDOM
    return usual * sum(_open_kinds(sign, noise).values())


def _slip(sign: str, noise: Noise, chance: Random) -> str:
    kinds = _open_kinds(sign, noise)
    kind = chance.choices(list(kinds), list(kinds.values()))[0]
    if kind == "drop_double":
        return "" if chance.random() < 0.5 else sign * 2
    others = _tables(noise)[kind][sign]
    return others if kind == "pinyin" else chance.choice(others)


def _word(text: str, place: int, noise: Noise) -> str:
    """The word around a place: a latin word, or one that is known; otherwise the sign alone."""
    for match in _LATIN_WORD.finditer(text):
        if match.start() <= place < match.end():
            return match.group()
    around = (text[place : place + 2], text[place - 1 : place + 1])
    return next((pair for pair in around if pair in noise.words), text[place])
