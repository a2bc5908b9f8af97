"""The company on the console: site, vendor, team, the figures of each, and who is not reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from bots.planning import PlanDesk
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.watching import console_frame, watcher
from core.domain.ability import TRACKER_VERSION, overall_level, profile_of
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.ports.storage import UnitOfWork
from core.services.auditing import watches
from training_plans.organisation import Figure, Member, Node, thinned, tree

LOOK_BACK = timedelta(days=28)
OPENED = 500
"""People whose ability and reach are looked up for one page; in a larger company one team at a
time."""


async def organisation_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/organisation?team=…"""
    found = await read_organisation(request, watcher(visitor))
    team = request.query.get("team", "")
    facts = {
        **await console_frame(request, visitor),
        "tree": found,
        "listed": _listed(found, team),
        "days": LOOK_BACK.days,
        "version": TRACKER_VERSION,
        "team": team,
    }
    return page("organisation.html", language=visitor.language, facts=facts)


async def organisation_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/console/organisation?team=…"""
    return web.json_response(_json(await read_organisation(request, watcher(visitor))))


async def read_organisation(request: web.Request, viewer: Person) -> Node:
    """The trainees the viewer watches over, as a tree. NotAllowed for who watches over nobody."""
    deps, team = request.app[DEPS], request.query.get("team", "")
    return await deps.transactions.read(lambda unit: _read(unit, deps, viewer, team))


def _read(unit: UnitOfWork, deps: WebDeps, viewer: Person, team: str) -> Node:
    seen = [
        one
        for one in unit.people.everyone()
        if one.role is Role.TRAINEE and one.active and watches(viewer, one)
    ]
    opened = seen if len(seen) <= OPENED else [one for one in seen if one.team == team][:OPENED]
    levels = _levels(unit, deps, opened)
    away = {
        one.id: lacking[0].why
        for one in opened
        if (lacking := deps.reports.reach.unreached(unit, [one]))
    }
    asked = {one.id for one in opened}
    tallies = unit.scorecards.tallies(since=deps.clock.now() - LOOK_BACK)
    members = []
    for one in seen:
        practices, mean = tallies.get(one.id, (0, None))
        level, why = levels.get(one.id), away.get(one.id)
        members.append(Member(one, practices, mean, level, why, asked=one.id in asked))
    return thinned(tree(members))


def _listed(node: Node, team: str) -> Sequence[Member]:
    """Who is not reached, of one team where one is asked for."""
    if node.unreached is not None:
        return [one for one in node.unreached if team in ("", one.person.team)]
    return [one for child in node.children for one in _listed(child, team)]


def _levels(unit: UnitOfWork, deps: WebDeps, people: Sequence[Person]) -> dict[str, float]:
    """The mean shown level of each person who has one."""
    desk, now = PlanDesk(deps.content, deps.zone), deps.clock.now()
    practised = desk.practised_of(unit, [one.id for one in people]) if people else {}
    found = {
        name: overall_level(profile_of(name, [one.attempt for one in held], now=now))
        for name, held in practised.items()
    }
    return {name: level for name, level in found.items() if level is not None}


def _json(node: Node) -> dict[str, Json]:
    unreached: list[Json] | None = None
    if node.unreached is not None:
        unreached = [
            {"person": one.person.id, "reason": one.unreached.value if one.unreached else ""}
            for one in node.unreached
        ]
    children: list[Json] = [_json(child) for child in node.children]
    return {
        "kind": node.level_of.value,
        "name": node.name,
        "people": node.people,
        "practised": node.practised,
        "practices": node.practices,
        "mean": _figure_json(node.mean),
        "ability": _figure_json(node.level),
        "unreached": unreached,
        "children": children,
    }


def _figure_json(figure: Figure | None) -> Json:
    if figure is None:
        return None
    return {
        "value": round(figure.value, 2),
        "error": round(figure.error, 2),
        "people": figure.people,
    }


def routes() -> list[web.AbstractRouteDef]:
    """The routes of the tree."""
    return [
        web.get("/console/organisation", signed_in(organisation_page)),
        web.get("/api/v1/console/organisation", signed_in(organisation_json)),
    ]
