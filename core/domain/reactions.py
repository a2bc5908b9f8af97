"""How the customer reacts to a line: acts in the order of their urgency.

Rules and shares after the coaching notes (embedded engine, "push reactions").
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState
from core.domain.disclosure import Chance
from core.domain.emotion import Colour, HeatLevel, colours, level
from core.domain.persona import Persona
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario

PRESS_AFTER = 2
"""Trainee turns without an answer to the customer's own request before it is made again."""

_HOT = (HeatLevel.ANGRY, HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_RAGING = (HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_VENT_FROM = 0.55
_THREATEN_FROM = 0.75
_CLAIMS = (TraineeAct.TIME_COMMIT, TraineeAct.EXPLAIN, TraineeAct.SOLVE_STEP)
_FEELS = (TraineeAct.EMPATHY_SPECIFIC, TraineeAct.EMPATHY_GENERIC, TraineeAct.ASK_OPEN)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One line as the customer took it: states before and after, what it settled, what it
    claimed to have settled in vain, and whether the request has waited too long."""

    before: CustomerState
    after: CustomerState
    reading: LineReading
    settled_now: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    goal_met: bool = False
    overdue: bool = False


def next_goal(state: CustomerState, scenario: Scenario) -> str:
    """The first sub-goal still open; empty when there is none."""
    for goal in scenario.sub_goals:
        if goal.key not in state.settled:
            return goal.key
    return ""


def react(
    hearing: Hearing, *, scenario: Scenario, persona: Persona, chance: Chance
) -> tuple[CustomerAct, ...]:
    """All reactions to the line, the most urgent first; empty when nothing stirs the customer."""
    acts = [
        *_outbursts(hearing, chance),
        *_verdicts(hearing, chance),
        *_questions(hearing, chance),
    ]
    if hearing.overdue:
        acts.append(CustomerAct(CustomerActKind.PRESS, next_goal(hearing.after, scenario)))
    if _may_disclose(hearing, persona) and chance.random() < 0.2:
        acts.append(CustomerAct(CustomerActKind.SELF_DISCLOSE))
    return tuple(dict.fromkeys(acts))


def nod(hearing: Hearing) -> tuple[CustomerAct, ...]:
    """A yes to what was said back, a word for work under way: said when nothing else stirs."""
    reading = hearing.reading
    if reading.does(TraineeAct.RESTATE):
        return (CustomerAct(CustomerActKind.ANSWER_PARTIAL),)
    calm = level(hearing.after.mood.heat) not in _HOT
    if calm and reading.does(TraineeAct.SOLVE_STEP, TraineeAct.HOLD, TraineeAct.TIME_COMMIT):
        return (CustomerAct(CustomerActKind.ACCEPT),)
    return ()


def fallback(hearing: Hearing, *, scenario: Scenario, chance: Chance) -> CustomerAct:
    """What the customer says when nothing else is to be said."""
    reading = hearing.reading
    press = CustomerAct(CustomerActKind.PRESS, next_goal(hearing.after, scenario))
    if hearing.goal_met:
        return CustomerAct(CustomerActKind.THANK)
    if reading.does(TraineeAct.MORE, TraineeAct.CONFIRM):
        return press
    now = level(hearing.after.mood.heat)
    if now in _HOT:
        return press
    if now is HeatLevel.IMPATIENT:
        return press if chance.random() < 0.5 else CustomerAct(CustomerActKind.ACCEPT)
    if chance.random() < 0.05:
        return CustomerAct(CustomerActKind.SMALL_TALK)
    return CustomerAct(CustomerActKind.ACCEPT)


def _crossed(hearing: Hearing, limit: float) -> bool:
    return hearing.before.mood.heat < limit <= hearing.after.mood.heat


def _insulted(hearing: Hearing) -> bool:
    return any(hit.severity >= 3 for hit in hearing.reading.phrases)


def _outbursts(hearing: Hearing, chance: Chance) -> list[CustomerAct]:
    acts = []
    raging = level(hearing.after.mood.heat) in _RAGING
    if _crossed(hearing, _THREATEN_FROM):
        acts.append(CustomerAct(CustomerActKind.THREATEN))
    if _crossed(hearing, _VENT_FROM) or _insulted(hearing):
        acts.append(CustomerAct(CustomerActKind.VENT))
    elif raging and chance.random() < 0.5:
        kind = CustomerActKind.THREATEN if chance.random() < 0.3 else CustomerActKind.VENT
        acts.append(CustomerAct(kind))
    return acts


def _verdicts(hearing: Hearing, chance: Chance) -> list[CustomerAct]:
    """Yes or no to what was offered."""
    reading, mood = hearing.reading, hearing.after.mood
    if hearing.settled_now:
        acts = [CustomerAct(CustomerActKind.ACCEPT, hearing.settled_now[-1])]
        if hearing.goal_met and level(mood.heat) not in _HOT:
            acts.append(CustomerAct(CustomerActKind.THANK))
        return acts
    if hearing.failed:
        return [CustomerAct(CustomerActKind.REJECT, hearing.failed[0])]
    if reading.does(TraineeAct.REFUSE_FLAT):
        acts = [CustomerAct(CustomerActKind.REJECT)]
        if chance.random() < 0.3:
            acts.append(CustomerAct(CustomerActKind.ASK_POLICY))
        return acts
    if reading.does(TraineeAct.REFUSE_ALT):
        yields = level(mood.heat) not in _HOT and chance.random() < 0.3
        return [CustomerAct(CustomerActKind.ACCEPT if yields else CustomerActKind.BARGAIN)]
    return []


def _questions(hearing: Hearing, chance: Chance) -> list[CustomerAct]:
    reading, mood = hearing.reading, hearing.after.mood
    acts = []
    unclear = reading.confidence < 0.45
    if reading.jargon or reading.long or unclear:
        share = 1.0 if Colour.CONFUSED in colours(mood) else 0.55
        if chance.random() < share:
            acts.append(CustomerAct(CustomerActKind.ASK_BACK))
    suspicious = Colour.SUSPICIOUS in colours(mood)
    if suspicious and not hearing.settled_now:
        fresh = Colour.SUSPICIOUS not in colours(hearing.before.mood)
        if fresh or (reading.does(*_CLAIMS) and chance.random() < 0.4):
            acts.append(CustomerAct(CustomerActKind.DOUBT))
    return acts


def _may_disclose(hearing: Hearing, persona: Persona) -> bool:
    return (
        bool(persona.self_disclosures)
        and not hearing.goal_met
        and hearing.reading.does(*_FEELS)
        and level(hearing.after.mood.heat) not in _RAGING
    )
