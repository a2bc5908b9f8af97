"""C25 and C26: how long the customer waits. Pauses of the dialogue do not count."""

from __future__ import annotations

from core.domain.dialogue import Speaker
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
    waited = first.turn.at_s - opening.at_s
    in_time = waited <= LIMITS.first_response_s
    why = "first_answer_in_time" if in_time else "first_answer_late"
    return marked("C25", float(in_time), first, why, **_seconds(waited, LIMITS.first_response_s))


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
    waited, slowest = max(gaps, key=lambda pair: pair[0])
    in_time = waited <= LIMITS.gap_s
    why = "answers_in_time" if in_time else "left_waiting"
    return marked("C26", float(in_time), slowest, why, **_seconds(waited, LIMITS.gap_s))


def _gap(talk: Talk, line: Line) -> float:
    """Seconds the customer's last message before the line waited for it."""
    said = [turn for turn in talk.before(line.turn.seq) if turn.speaker is Speaker.CUSTOMER]
    after = talk.before(line.turn.seq)[-1]
    return line.turn.at_s - (said[-1].at_s if said else after.at_s)


def _seconds(waited: float, limit: float) -> dict[str, str]:
    return {"waited": f"{waited:.0f}", "limit": f"{limit:.0f}"}
