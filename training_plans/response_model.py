"""The chance that a person answers an item well, learned answer by answer in one pass.

Two steps. First a sum of factors (the whole file, skill, item, person, person x skill, place
in a skill, what came just before), each a mean and a variance that one answer moves as far as it
is still unsure (assumed-density filtering of a logistic model, as in Glicko). Then a small fixed
network mixes that sum with how sure it is and with what the last answers were like. Its weights
are shipped; they know no item, no skill and no person, so any response log may be replayed.

The nine-ability tracker (`core.domain.ability`) shares the curve (`expected`) and the fading of
what was not practised (`faded`). It does not share the steps: a fixed K by count can be told to
a trainee and checked by hand, variances predict better.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log1p
from operator import mul
from typing import TypeAlias, TypeVar

from core.domain.ability import expected, faded

Factor: TypeAlias = list[float]
"""Mean and variance in logits; a plain list, because three million of them are touched a minute."""

_Key = TypeVar("_Key", bound=Hashable)

Answer: TypeAlias = tuple[Hashable, Hashable, float, float | None]
"""Item, skill, result 0..1, and the day it was given (None: unknown)."""

DAY_S = 86400.0
_PROBIT = math.pi / 8
"""Averaging a logistic curve over a Gaussian of variance v divides the logit by sqrt(1 + this v)
(MacKay 1992)."""


@dataclass(frozen=True, slots=True)
class Priors:
    """Variances (logits squared) before the first answer, and how persons drift.

    `class_share`: part of the smoothed level of the people before that a new person begins with
    (neighbours in a log are often one class); `class_step`: smoothing per person.
    """

    base: float = 0.65
    base_variance: float = 0.5
    skill: float = 0.8
    item: float = 0.6
    person: float = 0.6
    person_skill: float = 0.2
    place: float = 0.3
    item_after: float = 0.4
    skill_after: float = 0.2
    streak: float = 0.2
    last_three: float = 0.3
    person_drift: float = 0.001
    person_skill_drift: float = 0.005
    class_share: float = 0.8
    class_step: float = 0.15
    mixer_scale: float = 0.05
    mixer_shift: float = 0.1
    mixer_drift: float = 1e-6


PRIORS = Priors()
LONGEST_STREAK = 4


@dataclass(frozen=True, slots=True)
class Mixer:
    """One hidden layer: `hidden` rows are weights of the inputs, `biases` one each."""

    hidden: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    output: tuple[float, ...]
    output_bias: float

    def logit(self, inputs: Sequence[float]) -> float:
        """The mixed logit of these inputs."""
        total = self.output_bias
        for weights, bias, out in zip(self.hidden, self.biases, self.output, strict=True):
            lit = sum(map(mul, weights, inputs), bias)
            if lit > 0.0:
                total += out * lit
        return total


class _AskedItem:
    """How hard an item is for everybody, and right after what came before."""

    __slots__ = ("after", "factor")

    def __init__(self) -> None:
        self.factor: Factor = [0.0, PRIORS.item]
        self.after: dict[tuple[Hashable, int], Factor] = {}


class _AskedSkill:
    """The same of a skill, and by the place and the streak of who is asked."""

    __slots__ = ("after", "factor", "places", "streaks")

    def __init__(self) -> None:
        self.factor: Factor = [0.0, PRIORS.skill]
        self.after: dict[tuple[Hashable, int], Factor] = {}
        self.places: dict[int, Factor] = {}
        self.streaks: dict[int, Factor] = {}


class _Skill:
    """What is known of one person in one skill, and of the skill from everybody."""

    __slots__ = ("at", "count", "everybody", "factor", "fails", "recent", "streak", "surprise")

    def __init__(self, at: int, everybody: _AskedSkill) -> None:
        self.everybody = everybody
        self.factor: Factor = [0.0, PRIORS.person_skill]
        self.at = at
        self.count = 0
        self.fails = 0.0
        self.recent = 0.0
        self.streak = 0
        self.surprise = 0.0


class ResponseModel:
    """Learns from every person it is shown; people are shown one after the other."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._base: Factor = [PRIORS.base, PRIORS.base_variance]
        self._skills: dict[Hashable, _AskedSkill] = {}
        self._items: dict[Hashable, _AskedItem] = {}
        self._threes: dict[tuple[int, int, int], Factor] = {}
        self._class_level = 0.0
        self._scale: Factor = [1.0, PRIORS.mixer_scale]
        self._shift: Factor = [0.0, PRIORS.mixer_shift]

    def replay(self, answers: Sequence[Answer]) -> list[float]:
        """The chance of each answer of one person, before it was seen. Every chance rests on
        earlier people and on this person's earlier answers only."""
        chances = []
        for inputs, answer in zip(self.walk(answers), answers, strict=True):
            mixed = max(-8.0, min(8.0, self._mixer.logit(inputs)))
            chance = 1.0 / (1.0 + math.exp(-self._scale[0] * mixed - self._shift[0]))
            chances.append(chance)
            self._recalibrate(mixed, chance, answer[2])
        return chances

    def _recalibrate(self, mixed: float, chance: float, result: float) -> None:
        """The mixer was fitted on school answers: scale and shift follow the log at hand."""
        slope = chance * (1.0 - chance)
        scale, shift = self._scale, self._shift
        damped = 1.0 + slope * (scale[1] * mixed * mixed + shift[1])
        step = (result - chance) / damped
        for factor, reach in ((scale, mixed), (shift, 1.0)):
            pull = factor[1] * reach
            factor[0] += pull * step
            factor[1] += PRIORS.mixer_drift - pull * pull * slope / damped

    def walk(self, answers: Sequence[Answer]) -> Iterator[Sequence[float]]:
        """The mixer's inputs before each answer; after each the factors have learned from it."""
        person = _Person(self._class_level)
        for item, skill, result, day in answers:
            known = person.meet(skill, day, self._skill)
            factors = self._touched(person, known, item, skill)
            level, variance = 0.0, 0.0
            for mean, unsure in factors:
                level += mean
                variance += unsure
            moderated = level / math.sqrt(1.0 + _PROBIT * variance)
            yield person.inputs(known, factors, moderated, item, skill)
            _learn(factors, level, variance, result)
            person.note(known, item, skill, result, result - expected(moderated, 0.0))
        share = PRIORS.class_step * min(1.0, person.count / 30)
        self._class_level += share * (person.factor[0] - self._class_level)

    def _touched(
        self, person: _Person, known: _Skill, item: Hashable, skill: Hashable
    ) -> tuple[Factor, ...]:
        last, everybody = person.last, known.everybody
        asked = self._items.get(item)
        if asked is None:
            asked = self._items[item] = _AskedItem()
        return (
            self._base,
            everybody.factor,
            asked.factor,
            person.factor,
            known.factor,
            _found(everybody.places, min(known.count, 4), PRIORS.place),
            _found(asked.after, (person.item, last), PRIORS.item_after),
            _found(everybody.after, (person.skill, last), PRIORS.skill_after),
            _found(everybody.streaks, known.streak, PRIORS.streak),
            _found(self._threes, person.three, PRIORS.last_three),
        )

    def _skill(self, skill: Hashable) -> _AskedSkill:
        found = self._skills.get(skill)
        if found is None:
            found = self._skills[skill] = _AskedSkill()
        return found


