"""Messages of the self-built application: texts, and a card with the ways on behind them.

It may open a conversation, so pushes and digests go this way. What is too much for one member is
dropped by the platform without a word; it is therefore counted here and never sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bots.buckets import Buckets
from bots.next_steps import steps_after
from bots.text import legal, packed
from bots.wechat.api import Answer, File
from bots.wecom.app import AppApi
from bots.wecom.cards import BUTTONS, card
from bots.wecom.limits import WeComLimits
from bots.wecom.outcomes import one_by_one
from core.catalogue import say
from core.domain.messages import ChannelAddress, Json, OutboundMessage
from core.errors import SendError, SendRefused, SendRetry, StorageError
from core.ports.channel import Capabilities, Picture, Push, Voice
from core.ports.clock import Clock
from core.ports.live_state import LiveState

SEND, UPDATE = "/cgi-bin/message/send", "/cgi-bin/message/update_template_card"
UPLOAD = "/cgi-bin/media/upload"
log = structlog.get_logger("bots")

_WIDE = str.maketrans({"<": "＜", ">": "＞"})
"""A text may hold links written as HTML; what somebody said is none."""


class AppChannel:
    """Members of one company through one application."""

    def __init__(self, api: AppApi, *, live: LiveState, clock: Clock, limits: WeComLimits) -> None:
        self.capabilities = Capabilities(
            push=Push.FREE,
            buttons=BUTTONS,
            pictures=True,
            voice=Voice.RECORDED,
            max_bytes=limits.app_text_bytes,
            rates=limits.app_member_rates,
        )
        self._api = api
        self._buckets = Buckets(live, clock, "wecom-app", self.capabilities.rates)
        self._live = live
        self._limits = limits

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port. All that goes out at once is counted before the first of it is sent."""
        user, language = address.user, messages[-1].language
        shown = [legal(text).translate(_WIDE) for text in texts]
        units = packed(shown, self.capabilities.max_bytes)
        steps = steps_after(messages)
        await self._count(user, len(units) + len(pictures) + bool(steps))

        async def say_text(unit: str) -> None:
            await self._say(user, {"msgtype": "text", "text": {"content": unit}})

        await one_by_one(units, say_text)
        for picture in pictures:
            await self._show(user, picture)
        if steps:
            await self._offer(user, language, card(language, steps, task_id=uuid.uuid4().hex))

    async def mark(self, user: str, code: str, name: str) -> None:
        """Show on a card what came of it. A code is good for one update and for three days."""
        payload: Answer = {
            "userids": [user],
            "agentid": self._api.keys.agent_id,
            "response_code": code,
            "button": {"replace_name": name},
        }
        await self._api.post(UPDATE, payload)

    async def pressed(self, user: str, code: str, name: str) -> None:
        """A button was pressed: its card shows which, and no later card has to close it."""
        try:
            await self._live.drop(_key(user))
        except StorageError:
            return
        await self.mark(user, code, name)

    async def _count(self, user: str, sends: int) -> None:
        try:
            wait_s = await self._buckets.take(user, sends)
        except StorageError:
            raise SendRetry("storage") from None
        if wait_s:
            raise SendRetry("member_rate", after_s=wait_s)

    async def _say(self, user: str, body: Answer) -> Answer:
        whole: Answer = {"touser": user, "agentid": self._api.keys.agent_id, **body}
        answer = await self._api.post(SEND, whole)
        for name in ("invaliduser", "unlicenseduser"):
            if _names(answer.get(name), user):
                raise SendRefused(name)
        return answer

    async def _show(self, user: str, picture: Picture) -> None:
        """The words are out by now and are not said twice for a picture's sake."""
        try:
            place = await self._api.upload(UPLOAD, {"type": "image"}, File.of(picture))
            await self._say(user, {"msgtype": "image", "image": {"media_id": place["media_id"]}})
        except (SendError, KeyError) as error:
            log.warning("picture_not_shown", error=type(error).__name__)

    async def _offer(self, user: str, language: str, offer: Answer) -> None:
        """Buttons are an extra: everything they say can be typed. The card before this one is
        closed, so that nobody presses what is over."""
        try:
            before = await self._live.get(_key(user))
            answer = await self._say(user, {"msgtype": "template_card", "template_card": offer})
            code = answer.get("response_code")
            if isinstance(code, str) and code:
                lasts = timedelta(seconds=self._limits.card_code_lasts_s)
                await self._live.put(_key(user), code, ttl=lasts)
            if before:
                await self.mark(user, before, say(language, "wecom.card.over"))
        except (SendError, StorageError):
            return


def _key(user: str) -> str:
    return f"wecom:card:{user}"


def _names(listed: Json, user: str) -> bool:
    """Whether a list such as `a|b` names this member; ids differ by no case there."""
    return isinstance(listed, str) and user.lower() in listed.lower().split("|")
