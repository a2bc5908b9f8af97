"""What counts for an ability beside the checks: values 0..1, or None where nothing can be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.domain.agenda import CustomerActKind
from core.domain.dialogue import EndReason, Speaker
from core.domain.reading import TraineeAct
from core.domain.rubric import LIMITS, Measure
from core.domain.scorecard import CheckMark, Outcome, Speed
from core.services.checks.cues import CALM_HEAT, holds
from core.services.checks.talk import Line, Talk

ROUGH = 2
CURT_CHARACTERS = 8
CURT_SHARE = 0.4
PROVOKING = frozenset({CustomerActKind.VENT, CustomerActKind.THREATEN})
_OPEN_ENDS = frozenset({EndReason.GIVEN_UP, EndReason.ESCALATED, EndReason.ABANDONED})


def measures(
    talk: Talk, marks: Mapping[str, CheckMark], *, carried: Iterable[str]
) -> dict[str, float | None]:
    """All measures of a talk; `carried` are the checks the last debrief asked to mend."""
    result = outcome(talk)
    return {
        Measure.TONE: tone(talk),
        Measure.PHRASE: phrase_score(talk) / 10,
        Measure.REPAIR: repair(talk),
        Measure.CARRY_OVER: carry_over(marks, carried),
        Measure.GOAL: goal(talk),
        Measure.TURN_EFFICIENCY: 1 - result.overrun if result.solved and talk.scenario else None,
    }


def phrase_score(talk: Talk) -> float:
    """10 - n1 - 2 n2 - 4 n3 - 10 [any severity >= 4] + min(1.5, .3 distinct R), in 0..10."""
    hits = [hit for line in talk.lines for hit in line.reading.phrases]
    faults = [hit.severity for hit in hits if hit.category.startswith("F")]
    good = {hit.category for hit in hits if hit.category.startswith("R")}
    score = 10.0 - faults.count(1) - 2 * faults.count(2) - 4 * faults.count(3)
    score -= 10 if any(severity >= 4 for severity in faults) else 0
    return _clip(score + min(1.5, 0.3 * len(good)), 0.0, 10.0)


def tone(talk: Talk) -> float | None:
    """Mean over lines that answer a provocation: 1 civil, .5 suddenly curt, 0 rough."""
    values = [
        _tone_of(line, talk.lines[:at])
        for at, line in enumerate(talk.lines)
        if line.heat >= LIMITS.provoked or _provoked(talk, line)
    ]
    return _mean(values)


def repair(talk: Talk) -> float | None:
    """Mean over slips that a later line could mend: 1 when the next line that does anything is
    free of slips, .5 when this one is gone one line later or another takes its place, else 0."""
    values: list[float] = []
    slips = [_slips(line) for line in talk.lines]
    for at, kinds in enumerate(slips[:-1]):
        fresh = kinds - (slips[at - 1] if at else frozenset())
        telling = [
            later
            for line, later in zip(talk.lines[at + 1 :], slips[at + 1 :], strict=True)
            if later or line.reading.acts - {TraineeAct.INFORM}
        ]
        values += [_mended(kind, telling[:2]) for kind in sorted(fresh)]
    return _mean(values)


def _mended(kind: str, later: list[frozenset[str]]) -> float:
    if later and not later[0]:
        return 1.0
    return 0.5 if any(kind not in slips for slips in later) else 0.0


def carry_over(marks: Mapping[str, CheckMark], carried: Iterable[str]) -> float | None:
    """Mean mark now of the checks that were to be mended after the last talk."""
    found = [marks[check].mark for check in carried if check in marks]
    return _mean([mark for mark in found if mark is not None])


def goal(talk: Talk) -> float | None:
    """Share of the case that was settled."""
    if talk.scenario is not None and talk.scenario.sub_goals:
        return len(talk.settled) / len(talk.scenario.sub_goals)
    if talk.transcript.end_reason is EndReason.SOLVED:
        return 1.0
    return 0.0 if talk.transcript.end_reason in _OPEN_ENDS else None


def outcome(talk: Talk) -> Outcome:
    """How the case ended for the customer."""
    turns = talk.transcript.turns
    moods = [turn.mood_after for turn in talk.transcript.trainee_turns if turn.mood_after]
    timed = talk.transcript.timed and bool(turns)
    seconds = turns[-1].at_s - turns[0].at_s if timed else None
    return Outcome(
        solved=_solved(talk),
        heat_end=moods[-1].heat if moods else None,
        overrun=_overrun(talk, seconds),
        trainee_turns=len(talk.lines),
        seconds=seconds,
    )


def speed(talk: Talk, result: Outcome) -> Speed:
    """How soon the case was resolved, beside the reference of the case."""
    reference = talk.scenario.reference if talk.scenario else None
    needed = (reference.turns, reference.seconds) if reference else (None, None)
    done = _resolved_by(talk) if result.solved else None
    if done is None:
        return Speed(None, None, *needed)
    first = talk.transcript.turns[0]
    seconds = round(done.turn.at_s - first.at_s, 1) if talk.transcript.timed else None
    return Speed(talk.lines.index(done) + 1, seconds, *needed)


def _resolved_by(talk: Talk) -> Line | None:
    """The line that settled what was still open; the last one where goals are not known."""
    goals = talk.scenario.sub_goals if talk.scenario else ()
    if goals and not talk.open_goals():
        return talk.line_at(max(talk.settled.values()))
    return talk.lines[-1] if talk.lines else None


def outcome_score(talk: Talk, result: Outcome) -> float | None:
    """10 (.5 solved + .3 (1 - heat at the end) + .2 (1 - overrun)), over the parts that are
    known; None when none is."""
    parts: list[tuple[float, float]] = []
    if talk.scenario is not None or talk.transcript.end_reason is not None or result.solved:
        parts.append((0.5, float(result.solved)))
    if result.heat_end is not None:
        parts.append((0.3, 1 - result.heat_end))
    if talk.scenario is not None:
        parts.append((0.2, 1 - result.overrun))
    if not parts:
        return None
    return 10 * sum(weight * value for weight, value in parts) / sum(w for w, _ in parts)


def _solved(talk: Talk) -> bool:
    reason = talk.transcript.end_reason
    if reason is EndReason.SOLVED:
        return True
    if reason in _OPEN_ENDS:
        return False
    if talk.scenario is not None:
        return bool(talk.lines) and not talk.open_goals()
    last = talk.last_burst()
    return any(holds(turn.text, talk.cues.thanks) for turn in last) and all(
        talk.cues.heat(turn.text) <= CALM_HEAT for turn in last
    )


def _overrun(talk: Talk, seconds: float | None) -> float:
    if talk.scenario is None:
        return 0.0
    reference = talk.scenario.reference
    shares = [len(talk.lines) / max(1, reference.turns) - 1]
    if seconds is not None:
        shares.append(seconds / max(1, reference.seconds) - 1)
    return sum(_clip(share, 0.0, 1.0) for share in shares) / len(shares)


def _provoked(talk: Talk, line: Line) -> bool:
    before = talk.before(line.turn.seq)
    for turn in reversed(before):
        if turn.speaker is not Speaker.CUSTOMER:
            return False
        if any(act.kind in PROVOKING for act in turn.acts):
            return True
    return False


def _tone_of(line: Line, earlier: tuple[Line, ...]) -> float:
    if any(hit.severity >= ROUGH for hit in line.reading.phrases):
        return 0.0
    length = len(line.said.strip())
    usual = sum(len(other.said.strip()) for other in earlier) / len(earlier) if earlier else 0.0
    return 0.5 if length < CURT_CHARACTERS and length < CURT_SHARE * usual else 1.0


def _slips(line: Line) -> frozenset[str]:
    reading = line.reading
    kinds = {f"limit:{key}" for key in reading.breached}
    kinds |= {hit.category for hit in reading.phrases if hit.severity >= ROUGH}
    if reading.does(TraineeAct.REFUSE_FLAT):
        kinds.add("refusal")
    if reading.repeated_ask or reading.does(TraineeAct.ASK_REPEAT):
        kinds.add("repeat")
    return frozenset(kinds)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
