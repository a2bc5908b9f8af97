"""Who puts the customer's next acts into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.agenda import CustomerAct, CustomerState
from core.domain.dialogue import Turn
from core.domain.persona import Mood, Persona
from core.domain.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Cue:
    """What the customer is to say now; everything was decided by the rules before.

    `history` is neutral and complete; `budget_s` is what is left of the turn's time;
    `seed` fixes every chance of this turn.
    """

    scenario: Scenario
    persona: Persona
    mood: Mood
    state: CustomerState
    acts: tuple[CustomerAct, ...]
    history: Sequence[Turn]
    seed: int
    language: str
    budget_s: float
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One message of the customer, with the acts it does and the pause before it shows."""

    text: str
    acts: tuple[CustomerAct, ...]
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """The customer's next messages.

    `state` is the cue's state with the memory of wording (templates used, recent lines,
    messages spoken) brought up to date. `engine` is who worded it; `fell_back` says the model
    was asked and could not.
    """

    lines: tuple[SpokenLine, ...]
    state: CustomerState
    engine: str
    fell_back: bool = False
    calls: int = 0


class CustomerEngine(Protocol):
    """Puts acts into words. Never decides mood, facts or the end."""

    name: str
    version: str

    async def speak(self, cue: Cue) -> Spoken:
        """The messages for these acts. Never raises for a model's faults: it falls back."""
        ...
