"""What a WeChat official account allows, as settings: the defaults are those of its documentation.

Sources: WeChat documentation of passive replies, customer-service messages, the stable token and
subscription notices. How many sends a message opens is a setting of each account.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class WeChatLimits:
    """Bytes are UTF-8, times are seconds. `answer_s`: when the platform stops waiting for the
    answer to a message; `event_*`: what following, a menu or a QR code opens."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """Read by the settings: a limit that does not exist is a fault, not a silence."""

    answer_s: float = 5.0
    text_bytes: int = 2048
    message_lasts_s: float = 48 * 3600.0
    event_sends: int = 3
    event_lasts_s: float = 60.0
    token_forced_every_s: float = 30.0
    notice_chars: int = 20
