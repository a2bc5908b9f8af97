"""What the judge model is asked about a talk: which checks, in which form, and what it may answer.

Facts are the rules' business. The model is asked what patterns cannot hear, and to agree or not
where a critical error is in question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.domain.dialogue import Speaker
from core.domain.model_verdict import MARK_OF, Said
from core.domain.rubric import CHECKS
from core.domain.scorecard import CheckMark, Scorecard, UnscoredReason
from core.prompts.judge import AGENT, CUSTOMER, JudgeBook, ShownTurn, shown, turns_json
from core.services.checks.talk import Talk

MODEL_CHECKS = ("C05", "C08", "C09", "C10", "C11", "C15", "C16", "C17", "C20", "C21")
MODEL_FILLS = ("C06", "C13")
"""Checks the rules mark from the case; the model is asked only where the case is not known."""
MODEL_CRITICAL = ("K1", "K2", "K3", "K4", "K5", "K7")
NEVER, ALWAYS = "X0", "K0"
"""Control questions: no talk answers the first with yes, and every talk the second. A model that
says otherwise follows what it reads, and not what it is asked."""
MOST_SUSPECTS = 6
"""Critical errors of the rules that the model is asked about one by one."""
QUOTE_CHARACTERS = 40
_SAID = {mark: said for said, mark in MARK_OF.items()}
_HALVES = frozenset(check.id for check in CHECKS if check.halves)


@dataclass(frozen=True, slots=True)
class Question:
    """One check of one talk. `about` is the seq of the turn in question, for a critical error
    that the rules see there, and `focus` its number among those shown; `prior` is what the rules
    say, None where they say nothing; `key` names the content: same key, same answer."""

    check: str
    about: int | None
    focus: int | None
    prior: Said | None
    key: str

    @property
    def answers(self) -> tuple[Said, ...]:
        """What may be answered."""
        return tuple(said for said in Said if said is not Said.HALF or self.check in _HALVES)


def shown_turns(talk: Talk) -> tuple[ShownTurn, ...]:
    """The talk as the model sees it: without orders to the machine, and without trainee lines
    that are nothing else, so that they cannot move it."""
    lines = {line.turn.seq: line for line in talk.lines}
    found: list[ShownTurn] = []
    for turn in talk.transcript.turns:
        customer = turn.speaker is Speaker.CUSTOMER
        line = lines.get(turn.seq)
        text = turn.text if customer else _own_words(turn.text, line.reading.text) if line else ""
        if text:
            who = CUSTOMER if customer else AGENT
            found.append(shown(len(found) + 1, turn.seq, who, text))
    return tuple(found)


def _own_words(text: str, read: str) -> str:
    """What was read of the line, where orders were taken out of it."""
    return text.strip() if read.strip() == text.strip() else read.strip()


def questions(
    talk: Talk, card: Scorecard, turns: Sequence[ShownTurn], *, version: str
) -> tuple[Question, ...]:
    """Everything to ask about this talk: checks that apply by the rules, then critical errors,
    those the rules see first."""
    if not any(turn.who == AGENT for turn in turns):
        return ()
    asked: list[tuple[str, int | None, Said | None]] = [
        (mark.check, None, None if mark.mark is None else _SAID[mark.mark])
        for mark in card.marks
        if _is_asked(mark)
    ]
    suspects = [error for error in card.critical if error.id in MODEL_CRITICAL]
    asked += [(error.id, error.turn, Said.MET) for error in suspects[:MOST_SUSPECTS]]
    seen = {error.id for error in suspects}
    asked += [(check, None, Said.MISSED) for check in MODEL_CRITICAL if check not in seen]
    numbers = {turn.seq: turn.number for turn in turns}
    content = turns_json(turns)
    found = []
    for check, seq, prior in asked:
        if seq is None or seq in numbers:
            focus = None if seq is None else numbers[seq]
            names = (version, talk.transcript.language, check, str(focus), str(prior))
            found.append(Question(check, seq, focus, prior, _key(*names, content)))
    return tuple(found)


def control(check: str, talk: Talk, turns: Sequence[ShownTurn], *, version: str) -> Question:
    """One of the control questions about this talk."""
    truth = Said.MISSED if check == NEVER else Said.MET
    key = _key(version, talk.transcript.language, check, "control", turns_json(turns))
    return Question(check, None, None, truth, key)


def once_more(question: Question) -> Question:
    """The same question where the model has answered it before: it confirms itself, and overrules
    nobody."""
    return replace(question, prior=None, key=_key(question.key, "again"))


def _is_asked(mark: CheckMark) -> bool:
    if mark.check in MODEL_FILLS:
        return mark.unscored is UnscoredReason.NO_SCENARIO
    return mark.check in MODEL_CHECKS and (mark.mark is not None or mark.unscored is not None)


def schema(question: Question, turns: Sequence[ShownTurn]) -> Mapping[str, Any]:
    """The grammar of an answer: flat, closed, with the turns that may be named."""
    numbers = [turn.number for turn in turns if turn.who == AGENT]
    return {
        "type": "object",
        "properties": {
            "quote": {"type": "string", "maxLength": QUOTE_CHARACTERS},
            "turn": {"type": "integer", "enum": numbers},
            "verdict": {"type": "string", "enum": [said.value for said in question.answers]},
        },
        "required": ["quote", "turn", "verdict"],
        "additionalProperties": False,
    }


def version_of(book: JudgeBook, model: str) -> str:
    """The digest of prompt, schema and model that stands in every mark of the model."""
    parts = (book.digest, model, ",".join(said.value for said in Said), str(QUOTE_CHARACTERS))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
