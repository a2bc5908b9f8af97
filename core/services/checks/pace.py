"""C25 and C26: how long the customer waits. Pauses of the dialogue do not count."""

from __future__ import annotations

from core.domain.dialogue import Speaker, Turn
from core.domain.reading import TraineeAct
from core.domain.rubric import LIMITS
from core.domain.scorecard import CheckMark, UnscoredReason
from core.services.checks.talk import Line, Talk, marked, skipped, unscored


def answers_soon(talk: Talk) -> CheckMark:
    """C25: the first answer comes in time."""
    if not talk.transcript.timed:
        return unscored("C25", UnscoredReason.NO_TIMES)
    first = talk.lines[0]
    opening = next(iter(talk.transcript.customer_turns), None)
    if opening is None or opening.seq > first.turn.seq:
        return skipped("C25", "trainee_opened")
    waited = first.turn.at_s - opening.at_s - _saying_s(first.turn)
    limit = LIMITS.voice_gap_s if first.turn.spoken else LIMITS.first_response_s
    why = "first_answer_in_time" if waited <= limit else "first_answer_late"
    return marked("C25", float(waited <= limit), first, why, **_seconds(waited, limit))


def never_leaves_waiting(talk: Talk) -> CheckMark:
    """C26: no later answer takes longer than the limit, unless waiting was announced."""
    if not talk.transcript.timed:
        return unscored("C26", UnscoredReason.NO_TIMES)
    gaps = [
        (_gap(talk, line), line)
        for before, line in zip(talk.lines, talk.lines[1:], strict=False)
        if not before.reading.does(TraineeAct.HOLD)
    ]
    if not gaps:
        return skipped("C26", "one_message")
    waited, slowest = max(gaps, key=lambda pair: pair[0] / _limit(pair[1]))
    limit = _limit(slowest)
    why = "answers_in_time" if waited <= limit else "left_waiting"
    return marked("C26", float(waited <= limit), slowest, why, **_seconds(waited, limit))


def _gap(talk: Talk, line: Line) -> float:
    """Seconds the customer's last message before the line waited for it."""
    said = [turn for turn in talk.before(line.turn.seq) if turn.speaker is Speaker.CUSTOMER]
    after = talk.before(line.turn.seq)[-1]
    return line.turn.at_s - (said[-1].at_s if said else after.at_s) - _saying_s(line.turn)


def _limit(line: Line) -> float:
    """Seconds in which an answer like this one is due."""
    return LIMITS.voice_gap_s if line.turn.spoken else LIMITS.gap_s


def _saying_s(turn: Turn) -> float:
    """How long a spoken line was being said; a typed one takes the time it takes."""
    return len(turn.text) / LIMITS.spoken_chars_per_s if turn.spoken else 0.0


def _seconds(waited: float, limit: float) -> dict[str, str]:
    return {"waited": f"{max(0.0, waited):.0f}", "limit": f"{limit:.0f}"}
