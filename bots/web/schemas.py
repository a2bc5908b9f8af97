"""Building blocks of the OpenAPI document."""

from __future__ import annotations

from core.domain.messages import Json

Schema = dict[str, Json]

TEXT: Schema = {"type": "string"}


def answers(schema: str, *problems: str) -> Schema:
    """The answers of a route for people who are signed in: `schema`, the statuses in `problems`,
    and what any of these routes may say: not signed in, too fast, the store is away."""
    faults = sorted({*problems, "401", "429", "503"})
    return {"200": answer(schema), **{status: answer("Problem") for status in faults}}


def answer(schema: str) -> Schema:
    """One answer in JSON."""
    return {"description": schema, "content": content(schema)}


def content(schema: str) -> Schema:
    """A body in JSON."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def object_of(**properties: Json) -> Schema:
    """An object that holds exactly these."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def list_of(items: Json) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items}
