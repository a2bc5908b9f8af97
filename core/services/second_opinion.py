"""A model's view of an alarm: it may withdraw it or be unsure, and never raise one."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.claims import Verdict
from core.errors import ModelError
from core.ports.chat_model import ChatModel, ChatRequest, Lane
from core.prompts.second_opinion import second_opinion_prompt

_ANSWERS = (
    (Verdict.SUPPORTED, ("不矛盾", "fits")),
    (Verdict.UNSURE, ("不确定", "unsure")),
    (Verdict.CONTRADICTED, ("矛盾", "contradicts")),
)
"""The first that is in a reply counts: "不矛盾" holds "矛盾"."""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks the judge's model about a contradiction that the rules found."""

    model: ChatModel
    timeout_s: float = 2.0

    async def of(self, claim: str, passage: str, *, language: str) -> Verdict:
        """CONTRADICTED where the model agrees, does not answer or cannot be read; UNSURE where it
        is unsure; NOT_FOUND where it withdraws the alarm."""
        request = ChatRequest(
            messages=second_opinion_prompt(claim, passage, language=language),
            max_tokens=8,
            temperature=0.0,
            seed=0,
            timeout_s=self.timeout_s,
            lane=Lane.INTERACTIVE,
        )
        try:
            said = (await self.model.complete(request)).text.strip().lower()
        except ModelError:
            return Verdict.CONTRADICTED
        found = next((v for v, words in _ANSWERS if any(word in said for word in words)), None)
        if found is Verdict.SUPPORTED:
            return Verdict.NOT_FOUND
        return Verdict.CONTRADICTED if found is None else found
