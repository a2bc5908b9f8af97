"""Micro-drills: one angry line, one reply, one ability; what of a reply can be judged.

A moment is what the customer does with the one line, and which checks one reply to it can show.
Two abilities have no moment: learning and closing are seen over a whole talk only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.domain.ability import Ability
from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.rubric import Measure, Rubric
from core.domain.scenario import Scenario, SubGoal
from core.domain.scorecard import Scorecard

ANGRY = ("angry", "furious")
"""Moods a micro-drill is held in; a case without one of them has none."""

MOST_SLOTS = 2
"""Facts that one reply can ask for."""

CHECKS: Mapping[Ability, Mapping[str, float]] = MappingProxyType(
    {
        Ability.EMPATHY: {"C09": 1, "C10": 2, "C11": 1},
        # Staying civil is not enough: a threat is answered, not passed over.
        Ability.STABILITY: {Measure.TONE: 2, "C09": 1},
        Ability.RESPONSIBILITY: {"C11": 1, "C18": 3},
        Ability.COURTESY: {"C01": 1, "C02": 1, Measure.PHRASE: 3},
        # Nothing but what needs doing: who only keeps silent has shown no integrity.
        Ability.INTEGRITY: {"C03": 2},
        Ability.DIAGNOSIS: {"C05": 1, "C06": 2, "C07": 1},
        Ability.SOLVING: {"C13": 3, "C14": 2, "C15": 2, Measure.GOAL: 3},
    }
)
"""What of each ability one reply can show, with what it counts; a team's own weight for the same
check of the same ability goes before."""

_OPEN = CustomerAct(CustomerActKind.OPEN)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a customer: the acts it does, and the case as far as this line goes."""

    ability: Ability
    acts: tuple[CustomerAct, ...]
    case: Scenario


def moments(scenario: Scenario) -> tuple[Ability, ...]:
    """The abilities that one line of this case can train."""
    return tuple(ability for ability in CHECKS if moment(scenario, ability) is not None)


def moment(scenario: Scenario, ability: Ability) -> Moment | None:
    """The line of this case that trains the ability; None where it has none."""
    if ability not in CHECKS or not set(scenario.emotions) & set(ANGRY):
        return None
    bare = replace(scenario, wrap_up=(), twists=())
    vents = CustomerAct(CustomerActKind.VENT, way=Way.FIRST)
    match ability:
        case Ability.EMPATHY:
            return Moment(ability, (_OPEN, vents), bare) if scenario.losses else None
        case Ability.STABILITY:
            return Moment(ability, (_OPEN, CustomerAct(CustomerActKind.THREATEN)), bare)
        case Ability.COURTESY:
            return Moment(ability, (_OPEN,), bare)
        case Ability.DIAGNOSIS:
            few = 0 < len(scenario.required_slots) <= MOST_SLOTS
            return Moment(ability, (_OPEN,), bare) if few else None
    goal = _askable(scenario)
    if goal is None:
        return None
    asks = CustomerAct(CustomerActKind.STATE_PROBLEM, goal.key)
    if ability is Ability.INTEGRITY:
        # Asked for something of the record, with no proof of who asks.
        strict = scenario.needs_verification and bool(scenario.policy_limits)
        return Moment(ability, (_OPEN, asks), bare) if strict else None
    told = tuple(
        CustomerAct(CustomerActKind.ANSWER_SLOT, need, way=Way.UNASKED) for need in goal.needs
    )
    if ability is Ability.RESPONSIBILITY:
        presses = CustomerAct(CustomerActKind.PRESS, goal.key)
        free = tuple(replace(one, needs=()) for one in scenario.sub_goals)
        return Moment(ability, (_OPEN, presses), replace(bare, sub_goals=free, required_slots=()))
    one = replace(bare, sub_goals=(goal,), required_slots=())
    return Moment(ability, (_OPEN, *told, asks), one)


def _askable(scenario: Scenario) -> SubGoal | None:
    """The first goal that a single reply can settle once at most two facts are told with it."""
    facts = {fact.key for fact in scenario.facts}
    return next(
        (
            goal
            for goal in scenario.sub_goals
            if len(goal.needs) <= MOST_SLOTS and set(goal.needs) <= facts
        ),
        None,
    )


def rubric_of(rubric: Rubric, ability: Ability) -> Rubric:
    """The rubric with nothing but what one reply can show of this ability."""
    own = rubric.weights[ability]
    seen = {key: own.get(key, weight) for key, weight in CHECKS[ability].items()}
    weights = {one: seen if one is ability else {} for one in Ability}
    return replace(rubric, weights=weights, checks=(), sheet=None)


def card_of(card: Scorecard, ability: Ability) -> Scorecard:
    """The card of a reply: marks of the moment's checks alone, and no overall score."""
    kept = tuple(mark for mark in card.marks if mark.check in CHECKS[ability])
    return replace(card, marks=kept, overall=None)
