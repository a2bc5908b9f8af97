"""The map of a team for its supervisor: business results × ability, and an action per cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp import web
from markupsafe import Markup

from bots.facts import joined, number
from bots.pictures.results_map import CROWD, MapPoint, results_map
from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.watching import console_frame
from core.catalogue import say
from core.domain.people import Person, Role
from core.domain.practice_record import PracticeRecord
from core.domain.results import standings
from core.errors import NotAllowed
from core.ports.storage import UnitOfWork
from core.services import progress
from core.services.auditing import watches
from training_plans.results_map import CUTS, AbilityPoint, Band, Missing, Place, TeamMap, team_map

LOOK_BACK = timedelta(days=92)
"""Results of older periods say little about today."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A person on the map; `number` is what the picture calls them."""

    number: int
    id: str
    name: str
    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell in words: what it is called, what to do, and who is in it."""

    name: str
    action: str
    people: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class TeamView:
    """The map, and the people it is about by id."""

    people: dict[str, Person]
    drawn: TeamMap


async def team_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/map"""
    view = await read_map(request.app[DEPS], visitor.person)
    language = visitor.language
    names = {key: person.name for key, person in view.people.items()}
    facts = {
        **await console_frame(request, visitor),
        "picture": Markup(picture(language, view)),
        "may_export": not request.app[DEPS].training_only,
        "cells": _cells(request.app[DEPS], language, view.drawn, names),
        "how": _how(request.app[DEPS], language),
        "version": progress.TRACKER_VERSION,
        "missing": [(names[one.person_id], _lacks(language, one)) for one in view.drawn.missing],
        "cuts": [f"{cut:g}" for cut in CUTS],
        "crowded": len(view.drawn.places) > CROWD,
    }
    return page("team_map.html", language=language, facts=facts)


async def read_map(deps: WebDeps, viewer: Person) -> TeamView:
    """The map of the trainees the viewer watches over. NotAllowed for who watches over nobody."""
    if viewer.role not in WATCHERS:
        raise NotAllowed("map")
    now = deps.clock.now()
    since: date = (now - LOOK_BACK).astimezone(deps.zone).date()

    def work(unit: UnitOfWork) -> TeamView:
        everyone = unit.people.everyone()
        seen = [one for one in everyone if one.role is Role.TRAINEE and watches(viewer, one)]
        # Few contacts are pulled to the mean of the whole team, so all of it is read.
        teams = {person.id: person.team for person in everyone}
        metrics = [named.metric for named in deps.metrics.values()]
        found = standings(unit.results.since(since), metrics, teams=teams)
        records = deps.records.of(unit, [person.id for person in seen])
        points = [_ability(person.id, records.get(person.id), now) for person in seen]
        return TeamView({person.id: person for person in seen}, team_map(points, found))

    return await deps.transactions.read(work)


def _ability(person_id: str, record: PracticeRecord | None, now: datetime) -> AbilityPoint:
    if record is None:
        return AbilityPoint(person_id, None, 0.0, 0)
    levels = record.profile(now).levels
    shown = [found for level in levels if (found := progress.shown(level)) is not None]
    if not shown:
        return AbilityPoint(person_id, None, 0.0, record.whole)
    points = 10 * sum(one.value for one in shown) / len(shown)
    # The abilities of one person go up and down together: their errors are not averaged away.
    error = 10 * sum((one.high - one.low) / 2 for one in shown) / len(shown)
    return AbilityPoint(person_id, points, error, record.whole)


def picture(language: str, view: TeamView) -> str:
    """The map as SVG; empty while nobody has a place on it."""
    drawn = view.drawn
    if not drawn.places:
        return ""
    points = [
        MapPoint(str(at), place.results, place.ability, place.results_error, place.ability_error)
        for at, place in enumerate(drawn.places, start=1)
    ]
    told = _told(language, view) if len(points) <= CROWD else _told_crowd(language, drawn)
    return results_map(
        points,
        cuts=CUTS,
        axes=(say(language, "map.results"), say(language, "map.ability")),
        title=say(language, "map.title"),
        text=told,
    )


def _told(language: str, view: TeamView) -> str:
    return joined(
        language,
        [
            say(
                language,
                "map.told",
                number=at,
                name=view.people[place.person_id].name,
                results=number(place.results),
                ability=number(place.ability),
            )
            for at, place in enumerate(view.drawn.places, start=1)
        ],
    )


def _told_crowd(language: str, drawn: TeamMap) -> str:
    """Of many people how many there are in each cell."""
    return joined(
        language,
        [
            say(language, "map.told_cell", cell=_name(language, *cell), count=len(people))
            for cell, people in drawn.cells().items()
        ],
    )


def _name(language: str, results: Band, ability: Band) -> str:
    return say(
        language,
        "map.cell",
        results=say(language, f"map.band.{results.value}"),
        ability=say(language, f"map.band.{ability.value}"),
    )


def _how(deps: WebDeps, language: str) -> str:
    """Which metrics the results are made of, from where to where."""
    metrics = [
        say(
            language,
            "map.metric",
            name=_metric(deps, language, one.metric.id),
            floor=f"{one.metric.floor:g}",
            goal=f"{one.metric.goal:g}",
        )
        for one in deps.metrics.values()
    ]
    since = (deps.clock.now() - LOOK_BACK).astimezone(deps.zone).date()
    return say(language, "map.how", metrics=joined(language, metrics), since=since)


def _metric(deps: WebDeps, language: str, metric: str) -> str:
    named = deps.metrics.get(metric)
    return metric if named is None else named.names[0 if language == "zh" else -1]


def _why(deps: WebDeps, language: str, place: Place) -> str:
    """What stands behind a person's two figures."""
    metrics = [
        say(language, "map.points", name=_metric(deps, language, name), points=number(points))
        for name, points in place.by_metric.items()
    ]
    counts = {"contacts": place.contacts, "drills": place.drills}
    return say(language, "map.why", metrics=joined(language, metrics), **counts)


def _cells(deps: WebDeps, language: str, drawn: TeamMap, names: dict[str, str]) -> Sequence[Cell]:
    """All nine cells, best results and ability first."""
    at = {place.person_id: number for number, place in enumerate(drawn.places, start=1)}
    places = {place.person_id: place for place in drawn.places}
    held = drawn.cells()
    order = (Band.HIGH, Band.MIDDLE, Band.LOW)
    return [
        Cell(
            _name(language, results, ability),
            say(language, f"map.action.{results.value}_{ability.value}"),
            tuple(
                Placed(at[one], one, names[one], places[one], _why(deps, language, places[one]))
                for one in held.get((results, ability), ())
            ),
        )
        for results in order
        for ability in order
    ]


def _lacks(language: str, one: Missing) -> str:
    """What is missing for a place, in words; drills that are not enough for a level count too."""
    parts = [
        say(language, f"map.lacks_{what}", count=count)
        for what, count in (("drills", one.drills), ("contacts", one.contacts))
        if count
    ]
    return joined(language, parts) or say(language, "map.lacks_level")


def routes() -> list[web.AbstractRouteDef]:
    """The map's route."""
    return [
        web.get("/console/map", signed_in(team_page)),
    ]
