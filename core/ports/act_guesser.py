"""Who guesses what a line does where patterns hear nothing, and doubts what they hear."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from core.domain.reading import TraineeAct


class ActGuesser(Protocol):
    """A second opinion on lines. The same line gives the same answers."""

    def __call__(self, text: str, /) -> Mapping[TraineeAct, float]:
        """The acts it is sure enough of, with their probabilities 0..1; empty: it abstains.

        Never INFORM, which is what a line without acts does anyway.
        """

    def doubted(self, text: str, acts: Collection[TraineeAct], /) -> frozenset[TraineeAct]:
        """Those of `acts` that it does not believe of `text`, though a pattern hears them."""
