"""What one line of the trainee does to the customer, before anything is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain import emotion
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Move, Way
from core.domain.disclosure import Chance
from core.domain.emotion import GAINS, HeatLevel, level
from core.domain.listening import HEARD, sound
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario

PRESS_AFTER = 2
"""Trainee turns without an answer to the customer's own request before it is made again."""

_INSULT = "F8"
_SETTLES_NOTHING = (
    TraineeAct.ASK_OPEN,
    TraineeAct.ASK_SLOT,
    TraineeAct.VERIFY_ID,
    TraineeAct.RESTATE,
    TraineeAct.REFUSE_ALT,
    TraineeAct.REFUSE_FLAT,
)
_ADDRESSES = (
    TraineeAct.SOLVE_STEP,
    TraineeAct.TIME_COMMIT,
    TraineeAct.COMPENSATE,
    TraineeAct.EXPLAIN,
    TraineeAct.REFUSE_ALT,
    TraineeAct.REFUSE_FLAT,
    TraineeAct.TRANSFER,
    TraineeAct.HOLD,
)
_SAYS_MORE = (TraineeAct.EXPLAIN, TraineeAct.INFORM)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One line as the customer took it: states before and after, what it settled, what it
    claimed to have settled in vain, whether the request has waited too long, whether the line
    kept the customer waiting, and what stands in the way of answering it (`sound`)."""

    before: CustomerState
    after: CustomerState
    reading: LineReading
    settled_now: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    goal_met: bool = False
    overdue: bool = False
    late: bool = False
    sound: Way = Way.PLAIN


@dataclass(frozen=True, slots=True)
class _Promises:
    """What became of what the trainee had promised or offered."""

    kept: bool
    broken: bool
    withdrawn: bool


def take_in(
    state: CustomerState,
    reading: LineReading,
    *,
    scenario: Scenario,
    silence_limits: float,
    chance: Chance,
) -> Hearing:
    """The customer after the line; `silence_limits` reply limits passed before it."""
    settled_now, failed = _settle(state, reading, scenario)
    goal_met = len(state.settled) + len(settled_now) == len(scenario.sub_goals)
    late = silence_limits >= 1
    promises = _promises(state, reading, settled=bool(settled_now), late=late)
    mood = emotion.feel(
        state.mood,
        reading,
        settled_now=len(settled_now),
        sub_goals=len(scenario.sub_goals),
        silence_limits=silence_limits,
        noise=chance.gauss(0.0, GAINS.noise_sd),
        difficulty=scenario.difficulty,
        harder=harder(state),
        goal_met=goal_met,
        kept_promise=promises.kept,
        broken_promise=promises.broken,
        contradicted=promises.withdrawn,
        failed_fix=bool(failed),
    )
    waiting = _waiting(state, reading, settled_now=settled_now)
    overdue = waiting >= PRESS_AFTER and not goal_met
    after = _remember(state, reading, settled_now=settled_now, goal_met=goal_met, promises=promises)
    return Hearing(
        before=state,
        after=replace(
            after, mood=mood, waiting=0 if overdue else waiting, raging=_raging(state, mood)
        ),
        reading=reading,
        settled_now=settled_now,
        failed=failed,
        goal_met=goal_met,
        overdue=overdue,
        late=late,
        sound=Way.PLAIN if settled_now else sound(reading, state, language=scenario.language),
    )


def harder(state: CustomerState) -> int:
    """Steps of sensitivity the director has added (or, negative, taken off) so far."""
    moves = [move for _, move in state.directed]
    return moves.count(Move.PRESS) - moves.count(Move.EASE)


def _raging(state: CustomerState, mood: emotion.EmotionState) -> int:
    furious = level(mood.heat) in (HeatLevel.FURIOUS, HeatLevel.ESCALATED)
    return state.raging + 1 if furious else 0


def _promises(
    state: CustomerState, reading: LineReading, *, settled: bool, late: bool
) -> _Promises:
    returned = settled or reading.does(TraineeAct.HOLD_RETURN)
    return _Promises(
        kept=state.promised and not late and returned,
        broken=state.promised and late,
        withdrawn=state.offered and reading.does(TraineeAct.REFUSE_FLAT),
    )


def _remember(
    state: CustomerState,
    reading: LineReading,
    *,
    settled_now: tuple[str, ...],
    goal_met: bool,
    promises: _Promises,
) -> CustomerState:
    """What of the line stays in mind."""
    settled = (*state.settled, *settled_now)
    offers = reading.does(TraineeAct.COMPENSATE) or bool(reading.breached)
    owed = state.promised and not promises.kept and not promises.broken
    return replace(
        state,
        settled=settled,
        stack=() if goal_met else _without_settled(state.stack, settled),
        abuse=state.abuse + sum(hit.category == _INSULT for hit in reading.phrases),
        offered=(state.offered and not promises.withdrawn) or offers,
        heard=(*state.heard, reading.text.strip())[-HEARD:],
        lingering=state.lingering + (goal_met and not settled_now),
        agreed=state.agreed or (goal_met and reading.does(TraineeAct.CONFIRM)),
        content=state.content or (goal_met and reading.does(TraineeAct.MORE)),
        promised=reading.does(TraineeAct.HOLD) or owed,
        lines=state.lines + 1,
        slips=state.slips + any(hit.severity > 0 for hit in reading.phrases),
    )


def _settle(
    state: CustomerState, reading: LineReading, scenario: Scenario
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sub-goals the line settles, and those it claims to settle although what they need has
    not come before.

    A line that asks to wait for the answer settles nothing; a fact said wrongly is known as far
    as the customer is aware.
    """
    settled: list[str] = []
    failed: list[str] = []
    later = reading.does(TraineeAct.HOLD) and reading.named_time
    if later and not reading.clear_steps and not reading.does(*_SAYS_MORE):
        return (), ()
    for goal in scenario.sub_goals:
        if goal.key not in reading.settled or goal.key in state.settled:
            continue
        known = {*state.settled, *state.told, *state.told_wrong, *settled}
        (settled if known.issuperset(goal.needs) else failed).append(goal.key)
    if settled or reading.does(*_SETTLES_NOTHING):
        failed = []
    return tuple(settled), tuple(failed)


def _without_settled(
    stack: tuple[CustomerAct, ...], settled: tuple[str, ...]
) -> tuple[CustomerAct, ...]:
    return tuple(
        act
        for act in stack
        if act.kind is not CustomerActKind.STATE_PROBLEM or act.about not in settled
    )


def _waiting(state: CustomerState, reading: LineReading, *, settled_now: tuple[str, ...]) -> int:
    if settled_now or reading.does(*_ADDRESSES):
        return 0
    return state.waiting if emotion.asks_needed(reading) else state.waiting + 1
