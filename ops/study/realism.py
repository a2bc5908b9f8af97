"""The seven measures of a talk, 0..10 each, by counting what is on the page.

They are stand-ins: `human_likeness` says how near the customer's habits of writing are to those
of real chats, not how human a reader finds it. The sheet for people (`spot_check`) is there for
that, and the report shows both side by side. Full marks are rare on purpose: a measure that
everything passes tells no two engines, cases or personas apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp
from statistics import mean, pstdev
from typing import TypeVar

from core.customer.guard_words import guard_words
from core.customer.line_text import is_chinese, plain
from core.domain.agenda import CustomerActKind
from core.domain.dialogue import Speaker, Turn
from core.domain.emotion import EmotionState
from core.domain.scenario import Scenario
from core.domain.wording import bare
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

_ROLE_GUARDS = ("agent_phrases", "role_labels", "leaks", "lists", "markdown")
_ANGRY_FROM = 0.55
_CALM_BELOW = 0.35
_LIVELY_MOVES = 0.7
_LIVELY_TRAVEL = 0.5
_LIVELY_KINDS = 8
_NOTICED = 0.04
_NEARLY = 0.6
_LEAST_PAIRS = 3
_SHORT = {"zh": 4, "en": 3}
"""Characters (English: words) of a message that is a scrap."""
_ASKS = re.compile(
    r"[?？]|[吗呢]|怎么|什么|多久|哪|^(?:what|how|when|where|why|who|can|could|will|is|are|do|does)\b",
    re.IGNORECASE,
)
_HOT = re.compile(
    r"[!！]|[?？]{2}|投诉|曝光|12315|气死|生气|离谱|态度|凭什么|到底|赶紧|快点|骗|垃圾|无语|服了|忽悠|糊弄|耍|失望"
    r"|受不了|过分|烦|急死|搞什么|怎么回事|推来推去|没用|白等|领导|主管|不行|说法|拖|什么意思"
    r"|complain|ridiculous|seriously|joke|unacceptable|manager|fed up|angry|useless|waste"
    r"|sick of|come on",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"谢谢|多谢|感谢|麻烦您|辛苦|不着急|没关系|thank|appreciate|no worries", re.IGNORECASE
)
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
_HOT_MOVES = frozenset(
    {
        CustomerActKind.PRESS,
        CustomerActKind.VENT,
        CustomerActKind.THREATEN,
        CustomerActKind.REJECT,
        CustomerActKind.DOUBT,
        CustomerActKind.BARGAIN,
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
    """A figure of real talks: its mean over talks and its standard deviation between them."""

    usual: float
    deviation: float

    def fit(self, value: float) -> float:
        """1 at the mean, .61 one deviation off, .14 two off; real talks come to about .77."""
        return exp(-(((value - self.usual) / self.deviation) ** 2) / 2)


HABITS: Mapping[str, Mapping[str, Habit]] = {
    "zh": {
        "mean_length": Habit(9.9, 5.1),
        "length_spread": Habit(0.92, 0.34),
        "burst_share": Habit(0.44, 0.20),
        "final_mark_share": Habit(0.10, 0.15),
        "question_share": Habit(0.23, 0.16),
        "short_share": Habit(0.38, 0.15),
        "polite_you_share": Habit(0.01, 0.04),
        "repeat_share": Habit(0.02, 0.05),
    },
    "en": {
        "mean_length": Habit(25.0, 12.0),
        "length_spread": Habit(0.82, 0.24),
        "burst_share": Habit(0.30, 0.20),
        "final_mark_share": Habit(0.30, 0.35),
        "question_share": Habit(0.20, 0.15),
        "short_share": Habit(0.45, 0.23),
        "repeat_share": Habit(0.01, 0.04),
    },
}
"""Habits of writing by language: lengths in characters, the rest as shares of messages or turns.

Chinese: measured on the 330 dialogues of the public development split of JDDC (2026-11-28).
English: `length_spread` and `repeat_share` measured on 1,407 dialogues of MultiDoGO, whose texts
have no marks; the others are set by hand."""

REAL_HUMAN_LIKENESS = 7.7
"""What the same count gives the Chinese dialogues that the habits were measured on."""


def measure(turns: Sequence[Turn], *, scenario: Scenario, insults: Insults) -> dict[str, float]:
    """The seven measures of one talk, 0..10. `insults` tells whether a message is abusive."""
    said = [turn.text for turn in turns if turn.speaker is Speaker.CUSTOMER]
    found = audit(turns, scenario)
    grades = {
        "consistency": _consistency(turns, scenario.language, found),
        "human_likeness": _human_likeness(turns, scenario.language),
        "engagement": _engagement(turns),
        "quality": _quality(turns, said),
        "safety": _share_without(said, lambda text: insults(text) or _personal(text)),
        "correctness": _correctness(turns, scenario, found),
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
        "question_share": _share(said, lambda text: bool(_ASKS.search(text))),
        "short_share": _share(said, _is_short),
        "polite_you_share": _share(said, lambda text: "您" in text),
        "repeat_share": again / len(said) if said else 0.0,
    }


def _human_likeness(turns: Sequence[Turn], language: str) -> float:
    bands = HABITS.get(language, HABITS["zh"])
    found = habits_of(turns)
    return mean(habit.fit(found[name]) for name, habit in bands.items())


def _consistency(turns: Sequence[Turn], language: str, found: Audit) -> float:
    """In role and in line with the case, and in the tone of the mood the customer is in.

    One step down for each message out of role and each fault of fact; of what is left up to half
    goes with the share of turns whose tone is not that of the mood.
    """
    said = [turn.text for turn in turns if turn.speaker is Speaker.CUSTOMER]
    out_of_role = sum(_out_of_role(text, language) for text in said)
    sound = max(0.0, 1.0 - (out_of_role + found.faults) / max(1, len(said)))
    return sound * (0.5 + 0.5 * _in_tone(turns))


def _out_of_role(text: str, language: str) -> bool:
    """Whether a guard of the model engine would stop the message as not a customer's."""
    words, form = guard_words(language), plain(text)
    return bool(_AGENT.search(text)) or any(words.hit(name, form) for name in _ROLE_GUARDS)


