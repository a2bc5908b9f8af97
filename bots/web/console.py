"""The supervisor's console: people in figures, teams with intervals, one person's talks."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.watching import console_frame, team_of, watched, watcher
from core.domain.dialogue import Dialogue
from core.domain.people import Person
from core.domain.practice_record import PracticeRecord
from core.domain.review import ShownWhy
from core.ports.storage import UnitOfWork
from core.services.auditing import (
    MOST_TALKS,
    PERIOD,
    TeamMean,
    team_means,
    to_mark,
    watches,
)
from core.services.judged import case_title, title_of

LISTED = 50
"""Practices of one person that are listed, the newest first."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person in figures. `practices` are judged ones; `more`: there may be more of them than
    were counted."""

    person: Person
    practices: int
    overall: float | None
    title: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page of the console shows."""

    members: tuple[Member, ...]
    means: tuple[TeamMean, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """One practice of a person: its score, and why its words may be read (or may not). The score
    is None where there is none, and while the viewer is to mark the talk blindly (`blind`)."""

    dialogue: Dialogue
    overall: float | None
    title: str
    why: tuple[ShownWhy, ...]
    blind: bool


async def console(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console: the supervisor's own team; every team for an admin."""
    overview = await read_overview(request.app[DEPS], watcher(visitor))
    facts = {**await console_frame(request, visitor), "overview": overview}
    return page("console.html", language=visitor.language, facts=facts)


async def read_overview(deps: WebDeps, viewer: Person) -> Overview:
    """People the viewer watches over in figures, and the means of their teams."""
    team, now = team_of(viewer), deps.clock.now()

    def work(unit: UnitOfWork) -> Overview:
        everyone = unit.people.everyone()
        people = [person for person in everyone if watches(viewer, person)]
        means = team_means(
            unit.audits.pool(team=team, since=now - PERIOD, limit=MOST_TALKS),
            unit.audits.reviews(team=team),
            unit.audits.tasks(team=team, limit=MOST_TALKS),
            {person.id: person.team for person in everyone},
        )
        records = deps.records.of(unit, [person.id for person in people])
        blind = to_mark(unit, viewer)
        members = [_member(deps, person, records.get(person.id), blind) for person in people]
        return Overview(tuple(members), tuple(means))

    return await deps.transactions.read(work)


def _member(
    deps: WebDeps, person: Person, record: PracticeRecord | None, blind: frozenset[str]
) -> Member:
    if record is None or record.newest is None:
        return Member(person, 0, None, "")
    last = record.newest
    title = case_title(deps.content, last.scenario_id)
    overall = None if last.dialogue_id in blind else last.overall
    return Member(person, record.whole, overall, title, more=record.is_cut)


async def person_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/people/{id}: practices in figures; words only behind those that may be read."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    person, held = await read_person(deps, viewer, request.match_info["person_id"])
    facts = {**await console_frame(request, visitor), "member": person, "held": held}
    return page("console_person.html", language=visitor.language, facts=facts)


async def read_person(
    deps: WebDeps, viewer: Person, person_id: str
) -> tuple[Person, tuple[Held, ...]]:
    """One person the viewer watches over, and their scored practices, newest first."""

    def work(unit: UnitOfWork) -> tuple[Person, tuple[Held, ...]]:
        person = watched(unit, viewer, person_id)
        blind = to_mark(unit, viewer)
        held = tuple(
            Held(
                dialogue,
                None if dialogue.id in blind else card.overall,
                title_of(deps.content, dialogue),
                tuple(unit.shares.why_shown(dialogue.id)),
                blind=dialogue.id in blind,
            )
            for dialogue, card in unit.scorecards.of_person(person_id, limit=LISTED)
        )
        return person, held

    return await deps.transactions.read(work)


def routes() -> list[web.AbstractRouteDef]:
    """The console's first routes."""
    return [
        web.get("/console", signed_in(console)),
        web.get("/console/people/{person_id}", signed_in(person_page)),
    ]
