"""Micro-drills: one angry line, one reply, one ability; what of a reply can be judged.

A moment is what the customer does with the one line, and which checks one reply to it can show.
Learning is seen in how a slip is mended that stands before the line; closing in how a customer who
is about to leave is brought to a next step.
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
        # The slip is mended, and the anger it made is met.
        Ability.LEARNING: {Measure.REPAIR: 2, "C09": 1},
        Ability.DIAGNOSIS: {"C05": 1, "C06": 2, "C07": 1},
        Ability.SOLVING: {"C13": 3, "C14": 2, "C15": 2, Measure.GOAL: 3},
        # Other needs and a form are for a customer who is content.
        Ability.CLOSURE: {"C18": 1, "C21": 2},
    }
)
"""What of each ability one reply can show, with what it counts; a team's own weight for the same
check of the same ability goes before."""

_OPEN = CustomerAct(CustomerActKind.OPEN)
_AFTER = MappingProxyType(
    {
        Ability.EMPATHY: CustomerAct(CustomerActKind.VENT, way=Way.FIRST),
        Ability.STABILITY: CustomerAct(CustomerActKind.THREATEN),
        Ability.LEARNING: CustomerAct(CustomerActKind.VENT, way=Way.BLUNT),
        Ability.CLOSURE: CustomerAct(CustomerActKind.CLOSE),
    }
)
"""What the customer does once the matter is out."""
_OF_A_GOAL = frozenset({Ability.INTEGRITY, Ability.RESPONSIBILITY, Ability.SOLVING})
_SLIP = "C15"
"""A flat refusal is what makes customers angriest, and a line can mend it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a customer: the acts it does, and the case as far as this line goes. `slip`: the
    check that a colleague's line just before it failed; empty where none was said."""

    ability: Ability
    acts: tuple[CustomerAct, ...]
    case: Scenario
    slip: str = ""


def moments(scenario: Scenario) -> tuple[Ability, ...]:
    """The abilities that one line of this case can train."""
    if not set(scenario.emotions) & set(ANGRY):
        return ()
    return tuple(ability for ability in CHECKS if _fits(scenario, ability))


def _fits(scenario: Scenario, ability: Ability) -> bool:
    match ability:
        case Ability.EMPATHY:
            return bool(scenario.losses)
        case Ability.DIAGNOSIS:
            return 0 < len(scenario.required_slots) <= MOST_SLOTS
        case Ability.INTEGRITY:
            strict = scenario.needs_verification and bool(scenario.policy_limits)
            return strict and _askable(scenario) is not None
        case Ability.RESPONSIBILITY | Ability.SOLVING:
            return _askable(scenario) is not None
        case _:
            return True


def moment(scenario: Scenario, ability: Ability) -> Moment | None:
    """The line of this case that trains the ability; None where it has none."""
    if ability not in moments(scenario):
        return None
    bare, goal = replace(scenario, wrap_up=(), twists=()), _askable(scenario)
    if goal is not None and ability in _OF_A_GOAL:
        return _of_goal(ability, goal, bare)
    after = (_AFTER[ability],) if ability in _AFTER else ()
    slip = _SLIP if ability is Ability.LEARNING else ""
    return Moment(ability, (_OPEN, *after), bare, slip)


def _of_goal(ability: Ability, goal: SubGoal, bare: Scenario) -> Moment:
    """The line that is about something the customer wants."""
    asks = CustomerAct(CustomerActKind.STATE_PROBLEM, goal.key)
    if ability is Ability.INTEGRITY:
        # Asked for something of the record, with no proof of who asks.
        return Moment(ability, (_OPEN, asks), bare)
    if ability is Ability.RESPONSIBILITY:
        presses = CustomerAct(CustomerActKind.PRESS, goal.key)
        free = tuple(replace(one, needs=()) for one in bare.sub_goals)
        return Moment(ability, (_OPEN, presses), replace(bare, sub_goals=free, required_slots=()))
    told = tuple(
        CustomerAct(CustomerActKind.ANSWER_SLOT, need, way=Way.UNASKED) for need in goal.needs
    )
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
