"""Figures for Prometheus. Labels are route patterns and codes, never what people write."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

REQUESTS = Counter(
    "peilian_web_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "peilian_web_request_seconds",
    "Time to answer, the waiting of the feed included.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time one request."""
    loop = asyncio.get_running_loop()
    began, status = loop.time(), 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        REQUESTS.labels(request.method, route, str(status)).inc()
        SECONDS.labels(route).observe(loop.time() - began)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
