"""Documents and passages as they are kept: the one truth every search index is derived from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.knowledge import (
    ALWAYS,
    NOWHERE,
    CollectionStats,
    Document,
    DocumentKey,
    Passage,
    Place,
    Reader,
    Validity,
)
from core.domain.messages import Json
from core.ports.knowledge_admin import Outcome


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage that has no id yet."""

    title: str
    text: str
    place: Place = NOWHERE
    aliases: tuple[str, ...] = ()
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to keep. `origin` is what it was read from: a path, or an upload's name; one
    origin may bring many documents."""

    key: DocumentKey
    origin: str
    title: str
    source: str
    version: str
    topics: tuple[str, ...] = ()
    passages: tuple[NewPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a kept document came from."""

    key: DocumentKey
    origin: str
    version: str


@dataclass(frozen=True, slots=True)
class State:
    """How far the knowledge base has come. `epoch` names this database; `change` grows with each
    document kept or removed, in the order of the commits."""

    epoch: str
    change: int


@dataclass(frozen=True, slots=True)
class Change:
    """A document as it stands after its last change; a removed one has no passages."""

    change: int
    document_id: int
    key: DocumentKey
    passages: tuple[Passage, ...]


class KnowledgeStore(Protocol):
    """One transaction's view of the knowledge base."""

    def put(self, document: NewDocument, *, now: datetime) -> Outcome:
        """Keep, or replace what has this key. The same version from the same origin is UNCHANGED.
        A passage whose words stay keeps its id."""
        ...

    def rename(self, old: DocumentKey, document: NewDocument, *, now: datetime) -> None:
        """Give a kept document a new key, origin and source, and no version, so that a `put`
        after it renews the rest; its passages keep their ids.
        NotFound when there is none under `old`; StorageError when the new key is taken."""
        ...

    def remove(self, key: DocumentKey, *, now: datetime) -> None:
        """Forget a document and its passages. NotFound when there is none."""
        ...

    def origins(self, *, team: str, collection: str) -> Sequence[Origin]:
        """All documents of one collection of one team, with what they were read from."""
        ...

    def documents(self, *, reader: Reader, collection: str | None = None) -> Sequence[Document]:
        """By team, collection and name; only what the reader may see."""
        ...

    def stats(self, *, reader: Reader) -> Sequence[CollectionStats]:
        """By team and collection; only what the reader may see."""
        ...

    def passages(self, keys: Sequence[DocumentKey]) -> Mapping[DocumentKey, Sequence[Passage]]:
        """Those of these documents that are there, their passages in their order."""
        ...

    def found(self, passage_ids: Sequence[int]) -> Mapping[int, Passage]:
        """Those of these passages that exist, by id."""
        ...

    def state(self) -> State:
        """How far the knowledge base has come."""
        ...

    def changes(self, *, after: int, limit: int) -> Sequence[Change]:
        """The documents changed after that number, oldest change first."""
        ...

    def checksum(self, *, upto: int) -> tuple[int, int]:
        """(documents that are there, sum of their change numbers) up to that change: an index
        that disagrees belongs to another past."""
        ...

    def note(self, name: str) -> Mapping[str, Json] | None:
        """A small fact kept beside the documents, such as the last evaluation of a model."""
        ...

    def set_note(self, name: str, value: Mapping[str, Json]) -> None:
        """Keep such a fact, in place of the one before."""
        ...
