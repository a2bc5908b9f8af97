"""Replies that look pasted, from a model or a hint: a reason for people to look, never a mark.

A sign is evidence about a text, not about a person: company templates have some of them as well.
So the strong ones count alone and the weak ones only together, and nothing here changes a score.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from core.domain.ability import TRACKING
from core.domain.reading import TraineeAct
from core.domain.scorecard import Pasted, PasteSign
from core.plain_yaml import load_plain
from core.services.checks.talk import STEPS, Line, Talk, half_of, quote_of

COPIED_CHARACTERS = 30
"""Shorter lines are the same by chance, or by the company's script."""
HINT_CHARACTERS = 6
"""A shorter half sentence is anybody's."""
LEAST_S = 0.5
"""A line that comes sooner after the one before it had waited somewhere, on a network that was
away or in a file whose times are cut to the minute: its time says nothing."""
LISTED = 3
"""Numbered or dotted points from which on a reply is a list."""

# Masked addresses and numbers (**市**区, 185****29) are no bold type.
_MARKUP = re.compile(
    r"(?<!\*)\*\*[^*\s][^*\n]+\*\*(?!\*)|^\s{0,3}#{1,4}\s|```|^\s*\|.*\|\s*$|</?(?:br|p|li|b)>",
    re.MULTILINE,
)
_POINTS = re.compile(r"(?:^|[\s。；;：:])(?:\d{1,2}[.、)）](?!\d)|[①-⑩]|[-•*]\s)", re.MULTILINE)
_OWN = frozenset(
    {*STEPS, TraineeAct.EXPLAIN, TraineeAct.INFORM, TraineeAct.TIME_COMMIT, TraineeAct.REFUSE_ALT}
)
"""Acts of lines that say something of this case; greetings and farewells are everybody's."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Patterns of one language. `long` is in characters; `weak` signs count together;
    `fast_characters` is the least of a line whose pace is looked at, `characters_a_second` faster
    than anybody types or dictates."""

    giveaway: tuple[re.Pattern[str], ...]
    stock: tuple[re.Pattern[str], ...]
    long: int
    weak: int
    fast_characters: int
    characters_a_second: float


@cache
def signs_of(language: str) -> Signs:
    """The patterns of a language; Chinese where the language is unknown."""
    known = language if language in ("zh", "en") else "zh"
    source = files("core.services.data").joinpath(f"pasted.{known}.yaml")
    raw: dict[str, Any] = load_plain(source.read_text(encoding="utf-8"))
    limits = raw["limits"]
    return Signs(
        giveaway=_patterns(raw["giveaway"]),
        stock=_patterns(raw["stock"]),
        long=limits["long"],
        weak=limits["weak"],
        fast_characters=limits["fast_characters"],
        characters_a_second=limits["characters_a_second"],
    )


def pasted(talk: Talk, *, others: Collection[str] = ()) -> tuple[Pasted, ...]:
    """The lines that look pasted, each with its signs. `others`: what colleagues wrote in the same
    case before this talk."""
    found: list[Pasted] = []
    begun_s = talk.transcript.turns[0].at_s if talk.transcript.turns else 0.0
    for line in talk.lines:
        signs = text_signs(line.turn.text, talk.transcript.language)
        if talk.transcript.timed and _too_fast(line, begun_s, talk.transcript.language):
            signs = (*signs, PasteSign.TOO_FAST)
        if _copied(line, talk, others):
            signs = (*signs, PasteSign.COPIED)
        if _from_hint(line, talk):
            signs = (*signs, PasteSign.HINT)
        if signs:
            found.append(Pasted(line.turn.seq, quote_of(line.turn), signs))
        begun_s = line.turn.at_s
    return tuple(found)


def text_signs(text: str, language: str) -> tuple[PasteSign, ...]:
    """What the words alone show; empty where it is not enough to look at the line."""
    signs = signs_of(language)
    text = text.strip()
    strong = []
    if _MARKUP.search(text):
        strong.append(PasteSign.MARKUP)
    if any(pattern.search(text) for pattern in signs.giveaway):
        strong.append(PasteSign.GIVEAWAY)
    is_long = len(text) >= signs.long
    is_list = len(_POINTS.findall(text)) >= LISTED
    stock = sum(1 for pattern in signs.stock if pattern.search(text))
    if not strong and stock + is_long + is_list < signs.weak:
        return ()
    weak = ((PasteSign.LISTED, is_list), (PasteSign.LONG, is_long), (PasteSign.STOCK, stock > 1))
    return (*strong, *(sign for sign, there in weak if there))


def _too_fast(line: Line, begun_s: float, language: str) -> bool:
    """Whether nobody can have typed the line since the trainee's line before it, or since the
    talk began."""
    signs = signs_of(language)
    length, seconds = len(line.turn.text.strip()), line.turn.at_s - begun_s
    if length < signs.fast_characters or seconds < LEAST_S:
        return False
    return length / seconds > signs.characters_a_second


def _copied(line: Line, talk: Talk, others: Collection[str]) -> bool:
    text = line.turn.text.strip()
    if len(text) < COPIED_CHARACTERS or text not in others or not line.reading.acts & _OWN:
        return False
    # The product shows these sentences itself, to everybody.
    goals = talk.scenario.sub_goals if talk.scenario else ()
    return not any(goal.reference_line and goal.reference_line in text for goal in goals)


def _from_hint(line: Line, talk: Talk) -> bool:
    """Whether it holds a half sentence that a hint of this talk may have given."""
    if talk.scenario is None or TRACKING.largest_hint not in talk.transcript.hints:
        return False
    halves = [half_of(goal.reference_line) for goal in talk.scenario.sub_goals]
    return any(len(half) >= HINT_CHARACTERS and half in line.turn.text for half in halves)


def _patterns(written: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one, re.IGNORECASE) for one in written)
