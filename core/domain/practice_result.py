"""A judged dialogue without its words: what profiles and plans need of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.ability import Ability
from core.domain.dialogue import Dialogue, Mode
from core.domain.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """Scores 0..10, None where too little applied. `at` is when it ended; `focus` the ability of
    a micro-drill; `again`: a replay of an earlier dialogue; `critical`: an error stands."""

    dialogue_id: str
    scenario_id: str
    mode: Mode
    at: datetime
    hints: tuple[int, ...]
    focus: Ability | None
    again: bool
    overall: float | None
    abilities: tuple[tuple[Ability, float | None], ...]
    hint_discount: float
    critical: bool


def result_of(dialogue: Dialogue, card: Scorecard) -> PracticeResult:
    """The result of this dialogue."""
    return PracticeResult(
        dialogue_id=dialogue.id,
        scenario_id=dialogue.scenario_id,
        mode=dialogue.mode,
        at=dialogue.ended_at or dialogue.started_at,
        hints=dialogue.hints,
        focus=dialogue.focus,
        again=dialogue.replay_of is not None,
        overall=card.overall,
        abilities=card.abilities,
        hint_discount=card.hint_discount,
        critical=bool(card.critical),
    )
