"""What is sent without words: emoticons, and a link to what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from core.customer.grammar import heat_group
from core.customer.habits import Habits, drawn
from core.customer.hand import USUAL_BURST, Message, has_number, room
from core.domain.agenda import CustomerActKind
from core.ports.customer_engine import Cue

_FEELING = frozenset(
    {
        CustomerActKind.THANK,
        CustomerActKind.ACCEPT,
        CustomerActKind.CLOSE,
        CustomerActKind.PRESS,
        CustomerActKind.VENT,
        CustomerActKind.REJECT,
        CustomerActKind.THREATEN,
        CustomerActKind.SMALL_TALK,
    }
)
"""What an emoticon goes with: who tells a fact or asks for one thing sets none."""

_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_LINK_LETTERS = 7


def signed(
    messages: Sequence[Message], *, cue: Cue, habits: Habits, chance: Random
) -> list[Message]:
    """The messages with an emoticon or a link, where this turn has one."""
    found = [_ended(message, cue=cue, habits=habits, chance=chance) for message in messages]
    lively = min(1.5, cue.persona.manner.burst / USUAL_BURST)
    moved = cue.acts[-1].kind in _FEELING
    if not cue.state.spoken and cue.scenario.industry in habits.linked:
        if len(found) < room(cue) and chance.random() < habits.links * lively:
            return [Message(_link(chance), (), exact=True), *found]
        return found
    if moved and len(found) < room(cue) and chance.random() < habits.emoticons_alone * lively:
        sign = _sign(cue, habits, chance)
        if sign and sign not in cue.state.recent:
            times = 1 if sign.isascii() else chance.choice((1, 1, 1, 2, 3))
            found.append(Message(sign * times, (), exact=True))
    return found


def _ended(message: Message, *, cue: Cue, habits: Habits, chance: Random) -> Message:
    kinds = {act.kind for act in message.acts}
    bare = message.exact or has_number(message.text) or not kinds or not kinds <= _FEELING
    if bare or chance.random() >= habits.emoticons_last:
        return message
    sign = _sign(cue, habits, chance)
    return replace(
        message, text=f"{message.text} {sign}" if sign.isascii() else message.text + sign
    )


def _sign(cue: Cue, habits: Habits, chance: Random) -> str:
    hot = heat_group(cue.state.mood.heat) == "hot"
    signs = habits.emoticons.hot if hot else habits.emoticons.words
    return drawn(signs, chance) if signs else ""


def _link(chance: Random) -> str:
    """A link to nowhere, without a digit: it tells no number of the case."""
    return "https://item.example.com/" + "".join(chance.choices(_LETTERS, k=_LINK_LETTERS))
