"""The one aiohttp application: pages, API, health, and the channels' doors."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from bots.web import (
    api,
    appeal_desk,
    articles_desk,
    chat,
    company_api,
    company_sheet,
    console,
    console_api,
    digest_page,
    evidence,
    exams_desk,
    feedback_desk,
    knowledge_api,
    organisation,
    pages,
    personal_desk,
    pictures,
    plans,
    reading_desk,
    review_desk,
    scorecard,
    sign_in,
    team_map,
)
from bots.web.deps import CLOSING, DEPS, MAX_BODY_BYTES, WebDeps
from bots.web.metrics import measure, metrics
from bots.web.render import STATIC, problem
from core.errors import PeilianError

__all__ = ["WebDeps", "make_app"]

logger = logging.getLogger("bots.web")

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


_PARTS = (
    sign_in,
    pages,
    chat,
    scorecard,
    console,
    plans,
    exams_desk,
    reading_desk,
    appeal_desk,
    review_desk,
    company_sheet,
    feedback_desk,
    articles_desk,
    console_api,
    team_map,
    organisation,
    digest_page,
    pictures,
    evidence,
    personal_desk,
    company_api,
    knowledge_api,
    api,
)


def make_app(deps: WebDeps) -> web.Application:
    """The application; it opens nothing and holds nothing but `deps`."""
    app = web.Application(middlewares=[measure, _boundary], client_max_size=MAX_BODY_BYTES)
    app[DEPS] = deps
    app[CLOSING] = asyncio.Event()
    app.on_shutdown.append(_close)
    app.on_response_prepare.append(_harden)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    for part in _PARTS:
        app.router.add_routes(part.routes())
    app.router.add_static("/static", STATIC)
    app.router.add_routes(deps.extra_routes)
    return app


async def healthz(request: web.Request) -> web.Response:
    """The process is alive."""
    return web.json_response({"alive": True})


async def readyz(request: web.Request) -> web.Response:
    """Whether all parts answer: 200, else 503 with those that do not."""
    try:
        parts = dict(await request.app[DEPS].ready())
    except PeilianError as error:
        return web.json_response({"ready": False, "fault": type(error).__name__}, status=503)
    ready = all(parts.values())
    return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)


@web.middleware
async def _boundary(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Faults become one plain sentence; a door of a channel answers for itself."""
    if request.path.startswith("/channels/"):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return problem(request, "not_found", status=404)
    except web.HTTPException:
        raise
    except Exception as error:  # the boundary of the page: nobody is shown a traceback
        logger.exception("web request failed", extra={"error": type(error).__name__})
        return problem(request, "problem", status=500)


async def _harden(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    lasting = request.path.startswith("/static/")
    response.headers.setdefault("Cache-Control", "no-cache" if lasting else "no-store")


async def _close(app: web.Application) -> None:
    app[CLOSING].set()
