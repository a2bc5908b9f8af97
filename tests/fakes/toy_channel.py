"""A channel as poor as one can be: words only, 200 bytes a message, no push, no buttons.

It is what the guide of `bots/README.md` shows, door and sending in one file, with the platform
behind it: one that takes no message over its limit.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from bots.intake import Intake
from bots.pictures.messages import svg_of
from bots.pictures.raster import told_by
from bots.text import packed, size
from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage, OutboundMessage
from core.errors import SendRefused
from core.ports.channel import Capabilities, Picture
from core.ports.clock import Clock
from ops.channels import AddedChannel
from ops.settings import Settings

MAX_BYTES = 200
KEY = (ChannelKind.MINIPROGRAM, "toy")
PATH = "/channels/toy"
SECRET = b"toy secret"


@dataclass
class ToyPlatform:
    """Shows what it is sent, in order, and takes nothing over its limit."""

    shown: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        """SendRefused for what is empty or too long."""
        if not text or size(text) > MAX_BYTES:
            raise SendRefused("length")
        self.shown.append(text)

    def open(self, settings: Settings, intake: Intake, clock: Clock) -> AddedChannel:
        """The line of `ops.channels.CHANNELS`."""
        door = ToyDoor(intake)
        return AddedChannel(KEY, ToyChannel(self), routes=[web.post(PATH, door.post)])


@dataclass(frozen=True, slots=True)
class ToyDoor:
    """Signed JSON in; kept before it is acknowledged."""

    intake: Intake

    async def post(self, request: web.Request) -> web.Response:
        """200 once the message is kept, 401 for what is not signed."""
        body = await request.read()
        if not hmac.compare_digest(request.headers.get("X-Toy-Signature", ""), signature(body)):
            return web.Response(status=401)
        said = json.loads(body)
        await self.intake.keep(
            InboundMessage(
                ChannelAddress(*KEY, said["user"]),
                said["id"],
                said["text"],
                datetime.fromtimestamp(said["at"], UTC),
            )
        )
        return web.Response()


def signature(body: bytes) -> str:
    """What the platform signs with."""
    return hmac.digest(SECRET, body, "sha256").hex()


class ToyChannel:
    """Everything as text, a picture as what it shows in words."""

    def __init__(self, platform: ToyPlatform) -> None:
        self.capabilities = Capabilities(max_bytes=MAX_BYTES)
        self._platform = platform

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port."""
        drawings = [svg for message in messages if (svg := svg_of(message))]
        for unit in packed([*(told_by(svg) for svg in drawings), *texts], MAX_BYTES):
            self._platform.take(unit)
