"""C09 to C12: what the trainee says to a customer who is upset. Only what is written counts;
nothing is inferred about how the trainee feels."""

from __future__ import annotations

from core.domain.reading import TraineeAct
from core.domain.rubric import LIMITS
from core.domain.scorecard import CheckMark
from core.services.checks.talk import RELATIONAL, Line, Talk, marked, skipped

APOLOGIES = (TraineeAct.APOLOGY_OWNED, TraineeAct.APOLOGY_BARE)
ACTIONS = (TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT, TraineeAct.TIME_COMMIT)


def acknowledges(talk: Talk) -> CheckMark:
    """C09: each peak of heat is answered within two trainee messages: by a word about it, or by
    what settles the case."""
    peaks = _peaks(talk)
    if not peaks:
        return skipped("C09", "customer_was_calm")
    kind: Line | None = None
    for at in peaks:
        near = talk.lines[at : at + LIMITS.acknowledge_within]
        found = next((line for line in near if _answers_heat(talk, line)), None)
        if found is None:
            return marked("C09", 0, near[0], "peak_ignored")
        kind = kind or found
    return marked("C09", 1, kind, "peak_acknowledged")


def _answers_heat(talk: Talk, line: Line) -> bool:
    return line.reading.does(*RELATIONAL) or line.turn.seq in talk.settled.values()


def is_specific(talk: Talk) -> CheckMark:
    """C10: sympathy names what the customer actually lost."""
    if talk.hottest < LIMITS.hot:
        return skipped("C10", "customer_was_calm")
    specific = talk.first(TraineeAct.EMPATHY_SPECIFIC)
    if specific is not None:
        return marked("C10", 1, specific, "empathy_specific")
    generic = talk.first(TraineeAct.EMPATHY_GENERIC)
    if generic is not None:
        return marked("C10", 0, generic, "empathy_generic")
    return marked("C10", 0, _hot_line(talk), "no_empathy")


def apologises_fully(talk: Talk) -> CheckMark:
    """C11: an apology that names what it is for, the cause or the loss, and what is done now."""
    if talk.hottest < LIMITS.hot:
        return skipped("C11", "customer_was_calm")
    for line in talk.doing(*APOLOGIES):
        with_cause = line.reading.does(TraineeAct.APOLOGY_OWNED)
        named = line.reading.does(TraineeAct.EXPLAIN) or line.reading.names_loss
        explained = named and line.reading.does(*ACTIONS)
        if with_cause or explained:
            return marked("C11", 1, line, "apology_owned")
    bare = talk.first(*APOLOGIES)
    if bare is not None:
        return marked("C11", 0, bare, "apology_bare")
    return marked("C11", 0, _hot_line(talk), "no_apology")


def moves_on(talk: Talk) -> CheckMark:
    """C12: no third message in a row that only soothes."""
    if talk.hottest < LIMITS.hot:
        return skipped("C12", "customer_was_calm")
    run = 0
    for line in talk.lines:
        run = run + 1 if line.relational_only else 0
        if run >= LIMITS.relational_run:
            return marked("C12", 0, line, "only_soothing")
    return marked("C12", 1, _hot_line(talk), "moved_on")


def _peaks(talk: Talk) -> list[int]:
    """Positions of lines that answer a peak: the first hot one and each clear rise after it."""
    peaks: list[int] = []
    previous = 0.0
    for at, line in enumerate(talk.lines):
        rose = line.heat - previous >= LIMITS.peak_rise
        if line.heat >= LIMITS.hot and (rose or not peaks):
            peaks.append(at)
        previous = line.heat
    return peaks


def _hot_line(talk: Talk) -> Line:
    return next(line for line in talk.lines if line.heat >= LIMITS.hot)
