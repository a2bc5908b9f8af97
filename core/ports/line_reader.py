"""Who understands what the trainee wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario


@dataclass(frozen=True, slots=True)
class LineContext:
    """What surrounds a line: the case (if known), facts already told, what would fit now,
    and the customer's last messages (quoted text is not the trainee's own)."""

    language: str
    scenario: Scenario | None = None
    told: tuple[str, ...] = ()
    expected: frozenset[TraineeAct] = frozenset()
    customer_said: tuple[str, ...] = ()
    trainee_said: tuple[str, ...] = ()


class LineReader(Protocol):
    """Text in, acts and findings out; the same text in the same context reads the same."""

    def read(self, text: str, context: LineContext) -> LineReading:
        """What this line does."""
        ...
