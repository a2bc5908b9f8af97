"""Figures for Prometheus. Labels are route patterns and codes, never what people write."""

from __future__ import annotations

import asyncio
import math

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

from bots import heartbeat
from bots.web.deps import DEPS, WebDeps
from core.errors import StorageError, StorageUnavailable

REQUESTS = Counter(
    "peilian_web_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "peilian_web_request_seconds",
    "Time to answer, the waiting of the feed included.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

SILENT = Gauge(
    "peilian_scheduler_silent_seconds",
    "Since the scheduler's last sign of life; infinite when there was none for an hour.",
)
JUDGE_CALLS = Gauge(
    "peilian_judge_calls", "Calls to the judge model so far, by model and outcome.", ["model", "ok"]
)
JUDGE_TOKENS = Gauge(
    "peilian_judge_tokens", "Tokens the judge model took so far.", ["model", "direction"]
)
JUDGE_CACHED = Gauge(
    "peilian_judge_cached_verdicts", "Verdicts that cost no call, as they were known.", ["model"]
)
JUDGE_COST = Gauge(
    "peilian_judge_cost", "What those tokens cost by the prices that are set.", ["model"]
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
    SILENT.set(await _scheduler_silent_for_s(request.app[DEPS]))
    await _tell_judge(request.app[DEPS])
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _scheduler_silent_for_s(deps: WebDeps) -> float:
    try:
        silent = await heartbeat.silent_for_s(deps.live, now=deps.clock.now())
    except StorageUnavailable:
        return math.inf
    return math.inf if silent is None else silent


async def _tell_judge(deps: WebDeps) -> None:
    """Kept in the store, since any process may have spent it."""
    try:
        spent = await deps.transactions.read(lambda unit: unit.verdicts.spent())
    except StorageError:
        return
    price_in, price_out = deps.judge_prices
    for model, usage in spent.items():
        JUDGE_CALLS.labels(model, "yes").set(usage.calls - usage.failed)
        JUDGE_CALLS.labels(model, "no").set(usage.failed)
        JUDGE_TOKENS.labels(model, "in").set(usage.prompt_tokens)
        JUDGE_TOKENS.labels(model, "out").set(usage.completion_tokens)
        JUDGE_CACHED.labels(model).set(usage.cached)
        JUDGE_COST.labels(model).set(usage.cost(price_in, price_out))
