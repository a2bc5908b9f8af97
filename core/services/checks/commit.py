"""C18 to C20: what is promised, and that nothing is left open."""

from __future__ import annotations

from core.domain.agenda import CustomerActKind
from core.domain.dialogue import Turn
from core.domain.reading import TraineeAct
from core.domain.scorecard import CheckMark
from core.services.checks.cues import asks, holds
from core.services.checks.talk import Talk, marked, skipped

ASKING = frozenset({CustomerActKind.PRESS, CustomerActKind.ASK_BACK, CustomerActKind.ASK_POLICY})


def names_owner_and_time(talk: Talk) -> CheckMark:
    """C18: who does it and by when, in one message."""
    promised = list(talk.doing(TraineeAct.TIME_COMMIT))
    # What settles the case may name both without promising anything apart.
    for line in talk.doing(TraineeAct.TIME_COMMIT, TraineeAct.SOLVE_ACCEPT):
        if line.reading.named_owner and line.reading.named_time:
            return marked("C18", 1, line, "owner_and_time")
    if promised:
        return marked("C18", 0, promised[0], "time_without_owner")
    vague = talk.first(TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT, TraineeAct.TRANSFER)
    return marked("C18", 0, vague or talk.lines[-1], "no_owner_no_time")


def announces_waiting(talk: Talk) -> CheckMark:
    """C19: waiting is announced, and the trainee says when it is over."""
    waiting = None
    returned = None
    for line in talk.lines:
        if line.reading.does(TraineeAct.HOLD_RETURN):
            if waiting is None and returned is None:
                return marked("C19", 0, line, "waiting_not_announced")
            returned, waiting = line, None
        elif line.reading.does(TraineeAct.HOLD) and not line.reading.clear_steps:
            # Among steps it is the customer who lets a device take its time.
            waiting = line
    if waiting is not None:
        return marked("C19", 0, waiting, "waiting_not_ended")
    if returned is None:
        return skipped("C19", "nobody_waited")
    return marked("C19", 1, returned, "waiting_announced")


def leaves_nothing_open(talk: Talk) -> CheckMark:
    """C20: no question and no sub-goal of the customer is left without an answer."""
    last = talk.lines[-1]
    missing = talk.open_goals()
    if talk.scenario is not None and missing:
        settled = len(talk.scenario.sub_goals) - len(missing)
        half = len(missing) == 1 and settled > 0
        why = "one_left_open" if half else "left_open"
        return marked("C20", 0.5 if half else 0, last, why, goal=missing[0].label)
    open_question = next((turn for turn in talk.last_burst() if _is_open(turn, talk)), None)
    if open_question is not None:
        return marked("C20", 0, open_question, "question_unanswered")
    return marked("C20", 1, last, "nothing_open")


def _is_open(turn: Turn, talk: Talk) -> bool:
    if turn.acts:
        return any(act.kind in ASKING for act in turn.acts)
    return asks(turn.text) and not holds(turn.text, talk.cues.thanks)
