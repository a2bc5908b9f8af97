"""A trainee made of rules: what a clerk of a given skill writes next.

Stands in for people where many talks are needed (the study, demonstrations, regression tests).
It knows the case as a trained clerk would, hears only what the customer said, and makes mistakes
as often as its skill says. The same talk and chance give the same line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from random import Random
from types import MappingProxyType

from core.domain.dialogue import Dialogue, Speaker, Turn
from core.domain.reading import TraineeAct
from core.domain.scenario import Fact, Scenario, SubGoal, Wordings
from core.plain_yaml import load_plain

_LANGUAGES = ("zh", "en")
_HOT = 0.35
_MOST_SYMPATHY = 2
_FAREWELL = (TraineeAct.CONFIRM, TraineeAct.MORE)
_REMEMBERED = 4
"""The trainee's last lines in which a question asked is not asked once more."""


class Skill(IntEnum):
    """Five levels of a clerk; 5 is the best."""

    POOR = 1
    WEAK = 2
    FAIR = 3
    GOOD = 4
    EXPERT = 5


@dataclass(frozen=True, slots=True)
class Habits:
    """How a skill level works, as shares of its lines.

    `right`: does what is needed now; `plain`: says something true and useless; the rest are
    mistakes. `sympathy`: names the customer's loss when there is heat; `whole`: gives the whole
    solution and not only its first sentence; `late`: lets the customer wait longer than the
    reply limit; `quits`: closes before it is done. `seconds`: usual time for a line.
    """

    right: float
    plain: float
    sympathy: float
    whole: float
    late: float
    quits: float
    seconds: tuple[float, float]


HABITS: Mapping[Skill, Habits] = MappingProxyType(
    {
        Skill.EXPERT: Habits(0.94, 0.05, 0.95, 1.00, 0.00, 0.00, (12.0, 28.0)),
        Skill.GOOD: Habits(0.78, 0.17, 0.75, 0.90, 0.03, 0.01, (14.0, 34.0)),
        Skill.FAIR: Habits(0.56, 0.29, 0.45, 0.70, 0.08, 0.03, (16.0, 42.0)),
        Skill.WEAK: Habits(0.34, 0.36, 0.20, 0.45, 0.15, 0.06, (18.0, 50.0)),
        Skill.POOR: Habits(0.16, 0.34, 0.05, 0.25, 0.25, 0.10, (18.0, 55.0)),
    }
)


