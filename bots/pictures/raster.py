"""SVG -> PNG, with the font that is shipped and no other: the same pixels on every machine."""

from __future__ import annotations

import zlib
from importlib.resources import as_file, files
from xml.etree import ElementTree

import resvg_py

from bots.pictures.canvas import FAMILY

FONT = "NotoSansCJKsc-subset.otf"
_SVG = "{http://www.w3.org/2000/svg}"
_HEAD = 33
"""Bytes of a PNG's signature and first chunk; further chunks may follow."""


def png_of(svg: str, *, width: int | None = None) -> bytes:
    """The picture as PNG, `width` pixels wide (its own size unless given), what it says in words
    inside as `Description` (an iTXt chunk). ValueError for what is no SVG."""
    with as_file(files("bots.pictures").joinpath("font", FONT)) as font:
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            skip_system_fonts=True,
            font_files=[str(font)],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    return _described(bytes(drawn), told_by(svg))


def told_by(svg: str) -> str:
    """What a picture of ours says in words: its title and its text, also of pictures inside it."""
    root = ElementTree.fromstring(svg)
    said = [
        one.text.strip()
        for tag in ("title", "desc")
        for one in root.iter(f"{_SVG}{tag}")
        if one.text and (tag == "desc" or one in list(root))
    ]
    return "\n".join(text for text in said if text)


def _described(png: bytes, text: str) -> bytes:
    body = b"iTXtDescription\0\0\0\0\0" + text.encode()
    size = (len(body) - 4).to_bytes(4, "big")
    return png[:_HEAD] + size + body + zlib.crc32(body).to_bytes(4, "big") + png[_HEAD:]
