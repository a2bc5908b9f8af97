"""One way to reach people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from core.domain.messages import ChannelAddress, OutboundMessage


class Push(StrEnum):
    """Whether people may be written to unasked: at any time, once they have written there, only
    while something of theirs holds a window open, or never."""

    FREE = "free"
    GRANTED = "granted"
    WINDOWED = "windowed"
    NONE = "none"


class Voice(StrEnum):
    """What comes of a spoken message: a kind refusal, the platform's own words for it, or a
    recording that a speech server hears."""

    NONE = "none"
    HEARD = "heard"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many sends to one conversation, in any span of this length."""

    sends: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; the least, unless it says otherwise.

    `pulls`: nobody sends; the other side fetches its rows. `buttons`: how many stand below a
    message; none: the ways on are numbered lines. `pictures`: it shows PNG beside words.
    `max_bytes`: of one message in UTF-8. `reply_within`: how long a message may be answered, where
    that ends.
    """

    pulls: bool = False
    push: Push = Push.NONE
    buttons: int = 0
    pictures: bool = False
    voice: Voice = Voice.NONE
    max_bytes: int | None = None
    rates: tuple[Rate, ...] = ()
    reply_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands beside a message's words: PNG, what it shows in words, and a short
    name (letters only). Never the only place where something is said."""

    png: bytes
    alt: str
    name: str


class Channel(Protocol):
    """Sends worded messages; the words were made by `bots.showing` before."""

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
