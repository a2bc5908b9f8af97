"""The language model as the inside sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class ChatRole(StrEnum):
    """Who says a line of the prompt."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Lane(StrEnum):
    """Who is waiting: a trainee, a judge, or a study. Trainees go first."""

    INTERACTIVE = "interactive"
    JUDGE = "judge"
    BENCH = "bench"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One line of the prompt."""

    role: ChatRole
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call. `adapter` is empty for the base model; `timeout_s` bounds the whole call.

    `json_schema`, when given, asks for a reply that fits it.
    """

    messages: Sequence[ChatMessage]
    max_tokens: int
    temperature: float
    seed: int
    timeout_s: float
    lane: Lane = Lane.INTERACTIVE
    adapter: str = ""
    stop: tuple[str, ...] = ()
    top_p: float | None = None
    json_schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply with what it cost. Token counts are None where the server does not say."""

    text: str
    finish_reason: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float


class ChatModel(Protocol):
    """A model behind a server. One call, one request: retries are the caller's budget."""

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole reply. Raises ModelError; a cut stream is TruncatedReply."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(slots=True)
class TurnBudget:
    """What one turn may still spend on the model: retries and resamples together.

    Mutable on purpose: every try takes from the same purse, also one that ends in an error.
    `deadline` is in seconds of `time.monotonic`.
    """

    calls_left: int
    deadline: float

    def remaining_s(self, now: float) -> float:
        """Seconds until the deadline, never negative; `now` in the same seconds."""
        return max(0.0, self.deadline - now)


class BudgetedModel(Protocol):
    """A model that tries again while the turn's budget lasts, and never longer."""

    async def complete(self, request: ChatRequest, budget: TurnBudget) -> Completion:
        """The whole reply, or the last ModelError; ModelTimeout if nothing was left to spend.

        Takes one from `budget.calls_left` for each call made. A resample is another `complete`
        with the same budget and a new seed.
        """
        ...
