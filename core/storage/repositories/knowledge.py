"""Documents and passages of the knowledge base."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from core.domain.knowledge import COMPANY, CollectionStats, Document, DocumentKey, Passage, Reader
from core.domain.messages import Json
from core.errors import NotFound, StorageError
from core.ports.knowledge_admin import Outcome
from core.ports.knowledge_store import Change, NewDocument, NewPassage, Origin, State
from core.storage.knowledge_mapping import (
    document_of,
    document_values,
    passage_of,
    passage_values,
)
from core.storage.mapping import AnyRow, json_object, json_text
from core.storage.repositories.statements import insert_if_new, new_id, replace_row
from core.storage.rules import COLLECTION_CHARS, KEY_CHARS, ORIGIN_CHARS, TEAM_CHARS, plain_name
from core.storage.tables import knowledge_documents, knowledge_notes, knowledge_passages

_D = knowledge_documents.c
_P = knowledge_passages.c
_N = knowledge_notes.c

_STATE = "state"
_MANY = 500
"""Ids in one statement."""

_KEY = (
    _D.team == bindparam("of_team"),
    _D.collection == bindparam("of_collection"),
    _D.name == bindparam("of_name"),
)
_FIND = select(_D.id, _D.origin, _D.version, _D.removed).where(*_KEY)
_NAMED = select(_D.id, _D.team, _D.collection, _D.name).where(
    _D.team.in_(bindparam("teams", expanding=True)),
    _D.collection.in_(bindparam("collections", expanding=True)),
    _D.name.in_(bindparam("names", expanding=True)),
    _D.removed.is_(False),
)
_PASSAGES = select(
    _P.id,
    _D.team,
    _D.collection,
    _D.name,
    _P.title,
    _P.text,
    _D.source,
    _D.version,
    _P.place,
    _P.aliases,
    _D.topics,
    _P.since,
    _P.until,
    _P.document_id,
).join(knowledge_documents, _D.id == _P.document_id)
_PASSAGES_OF = _PASSAGES.where(_P.document_id.in_(bindparam("ids", expanding=True))).order_by(
    _P.document_id, _P.position
)
_FOUND = _PASSAGES.where(_P.id.in_(bindparam("ids", expanding=True)))
_KEPT = select(_P.id, _P.title, _P.text).where(_P.document_id == bindparam("document_id"))
_COUNT_UP = update(knowledge_notes).where(_N.name == _STATE).values(change=_N.change + 1)
_COUNTED = select(_N.value, _N.change).where(_N.name == _STATE)
_NOTE = select(_N.value).where(_N.name == bindparam("name"))
_REPLACE_NOTE = (
    update(knowledge_notes).where(_N.name == bindparam("of")).values(value=bindparam("value"))
)
_CHANGED = (
    select(_D.change, _D.id, _D.team, _D.collection, _D.name)
    .where(_D.change > bindparam("after"))
    .order_by(_D.change)
    .limit(bindparam("limit"))
)
_CHECKSUM = select(func.count(), func.coalesce(func.sum(_D.change), 0)).where(
    _D.change <= bindparam("upto"), _D.removed.is_(False)
)


class SqlKnowledge:
    """`KnowledgeStore` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, document: NewDocument, *, now: datetime) -> Outcome:
        _plain(document)
        row = self._find(document.key)
        gone = row is None or row[3]
        if row is not None and not gone and row[1:3] == (document.origin, document.version):
            return Outcome.UNCHANGED
        values = {**document_values(document), "updated_at": now, "change": self._next_change()}
        if row is None:
            added = self._connection.execute(insert(knowledge_documents), values)
            document_id = new_id(added)
        else:
            document_id = row[0]
            self._connection.execute(
                update(knowledge_documents).where(_D.id == document_id), values
            )
        self._put_passages(document_id, document.passages)
        return Outcome.ADDED if gone else Outcome.CHANGED

    def _put_passages(self, document_id: int, passages: Sequence[NewPassage]) -> None:
        kept: dict[tuple[str, str], list[int]] = {}
        for id_, title, words in self._connection.execute(_KEPT, {"document_id": document_id}):
            kept.setdefault((title, words), []).append(id_)
        self._connection.execute(delete(knowledge_passages).where(_P.document_id == document_id))
        rows: list[dict[str, Any]] = []
        fresh: list[dict[str, Any]] = []
        for position, passage in enumerate(passages):
            values = passage_values(document_id, position, passage)
            same = kept.get((passage.title, passage.text))
            if same:
                rows.append({"id": same.pop(0), **values})
            else:
                fresh.append(values)
        for some in (rows, fresh):
            if some:
                self._connection.execute(insert(knowledge_passages), some)

    def rename(self, old: DocumentKey, document: NewDocument, *, now: datetime) -> None:
        _plain(document)
        row = self._there(old)
        taken = self._find(document.key)
        if taken is not None:
            if not taken[3]:
                raise StorageError("a document of this name is there already")
            self._connection.execute(delete(knowledge_documents).where(_D.id == taken[0]))
        values = document_values(document)
        moved = {name: values[name] for name in ("team", "collection", "name", "origin", "source")}
        moved |= {"version": "", "updated_at": now, "change": self._next_change()}
        self._connection.execute(update(knowledge_documents).where(_D.id == row[0]), moved)

    def remove(self, key: DocumentKey, *, now: datetime) -> None:
        row = self._there(key)
        self._connection.execute(delete(knowledge_passages).where(_P.document_id == row[0]))
        empty = {
            "origin": "",
            "title": "",
            "source": "",
            "version": "",
            "topics": "[]",
            "passages": 0,
            "updated_at": now,
            "change": self._next_change(),
            "removed": True,
        }
        self._connection.execute(update(knowledge_documents).where(_D.id == row[0]), empty)

    def origins(self, *, team: str, collection: str) -> Sequence[Origin]:
        query = select(_D.name, _D.origin, _D.version).where(
            _D.team == team, _D.collection == collection, _D.removed.is_(False)
        )
        return [
            Origin(DocumentKey(team, collection, name), origin, version)
            for name, origin, version in self._connection.execute(query)
        ]

    def documents(self, *, reader: Reader, collection: str | None = None) -> Sequence[Document]:
        query: Select[Any] = select(
            _D.team,
            _D.collection,
            _D.name,
            _D.title,
            _D.source,
            _D.version,
            _D.passages,
            _D.updated_at,
            _D.change,
            _D.topics,
        ).order_by(_D.team, _D.collection, _D.name)
        query = _readable(query, reader)
        if collection is not None:
            query = query.where(_D.collection == collection)
        return [document_of(row) for row in self._connection.execute(query)]

    def stats(self, *, reader: Reader) -> Sequence[CollectionStats]:
        query: Select[Any] = select(
            _D.team, _D.collection, func.count(), func.sum(_D.passages), func.max(_D.updated_at)
        )
        query = _readable(query.group_by(_D.team, _D.collection), reader)
        rows = self._connection.execute(query.order_by(_D.team, _D.collection))
        return [CollectionStats(row[0], row[1], row[2], int(row[3]), row[4]) for row in rows]

    def passages(self, keys: Sequence[DocumentKey]) -> Mapping[DocumentKey, Sequence[Passage]]:
        wanted = set(keys)
        parts = {
            "teams": sorted({key.team for key in wanted}),
            "collections": sorted({key.collection for key in wanted}),
            "names": sorted({key.name for key in wanted}),
        }
        there = [
            row[0]
            for row in self._connection.execute(_NAMED, parts)
            if DocumentKey(*row[1:]) in wanted
        ]
        found: dict[DocumentKey, list[Passage]] = {}
        for ids in _in_parts(there):
            for row in self._connection.execute(_PASSAGES_OF, {"ids": ids}):
                passage = passage_of(row)
                found.setdefault(passage.document, []).append(passage)
        return found

    def found(self, passage_ids: Sequence[int]) -> Mapping[int, Passage]:
        return {
            row[0]: passage_of(row)
            for ids in _in_parts(passage_ids)
            for row in self._connection.execute(_FOUND, {"ids": ids})
        }

    def state(self) -> State:
        row = self._connection.execute(_COUNTED).first()
        return State("", 0) if row is None else State(str(json_object(row[0])["epoch"]), row[1])

    def changes(self, *, after: int, limit: int) -> Sequence[Change]:
        rows = list(self._connection.execute(_CHANGED, {"after": after, "limit": limit}))
        passages: dict[int, list[Passage]] = {}
        for ids in _in_parts([row[1] for row in rows]):
            for one in self._connection.execute(_PASSAGES_OF, {"ids": ids}):
                passages.setdefault(one[13], []).append(passage_of(one))
        return [
            Change(row[0], row[1], DocumentKey(*row[2:5]), tuple(passages.get(row[1], ())))
            for row in rows
        ]

    def checksum(self, *, upto: int) -> tuple[int, int]:
        count, total = self._connection.execute(_CHECKSUM, {"upto": upto}).one()
        return count, int(total)

    def note(self, name: str) -> Mapping[str, Json] | None:
        value = self._connection.execute(_NOTE, {"name": f"note:{name}"}).scalar()
        return None if value is None else json_object(value)

    def set_note(self, name: str, value: Mapping[str, Json]) -> None:
        key = plain_name(f"note:{name}", limit=KEY_CHARS)
        values = {"name": key, "value": json_text(value)}
        replace_row(
            self._connection,
            values,
            replace=_REPLACE_NOTE,
            add=insert(knowledge_notes),
            here={"of": key},
        )

    def _next_change(self) -> int:
        """Locks the row that counts, so that numbers grow in the order of the commits."""
        if self._connection.execute(_COUNT_UP).rowcount != 1:
            first = {"name": _STATE, "value": json_text({"epoch": uuid.uuid4().hex})}
            self._connection.execute(insert_if_new(knowledge_notes), first)
            self._connection.execute(_COUNT_UP)
        return int(self._connection.execute(_COUNTED).one()[1])

    def _find(self, key: DocumentKey) -> AnyRow | None:
        where = {"of_team": key.team, "of_collection": key.collection, "of_name": key.name}
        row = self._connection.execute(_FIND, where).first()
        return None if row is None else tuple(row)

    def _there(self, key: DocumentKey) -> AnyRow:
        row = self._find(key)
        if row is None or row[3]:
            raise NotFound(what="document", name=key.name)
        return row


def _plain(document: NewDocument) -> None:
    plain_name(document.key.team, limit=TEAM_CHARS)
    plain_name(document.key.collection, limit=COLLECTION_CHARS)
    plain_name(document.key.name, limit=KEY_CHARS)
    plain_name(document.origin, limit=ORIGIN_CHARS)


def _readable(query: Select[Any], reader: Reader) -> Select[Any]:
    query = query.where(_D.removed.is_(False))
    return query if reader.every_team else query.where(_D.team.in_([COMPANY, reader.team]))


def _in_parts(ids: Iterable[int]) -> Iterable[list[int]]:
    all_ids = list(ids)
    return (all_ids[i : i + _MANY] for i in range(0, len(all_ids), _MANY))
