"""Everything about one person: taken along by themselves, handed out or erased by an admin."""

from __future__ import annotations

import secrets

from aiohttp import web

from bots import personal
from bots.web.deps import DEPS
from bots.web.guard import Visitor, fields_of, signed_in
from bots.web.render import page
from bots.web.watching import console_frame
from core.domain.messages import Json
from core.domain.people import ERASED_PREFIX, Role
from core.domain.review import Look
from core.errors import NotAllowed, NotFound


def new_alias() -> str:
    """The name under which an erased person's figures stay."""
    return f"{ERASED_PREFIX}{secrets.token_hex(6)}"


async def own(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /profile/data: a zip with everything that is kept about me."""
    rows = await request.app[DEPS].personal.rows(visitor.person.id)
    return _file(personal.archive(rows, language=visitor.language), "peilian")


async def data(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /api/v1/people/{id}/data: the same about somebody, for an admin; it leaves a look."""
    deps, person_id = request.app[DEPS], _admin_s(request, visitor)
    rows = await deps.personal.rows(person_id)
    look = Look(visitor.person.id, person_id, None, "export", deps.clock.now())
    await deps.transactions.write(lambda unit: unit.looks.add([look]))
    return _file(personal.archive(rows, language=visitor.language), person_id)


async def erase(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /api/v1/people/{id}/erase: without `confirm` (the same id) nothing is erased and only
    counted."""
    person_id = _admin_s(request, visitor)
    confirmed = (await fields_of(request)).get("confirm", "") == person_id
    kept: dict[str, Json] = dict(await _erased(request, person_id, confirmed=confirmed))
    return web.json_response({"erased": confirmed, "rows": kept})


async def ask(request: web.Request, visitor: Visitor) -> web.Response:
    """GET /console/people/{id}/data: what there is, and the two things one may do with it."""
    deps, person_id = request.app[DEPS], _admin_s(request, visitor)
    counts = await deps.personal.count(person_id)
    facts = {
        **await console_frame(request, visitor),
        "person_id": person_id,
        "lines": personal.count_lines(visitor.language, counts),
        "done": False,
    }
    return page("personal.html", language=visitor.language, facts=facts)


async def erase_form(request: web.Request, visitor: Visitor) -> web.Response:
    """POST /console/people/{id}/data: erase, where the id was typed once more."""
    person_id = _admin_s(request, visitor)
    if (await fields_of(request)).get("confirm", "").strip() != person_id:
        return await ask(request, visitor)
    counts = await _erased(request, person_id, confirmed=True)
    facts = {
        **await console_frame(request, visitor),
        "person_id": person_id,
        "lines": personal.count_lines(visitor.language, counts),
        "done": True,
    }
    return page("personal.html", language=visitor.language, facts=facts)


async def _erased(request: web.Request, person_id: str, *, confirmed: bool) -> dict[str, int]:
    store = request.app[DEPS].personal
    if not confirmed:
        return dict(await store.count(person_id))
    return dict(await store.erase(person_id, alias=new_alias()))


def _admin_s(request: web.Request, visitor: Visitor) -> str:
    """Whom it is about. Admins only; nobody erases themselves from under their own session."""
    if visitor.person.role is not Role.ADMIN:
        raise NotAllowed("personal data")
    person_id = request.match_info["person_id"]
    if person_id == visitor.person.id and request.method == "POST":
        raise NotFound(what="person", name=person_id)
    return person_id


def _file(body: bytes, name: str) -> web.Response:
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)
    return web.Response(
        body=body,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{plain}.zip"'},
    )


def routes() -> list[web.AbstractRouteDef]:
    """The routes of personal data."""
    return [
        web.get("/profile/data", signed_in(own)),
        web.get("/api/v1/people/{person_id}/data", signed_in(data)),
        web.post("/api/v1/people/{person_id}/erase", signed_in(erase)),
        web.get("/console/people/{person_id}/data", signed_in(ask)),
        web.post("/console/people/{person_id}/data", signed_in(erase_form)),
    ]
