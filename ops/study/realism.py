"""The seven measures of a talk, 0..10 each, by counting what is on the page.

They are stand-ins: `human_likeness` says how near the customer's habits of writing are to those
of real chats, not how human a reader finds it. The sheet for people (`spot_check`) is there for
that, and the report shows both side by side.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean, pstdev
from typing import TypeVar

from core.domain.agenda import CustomerActKind
from core.domain.dialogue import Speaker, Turn
from core.domain.scenario import Scenario
from ops.study.audit import Audit, audit

MEASURES = (
    "consistency",
    "human_likeness",
    "engagement",
    "quality",
    "safety",
    "correctness",
    "overall",
)

Insults = Callable[[str], bool]
T = TypeVar("T")

_FINAL = tuple("。！？.!?")
_LEFT_OPEN = re.compile(r"[{}]|\$\{|<\|")
_LONG_DIGITS = re.compile(r"\d{15,}|1[3-9]\d{9}")
_AGENT = re.compile(
    r"请问有什么可以帮|很高兴为您服务|感谢您的来电|祝您生活愉快|作为(一个)?(AI|人工智能|语言模型)"
    r"|how (can|may) I (help|assist)|as an AI|language model|thank you for contacting",
    re.IGNORECASE,
)
_ANSWERS = frozenset(
    {
        CustomerActKind.ANSWER_SLOT,
        CustomerActKind.ANSWER_PARTIAL,
        CustomerActKind.DONT_KNOW,
        CustomerActKind.DOUBT,
    }
)
_OWN_MOVES = frozenset(
    {
        CustomerActKind.STATE_PROBLEM,
        CustomerActKind.PRESS,
        CustomerActKind.VENT,
        CustomerActKind.THREATEN,
        CustomerActKind.REJECT,
        CustomerActKind.BARGAIN,
        CustomerActKind.DOUBT,
        CustomerActKind.ASK_BACK,
        CustomerActKind.ASK_POLICY,
        CustomerActKind.SELF_DISCLOSE,
        CustomerActKind.SMALL_TALK,
    }
)


@dataclass(frozen=True, slots=True)
class Habit:
    """A figure that real chats keep between `low` and `high`; `slack` further out it counts 0.

    Bands are around the surface targets of the coaching notes (§6.1), wide because one talk has
    a dozen messages.
    """

    low: float
    high: float
    slack: float

    def fit(self, value: float) -> float:
        """1 inside the band, falling to 0 in a straight line outside of it."""
        outside = max(self.low - value, value - self.high, 0.0)
        return max(0.0, 1.0 - outside / self.slack)


HABITS: Mapping[str, Mapping[str, Habit]] = {
    "zh": {
        "mean_length": Habit(4.5, 14.0, 10.0),
        "length_spread": Habit(0.3, 1.2, 0.3),
        "burst_share": Habit(0.1, 0.65, 0.4),
        "final_mark_share": Habit(0.0, 0.35, 0.5),
        "polite_you_share": Habit(0.0, 0.2, 0.5),
        "repeat_share": Habit(0.0, 0.02, 0.15),
    },
    "en": {
        "mean_length": Habit(15.0, 60.0, 40.0),
        "length_spread": Habit(0.3, 1.2, 0.3),
        "burst_share": Habit(0.1, 0.65, 0.4),
        "final_mark_share": Habit(0.0, 0.8, 0.3),
        "polite_you_share": Habit(0.0, 1.0, 1.0),
        "repeat_share": Habit(0.0, 0.02, 0.15),
    },
}
"""Habits of writing by language: lengths in characters, the rest as shares."""


def measure(turns: Sequence[Turn], *, scenario: Scenario, insults: Insults) -> dict[str, float]:
    """The seven measures of one talk, 0..10. `insults` tells whether a message is abusive."""
    said = [turn.text for turn in turns if turn.speaker is Speaker.CUSTOMER]
    found = audit(turns, scenario)
    grades = {
        "consistency": _consistency(said, found),
        "human_likeness": _human_likeness(turns, scenario.language),
        "engagement": _engagement(turns),
        "quality": _quality(turns, said),
        "safety": _share_without(said, lambda text: insults(text) or _personal(text)),
        "correctness": _correctness(found),
    }
    grades["overall"] = mean(grades.values())
    return {name: round(10 * grades[name], 2) for name in MEASURES}


def habits_of(turns: Sequence[Turn]) -> dict[str, float]:
    """The customer's habits of writing in one talk."""
    bursts = _bursts(turns)
    said = [turn.text for burst in bursts for turn in burst]
    lengths = [len(text) for text in said]
    average = mean(lengths) if lengths else 0.0
    again = sum(count - 1 for text, count in Counter(said).items() if len(text) > 3)
    return {
        "mean_length": average,
        "length_spread": pstdev(lengths) / average if average else 0.0,
        "burst_share": _share(bursts, lambda burst: len(burst) > 1),
        "final_mark_share": _share(said, lambda text: text.endswith(_FINAL)),
        "polite_you_share": _share(said, lambda text: "您" in text),
        "repeat_share": again / len(said) if said else 0.0,
    }


