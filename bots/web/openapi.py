"""The OpenAPI 3.1 document of the JSON API: plain data."""

from __future__ import annotations

from collections.abc import Sequence

from bots.web import openapi_console, openapi_knowledge, pictures
from bots.web.chat import BUTTONS
from bots.web.deps import MAX_TEXT
from bots.web.schemas import Schema, answer, answers, list_of, object_of
from core.domain.ability import Ability
from core.domain.dialogue import EndReason, Mode, Speaker, Status
from core.domain.messages import Json
from core.domain.people import Role
from core.domain.review import Trust
from core.domain.scenario import Difficulty
from core.domain.scorecard import MarkSource, PasteSign, UnscoredReason


def document() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Peilian", "version": "1"},
        "security": [{"session": []}],
        "paths": {
            "/api/v1/me": _get("Who is signed in", "Me"),
            "/api/v1/scenarios": _get("What can be practised", "Scenarios"),
            "/api/v1/dialogues": _get("My dialogues, newest first", "Dialogues"),
            "/api/v1/dialogues/{dialogue_id}": _get(
                "One of my dialogues with its turns and marks", "Judged", by="dialogue_id"
            ),
            "/api/v1/feed": _feed(),
            "/api/v1/lines": _add_line(),
            "/api/v1/map": _get("My team by results and ability", "TeamMap", faults=("403",)),
            "/api/v1/pictures/{name}.{kind}": _picture(),
            "/api/v1/plan": _get("My plan of the day", "Plan"),
            "/api/v1/results": _add_results(),
            **openapi_console.paths(),
            **openapi_knowledge.paths(),
        },
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "peilian_session"}
            },
            "schemas": _schemas(),
        },
    }


def _get(summary: str, schema: str, *, by: str = "", faults: Sequence[str] = ()) -> Schema:
    if not by:
        return {"get": {"summary": summary, "responses": answers(schema, *faults)}}
    parameter: Schema = {
        "name": by,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }
    said = answers(schema, "404")
    return {"get": {"summary": summary, "parameters": [parameter], "responses": said}}


def _picture() -> Schema:
    parameters: list[Json] = [
        {"name": "name", "in": "path", "required": True, "schema": {"enum": [*pictures.NAMES]}},
        {"name": "kind", "in": "path", "required": True, "schema": {"enum": ["svg", "png"]}},
        {"name": "dialogue", "in": "query", "schema": {"type": "string"}},
        {"name": "day", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "team", "in": "query", "schema": {"type": "string"}},
        {
            "name": "width",
            "in": "query",
            "schema": {
                "type": "integer",
                "minimum": pictures.NARROWEST,
                "maximum": pictures.WIDEST,
            },
        },
    ]
    summary = (
        "A picture: my profile, my trend, a scorecard of mine (`dialogue`), my team's map or its "
        "`day`. 404 where it would show nothing. A PNG says in words what it shows (iTXt, "
        "Description), an SVG in title and desc"
    )
    responses = answers("Problem", "403", "404")
    image: Schema = {"image/png": {}, "image/svg+xml": {}}
    responses["200"] = {"description": "The picture", "content": image}
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}


def _feed() -> Schema:
    parameters: list[Json] = [
        {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "said", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "wait", "in": "query", "schema": {"enum": ["0", "1"]}},
    ]
    summary = (
        "Messages with an id above `after`, and my own lines with an inbox id above `said`; "
        "waits up to 25 s for one unless `wait` is 0"
    )
    return {
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": answers("Feed", "400"),
        }
    }


def _add_line() -> Schema:
    body: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Line"}}}
    return {
        "post": {
            "summary": "Say a line; the same key twice is one line",
            "parameters": [_csrf()],
            "requestBody": {"required": True, "content": body},
            "responses": answers("Kept", "400", "403"),
        }
    }


def _csrf() -> Schema:
    return {
        "name": "X-CSRF-Token",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
    }


def _add_results() -> Schema:
    body: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Results"}}}
    return {
        "post": {
            "summary": "Keep business results, all or none; with `dry_run` only say what changes",
            "parameters": [_csrf()],
            "requestBody": {"required": True, "content": body},
            "responses": {**answers("Changes", "403"), "400": answer("Faults")},
        }
    }


def _company() -> Schema:
    text: Schema = {"type": "string"}
    number: Schema = {"type": "number"}
    whole: Schema = {"type": "integer", "minimum": 0}
    band: Schema = {"enum": ["low", "middle", "high"]}
    place = object_of(
        person=text,
        results=number,
        results_error=number,
        ability=number,
        ability_error=number,
        cell=object_of(results=band, ability=band),
        near_a_cut={"type": "boolean"},
        contacts=whole,
        drills=whole,
        by_metric={"type": "object", "additionalProperties": number},
    )
    missing = object_of(person=text, drills=whole, contacts=whole)
    result: Schema = {
        "type": "object",
        "required": ["person", "metric", "period", "value", "contacts"],
        "properties": {
            "person": text,
            "metric": text,
            "period": {"type": "string", "format": "date"},
            "value": number,
            "contacts": whole,
            "contact_type": {"type": "string", "maxLength": 64},
        },
        "additionalProperties": False,
    }
    drill = object_of(
        scenario=text,
        number=whole,
        title=text,
        reason=text,
        ability={"enum": [ability.value for ability in Ability]},
        group=text,
        due_on=_maybe("string"),
        pass_mark=_maybe("number"),
        attempts_left=_maybe("integer"),
        exam={"type": "boolean"},
    )
    resource = object_of(kind=text, title=text, ref=text, ability=text)
    return {
        "Plan": object_of(
            on=text,
            items=list_of(drill),
            resources=list_of(resource),
            micro={"anyOf": [drill, {"type": "null"}]},
        ),
        "TeamMap": object_of(
            cuts=list_of(number),
            places=list_of(place),
            missing=list_of(missing),
            tracker_version=text,
        ),
        "Results": {
            "type": "object",
            "required": ["results"],
            "properties": {
                "results": {"type": "array", "items": result, "maxItems": 1000},
                "dry_run": {"type": "boolean"},
            },
            "additionalProperties": False,
        },
        "Changes": object_of(new=whole, changed=whole, same=whole, kept={"type": "boolean"}),
        "Faults": object_of(
            problem=text, text=text, faults=list_of(object_of(index=whole, fault=text, about=text))
        ),
    }


