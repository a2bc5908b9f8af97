"""The JSON API under /api/v1, and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bots.web import reading, views
from bots.web.deps import DEPS
from bots.web.guard import Visitor, open_to_all, signed_in
from bots.web.openapi import document
from core.domain.messages import Json


async def me(request: web.Request, visitor: Visitor) -> web.Response:
    """Who is signed in."""
    person = visitor.person
    return web.json_response(
        {
            "id": person.id,
            "name": person.name,
            "role": person.role.value,
            "team": person.team,
            "language": person.language,
            "guest": person.guest,
            "csrf": visitor.csrf,
        }
    )


async def scenarios(request: web.Request, visitor: Visitor) -> web.Response:
    """What can be practised, in the person's language."""
    items: list[Json] = [
        {
            "number": number,
            "id": scenario.id,
            "title": scenario.title,
            "brief": scenario.brief,
            "industry": scenario.industry,
            "family": scenario.family,
            "difficulty": scenario.difficulty.value,
        }
        for number, scenario in enumerate(
            request.app[DEPS].content.scenarios(visitor.language), start=1
        )
    ]
    return web.json_response({"scenarios": items})


async def dialogues(request: web.Request, visitor: Visitor) -> web.Response:
    """The person's own dialogues, newest first."""
    deps = request.app[DEPS]
    items = [
        views.summary_json(deps.content, item.dialogue, item.card)
        for item in await reading.practised(deps, visitor.person)
    ]
    return web.json_response({"dialogues": items})


async def dialogue(request: web.Request, visitor: Visitor) -> web.Response:
    """One of the person's own dialogues, with its turns and marks."""
    deps = request.app[DEPS]
    found, _ = await reading.judged(deps, visitor.person, request.match_info["dialogue_id"])
    return web.json_response(views.judged_json(deps.content, visitor.language, found))


async def openapi(request: web.Request) -> web.Response:
    """The description of all this."""
    return web.json_response(document())


def routes() -> Sequence[web.AbstractRouteDef]:
    """The API's routes."""
    return [
        web.get("/api/v1/me", signed_in(me)),
        web.get("/api/v1/scenarios", signed_in(scenarios)),
        web.get("/api/v1/dialogues", signed_in(dialogues)),
        web.get("/api/v1/dialogues/{dialogue_id}", signed_in(dialogue)),
        web.get("/api/openapi.json", open_to_all(openapi)),
    ]
