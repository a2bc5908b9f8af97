"""Class exams on the console: a blueprint, one pass list, retakes; and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from bots.book import as_xlsx
from bots.exams import (
    Exam,
    Terms,
    as_csv,
    exam_orders,
    pass_list,
    read_exams,
    retake_orders,
    state_of,
)
from bots.planning import PlanDesk
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, fields_of, new_key, signed_in
from bots.web.plans import EVERYBODY, chosen_of, order_of, watched_trainees
from bots.web.reading import unproven_in
from bots.web.render import page, problem, wants_json
from bots.web.watching import console_frame, leave_trace, taken_along
from core.catalogue import say
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.scenario import Difficulty
from core.errors import NotFound, TooFewCases
from core.ports.storage import UnitOfWork
from training_plans.exams import MOST_CASES, MOST_ROUNDS, Slot

LINES = 4
"""Lines of a blueprint in the form; JSON sends as many fields as it likes, numbered from 1."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def exams_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/exams: the exams of my trainees and the form for another one."""
    deps = request.app[DEPS]
    people = await watched_trainees(deps, visitor.person)
    scenarios = deps.content.scenarios(visitor.language)
    facts = {
        **await console_frame(request, visitor),
        "exams": await _exams(deps, people),
        "people": people,
        "families": sorted({one.family for one in scenarios}),
        "difficulties": [one.value for one in Difficulty],
        "lines": range(1, LINES + 1),
        "most_rounds": MOST_ROUNDS,
        "today": _desk(deps).today(deps.clock.now()).isoformat(),
    }
    return page("exams.html", language=visitor.language, facts=facts)


