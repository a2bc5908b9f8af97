"""The OpenAPI 3.1 document of the JSON API: plain data."""

from __future__ import annotations

from collections.abc import Sequence

from bots.web import openapi_console, openapi_knowledge, pictures
from bots.web.chat import BUTTONS
from bots.web.deps import MAX_TEXT
from core.domain.ability import Ability
from core.domain.dialogue import EndReason, Mode, Speaker, Status
from core.domain.messages import Json
from core.domain.people import Role
from core.domain.review import Trust
from core.domain.scenario import Difficulty
from core.domain.scorecard import MarkSource, PasteSign, UnscoredReason

Schema = dict[str, Json]


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


def _answers(schema: str, *problems: str) -> Schema:
    """The answers of a route for people who are signed in: `schema`, the statuses in `problems`,
    and what any of these routes may say: not signed in, too fast, the store is away."""
    faults = sorted({*problems, "401", "429", "503"})
    return {"200": _answer(schema), **{status: _answer("Problem") for status in faults}}


def _answer(schema: str) -> Schema:
    content: Schema = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": schema, "content": content}


def _get(summary: str, schema: str, *, by: str = "", faults: Sequence[str] = ()) -> Schema:
    if not by:
        return {"get": {"summary": summary, "responses": _answers(schema, *faults)}}
    parameter: Schema = {
        "name": by,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }
    answers = _answers(schema, "404")
    return {"get": {"summary": summary, "parameters": [parameter], "responses": answers}}


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
    responses = _answers("Problem", "403", "404")
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
            "responses": _answers("Feed", "400"),
        }
    }


def _add_line() -> Schema:
    body: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Line"}}}
    return {
        "post": {
            "summary": "Say a line; the same key twice is one line",
            "parameters": [_csrf()],
            "requestBody": {"required": True, "content": body},
            "responses": _answers("Kept", "400", "403"),
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
            "responses": {**_answers("Changes", "403"), "400": _answer("Faults")},
        }
    }


def _company() -> Schema:
    text: Schema = {"type": "string"}
    number: Schema = {"type": "number"}
    whole: Schema = {"type": "integer", "minimum": 0}
    band: Schema = {"enum": ["low", "middle", "high"]}
    place = _object(
        person=text,
        results=number,
        results_error=number,
        ability=number,
        ability_error=number,
        cell=_object(results=band, ability=band),
        near_a_cut={"type": "boolean"},
        contacts=whole,
        drills=whole,
        by_metric={"type": "object", "additionalProperties": number},
    )
    missing = _object(person=text, drills=whole, contacts=whole)
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
    drill = _object(
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
    resource = _object(kind=text, title=text, ref=text, ability=text)
    return {
        "Plan": _object(
            on=text,
            items=_list(drill),
            resources=_list(resource),
            micro={"anyOf": [drill, {"type": "null"}]},
        ),
        "TeamMap": _object(
            cuts=_list(number),
            places=_list(place),
            missing=_list(missing),
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
        "Changes": _object(new=whole, changed=whole, same=whole, kept={"type": "boolean"}),
        "Faults": _object(
            problem=text, text=text, faults=_list(_object(index=whole, fault=text, about=text))
        ),
    }


def _object(**properties: Json) -> Schema:
    """An object that holds exactly these."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _list(items: Json) -> Schema:
    return {"type": "array", "items": items}


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
        "Problem": _object(problem=text, text=text),
        "Me": _object(
            id=text,
            name=text,
            role={"enum": [role.value for role in Role]},
            team=text,
            language=text,
            guest=yes_no,
            csrf=text,
        ),
        "Scenarios": _object(scenarios=_list(_scenario())),
        "Dialogues": _object(dialogues=_list(_object(**summary))),
        "Judged": _object(**summary, turns=_list(_turn()), **_judgement()),
        "Feed": _object(rows=_list(_row()), last=whole, said=whole, status=_standing()),
        "Line": {
            "type": "object",
            "anyOf": [{"required": ["text"]}, {"required": ["button"]}],
            "properties": {
                "text": {"type": "string", "maxLength": MAX_TEXT},
                "button": {"enum": list(BUTTONS)},
                "key": {"type": "string", "pattern": "^[A-Za-z0-9-]{8,64}$"},
            },
        },
        "Kept": _object(inbox_id=whole, new=yes_no),
        **_company(),
        **openapi_console.schemas(),
        **openapi_knowledge.schemas(),
    }


def _standing() -> Schema:
    closed = (Status.ENDED, Status.DROPPED)
    return {"enum": ["none", *(status.value for status in Status if status not in closed)]}


def _scenario() -> Schema:
    return _object(
        number={"type": "integer"},
        id={"type": "string"},
        title={"type": "string"},
        brief={"type": "string"},
        industry={"type": "string"},
        family={"type": "string"},
        difficulty={"enum": [difficulty.value for difficulty in Difficulty]},
    )


def _turn() -> Schema:
    return _object(
        seq={"type": "integer"},
        speaker={"enum": [speaker.value for speaker in Speaker]},
        text={"type": "string"},
        at={"type": "number"},
    )


def _row() -> Schema:
    return _object(
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
    advice = _object(
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
    check = _object(
        id={"type": "string"},
        mark={"enum": [1, 0.5, 0, None]},
        turn=_maybe("integer"),
        quote={"type": "string"},
        source={"enum": [source.value for source in MarkSource]},
        trust={"enum": [*(trust.value for trust in Trust), None]},
        why={"type": "string"},
        unscored={"enum": [*(reason.value for reason in UnscoredReason), None]},
    )
    critical = _object(
        id={"type": "string"},
        turn={"type": "integer"},
        quote={"type": "string"},
        confirmed={"type": "boolean"},
    )
    item = _object(
        item={"type": "string"},
        points={"type": "number"},
        veto={"type": "boolean"},
        score=_maybe("number"),
    )
    sheet = _object(
        version={"type": "string"},
        total={"type": "number"},
        waiting={"type": "number"},
        vetoed=_list({"type": "string"}),
        items=_list(item),
    )
    speed = _object(
        turns=_maybe("integer"),
        seconds=_maybe("number"),
        reference_turns=_maybe("integer"),
        reference_seconds=_maybe("integer"),
    )
    pasted = _object(
        turn={"type": "integer"},
        quote={"type": "string"},
        signs=_list({"enum": [sign.value for sign in PasteSign]}),
    )
    scorecard = _object(
        version={"type": "string"},
        overall=_maybe("number"),
        abilities=_object(**{ability.value: _maybe("number") for ability in Ability}),
        checks=_list(check),
        critical=_list(critical),
        sheet={"anyOf": [sheet, {"type": "null"}]},
        speed={"anyOf": [speed, {"type": "null"}]},
        pasted=_list(pasted),
    )
    return {
        "scorecard": {"anyOf": [scorecard, {"type": "null"}]},
        "strengths": _list(advice),
        "fixes": _list(advice),
    }
