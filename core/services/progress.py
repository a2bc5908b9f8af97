"""Scorecards -> ability profile, and which case to practise next (coaching notes, §7)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from core.domain.ability import (
    Ability,
    AbilityLevel,
    AbilityProfile,
    Attempt,
    Shown,
    expected,
    faded,
    overall_level,
    profile_of,
    shown,
    spread,
    step_size,
)
from core.domain.dialogue import Dialogue
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard

Suggestion: TypeAlias = tuple[Scenario, Ability, str]
"""A case, the ability it is for, and the reason code (`reason.<code>` in the catalogue)."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """Weights of the choice of the next case; success is aimed at `target`."""

    target: float = 0.78
    width: float = 0.02
    novelty: float = 0.20
    interleave: float = 0.15
    repeated: float = 0.30


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
    attempts = [
        attempt(dialogue, card, scenario_logit(dialogue.scenario_id)) for dialogue, card in cards
    ]
    return profile_of(person_id, attempts, now=now)


def attempt(dialogue: Dialogue, card: Scorecard, difficulty: float, family: str = "") -> Attempt:
    """A judged dialogue as the tracker sees it."""
    return Attempt(
        at=dialogue.ended_at or dialogue.started_at,
        results={
            ability: None if score is None else score / 10 for ability, score in card.abilities
        },
        difficulty=difficulty,
        family=family,
        hints=dialogue.hints,
        discount=card.hint_discount,
        critical=bool(card.critical),
    )


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
    "Attempt",
    "Shown",
    "Suggestion",
    "attempt",
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
