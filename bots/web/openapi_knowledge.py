"""The knowledge base's part of the OpenAPI document."""

from __future__ import annotations

from bots.web.schemas import TEXT, Schema, answers, list_of, object_of
from core.domain.messages import Json
from core.ports.knowledge_admin import Outcome


def paths() -> Schema:
    """The routes of `knowledge_api`."""
    which = [_query("collection"), _query("team")]
    name = _query("name", required=True)
    csrf: Schema = {"name": "X-CSRF-Token", "in": "header", "required": True, "schema": TEXT}
    file: Schema = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        "/api/v1/knowledge/search": {
            "get": {
                "summary": "The passages that answer best; of my team and the company only",
                "parameters": [_query("q", required=True), _query("k"), _query("collection")],
                "responses": answers("Hits", "400"),
            }
        },
        "/api/v1/knowledge/stats": {
            "get": {
                "summary": "How much there is in each collection I may see",
                "responses": answers("KnowledgeStats", "403"),
            }
        },
        "/api/v1/knowledge/documents": {
            "get": {
                "summary": "All documents I may see, for authors, supervisors and admins",
                "parameters": [_query("collection")],
                "responses": answers("Documents", "403"),
            },
            "post": {
                "summary": "Bring in one file of at most 16 MiB, in place of the one of that name",
                "parameters": [csrf, name, *which],
                "requestBody": {"required": True, "content": file},
                "responses": answers("Brought", "400", "403", "413"),
            },
            "delete": {
                "summary": "Take out a document with all its passages",
                "parameters": [csrf, name, *which],
                "responses": answers("Removed", "403", "404"),
            },
        },
    }


def schemas() -> Schema:
    """What these routes answer."""
    whole: Schema = {"type": "integer"}
    hit = object_of(
        passage=whole,
        document=TEXT,
        collection=TEXT,
        title=TEXT,
        section=list_of(TEXT),
        text=TEXT,
        link=TEXT,
        page={"type": ["integer", "null"]},
        start_s={"type": ["number", "null"]},
        version=TEXT,
        score={"type": "number"},
    )
    document = object_of(
        name=TEXT,
        team=TEXT,
        collection=TEXT,
        title=TEXT,
        source=TEXT,
        version=TEXT,
        passages=whole,
        updated_at={"type": "string", "format": "date-time"},
    )
    outcome: Schema = {"enum": [one.value for one in Outcome]}
    return {
        "Hits": object_of(hits=list_of(hit)),
        "Documents": object_of(documents=list_of(document)),
        "KnowledgeStats": object_of(
            collections=list_of(
                object_of(team=TEXT, collection=TEXT, documents=whole, passages=whole)
            )
        ),
        "Brought": object_of(
            brought=list_of(object_of(name=TEXT, outcome=outcome, passages=whole))
        ),
        "Removed": object_of(removed=TEXT),
    }


def _query(name: str, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": TEXT}
