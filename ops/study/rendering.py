"""A study's talks in the spelling of the file that a style pack was learned from.

A company's file of customer lines went through its own masking before we saw it: numbers became
marks, orders came as cards, every dialogue ends with a mark of the export. To hold simulated lines
beside such a file, they are put through the same. This is done in a study's files only: whoever
practises reads the customer's own words, numbers included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from core.domain.dialogue import Speaker, Turn
from core.domain.style import DIGIT, EMOTICON, StylePack

WORDS_ABOUT_A_NUMBER = 6
"""Characters beside the digits up to which a message is nothing but a number being told."""

_DIGITS = re.compile(r"\d+")
_LINK = re.compile(r"https?://\S+")


def rendered(turns: Sequence[Turn], pack: StylePack | None, *, seed: int) -> tuple[Turn, ...]:
    """The turns as the pack's source would hold them; unchanged without masks in the source."""
    if pack is None:
        return tuple(turns)
    chance = Random(f"{seed}:rendering")
    masked = [
        replace(turn, text=_masked(turn.text, pack, chance))
        if turn.speaker is Speaker.CUSTOMER
        else turn
        for turn in turns
    ]
    if pack.last_line and masked:
        end = masked[-1]
        masked.append(Turn(end.seq + 1, Speaker.CUSTOMER, pack.last_line, end.at_s))
    return tuple(masked)


def _masked(text: str, pack: StylePack, chance: Random) -> str:
    links = {form: share for form, share in pack.forms.items() if _LINK.fullmatch(form)}
    if links and _LINK.fullmatch(text):
        return _with_digits(_drawn(links, chance), chance)
    parts = [_without_numbers(part, pack, chance) for part in EMOTICON.split(text)]
    signs = EMOTICON.findall(text)
    if pack.emoticon_marks:
        signs = [_drawn(pack.emoticon_marks, chance) for _ in signs]
    return "".join(part + sign for part, sign in zip(parts, [*signs, ""], strict=True))


def _without_numbers(text: str, pack: StylePack, chance: Random) -> str:
    if not pack.number_marks or not _DIGITS.search(text):
        return text
    forms = {form: share for form, share in pack.forms.items() if _tells_number(form)}
    if forms and len(_DIGITS.sub("", text)) <= WORDS_ABOUT_A_NUMBER:
        return _with_digits(_drawn(forms, chance), chance)
    return _DIGITS.sub(lambda _: _drawn(pack.number_marks, chance), text)


def _tells_number(form: str) -> bool:
    """Whether the form tells a number or an order, and is no emoticon or link."""
    return "[" in form and not form.startswith("#") and "://" not in form


def _with_digits(form: str, chance: Random) -> str:
    return re.sub(re.escape(DIGIT), lambda _: str(chance.randrange(10)), form)


def _drawn(shares: Mapping[str, float], chance: Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]
