"""The JSON API of a company's figures: the map of a team, and business results that come in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from bots.web.deps import DEPS
from bots.web.frame import WATCHERS
from bots.web.guard import Visitor, signed_in
from bots.web.team_map import read_map
from bots.web.watching import taken_along
from core.catalogue import say
from core.domain.list_change import ListKind
from core.domain.messages import Json
from core.domain.people import Person, Role
from core.domain.results import BusinessResult
from core.errors import NotAllowed
from core.ports.storage import UnitOfWork
from core.services import progress
from core.services.list_file import Changes, ListFault
from core.services.list_keeping import keep
from core.services.results_import import preview, result_key
from training_plans.results_map import CUTS

MOST_RESULTS = 1000
"""Of one request; a body of 64 KiB holds fewer anyway."""

_MOST_CONTACTS = 10**9
_LONGEST_TYPE = 64


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the result at `index` (from 0)."""

    index: int
    fault: ListFault
    about: str


async def team_json(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/map"""
    drawn = (await read_map(request.app[DEPS], visitor.person)).drawn
    places: list[Json] = [
        {
            "person": place.person_id,
            "results": round(place.results, 1),
            "results_error": round(place.results_error, 1),
            "ability": round(place.ability, 1),
            "ability_error": round(place.ability_error, 1),
            "cell": {"results": place.cell[0].value, "ability": place.cell[1].value},
            "near_a_cut": place.is_near_a_cut,
            "contacts": place.contacts,
            "drills": place.drills,
            "by_metric": {name: round(points, 1) for name, points in place.by_metric.items()},
        }
        for place in drawn.places
    ]
    missing: list[Json] = [
        {"person": one.person_id, "drills": one.drills, "contacts": one.contacts}
        for one in drawn.missing
    ]
    found: dict[str, Json] = {"cuts": list(CUTS), "places": places, "missing": missing}
    return web.json_response({**found, "tracker_version": progress.TRACKER_VERSION})


async def add_results(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/results: all of them or none. A supervisor writes about the own team only."""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("results")
    deps = request.app[DEPS]
    try:
        body = await request.json()
        given, dry_run = list(body["results"]), bool(body.get("dry_run", False))
    except (ValueError, KeyError, TypeError, AttributeError):
        return _wrong(visitor.language, [Fault(0, ListFault.NOT_TEXT, "results")])
    if len(given) > MOST_RESULTS:
        return _wrong(visitor.language, [Fault(MOST_RESULTS, ListFault.TOO_LONG, "results")])
    read = [_result(index, one, deps.metrics) for index, one in enumerate(given)]
    results = [one for one in read if isinstance(one, BusinessResult)]
    faults = [one for one in read if isinstance(one, Fault)]
    faults += _twice(read)

    def work(unit: UnitOfWork) -> Changes | list[Fault]:
        unknown = _strangers(unit, visitor.person, read)
        if faults or unknown:
            return [*faults, *unknown]
        counts, changes = preview(unit, results)
        if not dry_run:
            keep(
                unit,
                ListKind.RESULTS,
                changes,
                now=deps.clock.now(),
                by_id=visitor.person.id,
            )
        return counts

    outcome = await (deps.transactions.read if dry_run else deps.transactions.write)(work)
    if isinstance(outcome, list):
        return _wrong(visitor.language, sorted(outcome, key=lambda fault: fault.index))
    return web.json_response(
        {"new": outcome.new, "changed": outcome.changed, "same": outcome.same, "kept": not dry_run}
    )


def _result(index: int, one: Any, metrics: Mapping[str, object]) -> BusinessResult | Fault:  # noqa: ANN401 - JSON of a stranger, checked here
    if not isinstance(one, dict):
        return Fault(index, ListFault.EMPTY, "")
    person, metric, period = one.get("person"), one.get("metric"), one.get("period")
    value, contacts, kind = one.get("value"), one.get("contacts"), one.get("contact_type", "")
    if not isinstance(person, str) or not person:
        return Fault(index, ListFault.NO_VALUE, "person")
    if not isinstance(metric, str) or metric not in metrics:
        return Fault(index, ListFault.NO_COLUMN, str(metric))
    try:
        day = date.fromisoformat(period if isinstance(period, str) else "")
    except ValueError:
        return Fault(index, ListFault.BAD_DAY, str(period))
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return Fault(index, ListFault.BAD_NUMBER, "value")
    if type(contacts) is not int or not 0 <= contacts < _MOST_CONTACTS:
        return Fault(index, ListFault.BAD_NUMBER, "contacts")
    if not isinstance(kind, str) or len(kind) > _LONGEST_TYPE or kind != kind.strip():
        return Fault(index, ListFault.TOO_LONG, "contact_type")
    return BusinessResult(person, metric, day, float(value), contacts, kind)


def _twice(read: Sequence[BusinessResult | Fault]) -> Sequence[Fault]:
    seen: set[tuple[str, str, date, str]] = set()
    faults = []
    for index, one in enumerate(read):
        if isinstance(one, Fault):
            continue
        if result_key(one) in seen:
            faults.append(Fault(index, ListFault.LINE_TWICE, one.person_id))
        seen.add(result_key(one))
    return faults


def _strangers(
    unit: UnitOfWork, viewer: Person, read: Sequence[BusinessResult | Fault]
) -> Sequence[Fault]:
    """Results of people who are not known, or whom the viewer does not watch over: one answer."""
    everyone = unit.people.everyone()
    known = {one.id for one in everyone if viewer.role is Role.ADMIN or one.team == viewer.team}
    return [
        Fault(index, ListFault.UNKNOWN_PERSON, one.person_id)
        for index, one in enumerate(read)
        if isinstance(one, BusinessResult) and one.person_id not in known
    ]


def _wrong(language: str, faults: Sequence[Fault]) -> web.Response:
    listed: list[Json] = [
        {"index": one.index, "fault": one.fault.value, "about": one.about[:64]} for one in faults
    ]
    text = say(language, "page.bad_results")
    return web.json_response({"problem": "bad_results", "text": text, "faults": listed}, status=400)


def routes() -> list[web.AbstractRouteDef]:
    """The routes of a company's figures."""
    return [
        web.get("/api/v1/map", signed_in(taken_along(team_json))),
        web.post("/api/v1/results", signed_in(add_results)),
    ]
