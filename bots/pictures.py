"""Pictures drawn as SVG text; the browser, or a renderer, makes pixels of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

SIZE = 640
"""Width and height of a radar, in pixels."""

_CENTRE = SIZE / 2
_RADIUS = 200.0
_LABEL_AT = _RADIUS + 34
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
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img" '
        f'font-family="Noto Sans SC, Noto Sans CJK SC, sans-serif" font-size="20">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>"
        f'<rect width="{SIZE}" height="{SIZE}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _rings() -> Sequence[float]:
    return [_RADIUS * ring / _TOP for ring in _RINGS]


def _place(number: int, count: int, distance: float) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    return _CENTRE + distance * math.cos(angle), _CENTRE + distance * math.sin(angle)


def _frame(points: Iterable[tuple[float, float]]) -> str:
    return f'<polygon points="{_points(points)}" fill="none" stroke="#c9d1d9"/>'


def _axis(x: float, y: float, *, value: float | None) -> str:
    dashes = "" if value is not None else ' stroke-dasharray="4 6"'
    return (
        f'<line x1="{_CENTRE:.1f}" y1="{_CENTRE:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
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
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#0b5cad"/>' for x, y in known]
    if len(known) == count:
        area = f'<polygon points="{_points(known)}" fill="#0b5cad" fill-opacity="0.18" '
        return [f'{area}stroke="#0b5cad" stroke-width="3"/>', *dots]
    sides = [
        f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        'stroke="#0b5cad" stroke-width="3"/>'
        for a, b in zip(places, [*places[1:], places[0]], strict=True)
        if a is not None and b is not None
    ]
    return [*sides, *dots]


def _label(x: float, y: float, *, axis: tuple[str, float | None]) -> str:
    label, value = axis
    anchor = "middle" if abs(x - _CENTRE) < 1 else ("start" if x > _CENTRE else "end")
    shown = "—" if value is None else f"{value:.1f}"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1f2328">'
        f'{escape(label)}<tspan x="{x:.1f}" dy="24" fill="#57606a">{shown}</tspan></text>'
    )


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
