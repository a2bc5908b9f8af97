"""Which long lines of customers a trainee has read before, as a small sieve (a Bloom filter).

It goes with a dialogue's state, so a talk that is taken up again, or replayed, words its lines in
the same way. A line that was read is always found; one in 200 that was not is found too, which
costs another wording and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterator
from functools import lru_cache

from core.domain.wording import bare

TALKS = 50
"""Talks of one trainee in which no long line comes twice."""

LONG = 8
"""Characters from which a line is long; shorter ones everybody says again."""

_BITS_PER_LINE = 12
_PROBES = 5


def sieve(lines: Collection[str]) -> str:
    """The sieve of those of the lines that are long, in base64; empty where none is."""
    long_lines = {line for line in lines if len(line) >= LONG}
    if not long_lines:
        return ""
    bits = bytearray(len(long_lines) * _BITS_PER_LINE // 8 + 1)
    for line in long_lines:
        for place in _places(line, len(bits) * 8):
            bits[place // 8] |= 1 << place % 8
    return base64.b64encode(bits).decode()


def has_read(sieve: str, line: str) -> bool:
    """Whether a line is long and may well be in the sieve."""
    if not sieve or len(line) < LONG:
        return False
    bits = _bits(sieve)
    return all(bits[place // 8] & 1 << place % 8 for place in _places(line, len(bits) * 8))


def _places(line: str, size: int) -> Iterator[int]:
    digest = hashlib.blake2b(bare(line).encode(), digest_size=4 * _PROBES).digest()
    for start in range(0, len(digest), 4):
        yield int.from_bytes(digest[start : start + 4], "big") % size


@lru_cache(maxsize=256)
def _bits(sieve: str) -> bytes:
    return base64.b64decode(sieve)
