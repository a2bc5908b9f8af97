"""Marks of speech: a person's fillers and markers, the colouring of a mood."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from core.customer.grammar import Grammar, heat_group
from core.customer.hand import MOST_LINES, Message, has_number
from core.customer.rewording import SHORT_LINE
from core.domain.agenda import CustomerActKind
from core.domain.emotion import colours
from core.ports.customer_engine import Cue

MARK_EVERY = 3
"""At most one mark of speech (filler, marker, colouring) in so many messages."""

_MARK_SHARE = 0.3

ASKING = frozenset(
    {
        CustomerActKind.OPEN,
        CustomerActKind.STATE_PROBLEM,
        CustomerActKind.PRESS,
        CustomerActKind.BARGAIN,
    }
)
DEMANDING = ASKING | {
    CustomerActKind.VENT,
    CustomerActKind.THREATEN,
    CustomerActKind.REJECT,
}
_TELLING = DEMANDING | {
    CustomerActKind.ANSWER_SLOT,
    CustomerActKind.ANSWER_PARTIAL,
    CustomerActKind.DONT_KNOW,
    CustomerActKind.SELF_DISCLOSE,
}
"""A persona's marks stand on lines that ask for something, those of a mood also on complaints,
words to fill a pause also on answers. Thanks, a yes and a goodbye stay bare."""


def mark(
    messages: list[Message],
    cue: Cue,
    grammar: Grammar,
    *,
    used: tuple[str, ...],
    chance: Random,
) -> tuple[list[Message], tuple[str, ...]]:
    """Put a mark of speech on one message, if none stood in the last ones."""
    marks = [int(name[5:]) for name in used if name.startswith("mark@")]
    first = max(marks, default=-MARK_EVERY) + MARK_EVERY
    share = min(1.0, _MARK_SHARE * max(1.0, cue.persona.manner.length))
    for position, message in enumerate(messages):
        number = cue.state.spoken + position
        if number < first or chance.random() >= share:
            continue
        marked, name = _with_mark(message, cue, grammar, used=used, chance=chance)
        if marked == message.text:
            continue
        changed = [*messages]
        changed[position] = replace(message, text=marked)
        stands = f"mark@{number + MOST_LINES - 1 - position}"
        return changed, (*used, stands, *filter(None, [name]))
    return messages, used


def _with_mark(
    message: Message, cue: Cue, grammar: Grammar, *, used: tuple[str, ...], chance: Random
) -> tuple[str, str]:
    """The message with one mark that suits what it does and was not used yet, and that mark."""
    kinds = {act.kind for act in message.acts}
    filled = kinds <= _TELLING and not has_number(message.text) and len(message.text) > SHORT_LINE
    before = [*cue.persona.fillers] if filled else []
    after: list[str] = []
    if kinds <= ASKING:
        before.extend(cue.persona.markers)
    if kinds <= DEMANDING:
        for name in _moods(cue):
            places = grammar.overlays.get(name, {})
            before.extend(places.get("before", ()))
            after.extend(places.get("after", ()))
    text = message.text
    opened = text.startswith((*grammar.openers, *cue.persona.fillers))
    marked = {} if opened else {word: _before(word, text, grammar) for word in before}
    marked.update({word: _after(text, word) for word in after})
    fresh = [word for word in marked if _mark_id(word) not in used]
    if not fresh:
        return text, ""
    chosen = chance.choice(fresh)
    return marked[chosen], _mark_id(chosen)


def _moods(cue: Cue) -> list[str]:
    names = [colour.value for colour in sorted(colours(cue.state.mood))]
    if heat_group(cue.state.mood.heat) == "hot":
        names.append("hot")
    return [*names, cue.mood.id]


def _mark_id(word: str) -> str:
    """Small signs may come again, words do not within one dialogue."""
    return f"mark:{word}" if len(word) > 1 else ""


def _before(word: str, text: str, grammar: Grammar) -> str:
    """A mark of several words, or of a script without blanks, is set apart."""
    plain = word.isascii() and " " not in word
    sign = " " if plain or not word[-1].isalnum() else grammar.mark_joiner
    return word + sign + text


def _after(text: str, word: str) -> str:
    return f"{text} {word}" if word[0].isalnum() else text + word
