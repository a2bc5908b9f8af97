"""One way to reach people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.messages import ChannelAddress, OutboundMessage


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. `pulls`: nobody sends; the other side fetches its rows; `pictures`:
    it shows PNG beside words."""

    pulls: bool = False
    max_bytes: int | None = None
    push: bool = True
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands beside a message's words: PNG, what it shows in words, and a short
    name (letters only). Never the only place where something is said."""

    png: bytes
    alt: str
    name: str


class Channel(Protocol):
    """Sends worded messages; the words were made by `bots.replies` before."""

    capabilities: Capabilities

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """Send what `messages` say, worded as `texts` (same length, same order). `pictures` are
        handed to channels that can show some; one that fails costs no word.

        Raises SendRefused, SendDeferred, SendRetry or SendUnknown; returns when all were sent.
        """
        ...
