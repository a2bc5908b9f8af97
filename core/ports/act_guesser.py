"""Who guesses what a trainee's line does where the patterns hear nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from core.domain.reading import TraineeAct

ActGuesser: TypeAlias = Callable[[str], Mapping[TraineeAct, float]]
"""A line to the acts it is sure enough of, with their probabilities 0..1; empty: it abstains.

The same line gives the same acts. Never INFORM, which is what a line without acts does anyway.
"""
