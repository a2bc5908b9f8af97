"""Who calls about what, drawn by a dialogue's seed: for whole cases and single lines alike."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from core.domain.persona import Mood, Persona
from core.domain.scenario import Scenario
from core.ports.content import ContentLibrary


@dataclass(frozen=True, slots=True)
class Cast:
    """One customer of one case; the case holds the values that belong to the seed."""

    seed: int
    scenario: Scenario
    persona: Persona
    mood: Mood


def cast(
    content: ContentLibrary,
    scenario_id: str,
    seed: int,
    *,
    persona_id: str = "",
    moods: Sequence[str] = (),
) -> Cast:
    """What is not named is drawn from the case; of `moods` one is drawn, where there are any."""
    scenario = content.case(scenario_id, seed)
    pick = Random(f"{seed}:cast")
    persona = content.persona(persona_id or pick.choice(scenario.personas))
    mood = content.mood(pick.choice(moods or scenario.emotions))
    return Cast(seed=seed, scenario=scenario, persona=persona, mood=mood)


def exam_seed(scenario: Scenario) -> int:
    """The one seed of all exams on this version of the case."""
    digest = hashlib.blake2b(f"exam:{scenario.id}:{scenario.version}".encode(), digest_size=4)
    return int.from_bytes(digest.digest(), "big") >> 1
