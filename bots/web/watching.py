"""What all desks of the console share: whose words may be seen, and the trace each look leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS, frame
from bots.web.guard import Page, Visitor
from bots.web.render import problem
from core.domain.dialogue import Dialogue
from core.domain.people import Person, Role
from core.domain.review import Look
from core.errors import NotAllowed, NotFound
from core.ports.storage import UnitOfWork
from core.services.auditing import waiting_for, watches
from core.services.remark_themes import clustered

LISTED = 100
AUTHORS = frozenset({Role.AUTHOR, *WATCHERS})
"""Who reads feedback: authors and admins all of it, supervisors that of their team."""


def team_of(viewer: Person) -> str | None:
    """The team whose words the viewer may see; None is every team."""
    return viewer.team if viewer.role is Role.SUPERVISOR else None


def watcher(visitor: Visitor) -> Person:
    """The visitor, if they watch over people. Raises NotAllowed."""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("console")
    return visitor.person


def author(visitor: Visitor) -> Person:
    """The visitor, if they read feedback. Raises NotAllowed."""
    if visitor.person.role not in AUTHORS:
        raise NotAllowed("feedback")
    return visitor.person


def taken_along(work: Page) -> Page:
    """A handler that hands out results about people as data, as a file or as a picture: refused
    while the installation is for training only. The console's own pages go on showing them."""

    async def handle(request: web.Request, visitor: Visitor) -> web.StreamResponse:
        if request.app[DEPS].training_only:
            return problem(request, "training_only", status=403, language=visitor.language)
        return await work(request, visitor)

    return handle


def watched(unit: UnitOfWork, viewer: Person, person_id: str) -> Person:
    """The person, if the viewer watches over them; else NotFound: ids tell nothing."""
    person = unit.people.get(person_id)
    if not watches(viewer, person):
        raise NotFound(what="person", name=person_id)
    return person


def readable(unit: UnitOfWork, viewer: Person, dialogue_id: str) -> tuple[Dialogue, Person]:
    """A dialogue whose words the viewer may see. NotFound for all others."""
    dialogue = unit.dialogues.get(dialogue_id)
    person = watched(unit, viewer, dialogue.person_id)
    if not unit.shares.why_shown(dialogue_id):
        raise NotFound(what="dialogue", name=dialogue_id)
    return dialogue, person


def leave_trace(
    unit: UnitOfWork,
    viewer: Person,
    seen: Iterable[tuple[str, str | None]],
    *,
    why: str,
    now: datetime,
) -> None:
    """Whoever looks at a person's words leaves a trace: (person, dialogue) each. One's own
    words leave none."""
    looks = [
        Look(viewer.id, person_id, dialogue_id, why, now)
        for person_id, dialogue_id in dict.fromkeys(seen)
        if person_id != viewer.id
    ]
    unit.looks.add(looks)


@dataclass(frozen=True, slots=True)
class Desks:
    """What waits at each desk of the console."""

    appeals: int
    queue: int
    feedback: int


async def desks(deps: WebDeps, viewer: Person) -> Desks:
    """The figures in the console's menu; at most LISTED are counted."""
    team = team_of(viewer)

    def work(unit: UnitOfWork) -> Desks:
        themed = clustered(unit.feedback.recent(team=team, limit=LISTED))
        if viewer.role not in WATCHERS:
            return Desks(0, 0, sum(theme.open for theme in themed))
        return Desks(
            appeals=len(unit.appeals.waiting(team=team, limit=LISTED)),
            queue=len(waiting_for(unit, viewer, limit=LISTED)),
            feedback=sum(theme.open for theme in themed),
        )

    return await deps.transactions.read(work)


async def console_frame(request: web.Request, visitor: Visitor) -> dict[str, object]:
    """The frame of every page of the console, with its menu."""
    waiting = await desks(request.app[DEPS], visitor.person)
    return {**frame(request, visitor), "desks": waiting}
