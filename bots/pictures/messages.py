"""What a message looks like: its facts as a picture, for channels that can show one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import structlog

from bots.facts import Facts, items_of, mapping_of, text_of
from bots.pictures import said
from bots.pictures.radar import Axis
from bots.pictures.raster import png_of, told_by
from core.domain.messages import NoticeCode, OutboundMessage
from core.ports.channel import Picture

log = structlog.get_logger("bots")

WIDTH = 800
"""Pixels: sharp on a phone, and some 50 kB."""


def picture_of(message: OutboundMessage) -> Picture | None:
    """The picture beside the words of `message`, made of the same facts; None where there is none.

    A picture that cannot be drawn costs only itself: the words say the same."""
    try:
        svg = svg_of(message)
        return Picture(png_of(svg, width=WIDTH), told_by(svg), message.code.value) if svg else None
    except ValueError:
        log.exception("not_drawn", code=message.code.value)
        return None


def svg_of(message: OutboundMessage) -> str:
    """The same as SVG; empty where there is none."""
    drawing = _DRAWINGS.get(message.code)
    return drawing(message.language, message.facts) if drawing else ""


def _scorecard(language: str, facts: Facts) -> str:
    axes = [
        Axis(ability, _score(value)) for ability, value in mapping_of(facts, "abilities").items()
    ]
    steps = [
        (said.Heat(turn, after), before)
        for step in items_of(facts, "heat")
        if isinstance(turn := step.get("turn"), int)
        and (before := _score(step.get("before"))) is not None
        and (after := _score(step.get("after"))) is not None
    ]
    opening = steps[0][1] if steps else 0.0
    return said.scorecard(language, axes, opening, [step for step, _ in steps])


def _profile(language: str, facts: Facts) -> str:
    axes = [
        Axis(
            text_of(level, "ability"),
            *(_score(level.get(name)) for name in ("value", "low", "high")),
        )
        for level in items_of(facts, "levels")
    ]
    return said.ability_radar(language, axes, title="profile")


def _digest(language: str, facts: Facts) -> str:
    counts = facts.get("counts")
    known = [one for one in counts if isinstance(one, int)] if isinstance(counts, list) else []
    return said.days(language, date.fromisoformat(text_of(facts, "day")), known)


def _score(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


_DRAWINGS: Mapping[NoticeCode, Callable[[str, Facts], str]] = {
    NoticeCode.DEBRIEF: _scorecard,
    NoticeCode.SCORE: _scorecard,
    NoticeCode.PROFILE: _profile,
    NoticeCode.DIGEST: _digest,
}
