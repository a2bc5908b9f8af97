"""The prompt that asks a model for the formal words of an everyday question."""

from __future__ import annotations

from core.ports.chat_model import ChatMessage, ChatRole
from core.prompts.render import DEFAULT_FAMILY, TEMPLATES, neutral


def query_rewrite_prompt(question: str, *, language: str) -> tuple[ChatMessage, ...]:
    """What is asked, then the question without prompt marks."""
    file = TEMPLATES / DEFAULT_FAMILY / language / "query_rewrite.txt"
    return (
        ChatMessage(ChatRole.SYSTEM, file.read_text(encoding="utf-8").strip()),
        ChatMessage(ChatRole.USER, neutral(" ".join(question.split()))),
    )
