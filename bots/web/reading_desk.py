"""A practice as a supervisor may read it, and who has read whose words."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bots.web import views
from bots.web.deps import DEPS, WebDeps
from bots.web.guard import Visitor, signed_in
from bots.web.reading import trusts_in
from bots.web.render import page
from bots.web.watching import (
    LISTED,
    console_frame,
    leave_trace,
    readable,
    team_of,
    watcher,
)
from core.domain.people import Person
from core.domain.review import Look, ShownWhy
from core.domain.scorecard import Scorecard
from core.errors import NotFound
from core.ports.storage import UnitOfWork
from core.services.auditing import is_to_mark
from core.services.judged import title_of


@dataclass(frozen=True, slots=True)
class Read:
    """A dialogue the viewer may read, and why; `former` are cards that were replaced. `blind`:
    the viewer is to mark it first, so what the machine says is not shown."""

    judged: views.Judged
    person: Person
    why: tuple[ShownWhy, ...]
    former: tuple[Scorecard, ...]
    blind: bool = False


@dataclass(frozen=True, slots=True)
class LookRow:
    """A look with the names of the two people."""

    look: Look
    viewer: str
    person: str


async def dialogue(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/dialogues/{id}: an exam, or what was shared or appealed against."""
    deps, viewer = request.app[DEPS], watcher(visitor)
    found = await read_dialogue(deps, viewer, request.match_info["dialogue_id"])
    card = found.judged.card
    rows = views.mark_rows(visitor.language, card) if card else []
    facts = {
        **await console_frame(request, visitor),
        "found": found,
        "title": title_of(deps.content, found.judged.dialogue),
        "groups": views.grouped(rows),
        "pinned": views.pinned(rows),
        "sheet": views.sheet_rows(visitor.language, card) if card else [],
        "for_people": [
            (at, line)
            for at, line in enumerate(card.sheet.lines if card and card.sheet else ())
            if line.for_people
        ],
        "speed": views.speed_of(visitor.language, card) if card else "",
        "trusted": views.trust_line(visitor.language, found.judged),
        "pasted": views.pasted_rows(visitor.language, card) if card else [],
    }
    return page("console_dialogue.html", language=visitor.language, facts=facts)


async def read_dialogue(deps: WebDeps, viewer: Person, dialogue_id: str) -> Read:
    """The dialogue with all its words, and a trace of the look."""
    now = deps.clock.now()

    def work(unit: UnitOfWork) -> Read:
        found, person = readable(unit, viewer, dialogue_id)
        why = tuple(unit.shares.why_shown(dialogue_id))
        blind = is_to_mark(unit, viewer, dialogue_id)
        reason = "audit" if blind else why[0].value
        leave_trace(unit, viewer, [(person.id, dialogue_id)], why=reason, now=now)
        card, debrief = unit.scorecards.get(dialogue_id) or (None, None)
        turns = tuple(unit.dialogues.turns(dialogue_id))
        if blind:
            return Read(views.Judged(found, turns), person, why, (), blind=True)
        former = tuple(unit.scorecards.former(dialogue_id))
        judged = views.Judged(found, turns, card, debrief, trusts_in(unit))
        return Read(judged, person, why, former)

    return await deps.transactions.write(work)


async def looks(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/looks: who looked at whose words, newest first."""
    rows = await read_looks(request.app[DEPS], watcher(visitor))
    facts = {**await console_frame(request, visitor), "rows": rows}
    return page("console_looks.html", language=visitor.language, facts=facts)


async def read_looks(deps: WebDeps, viewer: Person) -> list[LookRow]:
    """Looks at the words of the viewer's people."""

    def work(unit: UnitOfWork) -> list[LookRow]:
        found = unit.looks.recent(team=team_of(viewer), limit=LISTED)
        return [
            LookRow(look, name_in(unit, look.viewer_id), name_in(unit, look.person_id))
            for look in found
        ]

    return await deps.transactions.read(work)


def name_in(unit: UnitOfWork, person_id: str) -> str:
    """A person's name; the id of somebody who is gone."""
    try:
        return unit.people.get(person_id).name
    except NotFound:
        return person_id


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this desk."""
    return [
        web.get("/console/dialogues/{dialogue_id}", signed_in(dialogue)),
        web.get("/console/looks", signed_in(looks)),
    ]
