"""The JSON API of the knowledge base: everybody searches, authors bring in and take out.

A file comes as the body itself, its name in the address. Nobody reaches another team's documents:
an author keeps those of the own team, an admin those of the company and of every team.
"""

from __future__ import annotations

from aiohttp import web

from bots.web.deps import DEPS
from bots.web.guard import Visitor, signed_in
from core.catalogue import say
from core.domain.knowledge import (
    COMPANY,
    DEFAULT_COLLECTION,
    Document,
    DocumentKey,
    Hit,
    Question,
    Reader,
)
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.errors import DocumentFault, DocumentRefused, IndexUnavailable, NotAllowed
from core.ports.knowledge_admin import Upload

MAX_FILE_BYTES = 16 * 1024 * 1024
MOST_HITS = 50
LONGEST_QUESTION = 1000
_LONGEST_NAME = 200
_LONGEST_COLLECTION = 64
_KEEPERS = frozenset({Role.AUTHOR, Role.ADMIN})
_SEERS = _KEEPERS | {Role.SUPERVISOR}


async def search(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/knowledge/search?q=…: the passages that answer best."""
    words = request.query.get("q", "").strip()
    limit = request.query.get("k", "5")
    if not words or len(words) > LONGEST_QUESTION or not limit.isascii() or not limit.isdigit():
        return _problem(visitor, "bad_search", 400)
    deps = request.app[DEPS]
    question = Question(
        words,
        Reader.of(visitor.person),
        request.query.get("collection"),
        day=deps.clock.now().astimezone(deps.zone).date(),
        limit=max(1, min(int(limit[:4]), MOST_HITS)),
    )
    try:
        hits = await deps.knowledge.search(question)
    except IndexUnavailable:
        return _problem(visitor, "unavailable", 503)
    return web.json_response({"hits": [_hit(hit) for hit in hits]})


async def documents(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/knowledge/documents: what there is, for those who keep or oversee it."""
    if visitor.person.role not in _SEERS:
        raise NotAllowed("knowledge")
    found = await request.app[DEPS].knowledge_admin.documents(
        reader=Reader.of(visitor.person), collection=request.query.get("collection")
    )
    return web.json_response({"documents": [_document(one) for one in found]})


async def stats(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/knowledge/stats: how much there is in each collection, for the same."""
    if visitor.person.role not in _SEERS:
        raise NotAllowed("knowledge")
    found = await request.app[DEPS].knowledge_admin.stats(reader=Reader.of(visitor.person))
    items: list[Json] = [
        {
            "team": one.team,
            "collection": one.collection,
            "documents": one.documents,
            "passages": one.passages,
        }
        for one in found
    ]
    return web.json_response({"collections": items})


async def add(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/knowledge/documents?name=…: one file, in place of the one of that name."""
    team = _own_team(visitor.person, request)
    name, collection = _file_name(request), request.query.get("collection", DEFAULT_COLLECTION)
    if not name or not 0 < len(collection.strip()) == len(collection) <= _LONGEST_COLLECTION:
        return _refused(visitor, DocumentRefused(DocumentFault.BAD_NAME))
    data = await _file_of(request)
    if data is None:
        about = f"{MAX_FILE_BYTES // 2**20} MiB"
        return _refused(visitor, DocumentRefused(DocumentFault.TOO_LARGE, about), status=413)
    try:
        brought = await request.app[DEPS].knowledge_admin.add(
            Upload(name, data), team=team, collection=collection
        )
    except DocumentRefused as refused:
        return _refused(visitor, refused)
    items: list[Json] = [
        {"name": one.key.name, "outcome": one.outcome.value, "passages": one.passages}
        for one in brought
    ]
    return web.json_response({"brought": items})


async def remove(request: web.Request, visitor: Visitor) -> web.Response:
    """DELETE /api/v1/knowledge/documents?name=…"""
    team = _own_team(visitor.person, request)
    collection = request.query.get("collection", DEFAULT_COLLECTION)
    key = DocumentKey(team, collection, request.query.get("name", ""))
    await request.app[DEPS].knowledge_admin.remove(key)
    return web.json_response({"removed": key.name})


def _own_team(person: Person, request: web.Request) -> str:
    """The team whose documents are meant. NotAllowed where the person keeps none of these."""
    if person.role not in _KEEPERS:
        raise NotAllowed("knowledge")
    admin = person.role is Role.ADMIN
    team = request.query.get("team", COMPANY if admin else person.team)
    if not admin and (team != person.team or team == COMPANY):
        raise NotAllowed("knowledge")
    return team


def _file_name(request: web.Request) -> str:
    """The name without its folders, or nothing for one that cannot be kept."""
    name = request.query.get("name", "").replace("\\", "/").rpartition("/")[2]
    plain = name.strip() == name and name.isprintable() and len(name) <= _LONGEST_NAME
    return name if plain else ""


async def _file_of(request: web.Request) -> bytes | None:
    """The body, or None when it is longer than we take."""
    if (request.content_length or 0) > MAX_FILE_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > MAX_FILE_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _refused(visitor: Visitor, refused: DocumentRefused, *, status: int = 400) -> web.Response:
    text = say(visitor.language, f"document_fault.{refused.fault.value}", about=refused.about[:100])
    return web.json_response({"problem": refused.fault.value, "text": text}, status=status)


def _problem(visitor: Visitor, problem: str, status: int) -> web.Response:
    text = say(visitor.language, f"page.{problem}")
    return web.json_response({"problem": problem, "text": text}, status=status)


def _hit(hit: Hit) -> Json:
    passage = hit.passage
    return {
        "passage": passage.id,
        "document": passage.document.name,
        "collection": passage.document.collection,
        "title": passage.title,
        "section": list(passage.place.section),
        "text": passage.text,
        "link": passage.link,
        "page": passage.place.page,
        "start_s": passage.place.start_s,
        "version": passage.version,
        "score": hit.score,
    }


def _document(one: Document) -> Json:
    return {
        "name": one.key.name,
        "team": one.key.team,
        "collection": one.key.collection,
        "title": one.title,
        "source": one.source,
        "version": one.version,
        "passages": one.passages,
        "updated_at": one.updated_at.isoformat(),
    }


def routes() -> list[web.AbstractRouteDef]:
    """The routes of the knowledge base."""
    place = "/api/v1/knowledge/documents"
    return [
        web.get("/api/v1/knowledge/search", signed_in(search)),
        web.get("/api/v1/knowledge/stats", signed_in(stats)),
        web.get(place, signed_in(documents)),
        web.post(place, signed_in(add)),
        web.delete(place, signed_in(remove)),
    ]
