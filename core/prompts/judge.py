"""The judge's prompt: one check, its levels, and the talk as numbered data inside a fence.

The words are text files beside the others (`judge`, `judge_task`, `judge_checks`). What people
wrote is JSON between marks that carry a tag nobody could know when writing, without the signs
that frame a prompt; the question stands once more behind it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from core.ports.chat_model import ChatMessage, ChatRole
from core.prompts.render import DEFAULT_FAMILY, LINE_CHARACTERS, entries, framed, template

AGENT, CUSTOMER = "agent", "customer"


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """One turn as the judge sees it. `number` counts from 1 without gaps; `places[i]` is the
    place in the turn's own text of the i-th character shown."""

    number: int
    seq: int
    who: str
    text: str
    source: str
    places: tuple[int, ...]


def shown(number: int, seq: int, who: str, text: str) -> ShownTurn:
    """The turn without invisible characters and frame signs, at most LINE_CHARACTERS of it."""
    kept = [(char, place) for place, char in enumerate(text) if framed(char)][:LINE_CHARACTERS]
    return ShownTurn(
        number=number,
        seq=seq,
        who=who,
        text="".join(framed(char) for char, _ in kept),
        source=text,
        places=tuple(place for _, place in kept),
    )


def turns_json(turns: Sequence[ShownTurn]) -> str:
    """One line of JSON for each turn."""
    return "\n".join(
        json.dumps({"n": turn.number, "who": turn.who, "text": turn.text}, ensure_ascii=False)
        for turn in turns
    )


class JudgeBook:
    """The judge's texts in one language, in the variant of one model family."""

    def __init__(self, language: str, family: str = DEFAULT_FAMILY) -> None:
        self._system = template("judge", language, family)
        self._task = template("judge_task", language, family)
        self._checks = entries("judge_checks", language, family)
        parts = (self._system.template, self._task.template, json.dumps(dict(self._checks)))
        self.digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()

    def messages(
        self,
        check: str,
        turns: Sequence[ShownTurn],
        *,
        answers: Sequence[str],
        tag: str,
        focus: int | None = None,
    ) -> tuple[ChatMessage, ...]:
        """The two messages of one call. KeyError for a check without a question."""
        half = self._checks.get(f"{check}.half", "")
        about = Template(self._checks["focus"]).substitute(turn=focus) if focus else ""
        task = self._task.substitute(
            question=self._checks[check],
            met=self._checks[f"{check}.met"],
            half=f"{self._checks['half']}{half}\n" if half else "",
            missed=self._checks[f"{check}.missed"],
            focus=f"{about}\n" if about else "",
            answers=", ".join(answers),
            tag=tag,
            turns=turns_json(turns),
        )
        return (
            ChatMessage(ChatRole.SYSTEM, self._system.template),
            ChatMessage(ChatRole.USER, task),
        )


@lru_cache(maxsize=16)
def judge_book(language: str, family: str = DEFAULT_FAMILY) -> JudgeBook:
    """The book of `language`; an unknown family is spoken to as the default one."""
    return JudgeBook(language, family)
