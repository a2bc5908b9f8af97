"""Pictures drawn as SVG text; the browser, or a renderer, makes pixels of it.

Colours are attributes, so that a picture stands alone; the classes let a page's style sheet
put its own colours in their place (dark mode).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

RADAR_SIZE = (800, 546)
"""Width and height of a radar, in pixels: beside the circle there is room for long names."""

WIDTH, HEIGHT = 560, 240
"""Size of a curve, in pixels."""

_FONT = 25
_MARGIN = 44
_MAP, _MAP_AT = 600, 84
MAP_SIZE = (_MAP_AT + _MAP + 28, _MARGIN + _MAP + 84)
"""Size of a map, in pixels."""

_CENTRE_X, _CENTRE_Y = 400, 266
_RADIUS = 176.0
_LABEL_AT = _RADIUS + 38
_RINGS = (2.5, 5.0, 7.5, 10.0)
_TOP = 10.0


def radar(axes: Sequence[tuple[str, float | None]], *, title: str, text: str) -> str:
    """A radar of `axes` (label, value 0..10 or None), clockwise from the top.

    None is no zero: its axis is dashed, carries no point, and opens the outline. `title` and
    `text` are read out where the picture cannot be seen. ValueError below three axes.
    """
    if len(axes) < 3:
        raise ValueError("a radar needs three axes")
    count = len(axes)
    parts = [_frame(_place(number, count, ring) for number in range(count)) for ring in _rings()]
    parts += [
        _axis(*_place(number, count, _RADIUS), value=axes[number][1]) for number in range(count)
    ]
    parts += _outline([value for _, value in axes])
    parts += [
        _label(*_place(number, count, _LABEL_AT), axis=axes[number]) for number in range(count)
    ]
    return _picture(parts, size=RADAR_SIZE, title=title, text=text)


def curve(points: Sequence[tuple[str, float]], *, title: str, text: str) -> str:
    """A line through `points` (label below, value 0..10) from left to right.

    `title` and `text` are read out where the picture cannot be seen. ValueError below two points.
    """
    if len(points) < 2:
        raise ValueError("a curve needs two points")
    step = (WIDTH - 2 * _MARGIN) / (len(points) - 1)
    places = [(_MARGIN + number * step, _height(value)) for number, (_, value) in enumerate(points)]
    parts = [_level(value) for value in (0.0, 5.0, 10.0)]
    parts.append(
        f'<polyline class="line" points="{_points(places)}" fill="none" stroke="#0b5cad" '
        'stroke-width="3" stroke-linejoin="round"/>'
    )
    parts += [_dot(x, y) for x, y in places]
    # More labels than fit are thinned out; the last one always stays.
    every = max(1, -(-len(points) // 12))
    parts += [
        _text(x, HEIGHT - 8, label, kind="value")
        for number, ((x, _), (label, _)) in enumerate(zip(places, points, strict=True))
        if label and (len(points) - 1 - number) % every == 0
    ]
    return _picture(parts, size=(WIDTH, HEIGHT), title=title, text=text)


def bars(counts: Sequence[tuple[str, int]], *, title: str, text: str) -> str:
    """A bar for each (label below, count), its count above it where it is not 0.

    `title` and `text` are read out where the picture cannot be seen. ValueError without bars.
    """
    if not counts:
        raise ValueError("a picture of bars needs a bar")
    most = max(1, *(count for _, count in counts))
    step, room = (WIDTH - 2 * _MARGIN) / len(counts), HEIGHT - 2 * _MARGIN
    every = max(1, -(-len(counts) // 5))
    parts = []
    for number, (label, count) in enumerate(counts):
        x, tall = _MARGIN + number * step, room * count / most
        parts.append(
            f'<rect class="bar" x="{x + step * 0.15:.1f}" y="{HEIGHT - _MARGIN - tall:.1f}" '
            f'width="{step * 0.7:.1f}" height="{tall:.1f}" rx="3" fill="#0b5cad"/>'
        )
        middle = x + step / 2
        if count:
            parts.append(_text(middle, HEIGHT - _MARGIN - tall - 8, str(count), kind="value"))
        if (len(counts) - 1 - number) % every == 0:
            parts.append(_text(middle, HEIGHT - 8, label, kind="value"))
    return _picture(parts, size=(WIDTH, HEIGHT), title=title, text=text)


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A labelled point of a map, both figures and their standard errors 0..100."""

    label: str
    x: float
    y: float
    x_error: float
    y_error: float


