"""Six personal qualities and three work abilities, and a person's profile of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ability(StrEnum):
    """Q: personal qualities, A: work abilities. Names are in the catalogue."""

    EMPATHY = "Q1"
    STABILITY = "Q2"
    RESPONSIBILITY = "Q3"
    COURTESY = "Q4"
    INTEGRITY = "Q5"
    LEARNING = "Q6"
    DIAGNOSIS = "A1"
    SOLVING = "A2"
    CLOSURE = "A3"


class Certainty(StrEnum):
    """How far a profile figure may be shown: below 5 drills it may not."""

    TOO_FEW = "too_few"
    TENTATIVE = "tentative"
    USABLE = "usable"


@dataclass(frozen=True, slots=True)
class AbilityLevel:
    """One ability of one person: level theta (logit), spread, and how many drills stand behind."""

    ability: Ability
    theta: float
    spread: float
    count: int

    @property
    def certainty(self) -> Certainty:
        """Display gate: under 5 nothing, 5 to 9 tentative, from 10 usable."""
        if self.count < 5:
            return Certainty.TOO_FEW
        return Certainty.TENTATIVE if self.count < 10 else Certainty.USABLE


@dataclass(frozen=True, slots=True)
class AbilityProfile:
    """All nine abilities of one person."""

    person_id: str
    levels: tuple[AbilityLevel, ...]
