"""Reading what the judge model wrote: the verdict stands at the end, the quote is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.domain.model_verdict import Abstained, Said
from core.prompts.judge import AGENT, ShownTurn
from core.services.model_questions import Question

LEAST_QUOTE = 4
"""Signs a quote needs, unless the line itself has fewer: two words stand anywhere."""
_VERDICT = re.compile(r'"?verdict"?\s*[:：]\s*"?([a-z_]+)"?', re.IGNORECASE)
_TURN = re.compile(r'"?turn"?\s*[:：]\s*"?(\d{1,4})"?', re.IGNORECASE)
_QUOTE = re.compile(r'"?quote"?\s*[:：]\s*["“「](.+?)["”」]\s*(?:[,，\n}]|$)', re.IGNORECASE)
_FIELDS = ("quote", "turn", "verdict")


@dataclass(frozen=True, slots=True)
class Answer:
    """One readable sample. The quote is `start`..`end` of the turn's own text."""

    said: Said
    turn: int | None = None
    start: int = 0
    end: int = 0


def read_answer(text: str, question: Question, turns: Sequence[ShownTurn]) -> Answer | Abstained:
    """The answer in a reply, or why there is none.

    Whatever a model writes before its answer (thoughts, fences, an answer it takes back) is
    passed over: the last object, else the last words of the right form, count.
    """
    fields = _last_fields(text)
    said = _said(fields.get("verdict"), question)
    if said is None:
        return Abstained.NOT_READABLE
    if said is Said.NOT_APPLICABLE:
        return Answer(said)
    turn = _turn(fields.get("turn"), turns)
    if turn is None or (question.focus is not None and turn.number != question.focus):
        return Abstained.NO_QUOTE
    found = quoted(str(fields.get("quote") or ""), turn)
    if found is None:
        return Abstained.NO_QUOTE
    return Answer(said, turn.seq, *found)


def quoted(quote: str, turn: ShownTurn) -> tuple[int, int] | None:
    """Where the quote stands in the turn's own text. Blanks and marks do not count, words do;
    None where it does not stand there or is too short to prove anything."""
    signs = [(place, char.casefold()) for place, char in enumerate(turn.text) if char.isalnum()]
    wanted = "".join(char.casefold() for char in quote if char.isalnum())
    line = "".join(char for _, char in signs)
    if not wanted or len(wanted) < min(LEAST_QUOTE, len(line)):
        return None
    at = line.find(wanted)
    # Some letters grow when case is folded; then places no longer fit, and nothing is proved.
    if at < 0 or len(line) != len(signs) or not signs:
        return None
    first, last = signs[at][0], signs[at + len(wanted) - 1][0]
    return turn.places[first], turn.places[last] + 1


def _last_fields(text: str) -> dict[str, Any]:
    for found in _objects_from_the_end(text):
        if "verdict" in found:
            return {name: found.get(name) for name in _FIELDS}
    return {
        name: matches[-1]
        for name, pattern in zip(_FIELDS, (_QUOTE, _TURN, _VERDICT), strict=True)
        if (matches := pattern.findall(text))
    }


def _objects_from_the_end(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(strict=False)
    at = len(text)
    while (at := text.rfind("{", 0, at)) >= 0:
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _said(value: object, question: Question) -> Said | None:
    try:
        said = Said(str(value).strip().lower())
    except ValueError:
        return None
    return said if said in question.answers else None


def _turn(value: object, turns: Sequence[ShownTurn]) -> ShownTurn | None:
    number = str(value).strip()
    return next(
        (turn for turn in turns if str(turn.number) == number and turn.who == AGENT),
        None,
    )
