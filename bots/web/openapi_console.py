"""The console's part of the OpenAPI document."""

from __future__ import annotations

from bots.web.schemas import TEXT, Schema, answers, content, list_of, object_of
from core.domain.messages import Json
from core.domain.review import Gate, Trust
from training_plans.organisation import Level

_WHOLE: Schema = {"type": "integer"}
_YES: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": ["number", "null"]}
_MAYBE: Schema = {"type": ["string", "null"]}
BASE = "/api/v1/console"


def _parameters(*names: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]


def _get(summary: str, schema: str, *by: str) -> Schema:
    said = answers(schema, "403", *(["404"] if by else []))
    return {"get": {"summary": summary, "parameters": _parameters(*by), "responses": said}}


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
            "requestBody": {"required": bool(body), "content": content(body or "Nothing")},
            "responses": answers(schema, "403", "400", "404", "409"),
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
            object_of(value={"type": "number"}, error={"type": "number"}, people=_WHOLE),
        ]
    }
    return object_of(
        kind={"enum": [level.value for level in Level]},
        name=TEXT,
        people=_WHOLE,
        practised=_WHOLE,
        practices=_WHOLE,
        mean=figure,
        ability=figure,
        unreached={"anyOf": [{"type": "null"}, list_of(object_of(person=TEXT, reason=TEXT))]},
        children=list_of({"$ref": "#/components/schemas/Node"}),
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
        "Settled": object_of(settled=_WHOLE, upheld=_YES),
        "Drawn": object_of(drawn=_WHOLE),
        "Marks": words,
        "Marked": object_of(marked=_WHOLE),
        "Note": {**words, "required": ["note"]},
        "Told": object_of(told=_WHOLE),
        "Confirm": words,
        "OrderForm": {**words, "required": ["kind", "person", "scenario"]},
        "Orders": object_of(orders={"type": "array", "items": {"type": "object"}}),
        "Withdrawn": object_of(withdrawn=_YES),
        "ExamForm": words,
        "ExamMade": object_of(exam={"type": "string"}, orders=_WHOLE),
        "Exams": object_of(exams={"type": "array", "items": {"type": "object"}}),
        "Exam": {"type": "object", "required": ["id", "people", "unproven"]},
        "Retaken": object_of(people=_WHOLE),
        "Erased": object_of(
            erased=_YES, rows={"type": "object", "additionalProperties": {"type": "integer"}}
        ),
        "Share": words,
        "Shared": object_of(shown=_YES),
    }


def _reading() -> Schema:
    person = object_of(id=TEXT, name=TEXT, team=TEXT, practices=_WHOLE, overall=_NUMBER)
    team = object_of(
        team=TEXT, talks=_WHOLE, audited=_WHOLE, machine=_NUMBER, mean=_NUMBER, low=_NUMBER,
        high=_NUMBER,
    )  # fmt: skip
    practice = object_of(
        id=TEXT, title=TEXT, started_at=_TIME, overall=_NUMBER, shown=list_of(TEXT)
    )
    appeal = object_of(
        id=_WHOLE,
        person=TEXT,
        dialogue=TEXT,
        turn={"type": ["integer", "null"]},
        quote=TEXT,
        text=TEXT,
        at=_TIME,
        due=_TIME,
        late=_YES,
        upheld={"type": ["boolean", "null"]},
        reason=_MAYBE,
    )
    waiting = object_of(dialogue=TEXT, title=TEXT, drawn_at=_TIME, done=_WHOLE, wanted=_WHOLE)
    remark = object_of(id=_WHOLE, text=TEXT, at=_TIME, answer=_MAYBE)
    theme = object_of(
        theme=TEXT,
        about=TEXT,
        words=list_of(TEXT),
        count=_WHOLE,
        open=_WHOLE,
        remarks=list_of(remark),
    )
    look = object_of(at=_TIME, viewer=TEXT, person=TEXT, dialogue=_MAYBE, why=TEXT)
    return {
        "Overview": object_of(people=list_of(person), teams=list_of(team)),
        "Member": object_of(id=TEXT, name=TEXT, practices=list_of(practice)),
        "Read": object_of(
            dialogue={"$ref": "#/components/schemas/Judged"}, shown=list_of(TEXT), person=TEXT
        ),
        "Appeals": object_of(waiting=list_of(appeal), settled=list_of(appeal)),
        "Queue": object_of(waiting=list_of(waiting)),
        "Feedback": object_of(themes=list_of(theme)),
        "Looks": object_of(looks=list_of(look)),
        "CompanySheet": object_of(sheet={"anyOf": [_company_sheet(), {"type": "null"}]}),
    }


def _company_sheet() -> Schema:
    item = object_of(
        item=TEXT, points={"type": "number"}, veto=_YES, deducts=_YES, checks=list_of(TEXT)
    )
    return object_of(version=TEXT, name=TEXT, by=TEXT, used_at=_MAYBE, items=list_of(item))


def _agreement() -> Schema:
    estimate: Schema = {
        "anyOf": [
            object_of(value={"type": "number"}, low={"type": "number"}, high={"type": "number"}),
            {"type": "null"},
        ]
    }
    figures = object_of(
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
        "check": TEXT,
        "trust": {"enum": [trust.value for trust in Trust]},
        "gates": list_of({"enum": [gate.value for gate in Gate]}),
        "reference_ac1": _NUMBER,
        "reaudit_ac1": _NUMBER,
    }
    row = object_of(**state, figures={"anyOf": [figures, {"type": "null"}]})
    return {
        "Agreement": object_of(checks=list_of(row)),
        "Trusts": object_of(checks=list_of(object_of(**state, since=_TIME))),
    }
