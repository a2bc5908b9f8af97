"""The map of a team: results across, ability up, each place with the ellipse of its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape

from bots.pictures.canvas import dot, picture, words

_SIDE, _LEFT, _TOP = 600, 84, 44
SIZE = (_LEFT + _SIDE + 28, _TOP + _SIDE + 84)
"""Width and height in pixels."""


CROWD = 60
"""More points than this have no room for labels."""

_GLYPH, _TALL = 14.0, 22.0
"""What a digit takes, in pixels."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A labelled point of a map, both figures and their standard errors 0..100."""

    label: str
    x: float
    y: float
    x_error: float
    y_error: float


def results_map(
    places: Sequence[MapPoint],
    *,
    cuts: Sequence[float],
    axes: tuple[str, str],
    title: str,
    text: str,
) -> str:
    """Points in a square of 0..100, each with the ellipse of its errors (about two of three true
    places lie within the reach of each axis), and a line at each cut. `axes`: across and up.

    More than CROWD points are dots alone: their labels and ellipses would cover each other.
    `title` and `text` are read out where the picture cannot be seen.
    """
    crowded = len(places) > CROWD
    parts = [
        f'<rect class="ring" x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" '
        'fill="none" stroke="#c9d1d9"/>'
    ]
    for cut in cuts:
        x, y = _at(cut, cut)
        parts.append(
            f'<path class="ring" d="M{x:.1f} {_TOP}v{_SIDE}M{_LEFT} {y:.1f}h{_SIDE}" '
            'stroke="#c9d1d9" stroke-dasharray="4 6"/>'
        )
        parts.append(words(x, _TOP + _SIDE + 32, f"{cut:g}", kind="value"))
        parts.append(words(_LEFT - 26, y + 9, f"{cut:g}", kind="value"))
    dots = [_at(place.x, place.y) for place in places]
    if not crowded:
        parts += [_ellipse(place) for place in places]
    parts += [dot(x, y) for x, y in dots]
    if not crowded:
        parts += _labels([place.label for place in places], dots)
    parts.append(words(_LEFT + _SIDE / 2, _TOP + _SIDE + 66, axes[0], kind="label"))
    parts.append(
        f'<text class="label" transform="translate(30 {_TOP + _SIDE / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="#1f2328">{escape(axes[1])}</text>'
    )
    return picture(parts, size=SIZE, title=title, text=text)


Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _labels(labels: Sequence[str], dots: Sequence[tuple[float, float]]) -> Sequence[str]:
    """Each label on that side of its dot where it covers least of the other labels and dots, with
    a line to the dot where it had to go further away."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in dots]
    parts = []
    for label, (x, y) in zip(labels, dots, strict=True):
        box, far = min(_spots(label, x, y), key=lambda spot: _cost(spot[0], taken))
        taken.append(box)
        left, top, right, bottom = box
        if far:
            near_x, near_y = min(max(x, left), right), min(max(y, top), bottom)
            parts.append(
                f'<line class="line" x1="{x:.1f}" y1="{y:.1f}" x2="{near_x:.1f}" '
                f'y2="{near_y:.1f}" stroke="#0b5cad"/>'
            )
        parts.append(words((left + right) / 2, bottom - 3, label, kind="label"))
    return parts


def _spots(label: str, x: float, y: float) -> Sequence[tuple[Box, bool]]:
    """Where a label may stand, the nearest first; whether that is far from its dot."""
    width = _GLYPH * len(label) + 4
    return [
        ((cx - width / 2, cy - _TALL / 2, cx + width / 2, cy + _TALL / 2), reach > _REACHES[0])
        for reach in _REACHES
        for across, up in _SIDES
        for cx, cy in [(x + across * (reach + width / 2), y - up * (reach + _TALL / 2))]
    ]


_REACHES = (7.0, 22.0, 44.0)
_SIDES = tuple((across, up) for across in (1, -1, 0) for up in (1, 0, -1) if across or up)


def _cost(box: Box, taken: Sequence[Box]) -> float:
    """The area that is covered already, or lies outside of the square."""
    left, top, right, bottom = box
    covered = sum(
        max(0.0, min(right, one[2]) - max(left, one[0]))
        * max(0.0, min(bottom, one[3]) - max(top, one[1]))
        for one in taken
    )
    inside = max(0.0, min(right, _LEFT + _SIDE) - max(left, _LEFT)) * max(
        0.0, min(bottom, _TOP + _SIDE) - max(top, _TOP)
    )
    return covered + (right - left) * (bottom - top) - inside


def _at(x: float, y: float) -> tuple[float, float]:
    return _LEFT + _SIDE * x / 100, _TOP + _SIDE * (1 - y / 100)


def _ellipse(place: MapPoint) -> str:
    x, y = _at(place.x, place.y)
    scale = _SIDE / 100
    return (
        f'<ellipse class="area" cx="{x:.1f}" cy="{y:.1f}" rx="{place.x_error * scale:.1f}" '
        f'ry="{place.y_error * scale:.1f}" fill="#0b5cad" fill-opacity="0.14"/>'
    )
