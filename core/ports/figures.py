"""Judged practices in figures, of as many people as there are: their words are not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.messages import ChannelKind


@dataclass(frozen=True, slots=True)
class Stamp:
    """How many cards a person has and when the last one was made or replaced: nothing that is
    made of the cards has changed while this has not."""

    cards: int
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class ScoreSum:
    """The whole practices of one person on one channel in one language: when the first began, and
    of those with a score (0..10) the number, the sum, and the sum of squares."""

    person_id: str
    channel: ChannelKind
    language: str
    began_at: datetime
    scored: int
    total: float
    squares: float


class Figures(Protocol):
    """Of all these people at once; who has no card has no entry."""

    def stamps(self, person_ids: Sequence[str]) -> Mapping[str, Stamp]: ...

    def sums(self, person_ids: Sequence[str]) -> Sequence[ScoreSum]:
        """By person, channel and language."""
        ...

    def endings(self, person_ids: Sequence[str], *, since: datetime) -> Sequence[datetime]:
        """When each judged whole practice ended, of those that ended since then, in order."""
        ...
