"""Every picture of the pages as a file: SVG, or PNG where nobody can draw SVG."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bots.pictures import said
from bots.pictures.raster import png_of
from bots.web import reading, views
from bots.web.deps import DEPS
from bots.web.digest_page import days_of, digest_of
from bots.web.frame import WATCHERS
from bots.web.guard import Visitor, signed_in
from bots.web.team_map import picture as map_picture
from bots.web.team_map import read_map
from bots.web.watching import taken_along
from core.errors import NotAllowed, NotFound

NARROWEST, WIDEST = 200, 1600
"""Pixels of a PNG that is asked for."""


async def picture(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    """GET /api/v1/pictures/{name}.svg or .png; `width` in pixels for PNG.

    NotFound for a picture that would show nothing.
    """
    about_others = request.match_info["name"] == "map"
    return await (taken_along(_drawn) if about_others else _drawn)(request, visitor)


async def _drawn(request: web.Request, visitor: Visitor) -> web.StreamResponse:
    name, kind = request.match_info["name"], request.match_info["kind"]
    svg = await _PICTURES[name](request, visitor) if name in _PICTURES else ""
    if not svg:
        raise NotFound(what="picture", name=name)
    if kind == "svg":
        return web.Response(text=svg, content_type="image/svg+xml", charset="utf-8")
    width = request.query.get("width", "")
    if width and not (width.isdecimal() and NARROWEST <= int(width) <= WIDEST):
        raise NotFound(what="picture", name=name)
    png = await asyncio.to_thread(png_of, svg, width=int(width) if width else None)
    return web.Response(body=png, content_type="image/png")


async def _profile(request: web.Request, visitor: Visitor) -> str:
    levels = await reading.levels(request.app[DEPS], visitor.person)
    return views.level_radar(visitor.language, levels)


async def _trend(request: web.Request, visitor: Visitor) -> str:
    held = await reading.practised(request.app[DEPS], visitor.person)
    return said.trend(visitor.language, reading.scores(held))


async def _scorecard(request: web.Request, visitor: Visitor) -> str:
    dialogue_id = request.query.get("dialogue", "")
    found, _ = await reading.judged(request.app[DEPS], visitor.person, dialogue_id)
    if found.card is None or found.debrief is None:
        return ""
    heat = views.heat_of(found.debrief.heat)
    return said.scorecard(visitor.language, views.axes_of(found.card), *heat)


async def _map(request: web.Request, visitor: Visitor) -> str:
    return map_picture(visitor.language, await read_map(request.app[DEPS], visitor.person))


async def _digest(request: web.Request, visitor: Visitor) -> str:
    if visitor.person.role not in WATCHERS:
        raise NotAllowed("digest")
    deps, (_, day) = request.app[DEPS], days_of(request)
    team = request.query.get("team", "")
    digest = await deps.transactions.read(
        lambda unit: digest_of(unit, deps, visitor.person, team, day)
    )
    return said.days(visitor.language, day, digest.counts)


_PICTURES: Mapping[str, Callable[[web.Request, Visitor], Awaitable[str]]] = {
    "profile": _profile,
    "trend": _trend,
    "scorecard": _scorecard,
    "map": _map,
    "digest": _digest,
}
NAMES = tuple(_PICTURES)


def routes() -> list[web.AbstractRouteDef]:
    """The route of all pictures."""
    return [web.get("/api/v1/pictures/{name}.{kind:svg|png}", signed_in(picture))]
