"""Trying again within a turn's budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from time import monotonic

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelTimeout,
    ModelUnavailable,
    TruncatedReply,
)
from core.ports.chat_model import ChatModel, ChatRequest, Completion, TurnBudget

BASE_S = 0.3
CAP_S = 5.0


class RetryingModel:
    """The `BudgetedModel` over any `ChatModel`.

    Tries again only what may go away by itself: no connection, 429, 502, 503, 504, overload
    inside a stream, a reply that broke off. Waits a random time up to 0.3 s, 0.6 s, 1.2 s ... 5 s
    (all clients of a server that comes back would else come together), or as long as the server
    wishes if that is longer, and never past the deadline.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        chance: Random,
        now: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._model = model
        self._chance = chance
        self._now = now
        self._sleep = sleep

    async def complete(self, request: ChatRequest, budget: TurnBudget) -> Completion:
        """See `BudgetedModel.complete`."""
        tries = 0
        while True:
            left_s = budget.remaining_s(self._now())
            if budget.calls_left <= 0 or left_s <= 0:
                raise ModelTimeout("budget spent")
            budget.calls_left -= 1
            try:
                return await self._model.complete(
                    replace(request, timeout_s=min(request.timeout_s, left_s))
                )
            except ModelError as error:
                pause_s = self._pause(error, tries)
                hopeless = budget.calls_left <= 0 or not is_retryable(error)
                if hopeless or pause_s >= budget.remaining_s(self._now()):
                    raise
            tries += 1
            await self._sleep(pause_s)

    def _pause(self, error: ModelError, tries: int) -> float:
        jitter_s = self._chance.uniform(0.0, min(CAP_S, BASE_S * 2**tries))
        wished_s = error.retry_after_s if isinstance(error, ModelOverloaded) else None
        return max(jitter_s, wished_s or 0.0)


def is_retryable(error: ModelError) -> bool:
    """Whether the same request may succeed in a moment."""
    if isinstance(error, ModelUnavailable):
        return error.retryable
    return isinstance(error, ModelOverloaded | TruncatedReply)