def _human_likeness(turns: Sequence[Turn], language: str) -> float:
    bands = HABITS.get(language, HABITS["zh"])
    return mean(bands[name].fit(value) for name, value in habits_of(turns).items())


def _consistency(said: Sequence[str], found: Audit) -> float:
    """Messages in role and in line with the case: one step down for each that is not."""
    out_of_role = sum(bool(_AGENT.search(text)) for text in said)
    return max(0.0, 1.0 - (out_of_role + found.faults) / max(1, len(said)))


def _engagement(turns: Sequence[Turn]) -> float:
    """Answers what is asked, makes moves of its own, is moved, and does several things."""
    kinds = [act.kind for turn in turns for act in turn.acts]
    own = _share(_bursts(turns), lambda burst: any(_moves(turn) for turn in burst))
    heats = [turn.mood_after.heat for turn in turns if turn.mood_after]
    travel = max(heats) - min(heats) if heats else 0.0
    return mean(
        (
            _answered(turns),
            min(1.0, own / 0.4),
            min(1.0, travel / 0.2),
            min(1.0, len(set(kinds)) / 5),
        )
    )


def _answered(turns: Sequence[Turn]) -> float:
    """The share of the trainee's questions about facts that the next messages take up."""
    asked = answered = 0
    for at, turn in enumerate(turns):
        if turn.speaker is not Speaker.TRAINEE or turn.reading is None or not turn.reading.asked:
            continue
        reply = _reply_after(turns, at)
        if not reply:
            continue
        asked += 1
        answered += any(act.kind in _ANSWERS for one in reply for act in one.acts)
    return answered / asked if asked else 1.0


def _reply_after(turns: Sequence[Turn], at: int) -> list[Turn]:
    reply = []
    for turn in turns[at + 1 :]:
        if turn.speaker is Speaker.TRAINEE:
            break
        reply.append(turn)
    return reply


def _quality(turns: Sequence[Turn], said: Sequence[str]) -> float:
    """Fluent (nothing broken, nothing said twice) and coherent (every line gets a reply)."""
    sound = _share_without(said, lambda text: not text.strip() or bool(_LEFT_OPEN.search(text)))
    again = sum(count - 1 for text, count in Counter(said).items() if len(text) > 3)
    fresh = 1.0 - again / max(1, len(said))
    lines = [at for at, turn in enumerate(turns) if turn.speaker is Speaker.TRAINEE]
    replied = _share(lines, lambda at: bool(_reply_after(turns, at)))
    return mean((sound, fresh, replied))


def _correctness(found: Audit) -> float:
    return max(0.0, 1.0 - found.faults / max(1, found.told))


def _moves(turn: Turn) -> bool:
    return any(act.kind in _OWN_MOVES for act in turn.acts)


def _personal(text: str) -> bool:
    """Whether a whole phone or identity number is in the message."""
    return bool(_LONG_DIGITS.search(text))


def _bursts(turns: Sequence[Turn]) -> list[list[Turn]]:
    return [
        list(run)
        for speaker, run in groupby(turns, key=lambda turn: turn.speaker)
        if speaker is Speaker.CUSTOMER
    ]


def _share_without(said: Sequence[str], fault: Callable[[str], bool]) -> float:
    return 1.0 - _share(said, fault)


def _share(items: Sequence[T], test: Callable[[T], bool]) -> float:
    return sum(test(item) for item in items) / len(items) if items else 0.0
