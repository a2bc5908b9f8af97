"""Signing in by a one-time link: looking at it changes nothing, pressing the button does."""

from __future__ import annotations

from aiohttp import web

from bots.web.deps import DEPS, SESSION_LASTS, address_of
from bots.web.guard import (
    SESSION,
    VISIT,
    Visitor,
    cookie_of,
    csrf_of,
    digest_of,
    form_is_ours,
    new_token,
    open_to_all,
    set_cookie,
    signed_in,
)
from bots.web.render import guess_language, page, problem, see_other
from core.domain.people import WebSession
from core.ports.storage import UnitOfWork


async def show_link(request: web.Request) -> web.Response:
    """The page with the button. Link previews fetch it too, so it consumes nothing."""
    deps = request.app[DEPS]
    digest, now = digest_of(request.match_info["token"]), deps.clock.now()
    is_open = await deps.transactions.read(lambda unit: unit.people.link_is_open(digest, now=now))
    if not is_open:
        return problem(request, "link_gone", status=410)
    visit = cookie_of(request, VISIT) or new_token()
    language = guess_language(request)
    response = page("sign_in.html", language=language, facts={"csrf": csrf_of(visit)})
    set_cookie(request, response, VISIT, visit)
    return response


async def use_link(request: web.Request) -> web.Response:
    """The button: the link is used up and the browser is signed in."""
    visit = cookie_of(request, VISIT)
    if not visit or not await form_is_ours(request, csrf_of(visit)):
        return problem(request, "bad_form", status=403)
    deps = request.app[DEPS]
    token, now = new_token(), deps.clock.now()
    link = digest_of(request.match_info["token"])

    def work(unit: UnitOfWork) -> bool:
        person_id = unit.people.consume_link(link, now=now)
        if person_id is None:
            return False
        person = unit.people.get(person_id)
        unit.people.add_session(WebSession(digest_of(token), person_id, now + SESSION_LASTS))
        conversation = unit.conversations.at(address_of(person))
        unit.conversations.set_person(conversation.id, person.id, person.language)
        return True

    if not await deps.transactions.write(work):
        return problem(request, "link_gone", status=410)
    response = see_other("/")
    set_cookie(request, response, SESSION, token)
    response.del_cookie(VISIT, path="/")
    return response


async def sign_out(request: web.Request, visitor: Visitor) -> web.Response:
    """The session is forgotten on both sides."""
    digest = digest_of(request.cookies[SESSION])
    await request.app[DEPS].transactions.write(lambda unit: unit.people.drop_session(digest))
    response = see_other("/")
    response.del_cookie(SESSION, path="/")
    return response


def routes() -> list[web.AbstractRouteDef]:
    """The routes of signing in and out."""
    return [
        web.get("/signin/{token}", open_to_all(show_link)),
        web.post("/signin/{token}", open_to_all(use_link)),
        web.post("/signout", signed_in(sign_out)),
    ]
