"""Scripted clerks of five qualities, as shares of what their lines do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from statistics import mean

from core.domain import emotion
from core.domain.emotion import GAINS, EmotionState, HeatLevel, level
from core.domain.reading import LineReading, TraineeAct
from tests.unit.customer.cases import MOODS, OFFICE, reading

LINES = 14
GOALS = 2
STARTS = ("calm", "confused", "anxious", "impatient", "wronged", "angry", "suspicious", "hesitant")

GOOD = (
    reading(TraineeAct.SOLVE_STEP),
    reading(TraineeAct.EMPATHY_SPECIFIC, TraineeAct.ASK_SLOT, asked=("phone",)),
    reading(TraineeAct.EXPLAIN),
    reading(TraineeAct.TIME_COMMIT, named_time=True),
    reading(TraineeAct.ASK_SLOT, asked=("month",)),
)
PLAIN = (
    reading(TraineeAct.INFORM),
    reading(TraineeAct.EMPATHY_GENERIC),
    reading(TraineeAct.ASK_OPEN),
    reading(TraineeAct.HOLD),
    reading(TraineeAct.APOLOGY_BARE),
)
BAD = (
    reading(TraineeAct.REFUSE_FLAT),
    reading(TraineeAct.ASK_REPEAT),
    reading(TraineeAct.INFORM, off_topic=True),
    reading(TraineeAct.INFORM, severity=2),
    reading(TraineeAct.TRANSFER),
    reading(TraineeAct.REFUSE_ALT),
)


@dataclass(frozen=True, slots=True)
class Clerk:
    """Shares of good, plain and bad lines, and how likely each of two solutions is found."""

    good: float
    plain: float
    solves: float


CLERKS = {
    5: Clerk(good=0.78, plain=0.19, solves=1.00),
    4: Clerk(good=0.48, plain=0.36, solves=0.72),
    3: Clerk(good=0.34, plain=0.40, solves=0.42),
    2: Clerk(good=0.22, plain=0.42, solves=0.10),
    1: Clerk(good=0.12, plain=0.37, solves=0.00),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Mean heat at the end and the share of talks that escalated."""

    final_heat: float
    escalated: float


def measure(quality: int, *, talks: int) -> Outcome:
    """What a clerk of this quality leaves behind, over every starting mood."""
    ends = [
        _talk(CLERKS[quality], Random(f"{quality}:{number}"), number) for number in range(talks)
    ]
    return Outcome(
        final_heat=mean(state.heat for state in ends),
        escalated=mean(level(state.heat) is HeatLevel.ESCALATED for state in ends),
    )


def _talk(clerk: Clerk, chance: Random, number: int) -> EmotionState:
    state = emotion.start(MOODS[STARTS[number % len(STARTS)]], OFFICE)
    settled = 0
    for line in range(LINES):
        solves = line in (6, 11) and chance.random() < clerk.solves
        settled += solves
        heard = _line(clerk, chance)
        if solves:
            heard = replace(heard, acts=heard.acts | {TraineeAct.SOLVE_ACCEPT})
        state = emotion.feel(
            state,
            heard,
            settled_now=int(solves),
            sub_goals=GOALS,
            noise=chance.gauss(0.0, GAINS.noise_sd),
            goal_met=settled == GOALS,
        )
        if level(state.heat) is HeatLevel.ESCALATED:
            break
    return state


def _line(clerk: Clerk, chance: Random) -> LineReading:
    drawn = chance.random()
    if drawn < clerk.good:
        return chance.choice(GOOD)
    return chance.choice(PLAIN if drawn < clerk.good + clerk.plain else BAD)