class _Person:
    """What is known of the one person being replayed. `last` is 1, -1, or 0 at the start."""

    __slots__ = (
        "count",
        "day",
        "factor",
        "item",
        "last",
        "run",
        "seen",
        "skill",
        "skills",
        "slow",
        "start",
        "three",
    )

    def __init__(self, class_level: float) -> None:
        self.start = PRIORS.class_share * class_level
        self.factor: Factor = [self.start, PRIORS.person]
        self.skills: dict[Hashable, _Skill] = {}
        self.seen: dict[Hashable, int] = {}
        self.three = (0, 0, 0)
        self.item: Hashable = None
        self.skill: Hashable = None
        self.count = self.last = self.run = 0
        self.slow = 0.0
        self.day: float | None = None

    def meet(
        self, skill: Hashable, day: float | None, find: Callable[[Hashable], _AskedSkill]
    ) -> _Skill:
        """The skill about to be asked for; days without practice let the level fade."""
        if day is not None:
            if self.day is not None and day > self.day:
                self.factor[0] = faded(self.factor[0], day - self.day, base=self.start)
            self.day = day
        known = self.skills.get(skill)
        if known is None:
            known = self.skills[skill] = _Skill(self.count, find(skill))
        return known

    def inputs(
        self,
        known: _Skill,
        factors: tuple[Factor, ...],
        moderated: float,
        item: Hashable,
        skill: Hashable,
    ) -> tuple[float, ...]:
        """What the mixer sees, INPUTS in order."""
        same = skill == self.skill
        seen = self.seen.get(item)
        return (
            moderated,
            self.factor[0],
            known.factor[0],
            factors[2][0],
            factors[5][0],
            factors[6][0],
            factors[8][0],
            factors[2][1],
            known.factor[1],
            self.factor[1],
            log1p(known.count),
            log1p(known.fails),
            known.recent,
            log1p(self.run + 1 if same else 0),
            self.last if same else 0.0,
            self.slow,
            log1p(self.count - known.at),
            log1p(self.count),
            0.0 if seen is None else seen,
            0.0 if seen is None else 1.0,
            log1p(len(self.skills)),
            factors[1][1],
            known.surprise,
            1.0 if same else 0.0,
        )

    def note(
        self, known: _Skill, item: Hashable, skill: Hashable, result: float, surprise: float
    ) -> None:
        """Remember an answer."""
        self.factor[1] += PRIORS.person_drift
        known.factor[1] += PRIORS.person_skill_drift
        sign = 1 if result > 0.5 else -1
        known.fails += 1.0 - result
        known.count += 1
        known.at = self.count
        known.recent += 0.35 * (2.0 * result - 1.0 - known.recent)
        known.surprise += 0.2 * (surprise - known.surprise)
        longer = known.streak + sign if known.streak * sign > 0 else sign
        known.streak = max(-LONGEST_STREAK, min(LONGEST_STREAK, longer))
        self.slow += 0.2 * (2.0 * result - 1.0 - self.slow)
        self.run = self.run + 1 if skill == self.skill else 0
        self.three = (sign, self.three[0], self.three[1])
        self.seen[item] = sign
        self.item, self.skill, self.last = item, skill, sign
        self.count += 1


