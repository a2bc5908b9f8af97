"""A team's day on the console: the digest with its picture, day by day."""

from __future__ import annotations

from datetime import date, timedelta

from aiohttp import web
from markupsafe import Markup

from bots import reports
from bots.pictures import bars
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
from training_plans.digests import looks_of, team_digest
from training_plans.push import reach


async def digest_page(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/digest?day=2026-11-27&team=…: today and the own team unless named."""
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("digest")
    deps, language = request.app[DEPS], visitor.language
    today = deps.clock.now().astimezone(deps.zone).date()
    day = _day(request.query.get("day", ""), today)
    digest = await read_digest(deps, visitor.person, request.query.get("team", ""), day)
    facts = {
        **await console_frame(request, visitor),
        "digest": digest,
        "lines": reports.digest(language, reports.digest_facts(digest))[:-1],
        "picture": Markup(_picture(language, digest)) if any(digest.counts) else "",
        "earlier": day - timedelta(days=1),
        "later": day + timedelta(days=1) if day < today else None,
    }
    return page("digest.html", language=language, facts=facts)


async def read_digest(deps: WebDeps, viewer: Person, team: str, day: date) -> Digest:
    """The day of the viewer's team, or of any team for an admin; each quote leaves a trace."""
    team = team if viewer.role is Role.ADMIN and team else viewer.team

    def work(unit: UnitOfWork) -> Digest:
        members = [
            one
            for one in unit.people.everyone()
            if one.role is Role.TRAINEE and one.team == team and one.id != viewer.id
        ]
        unreached = [
            one.name
            for one in members
            if reach(unit.conversations.of_person(one.id), deps.pushing) is None
        ]
        digest = team_digest(
            unit, members, team=team, day=day, timing=deps.timing, unreached=unreached
        )
        unit.looks.add(looks_of(digest, viewer, now=deps.clock.now()))
        return digest

    return await deps.transactions.write(work)


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        raise NotFound(what="day", name=text) from None


def _picture(language: str, digest: Digest) -> str:
    first = digest.day - timedelta(days=len(digest.counts) - 1)
    days = [first + timedelta(days=number) for number in range(len(digest.counts))]
    told = [
        say(language, "report.digest.picture_text", day=f"{day:%m-%d}", count=count)
        for day, count in zip(days, digest.counts, strict=True)
    ]
    return bars(
        [(f"{day:%m-%d}", count) for day, count in zip(days, digest.counts, strict=True)],
        title=say(language, "report.digest.picture"),
        text=say(language, "list.comma").join(told),
    )


def routes() -> list[web.AbstractRouteDef]:
    """The digest's route."""
    return [web.get("/console/digest", signed_in(digest_page))]
