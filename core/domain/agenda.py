"""What the customer wants to do next: a stack of acts that the talk pushes and pops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.emotion import EmotionState


class CustomerActKind(StrEnum):
    """Everything a customer does with a message."""

    OPEN = "open"
    STATE_PROBLEM = "state_problem"
    ANSWER_SLOT = "answer_slot"
    ANSWER_PARTIAL = "answer_partial"
    DONT_KNOW = "dont_know"
    ASK_BACK = "ask_back"
    ASK_POLICY = "ask_policy"
    PRESS = "press"
    VENT = "vent"
    THREATEN = "threaten"
    ACCEPT = "accept"
    REJECT = "reject"
    BARGAIN = "bargain"
    DOUBT = "doubt"
    SELF_DISCLOSE = "self_disclose"
    THANK = "thank"
    SMALL_TALK = "small_talk"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class CustomerAct:
    """One act; `about` is a fact key, a sub-goal key, a twist key or empty."""

    kind: CustomerActKind
    about: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class CustomerState:
    """All that the simulated customer carries from turn to turn.

    `stack`: acts still to do, the last one next; `told`: fact keys said rightly; `told_wrong`:
    facts first said wrongly; `asked`: how often each fact was asked for; `settled`: sub-goals
    met; `waiting`: trainee turns since the customer's own open request was last answered;
    `spoken`: customer messages so far; `used`: ids of templates already used, so that none
    comes twice; `recent`: the customer's last lines, for the repeat guard.
    """

    mood: EmotionState
    stack: tuple[CustomerAct, ...] = ()
    told: tuple[str, ...] = ()
    told_wrong: tuple[str, ...] = ()
    asked: tuple[tuple[str, int], ...] = ()
    settled: tuple[str, ...] = ()
    verified: bool = False
    waiting: int = 0
    spoken: int = 0
    twists: tuple[str, ...] = ()
    abuse: int = 0
    used: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    promised: bool = False
