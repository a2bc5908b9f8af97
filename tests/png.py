"""Opens PNG files, so that tests may look at the pixels of a picture."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Opened:
    """Width and height, the text chunks, and the rows as they came."""

    size: tuple[int, int]
    texts: dict[str, str]
    rows: bytes

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 4), 0..255; slow for large pictures."""
        return _unfiltered(self.rows, *self.size)

    def ink(self) -> int:
        """How many pixels are not white."""
        return int((self.pixels[:, :, :3].min(axis=2) < 250).sum())


def opened(png: bytes) -> Opened:
    """An 8-bit RGBA picture that is not interlaced; checksums are checked. AssertionError for
    anything else."""
    assert png[:8] == _SIGNATURE
    at, data, texts, size = 8, b"", dict[str, str](), (0, 0)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (told,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + body) == told
        if kind == b"IHDR":
            width, height, *rest = struct.unpack(">IIBBBBB", body)
            assert rest == [8, 6, 0, 0, 0]
            size = (width, height)
        elif kind == b"IDAT":
            data += body
        elif kind == b"iTXt":
            name, _, text = body.partition(b"\0")
            texts[name.decode()] = text[4:].decode()
        at += 12 + length
    return Opened(size, texts, zlib.decompress(data))


def _unfiltered(raw: bytes, width: int, height: int) -> np.ndarray:
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + 4 * width)
    found = np.zeros((height + 1, width + 1, 4), np.uint8)
    for number, row in enumerate(rows, start=1):
        line = row[1:].reshape(width, 4)
        above = found[number - 1]
        if row[0] == 0:
            found[number, 1:] = line
        elif row[0] == 1:
            found[number, 1:] = np.cumsum(line, axis=0, dtype=np.uint8)
        elif row[0] == 2:
            found[number, 1:] = line + above[1:]
        else:
            _by_hand(found, number, line, int(row[0]))
    return found[1:, 1:]


def _by_hand(found: np.ndarray, number: int, line: np.ndarray, kind: int) -> None:
    """Filters 3 (average) and 4 (Paeth) lean on the pixel to the left."""
    above, left = found[number - 1].tolist(), [0, 0, 0, 0]
    for place, pixel in enumerate(line.tolist(), start=1):
        up, corner = above[place], above[place - 1]
        if kind == 3:
            left = [(p + (a + b) // 2) & 255 for p, a, b in zip(pixel, left, up, strict=True)]
        else:
            left = [
                (p + _paeth(a, b, c)) & 255
                for p, a, b, c in zip(pixel, left, up, corner, strict=True)
            ]
        found[number, place] = left


def _paeth(a: int, b: int, c: int) -> int:
    guess = a + b - c
    return min((a, b, c), key=lambda one: abs(guess - one))
