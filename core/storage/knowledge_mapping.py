"""Rows of the knowledge base to domain objects and back."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from core.domain.knowledge import Document, DocumentKey, Passage, Place, Validity
from core.ports.knowledge_store import NewDocument, NewPassage
from core.storage.mapping import AnyRow
from core.storage.rules import storable

_PLACE = TypeAdapter(Place)
_WORDS = TypeAdapter(tuple[str, ...])


def document_values(document: NewDocument) -> dict[str, Any]:
    """The columns of `knowledge_documents` that the document itself fills."""
    return {
        "team": document.key.team,
        "collection": document.key.collection,
        "name": document.key.name,
        "origin": document.origin,
        "title": storable(document.title),
        "source": document.source,
        "version": document.version,
        "topics": _WORDS.dump_json(document.topics).decode(),
        "passages": len(document.passages),
        "removed": False,
    }


def document_of(row: AnyRow) -> Document:
    """From (team, collection, name, title, source, version, passages, updated_at, change,
    topics)."""
    return Document(
        key=DocumentKey(row[0], row[1], row[2]),
        title=row[3],
        source=row[4],
        version=row[5],
        passages=row[6],
        updated_at=row[7],
        change=row[8],
        topics=_WORDS.validate_json(row[9]),
    )


def passage_values(document_id: int, position: int, passage: NewPassage) -> dict[str, Any]:
    """All columns of `knowledge_passages` but the id."""
    return {
        "document_id": document_id,
        "position": position,
        "title": passage.title,
        "text": storable(passage.text),
        "place": _PLACE.dump_json(passage.place, exclude_defaults=True).decode(),
        "aliases": _WORDS.dump_json(passage.aliases).decode(),
        "since": passage.validity.since,
        "until": passage.validity.until,
    }


def passage_of(row: AnyRow) -> Passage:
    """From (id, team, collection, name, title, text, source, version, place, aliases, topics,
    since, until)."""
    return Passage(
        id=row[0],
        document=DocumentKey(row[1], row[2], row[3]),
        title=row[4],
        text=row[5],
        source=row[6],
        version=row[7],
        place=_PLACE.validate_json(row[8]),
        aliases=_WORDS.validate_json(row[9]),
        topics=_WORDS.validate_json(row[10]),
        validity=Validity(row[11], row[12]),
    )