def results_map(
    points: Sequence[MapPoint],
    *,
    cuts: Sequence[float],
    axes: tuple[str, str],
    title: str,
    text: str,
) -> str:
    """Points in a square of 0..100, each with the ellipse of its errors (about two of three true
    places lie within the reach of each axis), and a line at each cut. `axes`: across and up.

    `title` and `text` are read out where the picture cannot be seen.
    """
    parts = [
        f'<rect class="ring" x="{_MAP_AT}" y="{_MARGIN}" width="{_MAP}" height="{_MAP}" '
        'fill="none" stroke="#c9d1d9"/>'
    ]
    for cut in cuts:
        x, y = _on_map(cut, cut)
        parts.append(
            f'<path class="ring" d="M{x:.1f} {_MARGIN}v{_MAP}M{_MAP_AT} {y:.1f}h{_MAP}" '
            'stroke="#c9d1d9" stroke-dasharray="4 6"/>'
        )
        parts.append(_text(x, _MARGIN + _MAP + 32, f"{cut:g}", kind="value"))
        parts.append(_text(_MAP_AT - 26, y + 9, f"{cut:g}", kind="value"))
    for point in points:
        x, y = _on_map(point.x, point.y)
        scale = _MAP / 100
        parts.append(
            f'<ellipse class="area" cx="{x:.1f}" cy="{y:.1f}" rx="{point.x_error * scale:.1f}" '
            f'ry="{point.y_error * scale:.1f}" fill="#0b5cad" fill-opacity="0.14"/>'
        )
    for point in points:
        x, y = _on_map(point.x, point.y)
        parts += [_dot(x, y), _text(x + 16, y - 8, point.label, kind="label")]
    middle = _MAP_AT + _MAP / 2
    parts.append(_text(middle, _MARGIN + _MAP + 66, axes[0], kind="label"))
    parts.append(
        f'<text class="label" transform="translate(30 {_MARGIN + _MAP / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="#1f2328">{escape(axes[1])}</text>'
    )
    return _picture(parts, size=MAP_SIZE, title=title, text=text)


def _on_map(x: float, y: float) -> tuple[float, float]:
    return _MAP_AT + _MAP * x / 100, _MARGIN + _MAP * (1 - y / 100)


def _height(value: float) -> float:
    room = HEIGHT - 2 * _MARGIN
    return HEIGHT - _MARGIN - room * min(max(value, 0.0), _TOP) / _TOP


def _level(value: float) -> str:
    y = _height(value)
    return (
        f'<line class="ring" x1="{_MARGIN}" y1="{y:.1f}" x2="{WIDTH - _MARGIN}" y2="{y:.1f}" '
        f'stroke="#c9d1d9"/>{_text(_MARGIN / 2, y + 9, f"{value:g}", kind="value")}'
    )


def _text(x: float, y: float, words: str, *, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle" fill="#57606a">'
        f"{escape(words)}</text>"
    )


def _dot(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#0b5cad"/>'


def _picture(parts: Iterable[str], *, size: tuple[int, int], title: str, text: str) -> str:
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif" font-size="{_FONT}">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>"
        f'<rect class="ground" width="{width}" height="{height}" fill="#ffffff"/>'
        f"{''.join(parts)}</svg>"
    )


def _rings() -> Sequence[float]:
    return [_RADIUS * ring / _TOP for ring in _RINGS]


def _place(number: int, count: int, distance: float) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    return _CENTRE_X + distance * math.cos(angle), _CENTRE_Y + distance * math.sin(angle)


def _frame(points: Iterable[tuple[float, float]]) -> str:
    return f'<polygon class="ring" points="{_points(points)}" fill="none" stroke="#c9d1d9"/>'


def _axis(x: float, y: float, *, value: float | None) -> str:
    dashes = "" if value is not None else ' stroke-dasharray="4 6"'
    return (
        f'<line class="ring" x1="{_CENTRE_X:.1f}" y1="{_CENTRE_Y:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
        f'stroke="#c9d1d9"{dashes}/>'
    )


def _outline(values: Sequence[float | None]) -> list[str]:
    """The area where every value is known, else the stretches between known neighbours."""
    count = len(values)
    places = [
        None
        if value is None
        else _place(number, count, _RADIUS * min(max(value, 0.0), _TOP) / _TOP)
        for number, value in enumerate(values)
    ]
    known = [place for place in places if place is not None]
    dots = [_dot(x, y) for x, y in known]
    if len(known) == count:
        area = (
            f'<polygon class="area" points="{_points(known)}" fill="#0b5cad" fill-opacity="0.18" '
        )
        return [f'{area}stroke="#0b5cad" stroke-width="3"/>', *dots]
    sides = [
        f'<line class="line" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        'stroke="#0b5cad" stroke-width="3"/>'
        for a, b in zip(places, [*places[1:], places[0]], strict=True)
        if a is not None and b is not None
    ]
    return [*sides, *dots]


def _label(x: float, y: float, *, axis: tuple[str, float | None]) -> str:
    label, value = axis
    anchor = "middle" if abs(x - _CENTRE_X) < 1 else ("start" if x > _CENTRE_X else "end")
    shown = "—" if value is None else f"{value:.1f}"
    return (
        f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1f2328">'
        f'{escape(label)}<tspan class="value" x="{x:.1f}" dy="29" fill="#57606a">{shown}</tspan>'
        "</text>"
    )


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
