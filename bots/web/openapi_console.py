"""The console's part of the OpenAPI document."""

from __future__ import annotations

from core.domain.messages import Json
from core.domain.review import Gate, Trust
from training_plans.organisation import Level

Schema = dict[str, Json]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_YES: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": ["number", "null"]}
_MAYBE: Schema = {"type": ["string", "null"]}
BASE = "/api/v1/console"


def _object(**properties: Json) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _list(items: Json) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _responses(schema: str, *problems: str) -> Schema:
    faults = sorted({*problems, "401", "403", "429", "503"})
    found: Schema = {"200": {"description": schema, "content": _ref(schema)}}
    return found | {
        status: {"description": "Problem", "content": _ref("Problem")} for status in faults
    }


def _parameters(*names: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]


def _get(summary: str, schema: str, *by: str) -> Schema:
    answers = _responses(schema, *(["404"] if by else []))
    return {"get": {"summary": summary, "parameters": _parameters(*by), "responses": answers}}


def _post(summary: str, body: str, schema: str, *by: str) -> Schema:
    csrf: Schema = {
        "name": "X-CSRF-Token",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
    }
    return {
        "post": {
            "summary": summary,
            "parameters": [*_parameters(*by), csrf],
            "requestBody": {"required": bool(body), "content": _ref(body or "Nothing")},
            "responses": _responses(schema, "400", "404", "409"),
        }
    }


def paths() -> Schema:
    """Every route under /api/v1/console, and sharing."""
    marked = f"{BASE}/queue/{{dialogue_id}}"
    return {
        BASE: _get("My people in figures, and the means of their teams", "Overview"),
        f"{BASE}/organisation": _get(
            "My trainees as a tree of site, vendor and team with figures; in a large company the "
            "ability of one `team` at a time",
            "Node",
        ),
        f"{BASE}/people/{{person_id}}": _get("One person's practices", "Member", "person_id"),
        f"{BASE}/dialogues/{{dialogue_id}}": _get(
            "A practice whose words may be read; leaves a trace", "Read", "dialogue_id"
        ),
        f"{BASE}/appeals": _get("Appeals that wait, and the last answers", "Appeals"),
        f"{BASE}/appeals/{{remark_id}}": _post(
            "Answer an appeal: `outcome` upheld or declined, `reason`, and to uphold "
            "`mark-C08`: 1, 0.5, 0 or na, or `critical-K3-4`: confirm or dismiss",
            "Ruling",
            "Settled",
            "remark_id",
        ),
        f"{BASE}/queue": _get("Talks that wait for my blind marks", "Queue"),
        f"{BASE}/queue/draw": _post("Draw what was judged since the last draw", "", "Drawn"),
        marked: _post(
            "Mark a talk: `mark-C08`: 1, 0.5, 0 or na and `turn-C08`: a turn, for any checks",
            "Marks",
            "Marked",
            "dialogue_id",
        ),
        f"{BASE}/agreement": _get("Figures and state of every check", "Agreement"),
        f"{BASE}/agreement/refresh": _post("Look at every check now (admin)", "", "Trusts"),
        f"{BASE}/company-sheet": _get("The company's QA sheet in use", "CompanySheet"),
        f"{BASE}/feedback": _get("Feedback by theme", "Feedback"),
        f"{BASE}/feedback/{{theme}}": _post(
            "Say what was done to all who wrote about a theme, or to those of `only` (ids with "
            "commas)",
            "Note",
            "Told",
            "theme",
        ),
        "/api/v1/orders": {
            **_get("What was ordered for my trainees, or for me", "Orders"),
            **_post(
                "Order something for one trainee or all of mine (`person` *): `kind` pin, skip, "
                "assign or exam, `scenario`, and if you like `opens_on`, `due_on`, `pass_mark`, "
                "`attempts`",
                "OrderForm",
                "Orders",
            ),
        },
        "/api/v1/orders/{order_id}/cancel": _post(
            "An order counts no more", "", "Withdrawn", "order_id"
        ),
        "/api/v1/exams": {
            **_get("The class exams of my trainees", "Exams"),
            **_post(
                "A class exam: `difficulty-1`, `count-1`, `family-1` and so on, `person`, "
                "`opens_on`, `due_on`, `pass_mark`, `attempts`, `rounds`",
                "ExamForm",
                "ExamMade",
            ),
        },
        "/api/v1/exams/{exam}": _get("One exam with its pass list", "Exam", "exam"),
        "/api/v1/exams/{exam}/retake": _post(
            "Draw again for everybody who did not pass; `opens_on` and `due_on` if you like",
            "ExamForm",
            "Retaken",
            "exam",
        ),
        "/api/v1/people/{person_id}/data": _zip("Everything about one person, for an admin"),
        "/api/v1/people/{person_id}/erase": _post(
            "Take a person's words and names out (admin); without `confirm`, the same id, only "
            "counts what there is",
            "Confirm",
            "Erased",
            "person_id",
        ),
        f"{BASE}/looks": _get("Who looked at whose words", "Looks"),
        "/api/v1/dialogues/{dialogue_id}/share": _post(
            "Let my supervisors read a practice of mine (`shown` 1), or no longer (0)",
            "Share",
            "Shared",
            "dialogue_id",
        ),
    }


def _zip(summary: str) -> Schema:
    found = _get(summary, "Nothing", "person_id")
    answers = found["get"]["responses"]  # type: ignore[index,call-overload]
    answers["200"] = {"description": "A zip file", "content": {"application/zip": {}}}  # type: ignore[index,call-overload]
    return found


