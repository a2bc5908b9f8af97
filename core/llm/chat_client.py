"""The model behind a server: TGI first, and whatever else speaks OpenAI chat completions.

`open_model` is the door. One client is one server: its connections, its queue, its circuit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    SettingsError,
)
from core.llm.backend import Backend, find_backend
from core.llm.limits import CircuitBreaker, Lanes
from core.llm.profiles import AUTO, PROFILES, BackendProfile
from core.llm.stream import Enough, StreamedReply
from core.llm.transport import Patience, Transport
from core.llm.wire import REPLACEMENT, encode_request, read_reply
from core.ports.chat_model import ChatRequest, Completion

DEFAULT_INFLIGHT = 64
# A call that was given less time than this says nothing about the server when it runs out.
FAIR_S = 1.0

logger = logging.getLogger("core.llm")

Asking = Callable[[Backend, bytes], Awaitable[Completion]]
"""Send this body, read the reply."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a check-up says about a server; `reason` is empty if it answers."""

    answers: bool
    profile: str = ""
    model: str = ""
    limit: int = 0
    reason: str = ""


class ChatClient:
    """A `ChatModel` over HTTP. Asks the server who it is before the first request.

    `profile` None means: find out. `max_inflight` is the most we ask at once; the server's own
    limit, where it tells one, may lower it.
    """

    def __init__(
        self,
        *,
        root: str,
        name: str = "",
        api_key: str = "",
        profile: BackendProfile | None = None,
        max_inflight: int | None = None,
        patience: Patience | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._name = name
        self._profile = profile
        self._max_inflight = max_inflight
        self._transport = Transport(root=root, api_key=api_key, patience=patience or Patience())
        self._lanes = Lanes(max_inflight or DEFAULT_INFLIGHT)
        self._breaker = breaker or CircuitBreaker()
        self._backend: Backend | None = None
        self._finding: asyncio.Task[Backend] | None = None
        self._closed = False

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole reply in one answer: people get finished lines, and it costs least."""

        async def asking(backend: Backend, body: bytes) -> Completion:
            data = await self._transport.post(body)
            return read_reply(data, request, profile=backend.profile)

        return await self._call(request, asking, stream=False)

    async def complete_streamed(
        self, request: ChatRequest, *, enough: Enough | None = None
    ) -> Completion:
        """The same through a stream, which ends early once `enough(text so far)` is true.

        Then the finish reason is `cut` and the server is freed. Raises like `complete`.
        """

        async def asking(backend: Backend, body: bytes) -> Completion:
            reply = StreamedReply(profile=backend.profile, enough=enough)
            await self._transport.stream(body, reply)
            return reply.completion(request)

        return await self._call(request, asking, stream=True)

    async def probe(self) -> Probe:
        """Whether the server answers and as what. Generates nothing and never raises."""
        try:
            backend = await self._found()
        except ModelError as error:
            return Probe(answers=False, reason=error.detail)
        return Probe(
            answers=True,
            profile=backend.profile.name,
            model=backend.served,
            limit=self._lanes.limit,
        )

    async def close(self) -> None:
        """Let go of connections; later calls raise ModelUnavailable."""
        self._closed = True
        if self._finding is not None:
            self._finding.cancel()
            await asyncio.wait([self._finding])
        await self._transport.close()

    async def _call(self, request: ChatRequest, asking: Asking, *, stream: bool) -> Completion:
        loop = asyncio.get_running_loop()
        started = loop.time()
        deadline = started + request.timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                self._breaker.check()
                backend = self._backend or await self._found()
                body = encode_request(request, backend=backend, stream=stream)
                await self._lanes.enter(request.lane)
                try:
                    reply = await self._watched(partial(asking, backend, body), deadline)
                finally:
                    self._lanes.leave(request.lane)
        except TimeoutError:
            self._log_failure(request, ModelTimeout("deadline"), loop.time() - started)
            raise ModelTimeout("deadline") from None
        except ModelError as error:
            self._log_failure(request, error, loop.time() - started)
            raise
        reply = replace(reply, seconds=loop.time() - started)
        self._log_reply(request, reply)
        return reply

    async def _watched(
        self, ask: Callable[[], Awaitable[Completion]], deadline: float
    ) -> Completion:
        """The reply, with its outcome told to the circuit breaker."""
        now = asyncio.get_running_loop().time
        probe = self._breaker.admit()
        sent_at = now()
        try:
            reply = await ask()
        except (ModelOverloaded, ModelRejected):
            self._breaker.succeeded()
            raise
        except ModelError:
            self._breaker.failed(probe=probe)
            raise
        except BaseException:
            if now() >= deadline and now() - sent_at >= FAIR_S:
                self._breaker.failed(probe=probe)
            else:
                self._breaker.abandoned(probe=probe)
            raise
        self._breaker.succeeded()
        return reply

    async def _found(self) -> Backend:
        """Who answers; asked once, and all that wait for it share the answer."""
        if self._closed:
            raise ModelUnavailable("closed")
        if self._backend is not None:
            return self._backend
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find())
        # One caller's deadline must not spoil it for the others.
        return await asyncio.shield(self._finding)

    async def _find(self) -> Backend:
        probe = self._breaker.admit()
        try:
            backend = await find_backend(
                self._transport.ask, profile=self._profile, name=self._name
            )
        except ModelError:
            self._breaker.failed(probe=probe)
            raise
        except BaseException:
            self._breaker.abandoned(probe=probe)
            raise
        self._breaker.succeeded()
        limit = self._inflight_limit(backend)
        self._lanes.set_limit(limit)
        self._transport.open(connections=limit)
        self._backend = backend
        logger.info(
            "model server found",
            extra={"profile": backend.profile.name, "served": backend.served, "limit": limit},
        )
        return backend

    def _inflight_limit(self, backend: Backend) -> int:
        limit = self._max_inflight or DEFAULT_INFLIGHT
        if backend.limit is not None:
            share = int(backend.limit * backend.profile.inflight_share)
            limit = share if self._max_inflight is None else min(limit, share)
        return max(1, limit)

    def _log_reply(self, request: ChatRequest, reply: Completion) -> None:
        if REPLACEMENT in reply.text:
            logger.warning("reply holds a replacement character", extra={"model": reply.model})
        if logger.isEnabledFor(logging.INFO):
            logger.info(
                "model call",
                extra={
                    "adapter": request.adapter,
                    "model": reply.model,
                    "lane": request.lane.value,
                    "seed": request.seed,
                    "finish_reason": reply.finish_reason,
                    "prompt_tokens": reply.prompt_tokens,
                    "completion_tokens": reply.completion_tokens,
                    "seconds": round(reply.seconds, 4),
                },
            )

    def _log_failure(self, request: ChatRequest, error: ModelError, seconds: float) -> None:
        logger.info(
            "model call failed",
            extra={
                "adapter": request.adapter,
                "lane": request.lane.value,
                "seed": request.seed,
                "error": type(error).__name__,
                "detail": error.detail,
                "seconds": round(seconds, 4),
            },
        )


def open_model(
    *,
    url: str,
    name: str = "",
    api_key: str = "",
    profile: str = AUTO,
    max_inflight: int | None = None,
) -> ChatClient:
    """A client for the server at `url`, with or without a last `/v1`. Connects to nothing yet.

    `profile` is a name in `PROFILES` or `auto`. Raises SettingsError.
    """
    parts = urlsplit(url)
    faults = []
    if parts.scheme not in ("http", "https") or not parts.hostname:
        faults.append("model url: must begin with http:// or https:// and name a host")
    if profile != AUTO and profile not in PROFILES:
        faults.append(f"model profile: {profile!r} is none of {', '.join((AUTO, *PROFILES))}")
    if max_inflight is not None and max_inflight < 1:
        faults.append("model max_inflight: must be at least 1")
    if faults:
        raise SettingsError(faults)
    return ChatClient(
        root=url.rstrip("/").removesuffix("/v1").rstrip("/"),
        name=name,
        api_key=api_key,
        profile=PROFILES.get(profile),
        max_inflight=max_inflight,
    )
