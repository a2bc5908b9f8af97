"""What all pictures share: the frame, its words, and dots.

Colours are attributes, so that a picture stands alone; the classes let a page's style sheet
put its own colours in their place (dark mode).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

FAMILY = "Noto Sans CJK SC"
"""The face that is shipped; browsers may have a nearer one."""

FONT_SIZE = 25
_HEADING = 56
"""Room for a heading, in pixels."""

TOP = 10.0
"""Scores go from 0 to here."""


def picture(
    parts: Iterable[str],
    *,
    size: tuple[int, int],
    title: str,
    text: str,
    font_size: int = FONT_SIZE,
) -> str:
    """The parts on white; `title` and `text` are read out where the picture cannot be seen."""
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="Noto Sans SC, {FAMILY}, sans-serif" font-size="{font_size}">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>"
        f'<rect class="ground" width="{width}" height="{height}" fill="#ffffff"/>'
        f"{''.join(parts)}</svg>"
    )


def stacked(pictures: Iterable[tuple[str, tuple[int, int], str]]) -> str:
    """Pictures (SVG, size, heading) one below the other as one, each under its heading."""
    held = list(pictures)
    widest = max(width for _, (width, _), _ in held)
    parts, top = [], 0
    for drawn, (width, height), heading in held:
        parts.append(words(widest / 2, top + _HEADING - 16, heading, kind="label"))
        place = f'x="{(widest - width) / 2:g}" y="{top + _HEADING}"'
        inside = drawn.removeprefix("<svg ")
        parts.append(f'<svg {place} width="{width}" height="{height}" {inside}')
        top += _HEADING + height
    title = " · ".join(heading for _, _, heading in held)
    return picture(parts, size=(widest, top), title=title, text="")


def words(x: float, y: float, said: str, *, kind: str, anchor: str = "middle") -> str:
    """A line of text; `kind` is label or value."""
    fill = "#1f2328" if kind == "label" else "#57606a"
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">'
        f"{escape(said)}</text>"
    )


def dot(x: float, y: float) -> str:
    """A point."""
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#0b5cad"/>'


def points(places: Iterable[tuple[float, float]]) -> str:
    """Corners as an SVG attribute."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def bounded(value: float) -> float:
    """A score within 0..TOP."""
    return min(max(value, 0.0), TOP)
