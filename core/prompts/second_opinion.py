"""The prompt that asks a model whether a claim and a passage contradict each other."""

from __future__ import annotations

from core.ports.chat_model import ChatMessage, ChatRole
from core.prompts.render import DEFAULT_FAMILY, TEMPLATES, neutral


def second_opinion_prompt(claim: str, passage: str, *, language: str) -> tuple[ChatMessage, ...]:
    """What is asked, then both sentences without prompt marks, the clerk's first."""
    file = TEMPLATES / DEFAULT_FAMILY / language / "second_opinion.txt"
    heads = ("客服", "文章") if language == "zh" else ("Clerk", "Article")
    said = (neutral(" ".join(text.split())) for text in (claim, passage))
    shown = "\n".join(f"{head}: {text}" for head, text in zip(heads, said, strict=True))
    return (
        ChatMessage(ChatRole.SYSTEM, file.read_text(encoding="utf-8").strip()),
        ChatMessage(ChatRole.USER, shown),
    )
