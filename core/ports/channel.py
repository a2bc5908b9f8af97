"""One way to reach people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.messages import ChannelAddress, OutboundMessage


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. `pulls`: nobody sends; the other side fetches its rows."""

    pulls: bool = False
    max_bytes: int | None = None
    push: bool = True


class Channel(Protocol):
    """Sends worded messages; the words were made by `bots.replies` before."""

    capabilities: Capabilities

    async def send(
        self, address: ChannelAddress, texts: Sequence[str], messages: Sequence[OutboundMessage]
    ) -> None:
        """Send what `messages` say, worded as `texts` (same length, same order).

        Raises SendRefused, SendDeferred, SendRetry or SendUnknown; returns when all were sent.
        """
        ...
