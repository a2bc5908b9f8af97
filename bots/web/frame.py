"""What the frame around every page of a signed-in person needs."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import partial

from aiohttp import web

from bots.web.deps import DEPS
from bots.web.guard import Visitor, new_key
from core.domain.people import Role

WATCHERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def frame(request: web.Request, visitor: Visitor) -> dict[str, object]:
    """The person, the token of their forms, a key under which a form counts once, and the
    installation's way to tell the time (`when`)."""
    return {
        "person": visitor.person,
        "csrf": visitor.csrf,
        "form_key": new_key(),
        "watches": visitor.person.role in WATCHERS,
        "writes": visitor.person.role is Role.AUTHOR,
        "here": request.path,
        "when": partial(local_time, request.app[DEPS].zone),
    }


def local_time(zone: tzinfo, at: datetime) -> str:
    """A moment as people of this installation write it."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
