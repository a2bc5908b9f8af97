"""Scores one after the other as a curve, and counts as bars."""

from __future__ import annotations

from collections.abc import Sequence

from bots.pictures.canvas import TOP, bounded, dot, picture, points, words

SIZE = (560, 240)
"""Width and height in pixels."""

_WIDTH, _HEIGHT = SIZE
_MARGIN = 44
_CURVE_LABELS, _BAR_LABELS = 12, 5
"""More labels than fit are thinned out; the last one always stays."""


def curve(told: Sequence[tuple[str, float]], *, title: str, text: str) -> str:
    """A line through `told` (label below, value 0..10) from left to right.

    `title` and `text` are read out where the picture cannot be seen. ValueError below two points.
    """
    if len(told) < 2:
        raise ValueError("a curve needs two points")
    step = (_WIDTH - 2 * _MARGIN) / (len(told) - 1)
    places = [(_MARGIN + number * step, _height(value)) for number, (_, value) in enumerate(told)]
    parts = [_level(value) for value in (0.0, 5.0, 10.0)]
    parts.append(
        f'<polyline class="line" points="{points(places)}" fill="none" stroke="#0b5cad" '
        'stroke-width="3" stroke-linejoin="round"/>'
    )
    parts += [dot(x, y) for x, y in places]
    every = max(1, -(-len(told) // _CURVE_LABELS))
    parts += [
        words(x, _HEIGHT - 8, label, kind="value")
        for number, ((x, _), (label, _)) in enumerate(zip(places, told, strict=True))
        if label and (len(told) - 1 - number) % every == 0
    ]
    return picture(parts, size=SIZE, title=title, text=text)


def bars(counts: Sequence[tuple[str, int]], *, title: str, text: str) -> str:
    """A bar for each (label below, count), its count above it where it is not 0.

    `title` and `text` are read out where the picture cannot be seen. ValueError without bars.
    """
    if not counts:
        raise ValueError("a picture of bars needs a bar")
    most = max(1, *(count for _, count in counts))
    step, room = (_WIDTH - 2 * _MARGIN) / len(counts), _HEIGHT - 2 * _MARGIN
    every = max(1, -(-len(counts) // _BAR_LABELS))
    parts = []
    for number, (label, count) in enumerate(counts):
        x, tall = _MARGIN + number * step, room * count / most
        parts.append(
            f'<rect class="bar" x="{x + step * 0.15:.1f}" y="{_HEIGHT - _MARGIN - tall:.1f}" '
            f'width="{step * 0.7:.1f}" height="{tall:.1f}" rx="3" fill="#0b5cad"/>'
        )
        middle = x + step / 2
        if count:
            parts.append(words(middle, _HEIGHT - _MARGIN - tall - 8, str(count), kind="value"))
        if (len(counts) - 1 - number) % every == 0:
            parts.append(words(middle, _HEIGHT - 8, label, kind="value"))
    return picture(parts, size=SIZE, title=title, text=text)


def _height(value: float) -> float:
    return _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * bounded(value) / TOP


def _level(value: float) -> str:
    y = _height(value)
    return (
        f'<line class="ring" x1="{_MARGIN}" y1="{y:.1f}" x2="{_WIDTH - _MARGIN}" y2="{y:.1f}" '
        f'stroke="#c9d1d9"/>{words(_MARGIN / 2, y + 9, f"{value:g}", kind="value")}'
    )