async def add_exam(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/exams and /api/v1/exams: an exam for one trainee, or for all of mine."""
    deps, viewer = request.app[DEPS], visitor.person
    people = await watched_trainees(deps, viewer)
    fields = await fields_of(request)
    try:
        blueprint, terms = blueprint_of(fields), _terms(fields, viewer)
    except ValueError:
        return problem(request, "bad_exam", status=400, language=visitor.language)
    chosen = chosen_of(people, fields.get("person", EVERYBODY))
    key, now = new_key(), deps.clock.now()
    try:
        orders = exam_orders(
            chosen, blueprint, terms, by=viewer, key=key, desk=_desk(deps), now=now
        )
    except TooFewCases:
        return problem(request, "few_cases", status=400, language=visitor.language)
    await deps.transactions.write(lambda unit: unit.orders.put(orders))
    group = orders[0].group
    if wants_json(request):
        return web.json_response({"exam": group, "orders": len(orders)})
    raise web.HTTPSeeOther(f"/console/exams/{group}")


async def exam_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/exams/{exam}: the pass list with quotes; each quote leaves a trace."""
    deps = request.app[DEPS]
    exam = await _seen(request, visitor)
    facts = {
        **await console_frame(request, visitor),
        "exam": exam,
        "table": pass_list(visitor.language, exam, _desk(deps)),
        "unproven": await deps.transactions.read(unproven_in),
        "retakes": any(one.failed for one in exam.candidates),
        "may_export": not deps.training_only,
    }
    return page("exam.html", language=visitor.language, facts=facts)


async def exam_file(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/exams/{exam}/list.csv or .xlsx: the pass list to take along."""
    deps, kind = request.app[DEPS], request.match_info["kind"]
    table = pass_list(visitor.language, await _seen(request, visitor), _desk(deps))
    title = say(visitor.language, "exam.title")
    body = as_csv(table) if kind == "csv" else as_xlsx(table, title=title)
    return web.Response(
        body=body,
        content_type="text/csv" if kind == "csv" else _XLSX,
        headers={"Content-Disposition": f'attachment; filename="exam.{kind}"'},
    )


async def retake(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST .../retake: another draw for everybody whose last round was not passed."""
    deps, viewer = request.app[DEPS], visitor.person
    exam = await _exam(request, visitor)
    now = deps.clock.now()
    orders = [
        order
        for one in exam.candidates
        if one.failed
        for order in retake_orders(
            _with_window(exam, await fields_of(request), viewer),
            deps.content.scenarios(one.person.language),
            one,
            by=viewer,
            now=now,
        )
    ]
    await deps.transactions.write(lambda unit: unit.orders.put(orders))
    if wants_json(request):
        return web.json_response({"people": len({one.person_id for one in orders})})
    raise web.HTTPSeeOther(f"/console/exams/{exam.id}")


async def exams_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/exams"""
    deps = request.app[DEPS]
    found = await _exams(deps, await watched_trainees(deps, visitor.person))
    return web.json_response({"exams": [_json(one) for one in found]})


async def exam_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/exams/{exam}: one exam with its pass list."""
    unproven = await request.app[DEPS].transactions.read(unproven_in)
    return web.json_response(_json(await _seen(request, visitor)) | {"unproven": unproven})


def blueprint_of(fields: Mapping[str, str]) -> tuple[Slot, ...]:
    """The lines `difficulty-1`, `count-1`, `family-1` and so on. ValueError for none or a wrong
    one, or for more than MOST_CASES cases together."""
    slots = []
    for line in range(1, MOST_CASES + 1):
        count = fields.get(f"count-{line}", "").strip()
        if count and int(count):
            difficulty = Difficulty(fields.get(f"difficulty-{line}", ""))
            slots.append(Slot(difficulty, int(count), fields.get(f"family-{line}", "")))
    total = sum(one.count for one in slots)
    if not 0 < total <= MOST_CASES or any(one.count < 0 for one in slots):
        raise ValueError(total)
    return tuple(slots)


def _terms(fields: Mapping[str, str], viewer: Person) -> Terms:
    order = order_of({**fields, "kind": "exam"}, viewer)
    rounds = int(fields.get("rounds", "").strip() or 1)
    if not 1 <= rounds <= MOST_ROUNDS:
        raise ValueError(rounds)
    return Terms(order.opens_on, order.due_on, order.pass_mark, order.attempts or 1, rounds)


def _with_window(exam: Exam, fields: Mapping[str, str], viewer: Person) -> Exam:
    """The exam with a window of its own for the retake: the old one may be over."""
    try:
        terms = _terms(fields, viewer)
    except ValueError:
        terms = Terms()
    window = replace(exam.terms, opens_on=terms.opens_on, due_on=terms.due_on)
    return replace(exam, terms=window)


async def _exams(deps: WebDeps, people: Sequence[Person], only: str = "") -> Sequence[Exam]:
    now = deps.clock.now()
    return await deps.transactions.read(
        lambda unit: read_exams(unit, _desk(deps), people, now=now, only=only)
    )


async def _exam(request: web.Request, visitor: Visitor) -> Exam:
    """The exam that is asked for. NotFound where none of the viewer's trainees sits it."""
    deps, group = request.app[DEPS], request.match_info["exam"]
    people = await watched_trainees(deps, visitor.person)
    found = await _exams(deps, people, group)
    if not found:
        raise NotFound(what="exam", name=group)
    return found[0]


async def _seen(request: web.Request, visitor: Visitor) -> Exam:
    """The same, with the trace that looking at its results and quotes leaves: whoever has seen
    them marks these talks no more blindly."""
    deps, exam = request.app[DEPS], await _exam(request, visitor)
    quoted = [
        (one.person.id, dialogue_id)
        for one in exam.candidates
        for dialogue_id, _ in one.quotes.values()
    ]
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> None:
        leave_trace(unit, visitor.person, quoted, why="orders", now=now)

    await deps.transactions.write(work)
    return exam


def _json(exam: Exam) -> dict[str, Json]:
    terms = exam.terms
    return {
        "id": exam.id,
        "opens_on": terms.opens_on.isoformat() if terms.opens_on else None,
        "due_on": terms.due_on.isoformat() if terms.due_on else None,
        "pass_mark": terms.pass_mark,
        "rounds": terms.rounds,
        "people": [
            {
                "person": one.person.id,
                "passed": one.passed,
                "rounds": [
                    {
                        "round": sat.number,
                        "state": state_of(sat),
                        "mean": sat.mean,
                        "cases": [
                            {"scenario": case.order.scenario_id, "result": case.result}
                            for case in sat.cases
                        ],
                    }
                    for sat in one.rounds
                ],
            }
            for one in exam.candidates
        ],
    }


def _desk(deps: WebDeps) -> PlanDesk:
    return PlanDesk(deps.content, deps.zone)


def routes() -> list[web.AbstractRouteDef]:
    """The routes of class exams."""
    return [
        web.get("/console/exams", signed_in(exams_page)),
        web.post("/console/exams", signed_in(add_exam)),
        web.get("/console/exams/{exam}", signed_in(exam_page)),
        web.get("/console/exams/{exam}/list.{kind:csv|xlsx}", signed_in(taken_along(exam_file))),
        web.post("/console/exams/{exam}/retake", signed_in(retake)),
        web.get("/api/v1/exams", signed_in(taken_along(exams_json))),
        web.post("/api/v1/exams", signed_in(add_exam)),
        web.get("/api/v1/exams/{exam}", signed_in(taken_along(exam_json))),
        web.post("/api/v1/exams/{exam}/retake", signed_in(retake)),
    ]
