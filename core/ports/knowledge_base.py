"""Finding and citing passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader


class KnowledgeBase(Protocol):
    """Finds what the company knows. Nothing of another team is ever found, nor told to exist."""

    async def search(self, question: Question) -> Sequence[Hit]:
        """At most `question.limit` passages, best first; what was changed before the call is
        found as it is now. Empty for a question without words, never for an unknown collection
        alone. Raises StorageError when the database does not answer."""
        ...

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        """One passage, for a citation. NotFound when there is none, or not for this reader."""
        ...

    async def documents(
        self, keys: Sequence[DocumentKey], *, reader: Reader
    ) -> Mapping[DocumentKey, Sequence[Passage]]:
        """All passages, in their order, of those of these documents that are there for this
        reader."""
        ...
