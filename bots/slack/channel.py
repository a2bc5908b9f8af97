"""Posts to people in private, with buttons, within Slack's rates; one thread for each practice.

Limits (docs.slack.dev): one post a second and conversation, HTTP 429 with Retry-After.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.buckets import Buckets
from bots.slack.blocks import BUTTONS, Block, buttons, escaped, sections
from bots.slack.client import connected, handed_in
from bots.slack.limits import SlackLimits
from bots.text import packed
from core.domain.messages import ChannelAddress, NoticeCode, OutboundMessage
from core.errors import SendRefused, SendRetry, SendUnknown, StorageUnavailable
from core.ports.channel import Capabilities, Picture, Push, Rate
from core.ports.clock import Clock
from core.ports.live_state import LiveState

log = structlog.get_logger("bots")

BUTTON_CHARS = 500
"""Left of a message's characters for what stands on its buttons."""

THREAD_LASTS = timedelta(days=7)
BUSY_S = 60.0

_BROKEN = frozenset({"invalid_auth", "not_authed", "token_expired", "token_revoked"})
"""The installation's own fault: somebody may mend it while the message is still worth sending."""

_BUSY = frozenset({"ratelimited", "service_unavailable", "internal_error", "fatal_error"})


class SlackChannel:
    """Direct messages of one workspace. `client` shares one session over all calls."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        live: LiveState,
        clock: Clock,
        limits: SlackLimits,
        post_every: timedelta,
    ) -> None:
        self._post_every_s = post_every.total_seconds()
        self.capabilities = Capabilities(
            push=Push.FREE,
            buttons=BUTTONS,
            pictures=True,
            max_bytes=limits.text_chars - BUTTON_CHARS,
            rates=(Rate(1, post_every),),
        )
        self._client = client
        self._live = live
        self._limits = limits
        self._buckets = Buckets(live, clock, "slack", self.capabilities.rates)

    async def send(
        self,
        address: ChannelAddress,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        pictures: Sequence[Picture] = (),
    ) -> None:
        """See the port. What goes to one person at once is one post where it fits, its pictures
        in its thread."""
        dialogue = next((one.dialogue_id for one in messages if one.dialogue_id), None)
        try:
            wait_s = await self._buckets.take(address.user)
            thread = await self._live.get(f"slack:thread:{dialogue}") if dialogue else None
        except StorageUnavailable:
            raise SendRetry("storage") from None
        if wait_s:
            raise SendRetry("rate", after_s=wait_s)
        room, stamp = await self._post_all(address.user, texts, messages, thread=thread)
        for picture in pictures:
            await self._show(picture, room=room, thread=thread or stamp)
        begins = any(one.code is NoticeCode.DIALOGUE_STARTED for one in messages)
        if dialogue and begins and stamp:
            await self._remember(dialogue, stamp)

    async def _post_all(
        self,
        user: str,
        texts: Sequence[str],
        messages: Sequence[OutboundMessage],
        *,
        thread: str | None,
    ) -> tuple[str, str]:
        """Where it begins: the conversation's own id, and the stamp of the first post. Once one is
        out, a fault leaves in doubt what arrived."""
        place = ("", "")
        units = packed(texts, self.capabilities.max_bytes)
        for at, unit in enumerate(units):
            rows = buttons(messages) if at == len(units) - 1 else []
            try:
                if at:
                    await asyncio.sleep(self._post_every_s)
                found = await self._post(user, unit, rows, thread=thread)
            except SendRetry as error:
                raise SendUnknown(error.reason) if at else error from None
            place = place if at else found
        return place

    async def _post(
        self, user: str, text: str, rows: Sequence[Block], *, thread: str | None
    ) -> tuple[str, str]:
        room = self._limits.blocks - len(rows)
        post: dict[str, Any] = {
            "channel": user,
            "text": escaped(text),
            "blocks": [*sections(text, self._limits)[:room], *rows],
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if thread:
            post["thread_ts"] = thread
        try:
            answer = await connected(self._client).chat_postMessage(**post)
        except SlackApiError as error:
            raise _failure(error) from None
        except aiohttp.ClientConnectorError:
            raise SendRetry("connect", after_s=5.0) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SendUnknown(type(error).__name__) from None
        return str(answer.get("channel") or ""), str(answer.get("ts") or "")

    async def _show(self, picture: Picture, *, room: str, thread: str) -> None:
        """Hand a picture in. The words are out by now and are not said twice for its sake: one
        that fails is left away (most often the app lacks the scope `files:write`)."""
        client = connected(self._client)
        try:
            place = await client.files_getUploadURLExternal(
                filename=f"{picture.name}.png", length=len(picture.png), alt_txt=picture.alt[:1000]
            )
            await handed_in(client, str(place["upload_url"]), picture.png)
            await client.files_completeUploadExternal(
                files=[
                    {"id": str(place["file_id"]), "title": picture.alt.partition("\n")[0][:250]}
                ],
                channel_id=room,
                thread_ts=thread,
            )
        except SlackApiError as error:
            log.warning("picture_not_shown", error=str(error.response.get("error")))
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("picture_not_shown", error=type(error).__name__)

    async def _remember(self, dialogue: str, stamp: str) -> None:
        """A thread that is forgotten costs only that the next lines stand beside it."""
        try:
            await self._live.put(f"slack:thread:{dialogue}", stamp, ttl=THREAD_LASTS)
        except StorageUnavailable:
            return


def _failure(error: SlackApiError) -> SendRefused | SendRetry | SendUnknown:
    """Slack's answer in the house's words; only its code is kept."""
    answer = error.response
    status = getattr(answer, "status_code", 0)
    headers = getattr(answer, "headers", None) or {}
    code = str(answer.get("error") or status) if hasattr(answer, "get") else "error"
    if status == 429 or code == "ratelimited":
        return SendRetry("ratelimited", after_s=_seconds(headers))
    if status >= 500:
        return SendUnknown(f"status {status}")
    if code in _BROKEN or code in _BUSY:
        return SendRetry(code, after_s=BUSY_S)
    return SendRefused(code)


def _seconds(headers: Any) -> float:  # noqa: ANN401 - a mapping of the vendor's
    value = headers.get("Retry-After") or headers.get("retry-after") or "1"
    try:
        return min(300.0, max(1.0, float(value)))
    except ValueError:
        return 1.0
