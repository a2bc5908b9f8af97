"""A radar of abilities, with how far each figure reaches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bots.pictures.canvas import TOP, bounded, dot, picture, points

SIZE = (800, 546)
"""Width and height in pixels: beside the circle there is room for long names."""

FEWEST = 3

_CENTRE_X, _CENTRE_Y = 400, 266
_RADIUS = 176.0
_LABEL_AT = _RADIUS + 38
_RINGS = (2.5, 5.0, 7.5, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """An ability: its value 0..10 (None: unknown, or too little known to show) and its reach."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def band(self) -> tuple[float, float] | None:
        """The reach of a known value."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return self.low, self.high


def radar(axes: Sequence[Axis], *, title: str, text: str) -> str:
    """The axes clockwise from the top, with bands between those whose reach is known.

    What is not known is no zero: it has a name and a dash, no axis and no point, and opens the
    outline. `title` and `text` are read out where the picture cannot be seen. ValueError below
    three axes.
    """
    if len(axes) < FEWEST:
        raise ValueError("a radar needs three axes")
    count = len(axes)
    parts = [_ring(_place(number, count, ring) for number in range(count)) for ring in _RINGS]
    parts += [
        _axis(*_place(number, count, TOP))
        for number, axis in enumerate(axes)
        if axis.value is not None
    ]
    parts += _bands([axis.band for axis in axes])
    parts += _outline([axis.value for axis in axes])
    parts += [_label(*_at(number, count, _LABEL_AT), axis=axes[number]) for number in range(count)]
    return picture(parts, size=SIZE, title=title, text=text)


def _place(number: int, count: int, value: float) -> tuple[float, float]:
    return _at(number, count, _RADIUS * bounded(value) / TOP)


def _at(number: int, count: int, distance: float) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    return _CENTRE_X + distance * math.cos(angle), _CENTRE_Y + distance * math.sin(angle)


def _ring(places: Iterable[tuple[float, float]]) -> str:
    return f'<polygon class="ring" points="{points(places)}" fill="none" stroke="#c9d1d9"/>'


def _axis(x: float, y: float) -> str:
    return (
        f'<line class="ring" x1="{_CENTRE_X:.1f}" y1="{_CENTRE_Y:.1f}" x2="{x:.1f}" y2="{y:.1f}" '
        'stroke="#c9d1d9"/>'
    )


def _bands(bands: Sequence[tuple[float, float] | None]) -> list[str]:
    """Each reach along its axis, and the surface between neighbours that both have one."""
    count, found = len(bands), []
    for number, band in enumerate(bands):
        if band is None:
            continue
        (x1, y1), (x2, y2) = (_place(number, count, value) for value in band)
        found.append(
            f'<line class="line reach" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            'stroke="#0b5cad" stroke-width="7" stroke-opacity="0.35" stroke-linecap="round"/>'
        )
        beside = (number + 1) % count
        other = bands[beside]
        if other is not None:
            corners = [
                _place(number, count, band[0]),
                _place(number, count, band[1]),
                _place(beside, count, other[1]),
                _place(beside, count, other[0]),
            ]
            found.append(
                f'<polygon class="area band" points="{points(corners)}" fill="#0b5cad" '
                'fill-opacity="0.14"/>'
            )
    return found


def _outline(values: Sequence[float | None]) -> list[str]:
    """The area where every value is known, else the stretches between known neighbours."""
    count = len(values)
    places = [
        None if value is None else _place(number, count, value)
        for number, value in enumerate(values)
    ]
    known = [place for place in places if place is not None]
    dots = [dot(x, y) for x, y in known]
    if len(known) == count:
        area = f'<polygon class="area" points="{points(known)}" fill="#0b5cad" fill-opacity="0.18" '
        return [f'{area}stroke="#0b5cad" stroke-width="3"/>', *dots]
    sides = [
        f'<line class="line" x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
        'stroke="#0b5cad" stroke-width="3"/>'
        for a, b in zip(places, [*places[1:], places[0]], strict=True)
        if a is not None and b is not None
    ]
    return [*sides, *dots]


def _label(x: float, y: float, *, axis: Axis) -> str:
    anchor = "middle" if abs(x - _CENTRE_X) < 1 else ("start" if x > _CENTRE_X else "end")
    shown = "—" if axis.value is None else f"{axis.value:.1f}"
    return (
        f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#1f2328">'
        f'{escape(axis.label)}<tspan class="value" x="{x:.1f}" dy="29" fill="#57606a">{shown}'
        "</tspan></text>"
    )