def _learn(factors: tuple[Factor, ...], level: float, variance: float, result: float) -> None:
    """One Newton step of the whole sum, shared out by variance."""
    chance = 1.0 / (1.0 + math.exp(-level))
    slope = chance * (1.0 - chance)
    damped = 1.0 + slope * variance
    step, shrink = (result - chance) / damped, slope / damped
    for factor in factors:
        unsure = factor[1]
        factor[0] += unsure * step
        factor[1] = unsure - unsure * unsure * shrink


def _found(factors: dict[_Key, Factor], key: _Key, variance: float) -> Factor:
    found = factors.get(key)
    if found is None:
        found = factors[key] = [0.0, variance]
    return found


@cache
def shipped_mixer() -> Mixer:
    """The weights of the house (how they were fitted: tests/bench/ability.py)."""
    text = files("training_plans").joinpath("data", "mixer.json").read_text(encoding="utf-8")
    kept = json.loads(text)
    return Mixer(
        hidden=tuple(tuple(row) for row in kept["hidden"]),
        biases=tuple(kept["biases"]),
        output=tuple(kept["output"]),
        output_bias=kept["output_bias"],
    )


INPUTS = (
    "sum of factors",
    "person",
    "person x skill",
    "item",
    "place in skill",
    "item after item",
    "streak",
    "item, unsure",
    "person x skill, unsure",
    "person, unsure",
    "answers in skill",
    "misses in skill",
    "recent in skill",
    "run in skill",
    "last, same skill",
    "recent overall",
    "answers since this skill",
    "answers",
    "last on this item",
    "item seen",
    "skills",
    "skill, unsure",
    "surprise in skill",
    "same skill",
)
"""Names of the mixer's inputs, in order."""
