"""GET and POST /channels/wechat/{account}: verify, keep, acknowledge."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bots.wechat.account import Delivery, WeChatAccount
from bots.wechat.convert import convert, receiver
from bots.wechat.door import MAX_BODY_BYTES, Opened, check_echo, malformed, open_post, single_values
from bots.wechat.passive import PassiveAnswers
from bots.wechat.render import SUCCESS, sealed_reply, text_reply
from core.domain.messages import InboundKind, InboundMessage
from core.errors import InboundRefused, RefusalReason, SettingsError, StorageError
from core.ports.clock import Clock
from core.ports.delivery import Kept

logger = logging.getLogger("bots.wechat")

PATH = "/channels/wechat/{account}"

BODY_S = 5.0
"""How long a body may take; the platform itself waits no longer for an answer."""

_UNANSWERED = (InboundKind.UNFOLLOW, InboundKind.GRANT)


class Keeps(Protocol):
    """Whoever keeps a message durably and wakes the workers."""

    async def keep(self, message: InboundMessage) -> Kept:
        """Commit, or raise StorageError: then the platform is told to come again."""
        ...


def routes(
    accounts: Sequence[WeChatAccount],
    *,
    intake: Keeps,
    clock: Clock,
    passive: PassiveAnswers | None = None,
    body_s: float = BODY_S,
) -> Sequence[web.RouteDef]:
    """The routes of all accounts; `passive` is needed if one of them delivers passively."""
    if passive is None and any(a.delivery is Delivery.PASSIVE for a in accounts):
        raise SettingsError(["passive delivery of a WeChat account has nobody to answer"])
    endpoint = _Endpoint(accounts, intake=intake, clock=clock, passive=passive, body_s=body_s)
    return [web.get(PATH, endpoint.echo), web.post(PATH, endpoint.receive)]


class _Endpoint:
    def __init__(
        self,
        accounts: Sequence[WeChatAccount],
        *,
        intake: Keeps,
        clock: Clock,
        passive: PassiveAnswers | None,
        body_s: float,
    ) -> None:
        self._accounts = {account.name: account for account in accounts}
        self._intake = intake
        self._clock = clock
        self._passive = passive
        self._body_s = body_s

    async def echo(self, request: web.Request) -> web.Response:
        """The platform checks that the address is ours."""
        try:
            account = self._account(request)
            query = single_values(request.query.items())
            return web.Response(text=check_echo(account, query, now=self._clock.now()))
        except InboundRefused as refusal:
            return _refused(refusal)

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery: answered only after it is kept, refused without a trace of its body."""
        arrived = asyncio.get_running_loop().time()
        try:
            account = self._account(request)
            query = single_values(request.query.items())
            body = await read_body(request, within_s=self._body_s)
            opened = open_post(account, query, body, now=self._clock.now())
            message = convert(account, opened.fields)
            if message is None:
                return web.Response(text=SUCCESS)
            kept = await self._intake.keep(message)
        except InboundRefused as refusal:
            return _refused(refusal)
        except StorageError:
            logger.warning("wechat message not kept", extra={"reason": "storage"})
            return web.Response(status=503)
        if account.delivery is Delivery.ACTIVE or message.kind in _UNANSWERED:
            return web.Response(text=SUCCESS)
        return await self._answer(account, opened, message=message, kept=kept, arrived=arrived)

    async def _answer(
        self,
        account: WeChatAccount,
        opened: Opened,
        *,
        message: InboundMessage,
        kept: Kept,
        arrived: float,
    ) -> web.Response:
        text = await self._passive.answer(kept, arrived=arrived) if self._passive else ""
        if not text:
            return web.Response(text=SUCCESS)
        now = self._clock.now()
        xml = text_reply(
            to=message.address.user, sender=receiver(opened.fields), text=text, now=now
        )
        if opened.sealed:
            xml = sealed_reply(account, xml, now=now)
        return web.Response(text=xml, content_type="application/xml")

    def _account(self, request: web.Request) -> WeChatAccount:
        account = self._accounts.get(request.match_info["account"])
        if account is None:
            raise InboundRefused(RefusalReason.UNKNOWN_ACCOUNT, status=404)
        return account


async def read_body(request: web.Request, *, within_s: float) -> bytes:
    """The body, read no further than one byte over the bound, in bounded time."""
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for chunk in request.content.iter_chunked(MAX_BODY_BYTES):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    break
    except TimeoutError:
        raise InboundRefused(RefusalReason.MALFORMED, status=408) from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        # ConnectionError: whoever sent half of it has left.
        malformed()
    return bytes(body)


def _refused(refusal: InboundRefused) -> web.Response:
    logger.warning("wechat request refused", extra={"reason": refusal.reason.value})
    return web.Response(status=refusal.status)
