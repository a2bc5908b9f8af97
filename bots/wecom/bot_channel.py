"""Says things through the AI bot: the reply to a message as a stream of finished turns, everything
else as Markdown pushes, and a card with the ways on behind it.

Source: document path 101463. A stream resends its whole text with each frame; it must be finished
in time, or the platform shows it as running for ever.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bots.buckets import Buckets
from bots.next_steps import steps_after
from bots.text import PARAGRAPH, packed
from bots.wecom.cards import BUTTONS, Body, card
from bots.wecom.limits import WeComLimits
from bots.wecom.link import RESPOND, SEND, WELCOME, BotLink
from bots.wecom.media import hand_in
from bots.wecom.outcomes import one_by_one, settle
from bots.wecom.words import markdown
from core.domain.messages import ChannelAddress, OutboundMessage
from core.errors import SendError, SendRetry, StorageUnavailable
from core.ports.channel import Capabilities, Picture, Push, Voice
from core.ports.clock import Clock
from core.ports.live_state import LiveState

log = structlog.get_logger("bots")

Shown: TypeAlias = tuple[str, float]
"""The whole text of a frame, and the pause before it in seconds."""

_NO_SLOT = {846605, 846608}
"""The place of a reply is gone (its connection was another, or its stream is too old): the same
words go as a push."""

NOT_SUBSCRIBED = 846609

_MOST_SLOTS = 20_000
_MARGIN_S = 0.5
_LONGEST_PAUSE_S = 4.0
TYPING = "…"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the next words to a person answer something: the callback, when it came, and whether
    it was their entering the chat."""

    req_id: str
    at: datetime
    welcome: bool = False


@dataclass
class BotChannel:
    """One bot's channel while its connection lives. Sending is done by the process that leads."""

    link: BotLink
    live: LiveState
    clock: Clock
    limits: WeComLimits
    slots: OrderedDict[str, Slot] = field(default_factory=OrderedDict)
    capabilities: Capabilities = field(init=False)

    _buckets: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(
            push=Push.GRANTED,
            buttons=BUTTONS,
            pictures=True,
            voice=Voice.HEARD,
            max_bytes=self.limits.bot_bytes,
            rates=self.limits.bot_rates,
            reply_within=timedelta(seconds=self.limits.bot_reply_s),
        )
        self._buckets = Buckets(self.live, self.clock, "wecom-bot", self.capabilities.rates)

    def open_slot(self, user: str, slot: Slot) -> None:
        """The person sent something that may be answered."""
        self.slots[user] = slot
        self.slots.move_to_end(user)
        while len(self.slots) > _MOST_SLOTS:
            self.slots.popitem(last=False)

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port. What goes to one person at once is one message where it fits."""
        user = address.user
        if not self.link.is_up:
            raise SendRetry("not connected")
        steps = steps_after(messages)
        offer = card(messages[-1].language, steps, task_id=uuid.uuid4().hex) if steps else None
        turns = [markdown(text) for text in texts]
        units = packed(turns, self.capabilities.max_bytes)
        delays = [message.delay_s for message in messages]
        begun = False
        if (
            len(units) == 1
            and not pictures
            and await self._reply(user, frames(turns, delays), offer)
        ):
            return
        if units and await self._reply(user, [(units[0], 0.0)], None):
            begun, units = True, units[1:]

        async def push(unit: str) -> None:
            await self._push(user, _markdown(unit))

        await one_by_one(units, push, begun=begun)
        for picture in pictures:
            await self._show(user, picture)
        if offer is not None:
            await self._offer(user, offer)

    async def _reply(self, user: str, shown: Sequence[Shown], offer: Body | None) -> bool:
        """Answer what the person sent last; False where there is nothing to answer any more."""
        slot = self.slots.pop(user, None)
        if slot is None or self.clock.now() > slot.at + self._lasts(slot):
            return False
        try:
            if slot.welcome:
                body: Body = {"msgtype": "text", "text": {"content": shown[-1][0]}}
                # Without its card: nothing can be pushed to who has never written.
                code = await self._call(user, WELCOME, body, req_id=slot.req_id)
            else:
                code = await self._stream(user, slot.req_id, shown, offer)
            if code in _NO_SLOT:
                return False
            settle(code, blocked_s=self.limits.app_blocked_s)
        except SendRetry:
            # The next try goes on with the same stream.
            self.slots.setdefault(user, slot)
            raise
        return True

    def _lasts(self, slot: Slot) -> timedelta:
        event = timedelta(seconds=self.limits.bot_event_s - _MARGIN_S)
        return event if slot.welcome else self.capabilities.reply_within or event

    async def _stream(
        self, user: str, req_id: str, shown: Sequence[Shown], offer: Body | None
    ) -> int:
        """Finished turns one after the other, each frame with all before it; the last one ends the
        stream and brings the card. One id per callback: a frame sent again changes nothing."""
        stream_id, code = hashlib.sha256(req_id.encode()).hexdigest()[:32], 0
        async with asyncio.timeout(self.limits.bot_stream_s):
            for at, (content, pause_s) in enumerate(shown, start=1):
                await asyncio.sleep(pause_s)
                last = at == len(shown)
                stream: Body = {"id": stream_id, "finish": last, "content": content}
                body: Body = {"msgtype": "stream", "stream": stream}
                if last and offer is not None:
                    body = {**body, "msgtype": "stream_with_template_card", "template_card": offer}
                code = await self._call(user, RESPOND, body, req_id=req_id)
                if code:
                    break
        return code

    async def _push(self, user: str, body: Body) -> None:
        code = await self._call(user, SEND, {"chatid": user, **body})
        settle(code, blocked_s=self.limits.app_blocked_s)

    async def _show(self, user: str, picture: Picture) -> None:
        """The words are out by now and are not said twice for a picture's sake."""
        try:
            media: Body = {"media_id": await hand_in(self.link, picture)}
            await self._push(user, {"msgtype": "image", "image": media})
        except SendError as error:
            log.warning("picture_not_shown", error=error.reason)

    async def _offer(self, user: str, offer: Body) -> None:
        """Buttons are an extra: everything they say can be typed."""
        try:
            await self._push(user, {"msgtype": "template_card", "template_card": offer})
        except SendError:
            return

    async def _call(self, user: str, cmd: str, body: Body, *, req_id: str | None = None) -> int:
        """One frame, counted first: replies and pushes share the conversation's rate."""
        try:
            wait_s = await self._buckets.take(user)
        except StorageUnavailable:
            raise SendRetry("storage") from None
        if wait_s:
            raise SendRetry("rate", after_s=wait_s)
        code = await self.link.request(cmd, body, req_id=req_id)
        if code == NOT_SUBSCRIBED:
            await self.link.drop()
            raise SendRetry("not_subscribed")
        return code


def frames(turns: Sequence[str], delays: Sequence[float]) -> Sequence[Shown]:
    """What a stream shows, frame by frame: before a turn that takes typing stands what was said
    before it, or a sign that something comes. Turns without a pause come with the one before."""
    shown: list[Shown] = []
    said: list[str] = []
    for turn, delay in zip(turns, delays, strict=True):
        pause = min(_LONGEST_PAUSE_S, max(0.0, delay))
        if pause and not shown:
            shown.append((TYPING, 0.0))
        said.append(turn)
        text = PARAGRAPH.join(said)
        if not pause and shown and shown[-1][0] != TYPING:
            shown[-1] = (text, shown[-1][1])
        else:
            shown.append((text, pause))
    return shown


def _markdown(text: str) -> Body:
    return {"msgtype": "markdown", "markdown": {"content": text}}
