"""A Slack on loopback: keeps what is posted, holds its rates, and signs as Slack does.

The signatures are made by `slack_sdk`, and requests are opened by `slack_bolt`: neither is ours.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

SECRET = "s1gning-secret-of-the-app"
TOKEN = "xoxb-" + "token-of-the-bot"
TEAM = "T0TEAM"


@dataclass
class FakeSlack:
    """`fault`: the next answers to chat.postMessage, each (status, body) or None for a good one."""

    server: TestServer
    posts: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    whispers: list[dict[str, Any]] = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)
    emails: dict[str, str] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    fault: list[tuple[int, dict[str, Any]] | None] = field(default_factory=list)
    is_down: bool = False
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    lacks_files: bool = False
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    linked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """The base address of the Web API."""
        return str(self.server.make_url("/api"))

    def texts(self, user: str) -> list[str]:
        """What a person was told."""
        return [post["text"] for post in self.posts if post["channel"] == user]

    async def handle(self, request: web.Request) -> web.Response:
        """One call of the Web API."""
        method = request.match_info["method"]
        self.calls[method] += 1
        if self.is_down:
            return web.Response(status=500, text="<html>down</html>")
        if method == "apps.connections.open":
            link = str(self.server.make_url("/link")).replace("http", "ws", 1)
            return web.json_response({"ok": True, "url": link})
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        args = await _arguments(request)
        if method == "chat.postMessage":
            return self._post(args)
        if method == "chat.postEphemeral":
            self.whispers.append(args)
            return web.json_response({"ok": True, "message_ts": "1.1"})
        if method.startswith("files."):
            return self._file(method, args)
        if method == "auth.test":
            return web.json_response({"ok": True, "team_id": TEAM, "user_id": "U0BOT"})
        if method == "users.info":
            email = self.emails.get(args["user"])
            profile = {"email": email} if email else {}
            return web.json_response({"ok": True, "user": {"profile": profile}})
        if method in ("views.open", "views.publish"):
            self.views.append(args)
            return web.json_response({"ok": True})
        return web.json_response({"ok": False, "error": "unknown_method"})

    def _file(self, method: str, args: dict[str, Any]) -> web.Response:
        if self.lacks_files:
            return web.json_response({"ok": False, "error": "missing_scope"})
        if method == "files.getUploadURLExternal":
            key = f"F{len(self.uploads)}"
            self.uploads[key] = args
            url = str(self.server.make_url(f"/upload/{key}"))
            return web.json_response({"ok": True, "upload_url": url, "file_id": key})
        for one in json.loads(args["files"]):
            assert len(self.uploads[one["id"]]["data"]) == int(self.uploads[one["id"]]["length"])
            self.uploads[one["id"]] |= args
        return web.json_response({"ok": True, "files": []})

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of a file whose place was asked for."""
        self.uploads[request.match_info["key"]]["data"] = await request.read()
        return web.Response(text="OK")

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """One Socket Mode connection: hands out the envelopes and notes what comes back."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        for envelope in self.envelopes:
            await socket.send_json(envelope)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
                self.linked.set()
        return socket

    def _post(self, args: dict[str, Any]) -> web.Response:
        fault = self.fault.pop(0) if self.fault else None
        if fault is not None:
            status, body = fault
            headers = {"Retry-After": "1"} if status == 429 else {}
            return web.json_response(body, status=status, headers=headers)
        if args["channel"].startswith("C") and args["channel"] not in self.rooms:
            return web.json_response({"ok": False, "error": "not_in_channel"})
        blocks = args.get("blocks") or []
        if len(blocks) > 50 or len(args.get("text", "")) > 40_000:
            return web.json_response({"ok": False, "error": "msg_blocks_too_long"})
        assert all(len(str(block.get("text", {}).get("text", ""))) <= 3000 for block in blocks)
        stamp = f"1700000000.{len(self.posts):06d}"
        self.posts.append({**args, "ts": stamp})
        room = args["channel"].replace("U", "D", 1)
        return web.json_response({"ok": True, "ts": stamp, "channel": room})


async def _arguments(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    given = {**request.query, **(await request.post())}
    return {
        name: json.loads(str(value)) if name in ("blocks", "view") else str(value)
        for name, value in given.items()
    }


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """A workspace on a free port."""
    app = web.Application()
    server = TestServer(app)
    fake = FakeSlack(server)
    app.router.add_route("*", "/api/{method}", fake.handle)
    app.router.add_get("/link", fake.link)
    app.router.add_post("/upload/{key}", fake.upload)
    async with server:
        yield fake


def signed(body: str, *, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    """The headers under which Slack sends a body."""
    stamp = str(int(time.time()) if at is None else at)
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


def event(user: str, text: str, *, key: str, **more: object) -> str:
    """A direct message as the Events API sends it."""
    inner = {
        "type": "message",
        "channel_type": "im",
        "user": user,
        "text": text,
        "ts": "1700000000.000100",
        "event_ts": "1700000000.000100",
        **more,
    }
    body = {"type": "event_callback", "team_id": TEAM, "event_id": key, "event": inner}
    return json.dumps(body, ensure_ascii=False)


def payload(body: Mapping[str, object]) -> str:
    """An interaction as it is sent: a form with one field of JSON."""
    return f"payload={quote(json.dumps(body, ensure_ascii=False))}"


def command(user: str, text: str, *, trigger: str, **more: str) -> str:
    """A slash command as it is sent."""
    fields = {
        "team_id": TEAM,
        "user_id": user,
        "command": "/peilian",
        "text": text,
        "trigger_id": trigger,
        **more,
    }
    return urlencode(fields)
