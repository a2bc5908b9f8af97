"""A command or plain talk: decided by the first word and by what the rest must look like.

Words stand alone or before a blank or a colon. Chinese needs no blank before what can only be
an argument: 「重来4」, 「申诉第4句」. A full stop or the like behind the last word is forgiven.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Command(StrEnum):
    """What a trainee may ask for besides talking to the customer."""

    PRACTICE = "practice"
    TODAY = "today"
    HINT = "hint"
    END = "end"
    REPLAY = "replay"
    SCORE = "score"
    PROFILE = "profile"
    PLAN = "plan"
    APPEAL = "appeal"
    FEEDBACK = "feedback"
    HELP = "help"
    BIND = "bind"
    PAUSE = "pause"
    RESUME = "resume"
    RECORD = "record"
    WRAP_UP = "wrap_up"
    STOP = "stop"
    QUICK = "quick"


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its argument; `turn` where the argument names a sentence, `dialogue` where a
    page names a practice by its id.

    The argument of an appeal is the reason alone.
    """

    command: Command
    argument: str = ""
    turn: int | None = None
    dialogue: str = ""


# The words are the contract of the product, so they are code, not catalogue entries.
_WORDS = {
    "练习": Command.PRACTICE,
    "practice": Command.PRACTICE,
    "微练": Command.QUICK,
    "quick": Command.QUICK,
    "今日": Command.TODAY,
    "today": Command.TODAY,
    "提示": Command.HINT,
    "hint": Command.HINT,
    "结束": Command.END,
    "end": Command.END,
    "重来": Command.REPLAY,
    "replay": Command.REPLAY,
    "成绩": Command.SCORE,
    "score": Command.SCORE,
    "画像": Command.PROFILE,
    "profile": Command.PROFILE,
    "计划": Command.PLAN,
    "plan": Command.PLAN,
    "申诉": Command.APPEAL,
    "appeal": Command.APPEAL,
    "反馈": Command.FEEDBACK,
    "feedback": Command.FEEDBACK,
    "帮助": Command.HELP,
    "help": Command.HELP,
    "绑定": Command.BIND,
    "bind": Command.BIND,
    "暂停": Command.PAUSE,
    "pause": Command.PAUSE,
    "继续": Command.RESUME,
    "resume": Command.RESUME,
    "资料": Command.RECORD,
    "record": Command.RECORD,
    "小结": Command.WRAP_UP,
    "wrapup": Command.WRAP_UP,
    "工单": Command.WRAP_UP,
    "ticket": Command.WRAP_UP,
}

_STOP_WORDS = frozenset(
    {
        "停止练习",
        "停止",
        "我要停",
        "我要停下",
        "不想练了",
        "stop",
        "stop practice",
        "stop practise",
        "stop the practice",
    }
)
"""Whole messages that end everything at once; nothing may stand behind them."""

_BLANKS = r"\s\u200b\ufeff"
_EDGES = " \t\r\n\u200b\ufeff\xa0"
_STOPS = "。．.!！?？~～…、,，;；"
_NUMBER = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
_NAMED = rf"第\s*(?P<named>{_NUMBER})\s*句"
_WHY = r"\S[\s\S]*"
_OF = r"(?:#(?P<of>[0-9a-f]{32})\s+)?"
"""Which practice: written by pages, for one that is not the newest."""
PLAN_CHANGE = (
    r"(?:第\s*)?\d{1,2}\s*(?:个|项)?[\s,，]*(?:今天不练|not today|明天|tomorrow|后天|"
    r"(?:\d{4}-)?\d{1,2}-\d{1,2})|"
)
"""「2 明天」, `2 tomorrow`, 「2 今天不练」, 「2 12-01」: move or put off a line of the plan."""

_GRAMMAR = {
    Command.PRACTICE: r"\S.{0,119}|",
    Command.REPLAY: rf"{_OF}(?:{_NAMED}|(?:(?:turn|line)\s*)?(?P<bare>{_NUMBER})(?:\s*句)?)|",
    # Behind a bare number a reason needs something between: 「4张发票」 names no sentence.
    Command.APPEAL: rf"{_OF}(?:{_NAMED}[\s，,：:。]*(?P<why>{_WHY})?"
    rf"|(?:(?:turn|line)\s*)?(?P<bare>\d{{1,3}})(?:[\s，,：:。]+(?P<reason>{_WHY}))?"
    rf"|(?P<whole>{_WHY})?)",
    Command.FEEDBACK: rf"{_WHY}|",
    Command.BIND: r"[A-Za-z0-9]{4,16}(?:-[A-Za-z0-9]{1,16})?|",
    Command.HINT: r"[123]|",
    Command.QUICK: r"[QqAa][1-9]|",
    Command.PLAN: PLAN_CHANGE,
    Command.WRAP_UP: r"[\s\S]*",
}
_RULES = {command: re.compile(_GRAMMAR.get(command, ""), re.IGNORECASE) for command in Command}
_FREE = frozenset({Command.PRACTICE, Command.APPEAL, Command.FEEDBACK, Command.WRAP_UP})
"""What is written behind these is a person's own words and keeps its punctuation."""

_FIRST = re.compile(
    rf"(?P<word>[A-Za-z]+|[\u4e00-\u9fff]{{2}})(?:[{_BLANKS}]+|\s*[:：]|$)"
    r"|(?P<glued>重来|申诉|提示|练习)(?=\d|第)|(?P<bind>绑定)(?=[A-Za-z0-9])"
)
_HALF_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum()} | {
    0x3000: 0x20,
    0xFF0D: 0x2D,
}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}


def parse(text: str) -> Order | None:
    """The order this text gives, or None: then it is talk."""
    plain = text.translate(_HALF_WIDTH).strip(_EDGES)
    bare = plain.rstrip(_STOPS)
    if " ".join(bare.lower().split()) in _STOP_WORDS:
        return Order(Command.STOP)
    found = _FIRST.match(bare)
    command = _WORDS.get((found[1] or found[2] or found[3]).lower()) if found else None
    if found is None or command is None:
        return None
    rest = (plain if command in _FREE else bare)[found.end() :].strip()
    fits = _RULES[command].fullmatch(rest if rest.strip(_STOPS) else "")
    if fits is None:
        return None
    parts = {name: part for name, part in fits.groupdict().items() if part}
    turn = parts.get("named") or parts.get("bare")
    if command is Command.APPEAL:
        rest = parts.get("why") or parts.get("reason") or parts.get("whole") or ""
    number = _number(turn) if turn else None
    return Order(command, fits[0] and rest, turn=number, dialogue=parts.get("of", ""))


def _number(written: str) -> int:
    """`4` and 四, up to 九十九; a number written in another way is 0, which is no sentence."""
    if written.isdecimal():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGITS[written] if len(written) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
