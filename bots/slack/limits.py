"""What Slack allows, as settings: the defaults are those of its documentation (docs.slack.dev), and
of bolt-js#2509 for the text of all blocks. How often one may post is PEILIAN_SLACK_POST_EVERY_S.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SlackLimits:
    """Lengths are characters; `blocks` of a message, `view_blocks` of a modal or home tab."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """Read by the settings: a limit that does not exist is a fault, not a silence."""

    blocks: int = 50
    view_blocks: int = 100
    section_chars: int = 3000
    text_chars: int = 13_200
