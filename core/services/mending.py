"""A better sentence is proved: the talk with it is judged again, and must lose nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.domain.dialogue import Turn
from core.domain.rubric import Rubric
from core.domain.scorecard import CheckMark
from core.ports.line_reader import LineReader
from core.services.better_lines import better_lines, candidates
from core.services.checks.critical import critical_errors
from core.services.checks.measures import phrase_score
from core.services.checks.prepare import prepare
from core.services.checks.talk import Line, Talk
from core.services.grounds import Grounds, grounds_of
from core.services.judging import rule_marks

IN_ONE_LINE = frozenset({"C03", "C04", "C07", "C12", "C14", "C15", "C16", "C17"})
"""Checks whose fault stands in one line: once mended there, another line may still hold it."""
BY_STEPS = frozenset({"C06", "C13", "C20"})
"""Checks that one line may bring nearer without passing them."""


@dataclass(frozen=True, slots=True)
class Mending:
    """A talk whose lines are to be mended, and what the rules say of it as it is: no person's
    ruling is in `marks`, and a better line must not lose one of them."""

    talk: Talk
    reader: LineReader
    rubric: Rubric
    grounds: Grounds
    marks: Mapping[str, CheckMark]
    errors: int
    phrases: float

    def better(self, about: str, line: Line) -> str:
        """The first candidate with which the talk is judged better; "" when there is none.

        Better: the check in question (or, for a phrase, the phrase score) rises or the case comes
        nearer to its end, no other mark falls, and the line holds no fault of any kind.
        """
        found = candidates(about, self.talk, line, reader=self.reader, grounds=self.grounds)
        return next((text for text in found if self._mends(about, line, text)), "")

    def _mends(self, about: str, line: Line, text: str) -> bool:
        turns = tuple(_instead_of(line, text, self.talk))
        again = prepare(replace(self.talk.transcript, turns=turns), reader=self.reader)
        before, after = _known(self.talk), _known(again)
        if not after >= before or not _is_clean(again, line.turn.seq):
            return False
        phrases = _rounded_phrases(again)
        if phrases < self.phrases or len(critical_errors(again)) > self.errors:
            return False
        marks: dict[str, CheckMark] = {}
        for mark in rule_marks(again, self.rubric):
            if _falls(self.marks[mark.check].mark, mark.mark):
                return False
            marks[mark.check] = mark
        if about not in marks:
            # Several grave phrases hold the phrase score at 0 even when one of them is gone.
            return phrases > self.phrases or phrases == 0
        old, new = self.marks[about], marks[about]
        moved = about in IN_ONE_LINE and new != old
        risen = old.mark is not None and (new.mark is None or new.mark > old.mark)
        return moved or risen or (about in BY_STEPS and after > before)


def mending_of(talk: Talk, *, reader: LineReader, rubric: Rubric) -> Mending:
    """What is worked out once for all lines of a talk, which has some."""
    return Mending(
        talk=talk,
        reader=reader,
        rubric=rubric,
        grounds=grounds_of(talk, better_lines(talk.transcript.language).house, reader=reader),
        marks={mark.check: mark for mark in rule_marks(talk, rubric)},
        errors=len(critical_errors(talk)),
        phrases=_rounded_phrases(talk),
    )


def _instead_of(line: Line, text: str, talk: Talk) -> Iterator[Turn]:
    """The turns with `text` in the place of the line; what an article said against the line goes
    with the claim."""
    wrong = line.turn.correction
    still = wrong if wrong is not None and wrong.claim in text else None
    for turn in talk.transcript.turns:
        here = turn.seq == line.turn.seq
        yield replace(turn, text=text, reading=None, correction=still) if here else turn


def _is_clean(talk: Talk, seq: int) -> bool:
    line = talk.line_at(seq)
    if line is None or line.reading.breached or line.reading.repeated_ask:
        return False
    return not any(hit.severity for hit in line.reading.phrases)


def _known(talk: Talk) -> set[str]:
    """What of the case is settled, told or at least asked for."""
    asked = {key for line in talk.lines for key in line.reading.asked}
    return {*talk.settled, *talk.told, *asked}


def _falls(old: float | None, new: float | None) -> bool:
    return old is not None and new is not None and new < old


def _rounded_phrases(talk: Talk) -> float:
    """As the card shows it: nobody gains or loses less than that."""
    return round(phrase_score(talk), 2)
