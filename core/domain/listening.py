"""How a line of the trainee sounds to the customer, before what it does is weighed.

People answer a stray sign, gibberish, another language or a line said twice as what it is, and
not as an answer to their case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.domain.agenda import CustomerState, Way
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario

UNDERSTOOD = 0.45
"""Confidence below which the reader itself abstains."""

HEARD = 3
"""Lines of the trainee the customer remembers word for word."""

_ECHO_LEAST = 4
_SHARED_LEAST = 3
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_ASKING = re.compile(r"[?？]\s*$|(?:吗|呢|对吧|是吧)\W*$")
_NOTED = re.compile(
    r"(?:了解|知道|明白|清楚|收到)[了啦]?[。！!~]*$|^好的?[。！!]*$"
    r"|^(?i:ok(?:ay)?|i see|got it|noted|understood|alright)[.! ]*$"
)
_AMOUNT = re.compile(
    r"(?<![\d.])\d{2,}(?![\d.:：]|\s*(?:小时|分钟|天|个|工作日|点|号|日|月|年|hours?|min|days?|am|pm))"
)
_SMALL_WORDS = frozenset(
    {"ok", "okay", "yes", "no", "hi", "hello", "sorry", "thanks", "vip", "app"}
)
_PERSONAL = re.compile(
    r"手机|电话|姓名|名字|称呼|贵姓|地址|住址|身份证|邮箱|微信|年龄|卡号|生日"
    r"|(?i:\b(?:phone|name|address|e-?mail|birth|card number|age)\b)"
)
_SHORT = {"zh": 2, "en": 4}

_OFFENCES = {
    "F1": Way.PASSED_ON,
    "F2": Way.BLAMED,
    "F3": Way.BLUNT,
    "F4": Way.ORDERED,
    "F5": Way.FOBBED_OFF,
    "F6": Way.DOUBTED,
    "F7": Way.DARED,
    "F8": Way.INSULTED,
}


@dataclass(frozen=True, slots=True)
class Offence:
    """What the customer takes amiss in a line, and how badly (1..5)."""

    way: Way
    severity: int


def sound(reading: LineReading, state: CustomerState, *, language: str) -> Way:
    """What stands in the way of answering the line as it is; PLAIN when nothing does.

    `state` is the customer's before the line.
    """
    text = reading.text.strip()
    if reading.injection:
        return Way.MACHINE
    if reading.asked or offence(reading):
        return Way.PLAIN
    if not any(sign.isalnum() for sign in text):
        return Way.BLANK
    if strange := _strange(reading, language):
        return strange
    if len(text) >= _ECHO_LEAST and text in state.heard:
        return Way.ECHO
    return Way.ASTRAY if _astray(reading, state, language) else Way.PLAIN


def offence(reading: LineReading) -> Offence | None:
    """The worst thing said to the customer, if anything was."""
    hits = [hit for hit in reading.phrases if hit.severity > 0 and hit.category in _OFFENCES]
    if not hits:
        return None
    worst = max(hits, key=lambda hit: hit.severity)
    way = _OFFENCES[worst.category]
    refused = reading.does(TraineeAct.REFUSE_FLAT) and not reading.does(TraineeAct.TRANSFER)
    if way is Way.PASSED_ON and refused:
        way = Way.BLUNT  # "Nothing I can do" passes nobody on.
    return Offence(way, worst.severity)


def says_back(reading: LineReading, state: CustomerState) -> bool:
    """Whether the line asks about the customer's own words ("您是说宽带断了？")."""
    if reading.does(TraineeAct.RESTATE):
        return True
    if reading.confidence >= UNDERSTOOD or not _ASKING.search(reading.text):
        return False
    said = "\n".join(state.recent)
    text = reading.text
    starts = range(len(text) - _SHARED_LEAST + 1)
    pieces = (text[start : start + _SHARED_LEAST] for start in starts)
    return any(piece in said for piece in pieces if piece.isalnum())


def is_nod(reading: LineReading, language: str) -> bool:
    """A word that answers nothing and asks nothing ("嗯", "在", "ok", "收到了解了")."""
    text = reading.text.strip()
    bare = len(text) <= _SHORT[language] or _NOTED.search(text) is not None
    return reading.confidence < UNDERSTOOD and bare


def asks_for_person(reading: LineReading) -> bool:
    """Whether the line asks for what everybody knows about himself and guards."""
    return _PERSONAL.search(reading.text) is not None


def touches(reading: LineReading, scenario: Scenario) -> bool:
    """Whether the line has a word of the case in it."""
    text = reading.text.lower()
    goals = (group for goal in scenario.sub_goals for group in goal.said_by)
    facts = (group for fact in scenario.facts for group in fact.asked_by)
    words = [word for group in (*goals, *facts) for word in group]
    words.extend(fact.label for fact in scenario.facts)
    words.extend(line.label for line in scenario.record)
    return any(len(word) > 1 and word.lower() in text for word in words)


def misquotes(reading: LineReading, scenario: Scenario, state: CustomerState) -> bool:
    """Whether the line says a number back that nobody said and the case does not have.

    Small numbers and times are passed over: they may be the trainee's own promise.
    """
    known = "\n".join(
        (
            *state.recent,
            *scenario.openings,
            *(surface for fact in scenario.facts for surface in (fact.value, *fact.surfaces)),
            *(goal.reference_line for goal in scenario.sub_goals),
            *(line.value for line in scenario.record),
        )
    )
    return any(number not in known for number in _AMOUNT.findall(reading.text))


def _strange(reading: LineReading, language: str) -> Way:
    """Another language, or letters that mean nothing. Numbers and small words pass."""
    text = reading.text
    chinese = bool(_CHINESE.search(text))
    words = [word for word in _LATIN.findall(text) if word.lower() not in _SMALL_WORDS]
    if language == "zh":
        if chinese or not words:
            return Way.PLAIN
        return Way.FOREIGN if len(words) > 1 and _sayable(words) else Way.GIBBERISH
    if chinese:
        return Way.PLAIN if words else Way.FOREIGN
    return Way.PLAIN if _sayable(words) or reading.confidence >= UNDERSTOOD else Way.GIBBERISH


def _sayable(words: list[str]) -> bool:
    """Whether the words may be words at all: most of them hold a vowel."""
    return not words or sum(bool(_VOWEL.search(word)) for word in words) * 2 > len(words)


def _astray(reading: LineReading, state: CustomerState, language: str) -> bool:
    """Whether the line has nothing to do with the case; a bare nod does not count."""
    return reading.off_topic and not is_nod(reading, language) and not says_back(reading, state)
