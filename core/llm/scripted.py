"""The model that replays lines: for a laptop without a server, and for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import cycle

from core.errors import ModelError, ModelTimeout, ModelUnavailable
from core.llm.wire import finished
from core.ports.chat_model import ChatRequest, Completion


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """A line with how it ends; `finish_reason` None is a reply that broke off."""

    text: str
    finish_reason: str | None = "stop"
    delay_s: float = 0.0


class ScriptedModel:
    """Gives its lines in order, one per request; an error among them is raised instead.

    After the last one it starts again if `repeat`, else it is unavailable. `requests` are those
    that came, in order.
    """

    def __init__(
        self,
        script: Iterable[str | ScriptedReply | ModelError],
        *,
        name: str = "scripted",
        repeat: bool = False,
    ) -> None:
        steps = list(script)
        self._steps = cycle(steps) if repeat else iter(steps)
        self._name = name
        self._closed = False
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> Completion:
        """The next line. Raises the ModelError that stands in its place."""
        if self._closed:
            raise ModelUnavailable("closed")
        self.requests.append(request)
        step = next(self._steps, None)
        if step is None:
            raise ModelUnavailable("script has ended")
        if isinstance(step, ModelError):
            raise step
        reply = ScriptedReply(step) if isinstance(step, str) else step
        await self._speak(reply, request)
        whole = finished(
            request,
            text=reply.text,
            finish_reason=reply.finish_reason,
            model=request.adapter or self._name,
            usage={},
        )
        return replace(whole, seconds=reply.delay_s)

    async def _speak(self, reply: ScriptedReply, request: ChatRequest) -> None:
        if reply.delay_s > request.timeout_s:
            await asyncio.sleep(request.timeout_s)
            raise ModelTimeout("deadline")
        await asyncio.sleep(reply.delay_s)

    async def close(self) -> None:
        """Answers no more."""
        self._closed = True
