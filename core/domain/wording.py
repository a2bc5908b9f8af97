"""Comparing what was said with how it may be said."""

from __future__ import annotations

from functools import lru_cache

_BREATHS = str.maketrans("", "", " ，,\u3000")


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """The text without its breaths: people put a blank, a comma or nothing between two clauses."""
    return text.translate(_BREATHS)
