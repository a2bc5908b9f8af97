"""The map of a team: results across, ability up, each place with the ellipse of its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bots.pictures.canvas import dot, picture, words

_SIDE, _LEFT, _TOP = 600, 84, 44
SIZE = (_LEFT + _SIDE + 28, _TOP + _SIDE + 84)
"""Width and height in pixels."""


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

    `title` and `text` are read out where the picture cannot be seen.
    """
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
    parts += [_ellipse(place) for place in places]
    for place in places:
        x, y = _at(place.x, place.y)
        parts += [dot(x, y), words(x + 16, y - 8, place.label, kind="label")]
    parts.append(words(_LEFT + _SIDE / 2, _TOP + _SIDE + 66, axes[0], kind="label"))
    parts.append(
        f'<text class="label" transform="translate(30 {_TOP + _SIDE / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="#1f2328">{escape(axes[1])}</text>'
    )
    return picture(parts, size=SIZE, title=title, text=text)


def _at(x: float, y: float) -> tuple[float, float]:
    return _LEFT + _SIDE * x / 100, _TOP + _SIDE * (1 - y / 100)


def _ellipse(place: MapPoint) -> str:
    x, y = _at(place.x, place.y)
    scale = _SIDE / 100
    return (
        f'<ellipse class="area" cx="{x:.1f}" cy="{y:.1f}" rx="{place.x_error * scale:.1f}" '
        f'ry="{place.y_error * scale:.1f}" fill="#0b5cad" fill-opacity="0.14"/>'
    )
