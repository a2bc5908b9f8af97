"""Plans on the web: the trainee's own, and what a supervisor orders for the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from aiohttp import web

from bots import results
from bots.facts import mapping_of
from bots.plan_changes import changed
from bots.planning import PlanDesk
from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS, frame
from bots.web.guard import Visitor, fields_of, new_key, signed_in
from bots.web.render import page, problem
from bots.web.watching import console_frame, leave_trace
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.domain.training import Order, OrderKind, TrainingPlan, passed
from core.errors import DialogueError, NotAllowed, NotFound
from core.ports.storage import UnitOfWork
from core.services.auditing import to_mark, watches
from training_plans.orders import Practised, begun, results_of

GIVEN = (OrderKind.ASSIGN, OrderKind.EXAM, OrderKind.PIN, OrderKind.SKIP)
"""What a supervisor may order."""

EVERYBODY = "*"
_MOST_ATTEMPTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pass list; `quote` is of the practice `quoted`, both "" where none is shown."""

    order: Order
    person: Person
    title: str
    results: tuple[float, ...]
    passed: bool
    quoted: str = ""
    quote: str = ""
    blind: bool = False


async def plan_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /plan: the plan of the day with reasons, and what to read and watch."""
    deps, language = request.app[DEPS], visitor.language
    facts = await _own_facts(deps, visitor)
    items = facts["items"] if isinstance(facts["items"], list) else []
    rows = [
        (place, item, results.reason_of(language, item))
        for place, item in enumerate(items, start=1)
        if isinstance(item, dict)
    ]
    return page(
        "plan.html",
        language=language,
        facts={
            **frame(request, visitor),
            "rows": rows,
            "resources": facts["resources"],
            "micro": facts["micro"],
            "micro_reason": results.reason_of(language, mapping_of(facts, "micro")),
        },
    )


async def change_plan(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /plan: `item` from 1 goes to another day (`when`, as behind 计划) or not today."""
    deps, person = request.app[DEPS], visitor.person
    fields = await fields_of(request)
    now = deps.clock.now()
    plan = await _own_plan(deps, person)
    wish = f"{fields.get('item', '')} {fields.get('when', '')}"
    today = _desk(deps).today(now)
    try:
        order = changed(plan, wish, person_id=person.id, today=today, now=now)
    except DialogueError:
        return problem(request, "bad_order", status=400, language=visitor.language)
    await deps.transactions.write(lambda unit: unit.orders.put([order]))
    raise web.HTTPSeeOther("/plan")


async def plan_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/plan: the own plan of the day."""
    deps = request.app[DEPS]
    return web.json_response(await _own_facts(deps, visitor))


async def orders_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/orders: what was ordered for the team, who passed, and the form for more."""
    deps, viewer = request.app[DEPS], visitor.person
    people, rows = await read_orders(deps, viewer)
    seen = [(row.person.id, row.quoted) for row in rows if row.quote]
    now = deps.clock.now()
    await deps.transactions.write(
        lambda unit: leave_trace(unit, viewer, seen, why="orders", now=now)
    )
    facts = {
        **await console_frame(request, visitor),
        "people": people,
        "rows": rows,
        "kinds": [kind.value for kind in GIVEN],
        "scenarios": deps.content.scenarios(visitor.language),
        "today": _desk(deps).today(now).isoformat(),
    }
    return page("orders.html", language=visitor.language, facts=facts)


