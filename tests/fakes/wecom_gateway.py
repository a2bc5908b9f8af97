"""A gateway of WeCom's AI bots on loopback, with the limits of its documentation.

Written from the field tables of document path 101463; tests/contract/test_wecom_gateway.py drives
it with the three SDKs that others wrote for the real one. `talk` is what a member does, `end` what
the platform does; `frames` are everything a bot sent after it subscribed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestServer

BOT, SECRET = "aib-BOT", "the-bot's-own-secret"
MOST_BYTES, STREAMS = 20_480, 3
PER_MINUTE, PER_HOUR = 30, 1000
EVENT_S, REPLY_S, STREAM_S = 5.0, 24 * 3600.0, 360.0

Body = dict[str, Any]


@dataclass
class _Callback:
    """A question that may still be answered. `kind`: message, enter or card."""

    user: str
    kind: str
    at: float
    socket: web.WebSocketResponse


@dataclass
class _Stream:
    user: str
    at: float
    content: str
    done: bool = False
    has_card: bool = False


@dataclass
class FakeGateway:
    """`now` may be moved by hand; `faults`: errcodes of the next answers to frames that say
    something, 0 for a good one and None for no answer at all."""

    server: TestServer
    now: Callable[[], float] = time.time
    frames: list[Body] = field(default_factory=list)
    subscribed: int = 0
    refuses: bool = False
    pings: int = 0
    answers_pings: bool = True
    faults: deque[int | None] = field(default_factory=deque)
    streams: dict[str, _Stream] = field(default_factory=dict)
    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))
    pictures: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    uploads: dict[str, Body] = field(default_factory=dict)
    takes_pictures: bool = True
    updates: list[Body] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)
    live: web.WebSocketResponse | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    _callbacks: dict[str, _Callback] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)
    _sent_at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _tasks: set[str] = field(default_factory=set)
    _serial: Any = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """Where bots connect."""
        return str(self.server.make_url("/")).replace("http", "ws", 1)

    async def talk(self, user: str, text: str, *, msgid: str = "", **more: object) -> str:
        """A member writes; the request id of the callback."""
        part = more.pop("part", {"content": text})
        kind = str(more.pop("msgtype", "text"))
        if more.get("chattype") != "group":
            self._written.add(user)
        body: Body = {"msgtype": kind, kind: part, **more}
        return await self._call("aibot_msg_callback", user, "message", body, msgid)

    async def event(self, user: str, kind: str, *, msgid: str = "", **inner: object) -> str:
        """A member enters the chat (`enter_chat`) or presses a button (`template_card_event`)."""
        event: Body = {"eventtype": kind}
        if inner:
            event[kind] = inner
        body: Body = {"msgtype": "event", "create_time": int(self.now()), "event": event}
        sort = "card" if kind == "template_card_event" else "enter"
        return await self._call("aibot_event_callback", user, sort, body, msgid)

    async def end(self, *, clean: bool) -> None:
        """The platform ends the connection: with a close frame, or by dropping it."""
        assert self.live is not None
        socket, self.live = self.live, None
        self.up.clear()
        if clean:
            await socket.close(code=WSCloseCode.OK)
        elif socket._req is not None and socket._req.transport is not None:
            socket._req.transport.abort()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        mine = False
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["cmd"] == "aibot_subscribe":
                mine = await self._subscribe(socket, frame)
            elif frame["cmd"] == "ping":
                self.pings += 1
                if self.answers_pings:
                    await self._answer(socket, frame, 0)
            else:
                await self._said(socket, frame, 0 if mine and socket is self.live else 846609)
        if socket is self.live:
            self.live = None
            self.up.clear()
        return socket

    async def _subscribe(self, socket: web.WebSocketResponse, frame: Body) -> bool:
        good = frame["body"] == {"bot_id": BOT, "secret": SECRET} and not self.refuses
        before, self.live = self.live, socket if good else self.live
        await self._answer(socket, frame, 0 if good else 853000)
        if good:
            self.subscribed += 1
            self.up.set()
            if before is not None:
                await self.displace(before)
        return bool(good)

    async def displace(self, socket: web.WebSocketResponse) -> None:
        """A newer connection was made: the older is told so, then closed."""
        event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
        await socket.send_json(
            {"cmd": "aibot_event_callback", "headers": {"req_id": "gone"}, "body": event}
        )
        await socket.close(code=WSCloseCode.OK)

    async def _call(self, cmd: str, user: str, kind: str, body: Body, msgid: str) -> str:
        assert self.live is not None, "nobody is connected"
        number = next(self._serial)
        req_id = f"cb-{number}"
        self._callbacks[req_id] = _Callback(user, kind, self.now(), self.live)
        whole = {
            "msgid": msgid or f"m{number}",
            "aibotid": BOT,
            "chattype": "single",
            "from": {"userid": user},
            **body,
        }
        await self.live.send_json({"cmd": cmd, "headers": {"req_id": req_id}, "body": whole})
        return req_id

    async def _said(self, socket: web.WebSocketResponse, frame: Body, code: int) -> None:
        self.frames.append(frame)
        planned = self.faults.popleft() if self.faults else 0
        if planned is None:
            return
        if not code and frame["cmd"].startswith("aibot_upload_media_"):
            code, found = self._upload(frame["cmd"], frame["body"])
            await self._answer(socket, frame, code, found)
            return
        code = code or planned or self._take(socket, frame)
        if code:
            self.refused.append((frame["cmd"], code))
        await self._answer(socket, frame, code)

    def _upload(self, cmd: str, body: Body) -> tuple[int, Body]:
        """Three steps: what comes, its pieces, and that it is whole."""
        if not self.takes_pictures:
            return 40058, {}
        if cmd.endswith("init"):
            upload = f"upload-{next(self._serial)}"
            self.uploads[upload] = {**body, "data": b""}
            return 0, {"upload_id": upload}
        known = self.uploads.get(body["upload_id"])
        if known is None:
            return 40007, {}
        if cmd.endswith("chunk"):
            known["data"] += base64.b64decode(body["base64_data"])
            return 0, {}
        whole = known["data"]
        good = len(whole) == known["total_size"] and hashlib.md5(whole).hexdigest() == known["md5"]
        return (0, {"type": known["type"], "media_id": body["upload_id"]}) if good else (40058, {})

    def _take(self, socket: web.WebSocketResponse, frame: Body) -> int:
        """The errcode of a frame; what is good is shown to the member."""
        cmd, body = frame["cmd"], frame["body"]
        if cmd == "aibot_send_msg":
            return self._too_fast(body["chatid"]) or self._push(body)
        callback = self._callbacks.get(frame["headers"]["req_id"])
        wanted = {
            "aibot_respond_msg": ("message", REPLY_S),
            "aibot_respond_welcome_msg": ("enter", EVENT_S),
            "aibot_respond_update_msg": ("card", EVENT_S),
        }.get(cmd)
        if callback is None or wanted is None or callback.socket is not socket:
            return 846605
        if callback.kind != wanted[0] or self.now() - callback.at > wanted[1]:
            return 846605
        if cmd == "aibot_respond_update_msg":
            return self._update(body)
        fast = self._too_fast(callback.user)
        return fast or (
            self._welcome(callback.user, body)
            if callback.kind == "enter"
            else self._stream(callback.user, body)
        )

    def _too_fast(self, user: str) -> int:
        now, sent = self.now(), self._sent_at[user]
        minute = sum(1 for at in sent if at > now - 60)
        hour = sum(1 for at in sent if at > now - 3600)
        if minute >= PER_MINUTE or hour >= PER_HOUR:
            return 846607
        sent.append(now)
        return 0

    def _push(self, body: Body) -> int:
        user, kind = body["chatid"], body["msgtype"]
        if user not in self._written:
            return 93006
        if kind == "markdown" and _fits(body["markdown"]["content"]):
            self.shown[user].append(body["markdown"]["content"])
            return 0
        if kind == "template_card":
            return self._card(user, body["template_card"])
        upload = self.uploads.get(body["image"]["media_id"]) if kind == "image" else None
        if upload is not None:
            self.pictures[user].append(upload["data"])
            return 0
        return 40008

    def _welcome(self, user: str, body: Body) -> int:
        if body["msgtype"] == "template_card":
            return self._card(user, body["template_card"])
        if body["msgtype"] != "text" or not _fits(body["text"]["content"]):
            return 40008
        self.shown[user].append(body["text"]["content"])
        return 0

    def _stream(self, user: str, body: Body) -> int:
        kind = body["msgtype"]
        if kind == "template_card":
            return self._card(user, body["template_card"])
        if kind not in ("stream", "stream_with_template_card"):
            return 40008
        part = body["stream"]
        known = self.streams.get(part["id"])
        if not _fits(part["content"]):
            return 40008
        if known is None:
            busy = [s for s in self.streams.values() if s.user == user and not s.done]
            if len(busy) >= STREAMS:
                return 45033
            known = self.streams[part["id"]] = _Stream(user, self.now(), "")
            self.shown[user].append("")
        elif known.done or self.now() - known.at > STREAM_S:
            return 846608
        shown = self.shown[user]
        shown[shown.index(known.content)] = part["content"]
        known.content, known.done = part["content"], bool(part.get("finish"))
        if kind == "stream_with_template_card" and not known.has_card:
            known.has_card = True
            return self._card(user, body["template_card"])
        return 0

    def _card(self, user: str, card: Body) -> int:
        buttons, task = card.get("button_list") or [], card.get("task_id", "")
        good = (
            card["card_type"] == "button_interaction"
            and 1 <= len(buttons) <= 6
            and all(len(one["text"]) > 0 and len(one["key"].encode()) <= 1024 for one in buttons)
            and 0 < len(task) <= 128
            and task not in self._tasks
        )
        if not good:
            return 40058
        self._tasks.add(task)
        self.cards[user].append(card)
        return 0

    def _update(self, body: Body) -> int:
        card = body["template_card"]
        known = body["response_type"] == "update_template_card" and card["task_id"] in self._tasks
        if not known or not 1 <= len(card["button_list"]) <= 6:
            return 40058
        self.updates.append(card)
        return 0

    async def _answer(
        self, socket: web.WebSocketResponse, frame: Body, code: int, body: Body | None = None
    ) -> None:
        answer = {"headers": frame["headers"], "errcode": code, "errmsg": "ok" if not code else "x"}
        if body:
            answer["body"] = body
        await socket.send_json(answer)


def _fits(content: str) -> bool:
    return 0 < len(content.encode()) <= MOST_BYTES


@asynccontextmanager
async def fake_gateway(
    *, now: Callable[[], float] = time.time, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[FakeGateway]:
    """A gateway on a free port, over TLS where a context is given."""
    app = web.Application()
    server = TestServer(app, scheme="https" if ssl_context else "http")
    fake = FakeGateway(server, now)
    app.router.add_get("/", fake.serve)
    await server.start_server(ssl=ssl_context, shutdown_timeout=0.1)
    try:
        yield fake
    finally:
        await server.close()
