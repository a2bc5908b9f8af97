"""Reads the facts of a message, whatever of them is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from core.catalogue import has, say
from core.domain.messages import Json

Facts: TypeAlias = Mapping[str, Json]


def name_of(language: str, family: str, code: str) -> str:
    """The name of a code such as an ability, a check or an end; the code itself when unknown."""
    key = f"{family}.{code}"
    return say(language, key) if has(language, key) else code


def number(value: Json) -> str:
    """A score with one decimal, or a dash."""
    return f"{value:.1f}" if isinstance(value, int | float) else "—"


def text_of(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value)


def items_of(facts: Facts, name: str) -> Sequence[Facts]:
    value = facts.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts_of(facts: Facts, name: str) -> Sequence[str]:
    value = facts.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []


def mapping_of(facts: Facts, name: str) -> Facts:
    value = facts.get(name)
    if isinstance(value, list):
        pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2]
        return {str(key): item for key, item in pairs}
    return value if isinstance(value, dict) else {}


def joined(language: str, parts: Sequence[str]) -> str:
    return say(language, "list.comma").join(parts)
