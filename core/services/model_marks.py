"""What the model's verdicts do to the rules' marks.

Where the model has an answer and the rules found the check applicable, the answer counts; where
it abstains, the rules' mark stands. A critical error counts only if both see it: what one alone
sees waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.domain.model_verdict import MARK_OF, Abstained, ModelVerdict, Said
from core.domain.scorecard import CheckMark, CriticalError, MarkSource, UnscoredReason
from core.services.checks.talk import Talk, quote_of
from core.services.model_questions import (
    MODEL_CHECKS,
    MODEL_CRITICAL,
    MODEL_FILLS,
    shown_turns,
)

_UNSCORED = {
    Abstained.SERVER: UnscoredReason.MODEL_SILENT,
    Abstained.UNCERTAIN: UnscoredReason.MODEL_UNSURE,
    Abstained.NO_QUOTE: UnscoredReason.MODEL_UNSURE,
    Abstained.NOT_READABLE: UnscoredReason.MODEL_UNSURE,
}


def with_model(
    marks: Mapping[str, CheckMark], verdicts: Sequence[ModelVerdict], talk: Talk
) -> dict[str, CheckMark]:
    """The marks with the model's in their place."""
    found = dict(marks)
    quotes = _Quotes(talk)
    for verdict in verdicts:
        mark = found.get(verdict.check)
        if mark is not None and verdict.check in (*MODEL_CHECKS, *MODEL_FILLS):
            found[verdict.check] = _marked(mark, verdict, quotes)
    return found


def _marked(mark: CheckMark, verdict: ModelVerdict, quotes: _Quotes) -> CheckMark:
    if mark.mark is None and mark.unscored is None:
        return mark
    if verdict.said is None:
        if mark.unscored is None or verdict.abstained is None:
            return mark
        reason = _UNSCORED[verdict.abstained]
        return replace(mark, unscored=reason, why=reason.value, version=verdict.version)
    given = MARK_OF.get(verdict.said)
    if given is None or given == mark.mark:
        # The rules' own reason says more; agreement is noted by the version.
        return replace(mark, version=verdict.version) if given is not None else mark
    return CheckMark(
        check=mark.check,
        mark=given,
        turn=verdict.turn,
        quote=quotes.of(verdict),
        why=f"model_{verdict.said.value}",
        source=MarkSource.LLM,
        version=verdict.version,
    )


def agreed(
    errors: Sequence[CriticalError], verdicts: Sequence[ModelVerdict], talk: Talk
) -> tuple[CriticalError, ...]:
    """The critical errors: those both see stay as they are, those one sees are unconfirmed.

    In a talk with orders to the machine the model cannot take back what the rules see.
    """
    quotes = _Quotes(talk)
    asked = [verdict for verdict in verdicts if verdict.check in MODEL_CRITICAL]
    doubted = {
        (verdict.check, verdict.about)
        for verdict in asked
        if verdict.said is Said.MISSED and not quotes.ordered
    }
    found = [
        replace(error, confirmed=error.confirmed and (error.id, error.turn) not in doubted)
        for error in errors
    ]
    found += [
        CriticalError(
            id=verdict.check,
            turn=verdict.turn,
            quote=quotes.of(verdict),
            why="model_sees_error",
            confirmed=False,
            source=MarkSource.LLM,
        )
        for verdict in asked
        if verdict.about is None and verdict.said is Said.MET and verdict.turn is not None
    ]
    return tuple(sorted(found, key=lambda error: (error.turn, error.id)))


class _Quotes:
    """Finds a verdict's quote in the talk again."""

    def __init__(self, talk: Talk) -> None:
        self._shown = {turn.seq: turn for turn in shown_turns(talk)}
        self._said = {turn.seq: turn for turn in talk.transcript.trainee_turns}
        self.ordered = any(
            seq not in self._shown or self._shown[seq].source != turn.text.strip()
            for seq, turn in self._said.items()
            if any(char.isalnum() for char in turn.text)
        )

    def of(self, verdict: ModelVerdict) -> str:
        """The piece itself, else the line it stands in."""
        if verdict.turn is None or verdict.turn not in self._said:
            return ""
        turn = self._said[verdict.turn]
        shown = self._shown.get(verdict.turn)
        piece = shown.source[verdict.start : verdict.end] if shown else ""
        return quote_of(turn, piece)