def _maybe(kind: str) -> Schema:
    return {"type": [kind, "null"]}


def _schemas() -> Schema:
    text: Schema = {"type": "string"}
    whole: Schema = {"type": "integer"}
    yes_no: Schema = {"type": "boolean"}
    summary: dict[str, Json] = {
        "id": text,
        "scenario": text,
        "title": text,
        "mode": {"enum": [mode.value for mode in Mode]},
        "status": {"enum": [status.value for status in Status]},
        "end_reason": {"enum": [*(reason.value for reason in EndReason), None]},
        "started_at": {"type": "string", "format": "date-time"},
        "overall": _maybe("number"),
    }
    return {
        "Problem": object_of(problem=text, text=text),
        "Me": object_of(
            id=text,
            name=text,
            role={"enum": [role.value for role in Role]},
            team=text,
            language=text,
            guest=yes_no,
            csrf=text,
        ),
        "Scenarios": object_of(scenarios=list_of(_scenario())),
        "Dialogues": object_of(dialogues=list_of(object_of(**summary))),
        "Judged": object_of(**summary, turns=list_of(_turn()), **_judgement()),
        "Feed": object_of(rows=list_of(_row()), last=whole, said=whole, status=_standing()),
        "Line": {
            "type": "object",
            "anyOf": [{"required": ["text"]}, {"required": ["button"]}],
            "properties": {
                "text": {"type": "string", "maxLength": MAX_TEXT},
                "button": {"enum": list(BUTTONS)},
                "key": {"type": "string", "pattern": "^[A-Za-z0-9-]{8,64}$"},
            },
        },
        "Kept": object_of(inbox_id=whole, new=yes_no),
        **_company(),
        **openapi_console.schemas(),
        **openapi_knowledge.schemas(),
    }


def _standing() -> Schema:
    closed = (Status.ENDED, Status.DROPPED)
    return {"enum": ["none", *(status.value for status in Status if status not in closed)]}


def _scenario() -> Schema:
    return object_of(
        number={"type": "integer"},
        id={"type": "string"},
        title={"type": "string"},
        brief={"type": "string"},
        industry={"type": "string"},
        family={"type": "string"},
        difficulty={"enum": [difficulty.value for difficulty in Difficulty]},
    )


def _turn() -> Schema:
    return object_of(
        seq={"type": "integer"},
        speaker={"enum": [speaker.value for speaker in Speaker]},
        text={"type": "string"},
        at={"type": "number"},
    )


def _row() -> Schema:
    return object_of(
        id={"type": "integer"},
        code={"type": "string"},
        speaker={"enum": ["trainee", "customer", "coach"]},
        text={"type": "string"},
        dialogue_id=_maybe("string"),
        inbox_id={"type": "integer"},
        debrief_of={"type": "string"},
        delay_s={"type": "number"},
    )


def _judgement() -> Schema:
    advice = object_of(
        check={"type": "string"},
        turn=_maybe("integer"),
        quote={"type": "string"},
        why={"type": "string"},
        better={"type": "string"},
        counter={"type": "string"},
        reply={"type": "string"},
        stops={"type": "boolean"},
        replay_from=_maybe("integer"),
        heat_tenths=_maybe("integer"),
    )
    check = object_of(
        id={"type": "string"},
        mark={"enum": [1, 0.5, 0, None]},
        turn=_maybe("integer"),
        quote={"type": "string"},
        source={"enum": [source.value for source in MarkSource]},
        trust={"enum": [*(trust.value for trust in Trust), None]},
        why={"type": "string"},
        unscored={"enum": [*(reason.value for reason in UnscoredReason), None]},
    )
    critical = object_of(
        id={"type": "string"},
        turn={"type": "integer"},
        quote={"type": "string"},
        confirmed={"type": "boolean"},
    )
    item = object_of(
        item={"type": "string"},
        points={"type": "number"},
        veto={"type": "boolean"},
        score=_maybe("number"),
    )
    sheet = object_of(
        version={"type": "string"},
        total={"type": "number"},
        waiting={"type": "number"},
        vetoed=list_of({"type": "string"}),
        items=list_of(item),
    )
    speed = object_of(
        turns=_maybe("integer"),
        seconds=_maybe("number"),
        reference_turns=_maybe("integer"),
        reference_seconds=_maybe("integer"),
    )
    pasted = object_of(
        turn={"type": "integer"},
        quote={"type": "string"},
        signs=list_of({"enum": [sign.value for sign in PasteSign]}),
    )
    scorecard = object_of(
        version={"type": "string"},
        overall=_maybe("number"),
        abilities=object_of(**{ability.value: _maybe("number") for ability in Ability}),
        checks=list_of(check),
        critical=list_of(critical),
        sheet={"anyOf": [sheet, {"type": "null"}]},
        speed={"anyOf": [speed, {"type": "null"}]},
        pasted=list_of(pasted),
    )
    return {
        "scorecard": {"anyOf": [scorecard, {"type": "null"}]},
        "strengths": list_of(advice),
        "fixes": list_of(advice),
    }