def _node() -> Schema:
    figure: Schema = {
        "anyOf": [
            {"type": "null"},
            _object(value={"type": "number"}, error={"type": "number"}, people=_WHOLE),
        ]
    }
    return _object(
        kind={"enum": [level.value for level in Level]},
        name=_TEXT,
        people=_WHOLE,
        practised=_WHOLE,
        practices=_WHOLE,
        mean=figure,
        ability=figure,
        unreached={"anyOf": [{"type": "null"}, _list(_object(person=_TEXT, reason=_TEXT))]},
        children=_list({"$ref": "#/components/schemas/Node"}),
    )


def schemas() -> Schema:
    """What those routes take and say."""
    words: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        **_reading(),
        **_agreement(),
        "Node": _node(),
        "Nothing": {"type": "object"},
        "Ruling": {**words, "required": ["outcome", "reason"]},
        "Settled": _object(settled=_WHOLE, upheld=_YES),
        "Drawn": _object(drawn=_WHOLE),
        "Marks": words,
        "Marked": _object(marked=_WHOLE),
        "Note": {**words, "required": ["note"]},
        "Told": _object(told=_WHOLE),
        "Confirm": words,
        "OrderForm": {**words, "required": ["kind", "person", "scenario"]},
        "Orders": _object(orders={"type": "array", "items": {"type": "object"}}),
        "Withdrawn": _object(withdrawn=_YES),
        "ExamForm": words,
        "ExamMade": _object(exam={"type": "string"}, orders=_WHOLE),
        "Exams": _object(exams={"type": "array", "items": {"type": "object"}}),
        "Exam": {"type": "object", "required": ["id", "people", "unproven"]},
        "Retaken": _object(people=_WHOLE),
        "Erased": _object(
            erased=_YES, rows={"type": "object", "additionalProperties": {"type": "integer"}}
        ),
        "Share": words,
        "Shared": _object(shown=_YES),
    }


def _reading() -> Schema:
    person = _object(id=_TEXT, name=_TEXT, team=_TEXT, practices=_WHOLE, overall=_NUMBER)
    team = _object(
        team=_TEXT, talks=_WHOLE, audited=_WHOLE, machine=_NUMBER, mean=_NUMBER, low=_NUMBER,
        high=_NUMBER,
    )  # fmt: skip
    practice = _object(id=_TEXT, title=_TEXT, started_at=_TIME, overall=_NUMBER, shown=_list(_TEXT))
    appeal = _object(
        id=_WHOLE,
        person=_TEXT,
        dialogue=_TEXT,
        turn={"type": ["integer", "null"]},
        quote=_TEXT,
        text=_TEXT,
        at=_TIME,
        due=_TIME,
        late=_YES,
        upheld={"type": ["boolean", "null"]},
        reason=_MAYBE,
    )
    waiting = _object(dialogue=_TEXT, title=_TEXT, drawn_at=_TIME, done=_WHOLE, wanted=_WHOLE)
    remark = _object(id=_WHOLE, text=_TEXT, at=_TIME, answer=_MAYBE)
    theme = _object(
        theme=_TEXT,
        about=_TEXT,
        words=_list(_TEXT),
        count=_WHOLE,
        open=_WHOLE,
        remarks=_list(remark),
    )
    look = _object(at=_TIME, viewer=_TEXT, person=_TEXT, dialogue=_MAYBE, why=_TEXT)
    return {
        "Overview": _object(people=_list(person), teams=_list(team)),
        "Member": _object(id=_TEXT, name=_TEXT, practices=_list(practice)),
        "Read": _object(
            dialogue={"$ref": "#/components/schemas/Judged"}, shown=_list(_TEXT), person=_TEXT
        ),
        "Appeals": _object(waiting=_list(appeal), settled=_list(appeal)),
        "Queue": _object(waiting=_list(waiting)),
        "Feedback": _object(themes=_list(theme)),
        "Looks": _object(looks=_list(look)),
        "CompanySheet": _object(sheet={"anyOf": [_company_sheet(), {"type": "null"}]}),
    }


def _company_sheet() -> Schema:
    item = _object(
        item=_TEXT, points={"type": "number"}, veto=_YES, deducts=_YES, checks=_list(_TEXT)
    )
    return _object(version=_TEXT, name=_TEXT, by=_TEXT, used_at=_MAYBE, items=_list(item))


def _agreement() -> Schema:
    estimate: Schema = {
        "anyOf": [
            _object(value={"type": "number"}, low={"type": "number"}, high={"type": "number"}),
            {"type": "null"},
        ]
    }
    figures = _object(
        cases=_WHOLE,
        twice=_WHOLE,
        raw=_NUMBER,
        machine_human=estimate,
        human_human=estimate,
        weighted_kappa=estimate,
        bias=_NUMBER,
        recall=estimate,
    )
    state: dict[str, Json] = {
        "check": _TEXT,
        "trust": {"enum": [trust.value for trust in Trust]},
        "gates": _list({"enum": [gate.value for gate in Gate]}),
        "reference_ac1": _NUMBER,
        "reaudit_ac1": _NUMBER,
    }
    row = _object(**state, figures={"anyOf": [figures, {"type": "null"}]})
    return {
        "Agreement": _object(checks=_list(row)),
        "Trusts": _object(checks=_list(_object(**state, since=_TIME))),
    }