@dataclass(frozen=True, slots=True)
class Move:
    """One line and the seconds the trainee took for it."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TraineeWords:
    """Ways to say what a clerk says; `{ask}`, `{loss}`, `{verify}` are filled in."""

    greet: tuple[str, ...]
    sympathy: tuple[str, ...]
    verify: tuple[str, ...]
    ask: tuple[str, ...]
    confirm: tuple[str, ...]
    farewell: tuple[str, ...]
    quit: tuple[str, ...]
    plain: tuple[str, ...]
    bad: tuple[str, ...]


def next_move(
    skill: Skill, *, scenario: Scenario, dialogue: Dialogue, turns: Sequence[Turn], chance: Random
) -> Move:
    """What a clerk of this skill writes after `turns`."""
    habits, words = HABITS[skill], _words(scenario.language)
    mine = [turn for turn in turns if turn.speaker is Speaker.TRAINEE]
    seconds = chance.uniform(*habits.seconds) + (60.0 if chance.random() < habits.late else 0.0)
    drawn = chance.random()
    if not mine:
        text = _opening(habits, words, scenario=scenario, dialogue=dialogue, chance=chance)
    elif len(mine) > 2 and chance.random() < habits.quits:
        text = chance.choice(words.quit)
    elif drawn < habits.right:
        text = _right(habits, words, scenario=scenario, dialogue=dialogue, mine=mine, chance=chance)
    elif drawn < habits.right + habits.plain:
        text = _other_than_last(words.plain, mine, chance)
    else:
        text = _mistake(words, scenario=scenario, dialogue=dialogue, mine=mine, chance=chance)
    return Move(text=text, seconds=round(seconds, 1))


def wrap_up(skill: Skill, *, scenario: Scenario, chance: Random) -> dict[str, str]:
    """The closing form as a clerk of this skill fills it in; fields may be missing."""
    return {
        field.key: "".join(field.expected[0])
        for field in scenario.wrap_up
        if chance.random() < HABITS[skill].whole
    }


def _opening(
    habits: Habits,
    words: TraineeWords,
    *,
    scenario: Scenario,
    dialogue: Dialogue,
    chance: Random,
) -> str:
    if chance.random() > habits.right + 0.3:
        return chance.choice(words.plain)
    greeting = chance.choice(words.greet)
    hot = dialogue.state.mood.heat >= _HOT
    if hot and chance.random() < habits.sympathy:
        return _together(greeting, _sympathy(words, scenario, mine=(), chance=chance))
    return greeting


def _right(
    habits: Habits,
    words: TraineeWords,
    *,
    scenario: Scenario,
    dialogue: Dialogue,
    mine: Sequence[Turn],
    chance: Random,
) -> str:
    """What the case needs next, with a word of sympathy first where there is heat."""
    need = _need(habits, words, scenario=scenario, dialogue=dialogue, mine=mine, chance=chance)
    shown = sum(
        turn.reading is not None and turn.reading.does(TraineeAct.EMPATHY_SPECIFIC) for turn in mine
    )
    hot = dialogue.state.mood.heat >= _HOT
    if hot and shown < _MOST_SYMPATHY and chance.random() < habits.sympathy:
        return _together(_sympathy(words, scenario, mine=mine, chance=chance), need)
    return need


def _need(
    habits: Habits,
    words: TraineeWords,
    *,
    scenario: Scenario,
    dialogue: Dialogue,
    mine: Sequence[Turn],
    chance: Random,
) -> str:
    state = dialogue.state
    known = {*state.told, *state.settled}
    proof = next((fact for fact in scenario.facts if fact.verifies), None)
    if scenario.needs_verification and not state.verified and proof is not None:
        ways = [way.format(verify=_in_a_sentence(proof.label)) for way in words.verify]
        return _other_than_last(ways, mine, chance)
    for key in scenario.required_slots:
        if key not in state.told:
            return _question(scenario.fact(key), words, mine=mine, chance=chance)
    for goal in scenario.sub_goals:
        if goal.key in state.settled:
            continue
        missing = [need for need in goal.needs if need not in known]
        asked = [scenario.fact(key) for key in missing if key in _fact_keys(scenario)]
        if not asked:
            return _solution(goal, habits, mine=mine, chance=chance)
        return _question(asked[0], words, mine=mine, chance=chance)
    lately = mine[-_REMEMBERED:]
    done = any(turn.reading is not None and turn.reading.does(*_FAREWELL) for turn in lately)
    return _other_than_last(words.farewell if done else words.confirm, mine, chance)


def _other_than_last(ways: Sequence[str], mine: Sequence[Turn], chance: Random) -> str:
    """One of the ways; nobody writes one line twice running."""
    fresh = [way for way in ways if not mine or way != mine[-1].text]
    return chance.choice(fresh or list(ways))


def _mistake(
    words: TraineeWords,
    *,
    scenario: Scenario,
    dialogue: Dialogue,
    mine: Sequence[Turn],
    chance: Random,
) -> str:
    """Something that does harm: brusque words, or a question that was answered already."""
    told = [scenario.fact(key) for key in dialogue.state.told if key in _fact_keys(scenario)]
    if told and chance.random() < 0.25:
        return _question(chance.choice(told), words, mine=mine, chance=chance)
    return _other_than_last(words.bad, mine, chance)


def _solution(goal: SubGoal, habits: Habits, *, mine: Sequence[Turn], chance: Random) -> str:
    """The whole solution, or its first sentence; whoever just said that goes on to the rest."""
    first, mark, _ = goal.reference_line.partition("。" if "。" in goal.reference_line else ". ")
    short = first + mark.strip()
    whole = chance.random() < habits.whole or mine[-1].text.endswith(short)
    return goal.reference_line if whole else short


def _question(fact: Fact, words: TraineeWords, *, mine: Sequence[Turn], chance: Random) -> str:
    named = fact.label if _holds(fact.label, fact.asked_by) else " ".join(fact.asked_by[0])
    han = not named.isascii()
    named = named.replace(" ", "") if han else _in_a_sentence(named)
    return _other_than_last([way.format(ask=named) for way in words.ask], mine, chance)


def _sympathy(
    words: TraineeWords, scenario: Scenario, *, mine: Sequence[Turn], chance: Random
) -> str:
    """A word for what the customer lost, where there is one that was not said yet."""
    loss = chance.choice(scenario.losses) if scenario.losses else ""
    fitting = [way.format(loss=loss) for way in words.sympathy if loss or "{loss}" not in way]
    ways = [way[0].upper() + way[1:] for way in fitting]
    fresh = [way for way in ways if not any(way in turn.text for turn in mine)]
    return chance.choice(fresh or ways)


def _in_a_sentence(label: str) -> str:
    """An English label within a sentence: "Booking reference" is no name."""
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _together(first: str, second: str) -> str:
    """Two sentences in one message; only Chinese sets no blank between them."""
    return f"{first} {second}" if first[-1].isascii() else first + second


def _holds(text: str, wordings: Wordings) -> bool:
    return any(all(word in text for word in group) for group in wordings)


def _fact_keys(scenario: Scenario) -> frozenset[str]:
    return frozenset(fact.key for fact in scenario.facts)


@cache
def _words(language: str) -> TraineeWords:
    known = language if language in _LANGUAGES else _LANGUAGES[0]
    source = files("core.services.data").joinpath(f"trainee.{known}.yaml")
    raw: dict[str, list[str]] = load_plain(source.read_text(encoding="utf-8"))
    return TraineeWords(**{key: tuple(ways) for key, ways in raw.items()})
