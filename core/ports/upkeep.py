"""What is kept about articles and cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.upkeep import ArticleMark, Gap, GapState


class ArticleMarks(Protocol):
    """Which version of an article each case was seen with."""

    def all(self) -> Sequence[ArticleMark]:
        """All of them, by case and article."""
        ...

    def put(self, mark: ArticleMark) -> None:
        """Keep, or replace that of the same case and article."""
        ...


class Gaps(Protocol):
    """Proposals for the author."""

    def add(self, gap: Gap) -> None:
        """Keep it; the same question of the same case is counted, and keeps its state."""
        ...

    def recent(self, *, state: GapState | None = None, limit: int) -> Sequence[Gap]:
        """Those in this state (None: all), the most asked first, then the newest."""
        ...

    def settle(self, key: str, state: GapState) -> None:
        """Another state for one. NotFound when there is none."""
        ...
