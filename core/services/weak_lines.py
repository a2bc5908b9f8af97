"""What to do better in a judged talk: which fault, in which line, and how much it matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.domain.reading import TraineeAct
from core.domain.rubric import LIMITS, Rubric
from core.domain.scorecard import CheckMark, CriticalError, HeatStep, Scorecard
from core.services.better_lines import unmet_needs
from core.services.checks.talk import RELATIONAL, STEPS, Line, Talk, quote_of

_CRITICAL_WORTH = 100.0
_HEARD_FIRST = 3.0
_ABOUT = {"K1": "C03", "K2": "C14", "K3": "C14", "K5": "C14", "K8": "C14"}
_THEMES = {
    "half_settled": "goal",
    "not_settled": "goal",
    "left_open": "goal",
    "one_left_open": "goal",
    "no_empathy": "sympathy",
    "peak_ignored": "sympathy",
    "flat_refusal": "refusal",
    "phrase_f3": "refusal",
}
"""Faults that say the same thing are said once, those of a refusal once in each line."""
_OF_A_LINE = frozenset({"refusal"})
_CLOSERS = frozenset({"not_confirmed", "not_asked_for_more", "no_farewell"})
_OPENING = (*RELATIONAL, TraineeAct.GREET, TraineeAct.SELF_INTRO)
_IDLE = RELATIONAL | {TraineeAct.INFORM, TraineeAct.HOLD, TraineeAct.REFUSE_FLAT}


@dataclass(frozen=True, slots=True)
class Weak:
    """Something to do better. `about` is the check or phrase category a better sentence is
    sought for; `grave`: a confirmed critical error."""

    check: str
    about: str
    turn: int | None
    quote: str
    why: str
    facts: tuple[tuple[str, str], ...]
    worth: float
    grave: bool = False


def weak_lines(
    talk: Talk, card: Scorecard, steps: Mapping[int, HeatStep], *, rubric: Rubric
) -> list[Weak]:
    """Everything to mend, the most important first, each fault once."""
    faults = [
        *(_of_error(error) for error in card.critical),
        *_of_phrases(talk),
        *(_of_mark(mark, talk, rubric) for mark in card.marks if _is_fault(mark, talk)),
    ]

    def worth(fault: Weak) -> float:
        step = steps.get(fault.turn) if fault.turn is not None else None
        line = talk.line_at(fault.turn) if fault.turn is not None else None
        # Nobody who is that angry listens to an answer before being heard.
        first = _THEMES.get(fault.why) == "sympathy" and line and line.heat >= LIMITS.provoked
        return fault.worth + (max(0, step.tenths) if step else 0) + (_HEARD_FIRST if first else 0)

    seen: set[tuple[str, int | None]] = set()
    ranked: list[Weak] = []
    for fault in sorted(faults, key=lambda fault: -worth(fault)):
        theme = _THEMES.get(fault.why)
        spots = {(fault.about, fault.turn), (theme or fault.about, None if theme else fault.turn)}
        if theme in _OF_A_LINE:
            spots = {(theme, fault.turn)}
        if not spots & seen:
            seen |= spots
            ranked.append(fault)
    return ranked


def _is_fault(mark: CheckMark, talk: Talk) -> bool:
    """Whether there is something to mend: before the case is settled nobody has to close it."""
    if mark.mark is None or mark.mark == 1:
        return False
    return not (mark.why in _CLOSERS and talk.open_goals())


def _of_error(error: CriticalError) -> Weak:
    category = error.why.removeprefix("phrase_").upper()
    about = category if error.why.startswith("phrase_") else _ABOUT.get(error.id, "")
    worth = _CRITICAL_WORTH if error.confirmed else _CRITICAL_WORTH / 2
    return Weak(
        error.id,
        about,
        error.turn,
        error.quote,
        error.why,
        error.facts,
        worth,
        grave=error.confirmed,
    )


def _of_phrases(talk: Talk) -> Iterator[Weak]:
    for line in talk.lines:
        for hit in line.reading.phrases:
            if hit.category.startswith("F"):
                yield Weak(
                    check=hit.category,
                    about=hit.category,
                    turn=line.turn.seq,
                    quote=quote_of(line.turn),
                    why=f"phrase_{hit.category.lower()}",
                    facts=(("phrase", hit.text),),
                    worth=float(hit.severity),
                )


def _of_mark(mark: CheckMark, talk: Talk, rubric: Rubric) -> Weak:
    line = _fitting(mark, talk)
    return Weak(
        check=mark.check,
        about=mark.check,
        turn=line.turn.seq if line else mark.turn,
        quote=quote_of(line.turn) if line else mark.quote,
        why=mark.why,
        facts=mark.facts,
        worth=(1 - (mark.mark or 0.0)) * rubric.weight(mark.check),
    )


def _fitting(mark: CheckMark, talk: Talk) -> Line | None:
    """The line in which what is missing should have been said; None keeps the mark's own."""
    if mark.why == "not_restated":
        return _before_solving(talk)
    if mark.why == "no_apology":
        # An apology belongs before the help it announces, where the cause is known.
        return talk.first(*STEPS)
    if mark.why in ("not_settled", "half_settled", "left_open", "one_left_open"):
        return _where_the_answer_belongs(talk)
    if mark.why in ("no_open_question", "solved_before_asking"):
        return talk.lines[0]
    if mark.why == "no_owner_no_time":
        return _where_a_promise_belongs(talk)
    return None


def _where_a_promise_belongs(talk: Talk) -> Line:
    """A line that puts the customer off, else the last that settled something, else the last
    that is about the case at all."""
    seqs = set(talk.settled.values())
    vague = [line for line in talk.lines if any(h.category == "F5" for h in line.reading.phrases)]
    settling = [line for line in talk.lines if line.turn.seq in seqs]
    working = [line for line in talk.doing(*STEPS) if not line.reading.does(*_OPENING)]
    open_still = [line for line in talk.lines if not line.reading.does(TraineeAct.CLOSE)]
    return (vague or settling or working or open_still or list(talk.lines))[-1]


def _before_solving(talk: Talk) -> Line:
    """The first line after the customer told something about the case, before it is settled."""
    proofs = {fact.key for fact in talk.scenario.facts if fact.verifies} if talk.scenario else set()
    told = min((seq for key, seq in talk.told.items() if key not in proofs), default=0)
    end = min(talk.settled.values(), default=talk.lines[-1].turn.seq)
    fitting = [line for line in talk.lines if told < line.turn.seq <= end]
    return fitting[0] if fitting else talk.lines[0]


def _where_the_answer_belongs(talk: Talk) -> Line | None:
    """An idle line that could have settled the first open goal, or at least asked what it waits
    for; the last line that could when none was idle."""
    goal = next(iter(talk.open_goals()), None)
    if goal is None:
        return None
    ready = [line for line in talk.lines if not unmet_needs(goal, talk, line.turn.seq)]
    lines = ready or list(talk.lines[1:]) or list(talk.lines)
    idle = [line for line in lines if line.reading.acts <= _IDLE]
    return idle[0] if idle else lines[-1]
