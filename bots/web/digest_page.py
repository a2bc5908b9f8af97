"""A team's day on the console: the digest with its picture, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from aiohttp import web
from markupsafe import Markup

from bots import reports
from bots.pictures.said import days
from bots.web.deps import DEPS, WebDeps
from bots.web.frame import WATCHERS
from bots.web.guard import Visitor, signed_in
from bots.web.render import page
from bots.web.watching import console_frame
from core.catalogue import say
from core.domain.digest import Digest
from core.domain.people import Person, Role
from core.errors import NotAllowed, NotFound
from core.ports.storage import UnitOfWork
from training_plans.digests import looks_of


async def digest_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/digest?day=2026-11-27&team=…: today and the own team unless named."""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("digest")
    deps, language = request.app[DEPS], visitor.language
    today, day = days_of(request)
    digest = await read_digest(deps, visitor.person, request.query.get("team", ""), day)
    facts = {
        **await console_frame(request, visitor),
        "digest": digest,
        "lines": reports.digest_lines(language, reports.digest_facts(digest)),
        "picture": Markup(days(language, digest.day, digest.counts)),
        "looks": _looks(language, digest),
        "earlier": day - timedelta(days=1),
        "later": day + timedelta(days=1) if day < today else None,
    }
    return page("digest.html", language=language, facts=facts)


def _looks(language: str, digest: Digest) -> Sequence[tuple[str, str]]:
    """(address, words) of what the lines are about: a talk that may be read, or the person."""
    key = "report.digest"
    found = [
        (
            f"/console/dialogues/{one.dialogue_id}#turn-{one.turn}",
            say(language, f"{key}.look_turn", name=one.name, turn=one.turn),
        )
        if one.quote
        else (
            f"/console/people/{one.person_id}",
            say(language, f"{key}.look_person", name=one.name),
        )
        for one in digest.serious
    ]
    found += [
        (f"/console/people/{one.person_id}", say(language, f"{key}.look_person", name=one.name))
        for one in digest.stuck
    ]
    if digest.appeals:
        found.append(("/console/appeals", say(language, f"{key}.look_appeals")))
    if digest.best:
        best = digest.best
        words = say(language, f"{key}.look_best", name=best.name)
        found.append((f"/console/dialogues/{best.dialogue_id}", words))
    return list(dict.fromkeys(found))


async def read_digest(deps: WebDeps, viewer: Person, team: str, day: date) -> Digest:
    """The day of the viewer's team, or of any team for an admin; each quote leaves a trace."""

    def work(unit: UnitOfWork) -> Digest:
        digest = digest_of(unit, deps, viewer, team, day)
        unit.looks.add(looks_of(digest, viewer, now=deps.clock.now()))
        return digest

    return await deps.transactions.write(work)


def digest_of(unit: UnitOfWork, deps: WebDeps, viewer: Person, team: str, day: date) -> Digest:
    """The same without a trace, for who is shown none of its words."""
    team = team if viewer.role is Role.ADMIN and team else viewer.team
    members = [
        one
        for one in unit.people.everyone()
        if one.role is Role.TRAINEE and one.team == team and one.id != viewer.id
    ]
    return deps.reports.day(unit, team, members, day)


def days_of(request: web.Request) -> tuple[date, date]:
    """Today, and the day that is asked for. NotFound for what is no day."""
    deps, text = request.app[DEPS], request.query.get("day", "")
    today = deps.clock.now().astimezone(deps.zone).date()
    if not text:
        return today, today
    try:
        return today, min(date.fromisoformat(text), today)
    except ValueError:
        raise NotFound(what="day", name=text) from None


def routes() -> list[web.AbstractRouteDef]:
    """The digest's route."""
    return [web.get("/console/digest", signed_in(digest_page))]
