"""Makes a talk harder for a trainee who does well, and lighter for one who does not.

Decides before a line is heard, from what came before it. Pure: chance is passed in. What was done
stands in the customer's state, so that a talk can be run again and compared with others; marks
never depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from core.domain.agenda import CustomerState, Move
from core.domain.disclosure import Chance
from core.domain.scenario import Scenario

MOST = 2
"""Interventions in one talk; holding a twist back is none."""

WATCHES = 2
"""Trainee lines before the first one."""

EASED_PATIENCE = 2.0
"""Patience in turns that a lighter talk gives back."""

_ACTS = (Move.TWIST, Move.EASE, Move.PRESS)
_STEPS_SHARE = 0.5
_HEAT_STEP = 0.08
_SHORT_PATIENCE = 4.0
_MANY_HINTS = 2


class Standing(IntEnum):
    """How the trainee is doing."""

    BEHIND = -1
    LEVEL = 0
    AHEAD = 1


def standing(state: CustomerState, *, hints: Sequence[int]) -> Standing:
    """How the trainee has done so far: what is settled, which way the mood goes, forbidden
    phrases, patience left, hints taken."""
    mood = state.mood
    good = bool(state.settled) + (mood.heat <= mood.baseline - _HEAT_STEP)
    bad = (
        min(2, state.slips)
        + (mood.heat >= mood.baseline + _HEAT_STEP)
        + (mood.patience <= _SHORT_PATIENCE)
        + (len(hints) >= _MANY_HINTS)
    )
    return Standing(max(-1, min(1, good - bad)))


def decide(
    state: CustomerState, *, scenario: Scenario, hints: Sequence[int], chance: Chance
) -> Move:
    """What to do with the trainee's next line: at most two interventions in a talk, never two in
    a row, none before there is something to judge by or after the goal is met."""
    if state.lines < WATCHES or len(state.settled) == len(scenario.sub_goals):
        return Move.NONE
    doing = standing(state, hints=hints)
    if doing is Standing.LEVEL:
        return Move.NONE
    idle = Move.HOLD if doing is Standing.BEHIND else Move.NONE
    if not _may_act(state) or chance.random() >= _STEPS_SHARE:
        return idle
    if doing is Standing.BEHIND:
        return Move.EASE
    left = [twist for twist in scenario.twists if twist.key not in state.twists]
    ready = any(state.mood.heat >= twist.from_heat for twist in left)
    return Move.TWIST if ready else Move.PRESS


def noted(state: CustomerState, move: Move) -> tuple[tuple[int, Move], ...]:
    """What the director did so far with this move, done on the line just heard."""
    return state.directed if move is Move.NONE else (*state.directed, (state.lines, move))


def noted_at(state: CustomerState, line: int) -> Move:
    """What was done on this line of a former talk (from 1)."""
    return dict(state.directed).get(line, Move.NONE)


def _may_act(state: CustomerState) -> bool:
    done = [line for line, move in state.directed if move in _ACTS]
    return len(done) < MOST and state.lines not in done
