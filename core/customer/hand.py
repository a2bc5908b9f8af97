"""How a message is typed: breaths, marks at the end, slips of the hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from core.customer.grammar import Grammar
from core.customer.habits import SPLIT, Habits, drawn
from core.customer.noise import Noise, mistype
from core.customer.rewording import SHORT_LINE
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState
from core.domain.customer import MAX_MESSAGES
from core.domain.sieve import LONG, has_read
from core.ports.customer_engine import Cue

USUAL_BURST = 0.35
"""The share of bursts that the shipped breaths stand for."""

RUN_ON = 12
"""Characters from which two clauses are not run together: nobody could read them."""

_MARKS = "？?！!。.…~，,"


MOST_LINES = 3
"""Messages in one turn, corrections apart."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message being made: `exact` keeps slips, cuts and other words away from facts."""

    text: str
    acts: tuple[CustomerAct, ...]
    exact: bool


def room(cue: Cue) -> int:
    """Messages this turn may have: the last one of the dialogue is kept for the farewell."""
    closing = any(act.kind is CustomerActKind.CLOSE for act in cue.acts)
    left = MAX_MESSAGES - cue.state.spoken - (0 if closing else 1)
    return max(1, min(MOST_LINES, left))


def breathe(
    messages: Sequence[Message],
    *,
    cue: Cue,
    grammar: Grammar,
    habits: Habits,
    room: int,
    chance: Random,
) -> list[Message]:
    """Every breath becomes a new message (up to `room` in all), a mark or nothing."""
    mark = drawn(habits.question_marks, Random(f"{cue.seed}:hand"))
    shares = dict(habits.breaths)
    shares[SPLIT] = shares.get(SPLIT, 0.0) * cue.persona.manner.burst / USUAL_BURST
    whole = {sign: share for sign, share in shares.items() if sign != SPLIT}
    typed: list[Message] = []
    for left, message in zip(range(len(messages) - 1, -1, -1), messages, strict=True):
        parts = [""]
        for clause in message.text.split(grammar.joiner):
            own = clause.replace("？", "?").replace("?", mark)
            own = own.replace("！", "!") if mark == "?" else own
            long_enough = min(len(own), len(parts[-1])) > SHORT_LINE
            may_cut = long_enough and len(typed) + len(parts) + left < room
            breath = drawn(shares if may_cut else whole, chance) if parts[-1] else ""
            if not breath and long_enough and len(parts[-1]) + len(own) > RUN_ON:
                apart = may_cut and chance.random() < cue.persona.manner.burst / USUAL_BURST
                breath = SPLIT if apart else "，"
            if breath == SPLIT:
                parts.append(own)
            else:
                parts[-1] = _joined(parts[-1], own, breath)
        typed.extend(_share_out(message, parts))
    return typed


def _joined(first: str, second: str, breath: str) -> str:
    if not first or not second:
        return first + second
    if first[-1] in _MARKS:
        return first + second if breath in ("", "，") else first + breath.lstrip("，。.") + second
    if not breath and (_latin(first[-1]) or _latin(second[0])):
        breath = "，"
    return first + breath + second


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _share_out(message: Message, parts: Sequence[str]) -> list[Message]:
    """The parts as messages; the one with a number, or else the longest, carries the acts."""
    kept = [part for part in parts if part]
    carrier = max(range(len(kept)), key=lambda at: (has_number(kept[at]), len(kept[at])))
    return [
        replace(message, text=part, acts=message.acts if at == carrier else ())
        for at, part in enumerate(kept)
    ]


def known(text: str, state: CustomerState) -> bool:
    """Whether the trainee has read this long line before, in this talk or a former one."""
    return len(text) >= LONG and (text in state.recent or has_read(state.read, text))


def unread(message: Message, state: CustomerState, grammar: Grammar) -> Message:
    """The message, with small words around it if the trainee knows it."""
    if not known(message.text, state):
        return message
    bare = message.text.rstrip(_MARKS)
    around = (
        f"{before}{bare}{after}" for after in grammar.small_after for before in grammar.small_before
    )
    fresh = next((text for text in around if not known(text, state)), message.text)
    return replace(message, text=fresh)


def has_number(text: str) -> bool:
    """Whether there is a digit in the text."""
    return any(sign.isdigit() for sign in text)


def slip(
    messages: Sequence[Message], *, cue: Cue, habits: Habits, noise: Noise, chance: Random
) -> list[Message]:
    """Slips of the hand, and the messages that put them right."""
    typed: list[Message] = []
    per_100 = cue.persona.manner.typos
    room = MAX_MESSAGES - 1 - cue.state.spoken - len(messages)
    for message in messages:
        if message.exact:
            typed.append(message)
            continue
        attempt = mistype(message.text, per_100=per_100, noise=noise, chance=chance)
        typed.append(replace(message, text=attempt.text))
        if attempt.correction and habits.corrects and room > 0:
            typed.append(Message(attempt.correction, (), exact=True))
            room -= 1
    return typed


def punctuate(
    message: Message, *, cue: Cue, grammar: Grammar, habits: Habits, last: bool, chance: Random
) -> Message:
    """Final marks as people set them: mostly none, and never on a correction."""
    if not message.acts:
        return message
    share = cue.persona.manner.final_punctuation
    bare = message.text.rstrip("。.？?")
    if not bare or bare[-1] in "！!":
        return replace(message, text=bare) if bare else message
    if not last and not habits.final_marks:
        return replace(message, text=bare)
    meant = message.text[-1] in "？?" and not habits.asks(bare)
    if habits.asks(bare) or meant:
        # Without its mark such a line would say something else.
        marked = (
            1.0 if meant else habits.marked_questions + (0.0 if habits.final_marks else 0.5 * share)
        )
        mark = drawn(habits.question_marks, Random(f"{cue.seed}:hand"))
        return replace(message, text=bare + mark if chance.random() < marked else bare)
    if not last or len(bare) <= SHORT_LINE or not bare[-1].isalnum():
        return replace(message, text=bare)
    if habits.final_marks:
        return replace(message, text=bare + drawn(habits.final_marks, chance).strip("，、 "))
    stop = grammar.full_stop if chance.random() < share else ""
    return replace(message, text=bare + stop)
