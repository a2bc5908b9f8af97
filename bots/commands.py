"""A command or plain talk: decided by the first word and by what the rest must look like."""

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


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its argument; `turn` where the argument names a sentence."""

    command: Command
    argument: str = ""
    turn: int | None = None


# The words are the contract of the product, so they are code, not catalogue entries.
_WORDS = {
    "练习": Command.PRACTICE,
    "practice": Command.PRACTICE,
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

_TURN = r"(?:第\s*)?(?:turn\s+|line\s+)?(\d{1,3})(?:\s*句)?"
_GRAMMAR = {
    Command.PRACTICE: r"\S.{0,119}|",
    Command.REPLAY: rf"{_TURN}|",
    Command.APPEAL: rf"{_TURN}(?:\s+\S[\s\S]{{0,500}}|[，,：:。]\s*\S[\s\S]{{0,500}}|)",
    Command.FEEDBACK: r"\S[\s\S]{0,1000}",
    Command.BIND: r"[A-Za-z0-9-]{4,32}",
    Command.HINT: r"[123]|",
    Command.WRAP_UP: r"[\s\S]{0,1000}",
}
_RULES = {command: re.compile(_GRAMMAR.get(command, r""), re.IGNORECASE) for command in Command}


def parse(text: str) -> Order | None:
    """The order this text gives, or None: then it is talk."""
    first, _, rest = text.strip().partition(" ")
    if "\n" in first:
        first, _, rest = text.strip().partition("\n")
    command = _WORDS.get(first.lower())
    if command is None:
        return None
    rest = rest.strip()
    found = _RULES[command].fullmatch(rest)
    if found is None:
        return None
    turn = next((int(group) for group in found.groups() if group), None)
    return Order(command=command, argument=rest, turn=turn)
