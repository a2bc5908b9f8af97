"""Words as WeCom shows them: pure. The AI bot's streams, pushes and the robot take Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bots.wechat.text import PARAGRAPH, legal, size, split

_HEADING = re.compile(r"(?m)^(#{1,6})(?=\s)")
_WIDE = str.maketrans({"<": "＜", ">": "＞", "`": "｀", "[": "［", "]": "］"})
"""What a customer or a trainee says is no mention, no link, no quotation and no picture."""


def markdown(text: str) -> str:
    """Plain text for a place that takes Markdown: signs that would act stand in full width."""
    plain = legal(text).translate(_WIDE).replace("**", "＊＊")
    return _HEADING.sub(lambda found: "＃" * len(found[1]), plain).strip()


def packed(texts: Sequence[str], limit: int) -> Sequence[str]:
    """The texts in as few messages as fit `limit` bytes each. A text that is longer than a message
    is cut as `bots.wechat.text.split` cuts."""
    messages: list[str] = []
    for piece in (piece for text in texts for piece in split(text, limit)):
        if messages and size(messages[-1] + PARAGRAPH + piece) <= limit:
            messages[-1] += PARAGRAPH + piece
        else:
            messages.append(piece)
    return messages
