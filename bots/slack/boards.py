"""A team's board in a channel: only where somebody wrote the channel into the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bots.slack.channel import SlackChannel
from core.domain.messages import ChannelAddress, OutboundMessage
from core.errors import SendRefused
from core.ports.channel import Capabilities, Picture, Push

BOARD = "board"
"""Our account of the boards; its users are the names of teams."""


@dataclass
class SlackBoards:
    """Posts as our app does elsewhere. `rooms`: team -> id of its channel."""

    channel: SlackChannel
    rooms: Mapping[str, str]
    capabilities: Capabilities = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities = replace(self.channel.capabilities, push=Push.NONE, pictures=False)

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port."""
        room = self.rooms.get(address.user)
        if room is None:
            raise SendRefused("board_not_allowed")
        await self.channel.send(replace(address, user=room), texts, messages)
