"""The knowledge base's part of the OpenAPI document."""

from __future__ import annotations

from core.domain.messages import Json
from core.ports.knowledge_admin import Outcome

Schema = dict[str, Json]

_TEXT: Schema = {"type": "string"}


def paths() -> Schema:
    """The routes of `knowledge_api`."""
    which = [_query("collection"), _query("team")]
    name = _query("name", required=True)
    csrf: Schema = {"name": "X-CSRF-Token", "in": "header", "required": True, "schema": _TEXT}
    file: Schema = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        "/api/v1/knowledge/search": {
            "get": {
                "summary": "The passages that answer best; of my team and the company only",
                "parameters": [_query("q", required=True), _query("k"), _query("collection")],
                "responses": _answers("Hits", "400"),
            }
        },
        "/api/v1/knowledge/stats": {
            "get": {
                "summary": "How much there is in each collection I may see",
                "responses": _answers("KnowledgeStats", "403"),
            }
        },
        "/api/v1/knowledge/documents": {
            "get": {
                "summary": "All documents I may see, for authors, supervisors and admins",
                "parameters": [_query("collection")],
                "responses": _answers("Documents", "403"),
            },
            "post": {
                "summary": "Bring in one file of at most 16 MiB, in place of the one of that name",
                "parameters": [csrf, name, *which],
                "requestBody": {"required": True, "content": file},
                "responses": _answers("Brought", "400", "403", "413"),
            },
            "delete": {
                "summary": "Take out a document with all its passages",
                "parameters": [csrf, name, *which],
                "responses": _answers("Removed", "403", "404"),
            },
        },
    }


def schemas() -> Schema:
    """What these routes answer."""
    whole: Schema = {"type": "integer"}
    hit = _object(
        passage=whole,
        document=_TEXT,
        collection=_TEXT,
        title=_TEXT,
        section=_list(_TEXT),
        text=_TEXT,
        link=_TEXT,
        page={"type": ["integer", "null"]},
        start_s={"type": ["number", "null"]},
        version=_TEXT,
        score={"type": "number"},
    )
    document = _object(
        name=_TEXT,
        team=_TEXT,
        collection=_TEXT,
        title=_TEXT,
        source=_TEXT,
        version=_TEXT,
        passages=whole,
        updated_at={"type": "string", "format": "date-time"},
    )
    outcome: Schema = {"enum": [one.value for one in Outcome]}
    return {
        "Hits": _object(hits=_list(hit)),
        "Documents": _object(documents=_list(document)),
        "KnowledgeStats": _object(
            collections=_list(
                _object(team=_TEXT, collection=_TEXT, documents=whole, passages=whole)
            )
        ),
        "Brought": _object(brought=_list(_object(name=_TEXT, outcome=outcome, passages=whole))),
        "Removed": _object(removed=_TEXT),
    }


def _query(name: str, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": _TEXT}


def _answers(schema: str, *problems: str) -> Schema:
    faults = sorted({*problems, "401", "429", "503"})
    return {"200": _answer(schema), **{status: _answer("Problem") for status in faults}}


def _answer(schema: str) -> Schema:
    content: Schema = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": schema, "content": content}


def _object(**properties: Json) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _list(items: Json) -> Schema:
    return {"type": "array", "items": items}
