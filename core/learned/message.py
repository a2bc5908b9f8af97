"""What of a talk speaks for the mood of one customer message, its author's turns being read: its
own words above all, and the customer's messages before it a little.

Labels of messages follow the message: its words alone agree with people better than the whole
talk's, in which a line learns by heart which talk it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.learned.signs import signs

BEFORE = 3
"""So many earlier messages of the customer are read."""

# How much each field counts beside the others, found by cross-validation.
MESSAGE_WEIGHTS: Mapping[str, float] = {
    "m_now": 1.0,
    "m_before": 0.06,
    "facts": 0.16,
    "pairs": 0.03,
}


def message_texts(pieces: Sequence[tuple[int, str]]) -> dict[str, list[tuple[int, str]]]:
    """Field -> the pieces of text in it, each with the number of its turn, of a customer's messages
    up to the judged one. Both ends are marked: a bare "好的" says something else than one in a
    sentence."""
    marked = [(turn, f"^{text}$") for turn, text in pieces]
    return {"m_now": marked[-1:], "m_before": marked[-1 - BEFORE : -1]}


def message_facts(pieces: Sequence[tuple[int, str]]) -> list[tuple[int, float]]:
    """Signs of the judged message, each with the turn it belongs to (0: to none)."""
    turn, text = pieces[-1] if pieces else (0, "")
    return [(turn, sign) for sign in signs(text)]
