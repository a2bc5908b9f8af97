"""Scorecards -> ability profile, and which case to practise next (coaching notes, §7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from core.domain.ability import Ability, AbilityLevel, AbilityProfile, Certainty
from core.domain.dialogue import Dialogue
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard

Suggestion: TypeAlias = tuple[Scenario, Ability, str]
"""A case, the ability it is for, and the reason code (`reason.<code>` in the catalogue)."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """Constants of the tracker. Step: 2 max(least, 1 / (1 + decline n)), larger by `boost` while
    the smoothed surprise is above `surprise`; `half_life_days` of what is not practised."""

    least: float = 0.08
    decline: float = 0.3
    boost: float = 1.5
    surprise: float = 0.15
    smoothing: float = 0.3
    reliability: float = 0.30
    half_life_days: float = 195.0
    prior_spread: float = 1.0
    largest_hint: int = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A level for people, 0..10; about two of three true levels lie between `low` and `high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Choosing:
    """Weights of the choice of the next case; success is aimed at `target`."""

    target: float = 0.78
    width: float = 0.02
    novelty: float = 0.20
    interleave: float = 0.15
    repeated: float = 0.30


TRACKING = Tracking()
CHOOSING = Choosing()


def profile(
    person_id: str,
    cards: Sequence[tuple[Dialogue, Scorecard]],
    scenario_logit: Callable[[str], float],
    *,
    now: datetime | None = None,
) -> AbilityProfile:
    """Levels of all nine abilities after these cards, whatever order they are handed in.

    A drill with a half-sentence hint says nothing about ability and is left out; smaller hints
    take their discount off the result. With `now`, what was long not practised fades.
    """
    ordered = sorted(cards, key=lambda pair: pair[0].ended_at or pair[0].started_at)
    counted = [
        (dialogue, card)
        for dialogue, card in ordered
        if TRACKING.largest_hint not in dialogue.hints
    ]
    levels = tuple(_level(ability, counted, scenario_logit, now) for ability in Ability)
    return AbilityProfile(person_id=person_id, levels=levels)


def expected(theta: float, difficulty: float) -> float:
    """Probability 0..1 that level `theta` does well at `difficulty` (both logits)."""
    return 1 / (1 + math.exp(difficulty - theta))


def step_size(n: int, surprise: float) -> float:
    """K of the n-th update (n from 0); `surprise` is the smoothed difference so far."""
    size = 2 * max(TRACKING.least, 1 / (1 + TRACKING.decline * n))
    return size * TRACKING.boost if abs(surprise) > TRACKING.surprise else size


def spread(n: int) -> float:
    """Standard error of theta in logits: prior spread times sqrt(1 - R(n)), with the
    reliability of n drills R(n) = n r / (1 + (n - 1) r) (Spearman-Brown)."""
    reliability = n * TRACKING.reliability / (1 + (n - 1) * TRACKING.reliability) if n else 0.0
    return TRACKING.prior_spread * math.sqrt(1 - reliability)


def faded(theta: float, idle_days: float, *, base: float = 0.0) -> float:
    """Level after `idle_days` without practice: the gain over `base` halves in 195 days."""
    kept: float = 2 ** (-max(0.0, idle_days) / TRACKING.half_life_days)
    return base + (theta - base) * kept


def shown(level: AbilityLevel) -> Shown | None:
    """The level as people see it: the result expected on a case of difficulty 0, 0..10, with its
    reach. None below the display gate, so that no figure leaves the house as a fact."""
    if level.certainty is Certainty.TOO_FEW:
        return None
    middle, low, high = (
        round(10 * expected(level.theta + side * level.spread, 0.0), 1) for side in (0, -1, 1)
    )
    return Shown(value=middle, low=low, high=high)


def overall_level(levels: AbilityProfile) -> float | None:
    """Mean shown level 0..10; None while no ability may be shown."""
    known = [found.value for level in levels.levels if (found := shown(level)) is not None]
    return sum(known) / len(known) if known else None


def next_scenarios(
    levels: AbilityProfile, scenarios: Sequence[Scenario], recent: Sequence[str]
) -> list[Suggestion]:
    """All cases, the most useful first.

    `recent` are ids of cases practised, newest first. Usefulness: gap of the ability the case
    serves best x closeness of the expected success to .78, plus novelty and change of family,
    minus a case among the last two. Equal ones keep their order.
    """
    ranked = [(_usefulness(levels, case, scenarios, recent), case) for case in scenarios]
    ranked.sort(key=lambda item: -item[0][0])
    return [(case, ability, reason) for (_, ability, reason), case in ranked]


def serves(scenario: Scenario) -> dict[Ability, float]:
    """How much a case exercises each ability, 0..1, from what the case holds."""
    strict = bool(scenario.policy_limits) or scenario.needs_verification
    return {
        Ability.EMPATHY: 1.0 if scenario.losses else 0.5,
        Ability.STABILITY: 1.0 if scenario.twists else 0.5,
        Ability.RESPONSIBILITY: 0.7,
        Ability.COURTESY: 0.5,
        Ability.INTEGRITY: 1.0 if strict else 0.3,
        Ability.LEARNING: 0.5,
        Ability.DIAGNOSIS: min(1.0, 0.4 + 0.2 * len(scenario.required_slots)),
        Ability.SOLVING: min(1.0, 0.4 + 0.2 * len(scenario.sub_goals)),
        Ability.CLOSURE: 1.0 if scenario.wrap_up else 0.6,
    }


def _level(
    ability: Ability,
    cards: Sequence[tuple[Dialogue, Scorecard]],
    scenario_logit: Callable[[str], float],
    now: datetime | None,
) -> AbilityLevel:
    theta = surprise = 0.0
    count = 0
    last: datetime | None = None
    for dialogue, card in cards:
        score = card.ability(ability)
        if score is None:
            continue
        result = max(0.0, score / 10 - card.hint_discount)
        missed = result - expected(theta, scenario_logit(dialogue.scenario_id))
        theta += step_size(count, surprise) * missed
        surprise += TRACKING.smoothing * (missed - surprise)
        count += 1
        last = dialogue.ended_at or dialogue.started_at
    if now is not None and last is not None:
        theta = faded(theta, (now - last).total_seconds() / 86400)
    return AbilityLevel(ability=ability, theta=theta, spread=spread(count), count=count)


def _usefulness(
    levels: AbilityProfile,
    scenario: Scenario,
    scenarios: Sequence[Scenario],
    recent: Sequence[str],
) -> tuple[float, Ability, str]:
    weights = serves(scenario)
    difficulty = scenario.difficulty.logit
    gains = [
        (
            weights[level.ability]
            * (1 - expected(level.theta, 0.0))
            * math.exp(
                -((expected(level.theta, difficulty) - CHOOSING.target) ** 2) / CHOOSING.width
            ),
            level,
        )
        for level in levels.levels
    ]
    gain, level = max(gains, key=lambda item: item[0])
    families = {case.id: case.family for case in scenarios}
    last_family = families.get(recent[0]) if recent else None
    new = scenario.id not in recent
    changed = last_family is not None and scenario.family != last_family
    total = gain + CHOOSING.novelty * new + CHOOSING.interleave * changed
    total -= CHOOSING.repeated * (scenario.id in recent[:2])
    return total, level.ability, _reason(level, gain=gain, new=new, changed=changed)


def _reason(level: AbilityLevel, *, gain: float, new: bool, changed: bool) -> str:
    if not level.count:
        return "first_drill"
    if gain >= max(CHOOSING.novelty * new, CHOOSING.interleave * changed):
        return "weakest"
    return "new_case" if new else "other_family" if changed else "practise_again"


__all__ = [
    "AbilityProfile",
    "Shown",
    "Suggestion",
    "expected",
    "faded",
    "next_scenarios",
    "overall_level",
    "profile",
    "serves",
    "shown",
    "spread",
    "step_size",
]
