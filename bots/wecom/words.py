"""Words as WeCom shows them: pure. The AI bot's streams, pushes and the robot take Markdown."""

from __future__ import annotations

import re

from bots.text import legal

_HEADING = re.compile(r"(?m)^(#{1,6})(?=\s)")
_WIDE = str.maketrans({"<": "＜", ">": "＞", "`": "｀", "[": "［", "]": "］"})
"""What a customer or a trainee says is no mention, no link, no quotation and no picture."""


def markdown(text: str) -> str:
    """Plain text for a place that takes Markdown: signs that would act stand in full width."""
    plain = legal(text).translate(_WIDE).replace("**", "＊＊")
    return _HEADING.sub(lambda found: "＃" * len(found[1]), plain).strip()
