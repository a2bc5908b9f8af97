"""One live connection of an AI bot: subscribe, heartbeat, requests and what answers them.

Protocol: developer.work.weixin.qq.com, document path 101463. Frames are JSON, `cmd`, `headers`
with a `req_id`, and `body`; an answer has no `cmd` but the `req_id` and an `errcode`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

import aiohttp

from bots.wecom.convert import Event, event_type
from core.domain.messages import Json
from core.errors import SendRetry, SendUnknown

logger = logging.getLogger("bots.wecom")

SUBSCRIBE, PING = "aibot_subscribe", "ping"
MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"
RESPOND, SEND = "aibot_respond_msg", "aibot_send_msg"
WELCOME, UPDATE = "aibot_respond_welcome_msg", "aibot_respond_update_msg"

_ANSWER_S = 5.0
_CONNECT_S = 10.0
_MAX_FRAME = 1024 * 1024

Frame = dict[str, Any]
OnCallback = Callable[[str, str, Frame], Awaitable[None]]
"""Takes (cmd, req_id, body) of one callback; callbacks come one after the other."""


class End(StrEnum):
    """How a connection ended."""

    STOPPED = "stopped"
    CLOSED = "closed"
    UNREACHED = "unreached"
    REFUSED = "refused"
    SILENT = "silent"
    DISPLACED = "displaced"


class BotLink:
    """Connects once per `run`; nothing is sent while it is not subscribed."""

    def __init__(
        self,
        *,
        gateway: str,
        bot_id: str,
        secret: str,
        ping_s: float,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._gateway = gateway
        self._bot_id = bot_id
        self._secret = secret
        self._ping_s = ping_s
        self._answer_s = answer_s
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: dict[str, deque[asyncio.Future[Frame]]] = {}
        self._end: End | None = None
        self.errcode = 0

    @property
    def is_up(self) -> bool:
        """Whether frames can be sent now."""
        return self._socket is not None and not self._socket.closed and self._end is None

    async def reach(self) -> bool:
        """Whether the gateway answers. Does not subscribe: that would end the living connection."""
        try:
            async with aiohttp.ClientSession() as http, self._connected(http):
                return True
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def run(
        self, on_callback: OnCallback, on_up: Callable[[], Awaitable[None]], stop: asyncio.Event
    ) -> End:
        """Connect, subscribe, and serve until the connection ends or `stop` is set. What arrived
        is handed over before this returns."""
        self._end, self.errcode = None, 0
        try:
            async with aiohttp.ClientSession() as http, self._connected(http) as socket:
                self._socket = socket
                try:
                    return await self._serve(socket, on_callback, on_up, stop)
                finally:
                    self._socket = None
                    self._give_up()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            logger.warning("wecom gateway not reached", extra={"reason": type(error).__name__})
            return End.UNREACHED

    async def request(self, cmd: str, body: Json = None, *, req_id: str | None = None) -> int:
        """Send one frame and wait for its answer: the errcode, 0 when all is well. Raises as `ask`
        does."""
        return code_of(await self.ask(cmd, body, req_id=req_id))

    async def ask(self, cmd: str, body: Json = None, *, req_id: str | None = None) -> Frame:
        """Send one frame and wait for the frame that answers it. Raises SendRetry when nothing was
        sent, SendUnknown when nothing came back."""
        socket = self._socket
        if socket is None or not self.is_up:
            raise SendRetry("not connected")
        req_id = req_id or f"{cmd}_{uuid.uuid4().hex}"
        frame: Frame = {"cmd": cmd, "headers": {"req_id": req_id}}
        if body is not None:
            frame["body"] = body
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(req_id, deque()).append(answer)
        try:
            async with asyncio.timeout(self._answer_s):
                await socket.send_str(json.dumps(frame, ensure_ascii=False))
                return await answer
        except (TimeoutError, aiohttp.ClientError, ConnectionError):
            raise SendUnknown("no answer") from None
        finally:
            self._forget(req_id, answer)

    async def drop(self, end: End = End.CLOSED) -> None:
        """Let this connection go: `run` returns."""
        if self._end is None:
            self._end = end
        if self._socket is not None:
            await self._socket.close()

    @asynccontextmanager
    async def _connected(
        self, http: aiohttp.ClientSession
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with asyncio.timeout(_CONNECT_S):
            socket = await http.ws_connect(
                self._gateway,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
                max_msg_size=_MAX_FRAME,
            )
        async with socket:
            yield socket

    async def _serve(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        on_callback: OnCallback,
        on_up: Callable[[], Awaitable[None]],
        stop: asyncio.Event,
    ) -> End:
        arrived: asyncio.Queue[Frame | None] = asyncio.Queue()
        handing = asyncio.create_task(_hand_over(arrived, on_callback))
        reading = asyncio.create_task(self._read(socket, arrived))
        living = asyncio.create_task(self._live(on_up, stop))
        try:
            await asyncio.wait([reading, living], return_when=asyncio.FIRST_COMPLETED)
            await self.drop(living.result() if living.done() else End.CLOSED)
        finally:
            living.cancel()
            await asyncio.gather(reading, living, return_exceptions=True)
            arrived.put_nowait(None)
            await handing
        return self._end or End.CLOSED

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, arrived: asyncio.Queue[Frame | None]
    ) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            frame = _frame(message.data)
            if frame is None:
                logger.warning("wecom frame not read")
            elif "cmd" not in frame or frame["cmd"] in ("", None):
                self._answered(frame)
            elif event_type(frame.get("body") or {}) == Event.DISPLACED:
                self._end = End.DISPLACED
                return
            else:
                arrived.put_nowait(frame)

    async def _live(self, on_up: Callable[[], Awaitable[None]], stop: asyncio.Event) -> End:
        try:
            self.errcode = await self.request(
                SUBSCRIBE, {"bot_id": self._bot_id, "secret": self._secret}
            )
            if self.errcode:
                return End.REFUSED
            await on_up()
            while not stop.is_set():
                try:
                    async with asyncio.timeout(self._ping_s):
                        await stop.wait()
                except TimeoutError:
                    await self.request(PING)
        except (SendUnknown, SendRetry):
            return End.SILENT
        return End.STOPPED

    def _answered(self, frame: Frame) -> None:
        req_id = frame["headers"].get("req_id")
        answers = self._waiting.get(req_id) if isinstance(req_id, str) else None
        if answers:
            answer = answers.popleft()
            if not answer.done():
                answer.set_result(frame)

    def _forget(self, req_id: str, answer: asyncio.Future[Frame]) -> None:
        answers = self._waiting.get(req_id)
        if answers is not None:
            if answer in answers:
                answers.remove(answer)
            if not answers:
                del self._waiting[req_id]

    def _give_up(self) -> None:
        for answers in self._waiting.values():
            for answer in answers:
                if not answer.done():
                    answer.set_exception(ConnectionResetError())


async def _hand_over(arrived: asyncio.Queue[Frame | None], on_callback: OnCallback) -> None:
    while (frame := await arrived.get()) is not None:
        body = frame.get("body")
        if frame["cmd"] not in (MESSAGE, EVENT) or not isinstance(body, dict):
            continue
        try:
            await on_callback(frame["cmd"], str(frame["headers"].get("req_id") or ""), body)
        except Exception as error:  # the boundary: one callback must not end the connection
            logger.error("wecom callback failed", extra={"reason": type(error).__name__})


def code_of(answer: Frame) -> int:
    """The errcode of an answer; -1 where it has none."""
    code = answer.get("errcode")
    return code if isinstance(code, int) else -1


def _frame(text: str) -> Frame | None:
    """The frame; None for what is none."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    good = isinstance(frame, dict) and isinstance(frame.get("headers"), dict)
    body = frame.get("body") if good else None
    return frame if good and (body is None or isinstance(body, dict)) else None
