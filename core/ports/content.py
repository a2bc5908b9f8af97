"""Scenarios, personas and moods on offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.persona import Mood, Persona
from core.domain.rubric import Rubric
from core.domain.scenario import Scenario
from core.domain.training import Course


class ContentLibrary(Protocol):
    """All content packs, checked. A name that does not exist raises NotFound."""

    @property
    def rubric(self) -> Rubric:
        """What is judged: the house's checks with a company's own, and its QA sheet."""
        ...

    def scenario(self, scenario_id: str, version: str = "") -> Scenario:
        """The newest version, or the one that is named; the newest again if that one is gone.
        Values that vary are those of the case that the version names, or of the first."""
        ...

    def case(self, scenario_id: str, seed: int) -> Scenario:
        """The newest version as a dialogue with this seed has it: values that vary are drawn, and
        its `version` finds the same values again."""
        ...

    def persona(self, persona_id: str) -> Persona: ...

    def mood(self, mood_id: str) -> Mood: ...

    def scenarios(self, language: str) -> Sequence[Scenario]:
        """In the order authors gave them."""
        ...

    def personas(self, language: str) -> Sequence[Persona]: ...

    def moods(self, language: str) -> Sequence[Mood]: ...

    def courses(self, language: str) -> Sequence[Course]:
        """By the names of their files."""
        ...

    def find_scenario(self, words: str, language: str) -> Scenario | None:
        """The scenario meant by an id, a number in the list (from 1) or (part of) its title."""
        ...
