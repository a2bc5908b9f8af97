"""Figures with their intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.pictures.canvas import picture, words

WIDTH = 820
_LABELS, _RIGHT, _ROW, _TOP = 300, 30, 40, 44


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure -1..1 with its limits; `other` is drawn beside it as a ring."""

    label: str
    value: float
    low: float
    high: float
    other: float | None = None


def intervals(rows: Sequence[Interval], *, title: str, text: str) -> str:
    """One row each, on a scale from 0 (what is below is drawn at 0) to 1. `title` and `text` are
    read out where the picture cannot be seen."""
    height = _TOP + _ROW * len(rows) + 12
    parts = [_mark(at, height) for at in (0.0, 0.25, 0.5, 0.75, 1.0)]
    parts += [_row(one, _TOP + _ROW * (number + 0.5)) for number, one in enumerate(rows)]
    return picture(parts, size=(WIDTH, height), title=title, text=text, font_size=20)


def _x(value: float) -> float:
    return _LABELS + (WIDTH - _LABELS - _RIGHT) * min(1.0, max(0.0, value))


def _mark(value: float, height: int) -> str:
    x = _x(value)
    return (
        f'<line class="ring" x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{height - 8}" '
        f'stroke="#c9d1d9"/>{words(x, _TOP - 18, f"{value:g}", kind="value")}'
    )


def _row(one: Interval, y: float) -> str:
    ring = ""
    if one.other is not None:
        ring = (
            f'<circle class="line" cx="{_x(one.other):.1f}" cy="{y:.1f}" r="9" fill="none" '
            'stroke="#0b5cad" stroke-width="2"/>'
        )
    return (
        f"{words(_LABELS - 16, y + 7, one.label, kind='label', anchor='end')}"
        f'<line class="line" x1="{_x(one.low):.1f}" y1="{y:.1f}" x2="{_x(one.high):.1f}" '
        f'y2="{y:.1f}" stroke="#0b5cad" stroke-width="3"/>'
        f'<circle class="dot" cx="{_x(one.value):.1f}" cy="{y:.1f}" r="6" fill="#0b5cad"/>{ring}'
    )
