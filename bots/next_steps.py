"""What one may say next after a message, for channels that have buttons: pure.

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
    NoticeCode.NUDGE: ("pause", "end"),
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


@dataclass(frozen=True, slots=True)
class Step:
    """One way on: its name, the words on the button, and what pressing it says."""

    name: str
    label: str
    says: str


def steps_after(messages: Sequence[OutboundMessage]) -> Sequence[Step]:
    """The ways on after the last message that has some."""
    for message in reversed(messages):
        names = _NEXT.get(message.code)
        if names:
            number = message.facts.get("number")
            argument = f" {number}" if number else ""
            return [step(message.language, name, argument=argument) for name in names]
    return []


def step(language: str, name: str, *, argument: str = "") -> Step:
    """The command `name` in the person's language; only a practice takes the argument."""
    takes = argument if name == "practice" else ""
    word = say(language, f"next.say.{name}")
    return Step(name, say(language, f"next.button.{name}"), f"{word}{takes}")
