"""The prompt that asks a model for the draft of a case."""

from __future__ import annotations

from core.ports.chat_model import ChatMessage, ChatRole
from core.prompts.render import DEFAULT_FAMILY, TEMPLATES, neutral

MOST_LINES = 200
"""Lines of the document that are shown; a hard conversation is shorter."""


def authoring_prompt(text: str, *, language: str) -> tuple[ChatMessage, ...]:
    """What is asked, then the masked document as a message of its own, without prompt marks."""
    file = TEMPLATES / DEFAULT_FAMILY / language / "authoring.txt"
    lines = [neutral(line) for line in text.splitlines()[:MOST_LINES]]
    return (
        ChatMessage(ChatRole.SYSTEM, file.read_text(encoding="utf-8").strip()),
        ChatMessage(ChatRole.USER, "\n".join(line for line in lines if line)),
    )
