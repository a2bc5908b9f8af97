"""Documents and passages of the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from core.domain.knowledge import CollectionStats, Document, DocumentKey, Passage, Reader
from core.domain.messages import Json
from core.errors import NotFound, StorageError
from core.ports.knowledge_admin import Outcome
from core.ports.knowledge_store import Change, NewDocument, Origin, State
from core.storage.mapping import json_object, json_text
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import (
    COLLECTION_CHARS,
    KEY_CHARS,
    ORIGIN_CHARS,
    TEAM_CHARS,
    plain_name,
    storable,
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document with its passages' ids; a removed one keeps only its key."""

    id: int
    document: NewDocument
    passage_ids: tuple[int, ...]
    updated_at: datetime
    change: int
    removed: bool = False

    def passages(self) -> tuple[Passage, ...]:
        """Its passages as readers get them."""
        document = self.document
        return tuple(
            Passage(
                id=id_,
                document=document.key,
                title=passage.title,
                text=passage.text,
                source=document.source,
                version=document.version,
                place=passage.place,
                aliases=passage.aliases,
                topics=document.topics,
                validity=passage.validity,
            )
            for id_, passage in zip(self.passage_ids, document.passages, strict=True)
        )


class MemoryKnowledge:
    """`KnowledgeStore` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[int, _Kept] = Table(journal, key=lambda kept: kept.document.key)
        self._owners: Table[int, int] = Table(journal)
        self._notes: Table[str, str] = Table(journal)
        self._counts: Table[str, int] = Table(journal)
        self._epoch = uuid4().hex

    def put(self, document: NewDocument, *, now: datetime) -> Outcome:
        _plain(document)
        row = self._rows.one("key", document.key)
        before = row if row is not None and not row.removed else None
        if before is not None and _same(before.document, document):
            return Outcome.UNCHANGED
        old: dict[tuple[str, str], list[int]] = {}
        for passage in before.passages() if before else ():
            old.setdefault((passage.title, passage.text), []).append(passage.id)
        ids = []
        for new in document.passages:
            same = old.get((new.title, storable(new.text)))
            ids.append(same.pop(0) if same else self._owners.new_id())
        self._forget(before)
        kept_id = row.id if row is not None else self._rows.new_id()
        self._keep(_Kept(kept_id, document, tuple(ids), utc(now), self._next_change()))
        return Outcome.CHANGED if before else Outcome.ADDED

    def rename(self, old: DocumentKey, document: NewDocument, *, now: datetime) -> None:
        _plain(document)
        kept = self._there(old)
        taken = self._rows.one("key", document.key)
        if taken is not None:
            if not taken.removed:
                raise StorageError("a document of this name is there already")
            self._rows.drop(taken.id)
        moved = replace(
            kept.document,
            key=document.key,
            origin=document.origin,
            source=document.source,
            version="",
        )
        self._keep(replace(kept, document=moved, updated_at=utc(now), change=self._next_change()))

    def remove(self, key: DocumentKey, *, now: datetime) -> None:
        kept = self._there(key)
        self._forget(kept)
        empty = NewDocument(key=key, origin="", title="", source="", version="")
        self._keep(_Kept(kept.id, empty, (), utc(now), self._next_change(), removed=True))

    def origins(self, *, team: str, collection: str) -> Sequence[Origin]:
        return [
            Origin(kept.document.key, kept.document.origin, kept.document.version)
            for kept in self._present()
            if (kept.document.key.team, kept.document.key.collection) == (team, collection)
        ]

    def documents(self, *, reader: Reader, collection: str | None = None) -> Sequence[Document]:
        return [
            Document(
                key=kept.document.key,
                title=kept.document.title,
                source=kept.document.source,
                version=kept.document.version,
                passages=len(kept.passage_ids),
                updated_at=kept.updated_at,
                change=kept.change,
                topics=kept.document.topics,
            )
            for kept in self._present()
            if reader.may_read(kept.document.key.team)
            and collection in (None, kept.document.key.collection)
        ]

    def stats(self, *, reader: Reader) -> Sequence[CollectionStats]:
        groups: dict[tuple[str, str], list[_Kept]] = {}
        for kept in self._present():
            key = kept.document.key
            if reader.may_read(key.team):
                groups.setdefault((key.team, key.collection), []).append(kept)
        return [
            CollectionStats(
                team,
                collection,
                len(some),
                sum(len(kept.passage_ids) for kept in some),
                max(kept.updated_at for kept in some),
            )
            for (team, collection), some in groups.items()
        ]

    def passages(self, keys: Sequence[DocumentKey]) -> Mapping[DocumentKey, Sequence[Passage]]:
        wanted = set(keys)
        return {
            kept.document.key: kept.passages()
            for kept in self._present()
            if kept.document.key in wanted
        }

    def found(self, passage_ids: Sequence[int]) -> Mapping[int, Passage]:
        wanted = set(passage_ids)
        owners = {self._owners.get(id_) for id_ in wanted}
        rows = [kept for id_ in owners if id_ and (kept := self._rows.get(id_)) is not None]
        return {one.id: one for kept in rows for one in kept.passages() if one.id in wanted}

    def state(self) -> State:
        change = self._counts.get("change") or 0
        return State(self._epoch if change else "", change)

    def changes(self, *, after: int, limit: int) -> Sequence[Change]:
        rows = [kept for kept in self._rows.all() if kept.change > after]
        rows.sort(key=lambda kept: kept.change)
        return [
            Change(kept.change, kept.id, kept.document.key, kept.passages())
            for kept in rows[:limit]
        ]

    def checksum(self, *, upto: int) -> tuple[int, int]:
        changes = [kept.change for kept in self._present() if kept.change <= upto]
        return len(changes), sum(changes)

    def note(self, name: str) -> Mapping[str, Json] | None:
        value = self._notes.get(name)
        return None if value is None else json_object(value)

    def set_note(self, name: str, value: Mapping[str, Json]) -> None:
        self._notes.put(plain_name(name, limit=KEY_CHARS), json_text(value))

    def _present(self) -> list[_Kept]:
        rows = [kept for kept in self._rows.all() if not kept.removed]
        return sorted(rows, key=lambda kept: _order(kept.document.key))

    def _there(self, key: DocumentKey) -> _Kept:
        kept = self._rows.one("key", key)
        if kept is None or kept.removed:
            raise NotFound(what="document", name=key.name)
        return kept

    def _keep(self, kept: _Kept) -> None:
        self._rows.put(kept.id, kept)
        for id_ in kept.passage_ids:
            self._owners.put(id_, kept.id)

    def _forget(self, kept: _Kept | None) -> None:
        for id_ in kept.passage_ids if kept else ():
            self._owners.drop(id_)

    def _next_change(self) -> int:
        change = self.state().change + 1
        self._counts.put("change", change)
        return change


def _same(kept: NewDocument, document: NewDocument) -> bool:
    return (kept.origin, kept.version) == (document.origin, document.version)


def _order(key: DocumentKey) -> tuple[str, str, str]:
    return key.team, key.collection, key.name


def _plain(document: NewDocument) -> None:
    plain_name(document.key.team, limit=TEAM_CHARS)
    plain_name(document.key.collection, limit=COLLECTION_CHARS)
    plain_name(document.key.name, limit=KEY_CHARS)
    plain_name(document.origin, limit=ORIGIN_CHARS)
