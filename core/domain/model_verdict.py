"""What the judge model says about one check, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Said(StrEnum):
    """The model's answer to one check."""

    MET = "met"
    HALF = "half"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"


MARK_OF: Mapping[Said, float] = MappingProxyType({Said.MET: 1.0, Said.HALF: 0.5, Said.MISSED: 0.0})


class Abstained(StrEnum):
    """Why the model has no answer."""

    UNCERTAIN = "uncertain"
    """Its samples do not agree."""
    NO_QUOTE = "no_quote"
    """What it quotes does not stand in the turn it names."""
    NOT_READABLE = "not_readable"
    SERVER = "server"
    """The server failed, or time ran out."""


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """The answer to one check or critical error: `said` or `abstained`, never both.

    The quote is the piece `start`..`end` of the text of turn `turn` as the model was shown it;
    so nothing a person wrote is kept with the verdict. `about` is the turn that was in question,
    for a critical error the rules see there. `version` is the digest of prompt, schema and model.
    """

    check: str
    said: Said | None
    abstained: Abstained | None = None
    turn: int | None = None
    start: int = 0
    end: int = 0
    version: str = ""
    about: int | None = None


class JudgementState(StrEnum):
    """Where the model's view of one dialogue stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModelJudgement:
    """The model's verdicts on one dialogue, as far as they have come; `expected` in all."""

    dialogue_id: str
    state: JudgementState
    expected: int
    verdicts: tuple[ModelVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls to the judge model and the tokens they took; tokens that a server does not tell
    count as none. `cached` are verdicts that cost no call."""

    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: int = 0

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            calls=self.calls + other.calls,
            failed=self.failed + other.failed,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached=self.cached + other.cached,
        )

    def cost(self, price_in: float, price_out: float) -> float:
        """What the tokens cost, in the currency of the prices per 1,000 tokens."""
        return (self.prompt_tokens * price_in + self.completion_tokens * price_out) / 1000
