"""How the customer reacts to a line: acts in the order of their urgency.

Rules and shares after the coaching notes (embedded engine, "push reactions").
"""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way
from core.domain.disclosure import Chance
from core.domain.emotion import Colour, HeatLevel, colours, level
from core.domain.hearing import Hearing
from core.domain.listening import UNDERSTOOD, is_nod, misquotes, offence, says_back, touches
from core.domain.persona import Persona
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario

WARNS_AT = 2.0
"""Patience in turns at which the customer says that it is running out."""

_HOT = (HeatLevel.ANGRY, HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_RAGING = (HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_COOL = (HeatLevel.CONTENT, HeatLevel.CALM)
_VENT_FROM = 0.55
_THREATEN_FROM = 0.75
_HURTS_FROM = 3
_STINGS_FROM = 2
_CLAIMS = (TraineeAct.TIME_COMMIT, TraineeAct.EXPLAIN, TraineeAct.SOLVE_STEP)
_FEELS = (TraineeAct.EMPATHY_SPECIFIC, TraineeAct.EMPATHY_GENERIC, TraineeAct.ASK_OPEN)
_SORRY = (TraineeAct.APOLOGY_BARE, TraineeAct.APOLOGY_OWNED)
_SYMPATHY = (TraineeAct.EMPATHY_SPECIFIC, TraineeAct.EMPATHY_GENERIC)

_WAYS: tuple[tuple[Way, tuple[TraineeAct, ...]], ...] = (
    (Way.MORE, (TraineeAct.MORE,)),
    (Way.CHECKED, (TraineeAct.CONFIRM,)),
    (Way.TRANSFER, (TraineeAct.TRANSFER,)),
    (Way.HOLD, (TraineeAct.HOLD,)),
    (Way.OFFER, (TraineeAct.COMPENSATE,)),
    (Way.TIME, (TraineeAct.TIME_COMMIT,)),
    (Way.STEP, (TraineeAct.SOLVE_STEP,)),
    (Way.NEWS, (TraineeAct.EXPLAIN,)),
    (Way.BACK, (TraineeAct.HOLD_RETURN,)),
    (Way.SORRY, _SORRY),
    (Way.SYMPATHY, _SYMPATHY),
    (Way.NEWS, (TraineeAct.INFORM,)),
    (Way.GREETED, (TraineeAct.GREET, TraineeAct.SELF_INTRO)),
)
"""What the customer answers in a line that does several things: the first that applies."""

_TAKEN = (Way.HOLD, Way.TIME, Way.STEP)
_WAVED_AWAY = (Way.SORRY, Way.SYMPATHY)


def next_goal(state: CustomerState, scenario: Scenario) -> str:
    """The first sub-goal still open; empty when there is none."""
    for goal in scenario.sub_goals:
        if goal.key not in state.settled:
            return goal.key
    return ""


def react(
    hearing: Hearing,
    *,
    answers: Sequence[CustomerAct],
    twist: Sequence[CustomerAct],
    scenario: Scenario,
    persona: Persona,
    chance: Chance,
) -> tuple[CustomerAct, ...]:
    """All that the line calls for, the most urgent first: anger, then answers, then a word on
    what was offered, then what comes to the customer's own mind. Empty when nothing does."""
    outbursts = _outbursts(hearing, chance)
    if hearing.sound is not Way.PLAIN and not hearing.goal_met:
        return (*outbursts, CustomerAct(CustomerActKind.ASK_BACK, way=hearing.sound))
    acts = [*outbursts, *answers, *_verdicts(hearing, chance), *twist]
    acts.extend(_questions(hearing, scenario, chance))
    runs_out = _runs_out(hearing)
    if hearing.overdue or runs_out:
        way = Way.LAST if runs_out else _way(hearing)
        acts.append(_press(hearing, scenario, way))
    if _may_disclose(hearing, persona) and chance.random() < 0.2:
        acts.append(CustomerAct(CustomerActKind.SELF_DISCLOSE))
    return tuple(dict.fromkeys(acts))


def nod(hearing: Hearing, *, scenario: Scenario, chance: Chance) -> tuple[CustomerAct, ...]:
    """A word on what the trainee just did, said when nothing else stirs: a yes to what was
    said back, patience or none for a wait, a shrug for an apology."""
    reading = hearing.reading
    if hearing.goal_met:
        return (_wind_down(hearing, chance),)
    if says_back(reading, hearing.before):
        wrong = misquotes(reading, scenario, hearing.before)
        way = Way.MISQUOTED if wrong else Way.PLAIN
        return (CustomerAct(CustomerActKind.ANSWER_PARTIAL, way=way),)
    way = _way(hearing)
    if is_nod(reading, scenario.language):
        way = Way.NODDED if hearing.before.heard else Way.GREETED
        return (_press(hearing, scenario, way),)
    heat = level(hearing.after.mood.heat)
    if way in _TAKEN:
        return (CustomerAct(CustomerActKind.ACCEPT, way=way),)
    if way is Way.OFFER:
        return (CustomerAct(CustomerActKind.DOUBT, way=way),)
    if way is Way.TRANSFER:
        kind = CustomerActKind.ACCEPT if heat in _COOL else CustomerActKind.REJECT
        return (CustomerAct(kind, way=way),)
    if way is Way.GREETED and heat in _COOL:
        return (CustomerAct(CustomerActKind.SMALL_TALK, way=way),)
    if way in _WAVED_AWAY and heat in _COOL:
        return (CustomerAct(CustomerActKind.ACCEPT, way=way),)
    return (_press(hearing, scenario, way),) if way is not Way.PLAIN else ()


def fallback(hearing: Hearing, *, scenario: Scenario, chance: Chance) -> CustomerAct:
    """What the customer says when nothing else is to be said."""
    press = _press(hearing, scenario, _way(hearing))
    now = level(hearing.after.mood.heat)
    if now in _HOT:
        return press
    if now is HeatLevel.IMPATIENT:
        return press if chance.random() < 0.5 else CustomerAct(CustomerActKind.ACCEPT)
    if chance.random() < 0.05:
        return CustomerAct(CustomerActKind.SMALL_TALK)
    return CustomerAct(CustomerActKind.ACCEPT)


def _way(hearing: Hearing) -> Way:
    """What of the line the customer answers; "please wait" is no return from a wait that was
    never announced."""
    way = next((way for way, acts in _WAYS if hearing.reading.does(*acts)), Way.PLAIN)
    return Way.HOLD if way is Way.BACK and not hearing.before.promised else way


def _press(hearing: Hearing, scenario: Scenario, way: Way) -> CustomerAct:
    goal = next_goal(hearing.after, scenario)
    return CustomerAct(CustomerActKind.PRESS, goal, way=way)


def _wind_down(hearing: Hearing, chance: Chance) -> CustomerAct:
    """With everything settled: yes, nothing else, thanks."""
    reading = hearing.reading
    if reading.does(TraineeAct.MORE, TraineeAct.ASK_OPEN):
        return CustomerAct(CustomerActKind.ACCEPT, way=Way.MORE)
    if reading.does(TraineeAct.CONFIRM, TraineeAct.RESTATE):
        said_yes = reading.does(TraineeAct.CONFIRM) and hearing.before.agreed
        way = Way.AGAIN if said_yes else Way.CHECKED
        return CustomerAct(CustomerActKind.ACCEPT, way=way)
    if chance.random() < 0.5:
        return CustomerAct(CustomerActKind.THANK)
    return CustomerAct(CustomerActKind.ACCEPT)


def _crossed(hearing: Hearing, limit: float) -> bool:
    return hearing.before.mood.heat < limit <= hearing.after.mood.heat


def _runs_out(hearing: Hearing) -> bool:
    """Whether patience has just come near its end without anything to show for it."""
    before, after = hearing.before.mood.patience, hearing.after.mood.patience
    bears = hearing.reading.does(TraineeAct.COMPENSATE, *_CLAIMS)
    helped = hearing.goal_met or bool(hearing.settled_now) or bears
    return not helped and after <= WARNS_AT < before


def _outbursts(hearing: Hearing, chance: Chance) -> list[CustomerAct]:
    acts = []
    heat = level(hearing.after.mood.heat)
    vent = CustomerAct(CustomerActKind.VENT, way=_sting(hearing, chance))
    if _crossed(hearing, _THREATEN_FROM) and _has_cause(hearing):
        acts.append(CustomerAct(CustomerActKind.THREATEN))
    if _crossed(hearing, _VENT_FROM) or vent.way is not Way.PLAIN:
        acts.insert(0, vent)
    elif heat in _RAGING and chance.random() < 0.5:
        kind = CustomerActKind.THREATEN if chance.random() < 0.3 else CustomerActKind.VENT
        acts.append(CustomerAct(kind))
    return acts


def _sting(hearing: Hearing, chance: Chance) -> Way:
    """What in the line hurts enough to be answered, or how long it took to come."""
    taken = offence(hearing.reading)
    if taken is not None:
        hurts = taken.severity >= _HURTS_FROM
        stings = taken.severity >= _STINGS_FROM and not hearing.settled_now
        if hurts or (stings and chance.random() < 0.7):
            return taken.way
    met = hearing.goal_met or hearing.settled_now
    if hearing.late and not met and chance.random() < 0.5:
        return Way.LATE
    return Way.PLAIN


def _has_cause(hearing: Hearing) -> bool:
    """Whether something in the line made it worse: nobody threatens over a greeting."""
    reading = hearing.reading
    if hearing.late or hearing.overdue or reading.off_topic or offence(reading):
        return True
    bad = (TraineeAct.REFUSE_FLAT, TraineeAct.REFUSE_ALT, TraineeAct.TRANSFER)
    return reading.does(*bad, TraineeAct.ASK_REPEAT, *_SORRY, *_SYMPATHY)


def _verdicts(hearing: Hearing, chance: Chance) -> list[CustomerAct]:
    """Yes or no to what was offered."""
    reading, mood = hearing.reading, hearing.after.mood
    if hearing.settled_now:
        acts = [CustomerAct(CustomerActKind.ACCEPT, hearing.settled_now[-1], way=_relief(reading))]
        if hearing.goal_met and level(mood.heat) not in _HOT:
            acts.append(CustomerAct(CustomerActKind.THANK))
        return acts
    if hearing.failed:
        return [CustomerAct(CustomerActKind.REJECT, hearing.failed[0])]
    if reading.does(TraineeAct.REFUSE_FLAT):
        way = Way.WITHDRAWN if hearing.before.offered else Way.PLAIN
        acts = [CustomerAct(CustomerActKind.REJECT, way=way)]
        if chance.random() < 0.3:
            acts.append(CustomerAct(CustomerActKind.ASK_POLICY))
        return acts
    if reading.does(TraineeAct.REFUSE_ALT):
        yields = level(mood.heat) not in _HOT and chance.random() < 0.3
        return [CustomerAct(CustomerActKind.ACCEPT if yields else CustomerActKind.BARGAIN)]
    return []


def _relief(reading: LineReading) -> Way:
    """What kind of solution is accepted: an open ear, something to do, a time, an explanation."""
    explains = reading.does(TraineeAct.EXPLAIN, TraineeAct.INFORM)
    deeds = (TraineeAct.SOLVE_STEP, TraineeAct.TIME_COMMIT, TraineeAct.COMPENSATE)
    if reading.does(TraineeAct.RESTATE) and not explains and not reading.does(*deeds):
        return Way.SYMPATHY
    if reading.clear_steps and not explains:
        return Way.STEPS
    if reading.does(TraineeAct.TIME_COMMIT):
        return Way.TIME
    return Way.NEWS if explains else Way.PLAIN


def _questions(hearing: Hearing, scenario: Scenario, chance: Chance) -> list[CustomerAct]:
    reading, mood = hearing.reading, hearing.after.mood
    acts = []
    unclear = _unclear(hearing, scenario)
    confused = Colour.CONFUSED in colours(mood)
    hard = bool(reading.jargon) or reading.long
    if hearing.goal_met:
        return []
    if unclear or (hard and (confused or not hearing.settled_now)):
        share = 1.0 if confused else 0.55
        if chance.random() < share:
            acts.append(CustomerAct(CustomerActKind.ASK_BACK))
    suspicious = Colour.SUSPICIOUS in colours(mood)
    if suspicious and not hearing.settled_now:
        fresh = Colour.SUSPICIOUS not in colours(hearing.before.mood)
        if fresh or (reading.does(*_CLAIMS) and chance.random() < 0.4):
            acts.append(CustomerAct(CustomerActKind.DOUBT))
    return acts


def _unclear(hearing: Hearing, scenario: Scenario) -> bool:
    """Whether nothing in the line can be made sense of."""
    reading = hearing.reading
    clear = (
        reading.confidence >= UNDERSTOOD
        or offence(reading) is not None
        or says_back(reading, hearing.before)
        or is_nod(reading, scenario.language)
        or touches(reading, scenario)
    )
    return not clear


def _may_disclose(hearing: Hearing, persona: Persona) -> bool:
    return (
        bool(persona.self_disclosures)
        and not hearing.goal_met
        and hearing.reading.does(*_FEELS)
        and level(hearing.after.mood.heat) not in _RAGING
    )
