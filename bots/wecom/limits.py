"""What WeCom allows, as settings: the defaults are those of its documentation.

Sources: developer.work.weixin.qq.com, document paths 90236 and 90454 (app messages and their
limits), 94945 (card updates), 101463 (AI bot over the long connection), group robot page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from core.ports.channel import Rate


@dataclass(frozen=True, slots=True)
class WeComLimits:
    """Bytes are UTF-8, times are seconds. Excess to one member is dropped without a word by the
    platform, so it is never sent."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    """Read by the settings: a limit that does not exist is a fault, not a silence."""

    app_member_per_minute: int = 30
    app_member_per_hour: int = 1000
    app_per_minute: int = 10_000
    app_per_hour: int = 150_000
    app_blocked_s: float = 60.0
    app_text_bytes: int = 2048
    card_code_lasts_s: float = 72 * 3600.0

    robot_per_minute: int = 20
    robot_bytes: int = 4096

    bot_per_minute: int = 30
    bot_per_hour: int = 1000
    bot_bytes: int = 20_480
    bot_stream_s: float = 360.0
    bot_reply_s: float = 24 * 3600.0
    bot_event_s: float = 5.0
    bot_ping_s: float = 30.0

    @property
    def app_member_rates(self) -> tuple[Rate, ...]:
        """What one member may be sent by the application."""
        return _rates(self.app_member_per_minute, self.app_member_per_hour)

    @property
    def bot_rates(self) -> tuple[Rate, ...]:
        """What one conversation of the bot holds, replies and pushes together."""
        return _rates(self.bot_per_minute, self.bot_per_hour)


def _rates(per_minute: int, per_hour: int) -> tuple[Rate, ...]:
    return Rate(per_minute, timedelta(minutes=1)), Rate(per_hour, timedelta(hours=1))
