"""Scorecards -> what the tracker of abilities sees, and the profile it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.domain.ability import (
    TRACKER_VERSION,
    TRACKING,
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
from core.domain.dialogue import Dialogue, Mode
from core.domain.practice_result import PracticeResult, result_of
from core.domain.scorecard import Scorecard
from core.errors import NotFound
from core.ports.content import ContentLibrary


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
        attempt(result_of(dialogue, card), scenario_logit(dialogue.scenario_id))
        for dialogue, card in cards
    ]
    return profile_of(person_id, attempts, now=now)


def logit_of(content: ContentLibrary, scenario_id: str) -> float:
    """Difficulty of a scenario in logits; the middle when its pack is gone."""
    try:
        return content.scenario(scenario_id).difficulty.logit
    except NotFound:
        return 0.0


def attempt(result: PracticeResult, difficulty: float, family: str = "") -> Attempt:
    """A judged dialogue as the tracker sees it."""
    return Attempt(
        at=result.at,
        results={
            ability: None if score is None else score / 10 for ability, score in result.abilities
        },
        difficulty=difficulty,
        family=family,
        hints=result.hints,
        discount=result.hint_discount,
        critical=result.critical,
        share=_share(result),
    )


def _share(result: PracticeResult) -> float:
    """How much of a drill it is. Who tries the same line again has just read a better one."""
    if result.mode is not Mode.MICRO:
        return 1.0
    return 0.0 if result.again else TRACKING.micro_share


__all__ = [
    "TRACKER_VERSION",
    "AbilityProfile",
    "Attempt",
    "Shown",
    "attempt",
    "expected",
    "faded",
    "logit_of",
    "overall_level",
    "profile",
    "shown",
    "spread",
    "step_size",
]
