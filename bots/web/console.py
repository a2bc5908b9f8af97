"""The supervisor's console: people and figures, and the words only of those who appealed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS, frame
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.views import title_of
from core.domain.people import Person, Role
from core.domain.remark import Remark, RemarkKind
from core.errors import NotAllowed
from core.ports.storage import UnitOfWork

audit = logging.getLogger("bots.web.audit")

COUNTED = 50
APPEALS = 100


@dataclass(frozen=True, slots=True)
class Member:
    """One person in figures. `practices` are scored ones, the newest COUNTED at most."""

    person: Person
    practices: int
    overall: float | None
    title: str

    @property
    def more(self) -> bool:
        """Whether there may be more than were counted."""
        return self.practices == COUNTED


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal with the sentence it is about: by appealing the trainee shows it."""

    remark: Remark
    person: Person
    quote: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the console shows."""

    members: tuple[Member, ...]
    appeals: tuple[Appeal, ...]


async def console(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console: the supervisor's own team; every team for an admin."""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("console")
    overview = await read_overview(request.app[DEPS], visitor.person)
    for appeal in overview.appeals:
        # Whoever looks at a person's words leaves a trace.
        audit.info(
            "words seen",
            extra={
                "viewer": visitor.person.id,
                "person": appeal.person.id,
                "dialogue": appeal.remark.dialogue_id,
            },
        )
    facts = {**frame(request, visitor), "overview": overview}
    return page("console.html", language=visitor.language, facts=facts)


async def read_overview(deps: WebDeps, viewer: Person) -> Overview:
    """People the viewer watches over, with their figures and open appeals."""

    def work(unit: UnitOfWork) -> Overview:
        people = {person.id: person for person in unit.people.everyone() if watches(viewer, person)}
        members = [_member(unit, deps, person) for person in people.values()]
        return Overview(tuple(members), tuple(_appeals(unit, people)))

    return await deps.transactions.read(work)


def watches(viewer: Person, person: Person) -> bool:
    """Whether the viewer may see this person's figures; nobody watches over themselves."""
    if person.id == viewer.id:
        return False
    return viewer.role is Role.ADMIN or person.team == viewer.team


def _member(unit: UnitOfWork, deps: WebDeps, person: Person) -> Member:
    results = unit.scorecards.of_person(person.id, limit=COUNTED)
    if not results:
        return Member(person, 0, None, "")
    dialogue, card = results[0]
    return Member(person, len(results), card.overall, title_of(deps.content, dialogue))


def _appeals(unit: UnitOfWork, people: Mapping[str, Person]) -> Sequence[Appeal]:
    return [
        Appeal(remark, people[remark.person_id], _quote(unit, remark))
        for remark in unit.remarks.recent(RemarkKind.APPEAL, limit=APPEALS)
        if remark.person_id in people
    ]


def _quote(unit: UnitOfWork, remark: Remark) -> str:
    if remark.dialogue_id is None or remark.turn is None:
        return ""
    turns = unit.dialogues.turns(remark.dialogue_id)
    return next((turn.text for turn in turns if turn.seq == remark.turn), "")


def routes() -> list[web.AbstractRouteDef]:
    """The console's route."""
    return [web.get("/console", signed_in(console))]
