"""What the customer brings up beside the case: doubts that a person is writing, a promise of last
time, and what lies behind the request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way, Wonder
from core.domain.disclosure import TRUST_ENOUGH, Chance
from core.domain.emotion import GAINS, EmotionState, HeatLevel, level
from core.domain.hearing import Hearing
from core.domain.persona import Persona
from core.domain.reactions import next_goal
from core.domain.reading import TraineeAct
from core.domain.scenario import Scenario

WONDERS = 0.06
"""Share of talks in which the customer asks whether a machine is writing."""

WONDERS_MORE = 2.0
"""Factor for a customer who is angry or wary, and another one for a short-tempered persona."""

REMINDS_AT_ONCE = 0.5
"""Share of broken promises held against the trainee in the first turn; the rest wait for an open
question."""

_WARY = 0.3
_REASSURED = 0.05
_BRUSHED_OFF = 0.04
_HOT = (HeatLevel.ANGRY, HeatLevel.FURIOUS, HeatLevel.ESCALATED)
_CANNED = (TraineeAct.EMPATHY_GENERIC, TraineeAct.APOLOGY_BARE, TraineeAct.HOLD)
_HUMAN = re.compile(
    r"真人|活人|(?<!转)人工(?!智能)|不是(?:机器|智能|自动|AI|ai)|真的?是人"
    r"|(?i:\bhuman\b|real person|not an? (?:ro)?bot|not a machine|not an? (?:ai|automated))"
)
_MACHINE = re.compile(
    r"(?<!不)是(?:个|一个)?(?:智能|机器人|自动|AI|ai)"
    r"|(?i:\bi(?:'m| am) (?:an? )?(?:(?:ro)?bot|ai\b|automated|virtual))"
)


def wonders(mood: EmotionState, persona: Persona, chance: Chance) -> Wonder:
    """Whether the question will come in this talk, should a line sound canned."""
    share = WONDERS
    if mood.trust < _WARY or level(mood.heat) in _HOT:
        share *= WONDERS_MORE
    if persona.manner.patience < 1:
        share *= WONDERS_MORE
    return Wonder.WILL if chance.random() < share else Wonder.NO


def at_once(state: CustomerState, chance: Chance) -> bool:
    """Whether a promise that was not kept is named in the first turn."""
    return bool(state.owed) and chance.random() < REMINDS_AT_ONCE


def disappointed(mood: EmotionState) -> EmotionState:
    """The mood of somebody whom the house has let down before."""
    return replace(mood, trust=max(0.0, mood.trust + GAINS.trust_broken))


def reminder() -> CustomerAct:
    """The promise of last time, held against the trainee."""
    return CustomerAct(CustomerActKind.DOUBT, way=Way.LAST_TIME)


def beside(
    hearing: Hearing, urgent: Sequence[CustomerAct], scenario: Scenario
) -> tuple[CustomerState, tuple[CustomerAct, ...]]:
    """The customer after the line, and the one thing it makes him bring up, if any. Anger, and a
    line that cannot be answered, leave no room for it."""
    state = hearing.after
    upset = any(act.kind in (CustomerActKind.VENT, CustomerActKind.THREATEN) for act in urgent)
    if hearing.goal_met or upset:
        over = state.wonder is Wonder.ASKED
        return (replace(state, wonder=Wonder.DONE) if over else state), ()
    if state.wonder is Wonder.ASKED:
        return _answered(hearing, scenario)
    if hearing.sound not in (Way.PLAIN, Way.ECHO):
        return state, ()
    if state.wonder is Wonder.WILL and _sounds_canned(hearing):
        asks = CustomerAct(CustomerActKind.ASK_BACK, way=Way.ROBOT)
        return replace(state, wonder=Wonder.ASKED), (asks,)
    if state.owed and not state.reminded and hearing.reading.does(TraineeAct.ASK_OPEN):
        return replace(state, reminded=True), (reminder(),)
    if _confides(hearing, scenario):
        return replace(state, confided=True), (_hidden(),)
    return state, ()


def parting(state: CustomerState, scenario: Scenario) -> tuple[CustomerAct, ...]:
    """What was behind it all, said on leaving an unsolved case without anger."""
    tells = scenario.hidden_surfaces and not state.confided
    return (_hidden(),) if tells and level(state.mood.heat) not in _HOT else ()


def _hidden() -> CustomerAct:
    return CustomerAct(CustomerActKind.SELF_DISCLOSE, way=Way.HIDDEN)


def _sounds_canned(hearing: Hearing) -> bool:
    reading = hearing.reading
    helps = bool(reading.asked or hearing.settled_now) or reading.does(TraineeAct.SOLVE_STEP)
    canned = hearing.sound is Way.ECHO or reading.does(*_CANNED)
    return canned and not helps and hearing.before.lines > 0


def _answered(
    hearing: Hearing, scenario: Scenario
) -> tuple[CustomerState, tuple[CustomerAct, ...]]:
    """The reaction to what the trainee says about being a person."""
    state, text = hearing.after, hearing.reading.text
    mood = state.mood
    if hearing.settled_now:
        return replace(state, wonder=Wonder.DONE), ()  # Who helps is real enough.
    if _HUMAN.search(text) and not _MACHINE.search(text):
        calmer = replace(mood, trust=min(1.0, mood.trust + _REASSURED))
        believes = CustomerAct(CustomerActKind.ACCEPT, way=Way.HUMAN)
        return replace(state, wonder=Wonder.DONE, mood=calmer), (believes,)
    hotter = replace(mood, heat=min(1.0, mood.heat + _BRUSHED_OFF))
    goal = next_goal(state, scenario)
    wants = CustomerAct(CustomerActKind.PRESS, goal, way=Way.WANTS_HUMAN)
    return replace(state, wonder=Wonder.DONE, mood=hotter), (wants,)


def _confides(hearing: Hearing, scenario: Scenario) -> bool:
    """A customer who trusts says what is behind it when somebody cares to ask."""
    state, reading = hearing.after, hearing.reading
    cares = reading.does(TraineeAct.ASK_OPEN, TraineeAct.EMPATHY_SPECIFIC)
    known = hearing.before.lines > 0 and not state.confided
    trusts = state.mood.trust >= TRUST_ENOUGH and level(state.mood.heat) not in _HOT
    return bool(scenario.hidden_surfaces) and known and cares and trusts