async def add_order(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/orders: one order for one person, or for everybody of the team (`*`)."""
    deps, viewer = request.app[DEPS], visitor.person
    try:
        await give(deps, viewer, await fields_of(request))
    except ValueError:
        return problem(request, "bad_order", status=400, language=visitor.language)
    raise web.HTTPSeeOther("/console/orders")


async def give(deps: WebDeps, viewer: Person, fields: Mapping[str, str]) -> Sequence[Order]:
    """Keep what a form orders. ValueError for what it cannot mean; NotFound for a case or a person
    that is not there, or not the viewer's."""
    people = await watched_trainees(deps, viewer)
    draft = order_of(fields, viewer)
    deps.content.scenario(draft.scenario_id)
    chosen = chosen_of(people, fields.get("person", ""))
    now = deps.clock.now()
    orders = [
        replace(draft, id=f"{draft.group}:{place}", person_id=one.id, at=now)
        for place, one in enumerate(chosen)
    ]
    await deps.transactions.write(lambda unit: unit.orders.put(orders))
    return orders


async def watched_trainees(deps: WebDeps, viewer: Person) -> Sequence[Person]:
    """Whom the viewer may order something."""
    if viewer.role not in WATCHERS:
        raise NotAllowed("orders")
    everyone = await deps.transactions.read(lambda unit: unit.people.everyone())
    return [one for one in everyone if one.role is Role.TRAINEE and watches(viewer, one)]


def chosen_of(people: Sequence[Person], wanted: str) -> Sequence[Person]:
    """One of them or all (`*`); NotFound for somebody else."""
    chosen = [one for one in people if wanted in (EVERYBODY, one.id)]
    if not chosen:
        raise NotFound(what="person", name=wanted)
    return chosen


async def orders_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/orders: what was ordered for my trainees, newest first, with the results unless
    the installation is for training only; a trainee's own."""
    deps, person = request.app[DEPS], visitor.person
    if person.role is not Role.TRAINEE:
        _, rows = await read_orders(deps, person)
        told = not deps.training_only
        listed: list[Json] = [_order_json(one.order, one if told else None) for one in rows]
        return web.json_response({"orders": listed})
    mine = await deps.transactions.read(
        lambda unit: begun(unit.orders.of_person(person.id), _desk(deps).practised(unit, person))
    )
    return web.json_response({"orders": [_order_json(one) for one in reversed(mine)]})


async def give_json(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/orders: pin, skip, assign or examine one trainee, or all of mine (`*`)."""
    given = await fields_of(request)
    try:
        orders = await give(request.app[DEPS], visitor.person, given)
    except ValueError:
        return problem(request, "bad_order", status=400, language=visitor.language)
    return web.json_response({"orders": [_order_json(one) for one in orders]})


async def cancel_json(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/orders/{id}/cancel"""
    await cancel(request.app[DEPS], visitor.person, request.match_info["order_id"])
    return web.json_response({"withdrawn": True})


def _order_json(order: Order, row: Row | None = None) -> dict[str, Json]:
    found: dict[str, Json] = {
        "id": order.id,
        "person": order.person_id,
        "kind": order.kind.value,
        "scenario": order.scenario_id,
        "at": order.at.isoformat(),
        "opens_on": order.opens_on.isoformat() if order.opens_on else None,
        "due_on": order.due_on.isoformat() if order.due_on else None,
        "pass_mark": order.pass_mark,
        "attempts": order.attempts,
    }
    if row is not None:
        found |= {"results": [*row.results], "passed": row.passed}
    return found


async def withdraw(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """POST /console/orders/withdraw: an order counts no more."""
    order_id = (await fields_of(request)).get("order", "")
    await cancel(request.app[DEPS], visitor.person, order_id)
    raise web.HTTPSeeOther("/console/orders")


async def cancel(deps: WebDeps, viewer: Person, order_id: str) -> None:
    """Withdraw an order somebody gave. NotFound for one of people the viewer does not watch."""
    mine = {one.id for one in await watched_trainees(deps, viewer)}

    def work(unit: UnitOfWork) -> None:
        order = unit.orders.get(order_id)
        if order.person_id not in mine or order.kind not in GIVEN:
            raise NotFound(what="order", name=order_id)
        unit.orders.put([replace(order, withdrawn=True)])

    await deps.transactions.write(work)


def order_of(fields: Mapping[str, str], viewer: Person) -> Order:
    """The order a form describes, for nobody yet. ValueError for what it cannot mean."""
    kind = OrderKind(fields.get("kind", ""))
    if kind not in GIVEN:
        raise ValueError(kind)
    opens, due = (_day(fields.get(name, "")) for name in ("opens_on", "due_on"))
    if opens and due and due < opens:
        raise ValueError(due)
    mark = fields.get("pass_mark", "").strip()
    tries = fields.get("attempts", "").strip()
    pass_mark = float(mark) if mark else None
    attempts = int(tries) if tries else None
    if pass_mark is not None and not 0 <= pass_mark <= 10:
        raise ValueError(mark)
    if attempts is not None and not 1 <= attempts <= _MOST_ATTEMPTS:
        raise ValueError(tries)
    measured = kind in (OrderKind.ASSIGN, OrderKind.EXAM)
    return Order(
        id="",
        person_id="",
        by_id=viewer.id,
        kind=kind,
        scenario_id=fields.get("scenario", ""),
        at=_EPOCH,
        opens_on=opens,
        due_on=due,
        pass_mark=pass_mark if measured else None,
        attempts=attempts if measured else None,
        group=new_key(),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text.strip() else None


async def read_orders(deps: WebDeps, viewer: Person) -> tuple[Sequence[Person], Sequence[Row]]:
    """The trainees the viewer watches over and what was ordered for them, newest first."""
    desk = _desk(deps)
    people = {one.id: one for one in await watched_trainees(deps, viewer)}

    def work(unit: UnitOfWork) -> tuple[Sequence[Person], Sequence[Row]]:
        blind = to_mark(unit, viewer)
        given: dict[str, list[Order]] = {}
        for order in unit.orders.open_orders():
            if order.person_id in people and order.kind in GIVEN:
                given.setdefault(order.person_id, []).append(order)
        rows = []
        for name, orders in given.items():
            practised = desk.practised(unit, people[name])
            for order in begun(orders, practised):
                row = _row(unit, deps, order, people[name], practised)
                # What the viewer is to mark blindly: neither results nor the worst sentence.
                hidden = replace(row, results=(), passed=False, quote="", blind=True)
                rows.append(hidden if row.quoted in blind else row)
        rows.sort(key=lambda row: (row.order.at, row.order.id), reverse=True)
        return list(people.values()), rows

    return await deps.transactions.read(work)


def _row(
    unit: UnitOfWork, deps: WebDeps, order: Order, person: Person, practised: Sequence[Practised]
) -> Row:
    found = results_of(order, practised)
    quoted, quote = _quote(unit, order, practised)
    return Row(
        order=order,
        person=person,
        title=deps.content.scenario(order.scenario_id).title,
        results=tuple(found),
        passed=passed(order, found),
        quoted=quoted,
        quote=quote,
    )


def _quote(unit: UnitOfWork, order: Order, practised: Sequence[Practised]) -> tuple[str, str]:
    """The newest result that may be read, and the sentence to mend first in it."""
    for one in practised:
        if one.scenario_id != order.scenario_id or one.attempt.at < order.at:
            continue
        if order.kind is OrderKind.EXAM and not one.exam:
            continue
        if not unit.shares.why_shown(one.dialogue_id):
            continue
        kept = unit.scorecards.get(one.dialogue_id)
        fixes = kept[1].fixes if kept else ()
        return one.dialogue_id, next((fix.quote for fix in fixes if fix.quote), "")
    return "", ""


async def _own_facts(deps: WebDeps, visitor: Visitor) -> dict[str, Json]:
    """The plan of the day with its micro-drill, as plain data."""
    now, desk, person = deps.clock.now(), _desk(deps), visitor.person
    plan = await deps.transactions.read(lambda unit: desk.plan(unit, person, now))
    return desk.plan_facts(visitor.language, plan)


async def _own_plan(deps: WebDeps, person: Person) -> TrainingPlan:
    now = deps.clock.now()
    return await deps.transactions.read(lambda unit: _desk(deps).plan(unit, person, now))


def _desk(deps: WebDeps) -> PlanDesk:
    return PlanDesk(deps.content, deps.zone)


def routes() -> list[web.AbstractRouteDef]:
    """The routes of plans and orders."""
    return [
        web.get("/plan", signed_in(plan_page)),
        web.post("/plan", signed_in(change_plan)),
        web.get("/api/v1/plan", signed_in(plan_json)),
        web.get("/console/orders", signed_in(orders_page)),
        web.post("/console/orders", signed_in(add_order)),
        web.post("/console/orders/withdraw", signed_in(withdraw)),
        web.get("/api/v1/orders", signed_in(orders_json)),
        web.post("/api/v1/orders", signed_in(give_json)),
        web.post("/api/v1/orders/{order_id}/cancel", signed_in(cancel_json)),
    ]
