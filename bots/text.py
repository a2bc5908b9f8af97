"""Text as platforms take it: legal characters, and messages cut by bytes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

PARAGRAPH = "\n\n"

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 and UTF-8 cannot carry."""
    return _ILLEGAL.sub("", text)


def size(text: str) -> int:
    """UTF-8 bytes."""
    return len(text.encode())


def head(text: str, limit: int) -> str:
    """The longest start of `text` within `limit` bytes, on a character border."""
    return text.encode()[:limit].decode(errors="ignore")


def split(text: str, limit: int) -> Sequence[str]:
    """Cut into pieces of at most `limit` bytes, at a line border where one is in the second
    half of the piece, else at a character border. Nothing is lost but the line break or the
    blanks at a cut; an empty text gives no piece."""
    pieces = []
    rest = text.strip()
    while size(rest) > limit:
        piece = head(rest, limit)
        border = piece.rfind("\n")
        if border >= len(piece) // 2:
            piece = piece[:border]
        pieces.append(piece.rstrip())
        rest = rest[len(piece) :].lstrip()
    if rest:
        pieces.append(rest)
    return pieces


def packed(texts: Sequence[str], limit: int | None) -> Sequence[str]:
    """The texts in as few messages as fit `limit` bytes each, all in one without a limit. A text
    that is longer than a message is cut as `split` cuts."""
    if limit is None:
        return [PARAGRAPH.join(text.strip() for text in texts if text.strip())]
    messages: list[str] = []
    for piece in (piece for text in texts for piece in split(text, limit)):
        if messages and size(messages[-1] + PARAGRAPH + piece) <= limit:
            messages[-1] += PARAGRAPH + piece
        else:
            messages.append(piece)
    return messages
