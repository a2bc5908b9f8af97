"""What one may say next after a message: buttons, or numbered lines where there are none. Pure.

A button says a command as if it were typed, so it needs no code of its own anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.catalogue import say
from core.domain.messages import NoticeCode, OutboundMessage

_NEXT: dict[NoticeCode, tuple[str, ...]] = {
    NoticeCode.DIALOGUE_STARTED: ("hint", "record", "end"),
    NoticeCode.HINT: ("hint", "end"),
    NoticeCode.CORRECTION: ("hint",),
    NoticeCode.NUDGE: ("hint", "pause", "end"),
    NoticeCode.PARKED: ("resume",),
    NoticeCode.PAUSED: ("resume", "end"),
    NoticeCode.DEBRIEF: ("replay", "today", "profile"),
    NoticeCode.WELCOME: ("practice", "today", "help"),
    NoticeCode.HELP: ("practice", "today", "plan", "profile"),
    NoticeCode.TODAY: ("practice",),
    NoticeCode.DRILL: ("practice",),
    NoticeCode.PLAN: ("today", "quick", "profile"),
    NoticeCode.MICRO: ("quick",),
    NoticeCode.REMINDER: ("practice", "plan"),
    NoticeCode.VERDICT: ("quick", "replay"),
    NoticeCode.PROFILE: ("plan", "today"),
    NoticeCode.SCORE: ("replay", "plan"),
}

_WHILE_TALKING = frozenset(
    {NoticeCode.DIALOGUE_STARTED, NoticeCode.HINT, NoticeCode.CORRECTION, NoticeCode.NUDGE}
)
"""A number typed behind these is an answer to the customer; their words name the commands."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way on: its name, the words on the button, and what pressing it says."""

    name: str
    label: str
    says: str


def steps_after(messages: Sequence[OutboundMessage]) -> Sequence[Step]:
    """The ways on after the last message that has some."""
    return next((steps for one in reversed(messages) if (steps := _steps(one))), [])


def offered(message: OutboundMessage) -> Sequence[Step]:
    """The ways on that may be named by a number: none while a customer listens."""
    return [] if message.code in _WHILE_TALKING else _steps(message)


def _steps(message: OutboundMessage) -> Sequence[Step]:
    number = message.facts.get("number")
    argument = f" {number}" if number else ""
    return [step(message.language, name, argument=argument) for name in _NEXT.get(message.code, ())]


def step(language: str, name: str, *, argument: str = "") -> Step:
    """The command `name` in the person's language; only a practice takes the argument."""
    takes = argument if name == "practice" else ""
    word = say(language, f"next.say.{name}")
    return Step(name, say(language, f"next.button.{name}"), f"{word}{takes}")
