"""GET and POST /channels/wecom/{account}: verify, keep, acknowledge.

The envelope is WeChat's, sealed for the company's id; what verifies it is the same door.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bots.wechat.door import check_echo, open_post, single_values
from bots.wechat.endpoint import Keeps, read_body
from bots.wecom.app import AppKeys
from bots.wecom.callbacks import from_fields
from bots.wecom.people import APP
from core.domain.messages import InboundMessage
from core.errors import InboundRefused, RefusalReason, SendError, StorageError
from core.ports.clock import Clock

logger = logging.getLogger("bots.wecom")

PATH = "/channels/wecom/{account}"
_BODY_S = 5.0


@dataclass
class AppDoor:
    """The callback server of one application. `meet(user)` ties a member known elsewhere,
    `pressed(user, code, said)` marks a card, `changed()` says that the directory is not what it
    was."""

    keys: AppKeys
    intake: Keeps
    meet: Callable[[str], Awaitable[None]]
    pressed: Callable[[str, str, str], Awaitable[None]]
    changed: Callable[[], Awaitable[None]]
    clock: Clock
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def routes(self) -> Sequence[web.RouteDef]:
        """The address that the platform calls."""
        return [web.get(PATH, self.echo), web.post(PATH, self.receive)]

    async def echo(self, request: web.Request) -> web.Response:
        """The platform checks that the address is ours; it waits one second for the plain text."""
        try:
            self._is_ours(request)
            query = single_values(request.query.items())
            if "msg_signature" not in query:
                raise InboundRefused(RefusalReason.DOWNGRADED)
            return web.Response(text=check_echo(self.keys, query, now=self.clock.now()))
        except InboundRefused as refusal:
            return _refused(refusal)

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery: acknowledged once it is kept, refused without a trace of its body."""
        try:
            self._is_ours(request)
            query = single_values(request.query.items())
            body = await read_body(request, within_s=_BODY_S)
            opened = open_post(self.keys, query, body, now=self.clock.now())
            found = from_fields(self.keys, opened.fields)
            if found.directory_changed:
                await self.changed()
            if found.inbound is not None:
                await self._keep(found.inbound, found.code)
        except InboundRefused as refusal:
            return _refused(refusal)
        except StorageError:
            logger.warning("wecom message not kept", extra={"reason": "storage"})
            return web.Response(status=503)
        return web.Response()

    async def close(self) -> None:
        """Wait for cards that are just being marked."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_BODY_S)

    async def _keep(self, message: InboundMessage, code: str) -> None:
        await self.meet(message.address.user)
        kept = await self.intake.keep(message)
        if kept.is_new and code:
            task = asyncio.create_task(self._mark(message.address.user, code, message.text))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _mark(self, user: str, code: str, said: str) -> None:
        """An extra beside the answer: a card that stays as it was says nothing wrong."""
        try:
            await self.pressed(user, code, said)
        except SendError as error:
            logger.info("wecom card not marked", extra={"reason": error.reason})

    def _is_ours(self, request: web.Request) -> None:
        if request.match_info["account"] != APP:
            raise InboundRefused(RefusalReason.UNKNOWN_ACCOUNT, status=404)


def _refused(refusal: InboundRefused) -> web.Response:
    logger.warning("wecom request refused", extra={"reason": refusal.reason.value})
    return web.Response(status=refusal.status)
