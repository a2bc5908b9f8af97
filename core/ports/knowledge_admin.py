"""Keeping the knowledge base: what authors bring in, see and take out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.domain.knowledge import CollectionStats, Document, DocumentKey, Reader


class Outcome(StrEnum):
    """What became of one document that was brought in."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Brought:
    """One document and what became of it."""

    key: DocumentKey
    outcome: Outcome
    passages: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody hands in; its name says what kind it is, its bytes must agree."""

    name: str
    data: bytes


class KnowledgeAdmin(Protocol):
    """The author's side. Who may do this is the caller's question; where it goes is `team`."""

    async def add(self, upload: Upload, *, team: str, collection: str) -> Sequence[Brought]:
        """Bring in one file, in place of what the same file name brought before.
        DocumentRefused, with a reason, for one that cannot be read; then nothing is changed."""
        ...

    async def documents(
        self, *, reader: Reader, collection: str | None = None
    ) -> Sequence[Document]:
        """What this reader may see, by team, collection and name."""
        ...

    async def remove(self, key: DocumentKey) -> None:
        """Take a document out with all its passages. NotFound when there is none."""
        ...

    async def stats(self, *, reader: Reader) -> Sequence[CollectionStats]:
        """Figures of every collection this reader may see."""
        ...
