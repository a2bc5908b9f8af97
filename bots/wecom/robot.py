"""Group robots: a team's board in its group, one way only.

Source: the group robot page: 20 messages a minute for each robot, Markdown of 4,096 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bots.buckets import Buckets
from bots.text import packed
from bots.wechat.api import WeChatApi, errcode
from bots.wecom.limits import WeComLimits
from bots.wecom.outcomes import one_by_one, settle
from bots.wecom.words import markdown
from core.domain.messages import ChannelAddress, OutboundMessage
from core.errors import SendRefused, SendRetry, StorageError
from core.ports.channel import Capabilities, Picture, Rate
from core.ports.clock import Clock
from core.ports.live_state import LiveState

BOARD = "board"
"""Our account of the group robots; its users are the names of teams."""


@dataclass
class RobotChannel:
    """Boards of the teams whose robot somebody has set, and of no others. `keys`: team -> key."""

    http: WeChatApi
    keys: Mapping[str, str]
    live: LiveState
    clock: Clock
    limits: WeComLimits
    capabilities: Capabilities = field(init=False)
    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        rates = (Rate(self.limits.robot_per_minute, timedelta(minutes=1)),)
        self.capabilities = Capabilities(max_bytes=self.limits.robot_bytes, rates=rates)
        self._buckets = Buckets(self.live, self.clock, "wecom-robot", rates)

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port. All that goes out at once is counted before the first of it is sent."""
        key = self.keys.get(address.user)
        if key is None:
            raise SendRefused("board_not_allowed")
        units = packed([markdown(text) for text in texts], self.capabilities.max_bytes)
        try:
            wait_s = await self._buckets.take(address.user, len(units))
        except StorageError:
            raise SendRetry("storage") from None
        if wait_s:
            raise SendRetry("robot_rate", after_s=wait_s)

        async def post(unit: str) -> None:
            answer = await self.http.post(
                "/cgi-bin/webhook/send",
                {"msgtype": "markdown", "markdown": {"content": unit}},
                query={"key": key},
            )
            settle(errcode(answer), blocked_s=self.limits.app_blocked_s)

        await one_by_one(units, post)