def _in_tone(turns: Sequence[Turn]) -> float:
    """The share of the customer's turns that sound angry when he is and calm when he is."""
    fits: list[bool] = []
    mood: EmotionState | None = None
    burst: list[str] = []
    for turn in (*turns, None):
        if turn is not None and turn.speaker is Speaker.CUSTOMER:
            burst.append(turn.text)
            continue
        if (
            burst
            and mood is not None
            and (fit := _tone_fits("\n".join(burst), mood.heat)) is not None
        ):
            fits.append(fit)
        burst, mood = [], turn.mood_after if turn is not None else None
    return mean(fits) if fits else 1.0


def _tone_fits(text: str, heat: float) -> bool | None:
    """None between calm and angry, where either tone will do."""
    if heat >= _ANGRY_FROM:
        return bool(_HOT.search(text)) or not _SOFT.search(text)
    return not _HOT.search(text) if heat < _CALM_BELOW else None


def _engagement(turns: Sequence[Turn]) -> float:
    """Makes moves of its own, is moved by the service, shows it in what it does, does many
    things; each is full only where a talk is lively throughout."""
    kinds = [act.kind for turn in turns for act in turn.acts]
    own = _share(_bursts(turns), lambda burst: any(_moves(turn) for turn in burst))
    heats = [turn.mood_after.heat for turn in turns if turn.mood_after]
    travel = max(heats) - min(heats) if heats else 0.0
    return mean(
        (
            min(1.0, own / _LIVELY_MOVES),
            min(1.0, travel / _LIVELY_TRAVEL),
            _responds(turns),
            min(1.0, len(set(kinds)) / _LIVELY_KINDS),
        )
    )


def _responds(turns: Sequence[Turn]) -> float:
    """The share of noticeable turns of the mood (for better or worse) that the next messages
    show by what they do."""
    shown = []
    heats: list[float] = []
    for at, turn in enumerate(turns):
        if turn.mood_after is None:
            continue
        change = turn.mood_after.heat - heats[-1] if heats else 0.0
        heats.append(turn.mood_after.heat)
        reply = _reply_after(turns, at)
        if reply and abs(change) >= _NOTICED:
            hot = any(act.kind in _HOT_MOVES for one in reply for act in one.acts)
            shown.append(hot == (change > 0))
    return mean(shown) if shown else 0.5


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
    """Fluent (nothing broken, nothing said again in nearly the same words) and coherent (every
    line gets a reply, every question about a fact one that takes it up); the shares multiplied."""
    sound = _share_without(said, lambda text: not text.strip() or bool(_LEFT_OPEN.search(text)))
    lines = [at for at, turn in enumerate(turns) if turn.speaker is Speaker.TRAINEE]
    replied = _share(lines, lambda at: bool(_reply_after(turns, at)))
    return sound * max(0.0, 1.0 - 2 * _again(said)) * replied * _answered(turns)


def _again(said: Sequence[str]) -> float:
    """The share of messages most of whose character pairs stood in one earlier message."""
    again = 0
    before: list[frozenset[str]] = []
    for text in said:
        form = bare(text)
        pairs = frozenset(form[at : at + 2] for at in range(len(form) - 1))
        near = _NEARLY * len(pairs)
        again += len(pairs) >= _LEAST_PAIRS and any(len(pairs & one) >= near for one in before)
        before.append(pairs)
    return again / len(said) if said else 0.0


def _correctness(turns: Sequence[Turn], scenario: Scenario, found: Audit) -> float:
    """The share of the facts that were asked for and told rightly the first time; a slip that was
    put right counts half, a leak or contradiction takes its fact's share away."""
    asked = {key for turn in turns if turn.reading is not None for key in turn.reading.asked}
    acts = [act for turn in turns for act in turn.acts]
    slipped = {act.about for act in acts if act.wrong}
    told = {act.about for act in acts if act.kind is CustomerActKind.ANSWER_SLOT and not act.wrong}
    due = [fact.key for fact in scenario.facts if fact.key in asked]
    got = [(0.5 if key in slipped else 1.0) if key in told else 0.0 for key in due]
    faults = found.faults / max(1, found.told)
    return max(0.0, (mean(got) if got else 1.0) - faults)


def _is_short(text: str) -> bool:
    if is_chinese(text) or not text.isascii():
        return len(text) <= _SHORT["zh"]
    return len(text.split()) <= _SHORT["en"]


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
