"""WeCom's server API on loopback, with its limits, and the side that calls us.

Written from document paths 91039, 90236, 90454, 94945, 90208, 90201 and the group robot page.
Callbacks are sealed by wechatpy, never by our own code.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from wechatpy.crypto import WeChatCrypto

from tests.fakes.uploads import uploaded

CORP, AGENT = "ww0123456789abcdef", 1000002
SECRET, TOKEN = "the-app's-own-secret", "callback-token"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ROBOT = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
TEXT_BYTES, ROBOT_BYTES = 2048, 4096
MEMBER_PER_MINUTE, ROBOT_PER_MINUTE = 30, 20

Body = dict[str, Any]


@dataclass
class FakeWeCom:
    """`faults`: errcodes of the next calls that send; `members` and `departments` as the API names
    them. `dropped` counts what was too much for a member: nobody is told."""

    server: TestServer
    token_calls: int = 0
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))
    pictures: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    recordings: dict[str, bytes] = field(default_factory=dict)
    handed_in: dict[str, bytes] = field(default_factory=dict)
    takes_pictures: bool = True
    board: list[str] = field(default_factory=list)
    updates: list[Body] = field(default_factory=list)
    dropped: int = 0
    faults: deque[int] = field(default_factory=deque)
    invalid: set[str] = field(default_factory=set)
    unlicensed: set[str] = field(default_factory=set)
    members: list[Body] = field(default_factory=list)
    departments: list[Body] = field(default_factory=list)
    is_down: bool = False
    _token: str = ""
    _codes: dict[str, float] = field(default_factory=dict)
    _task_ids: set[str] = field(default_factory=set)
    _sent_at: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _serial: Any = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        """The base address of the API."""
        return str(self.server.make_url("")).rstrip("/")

    def void_token(self) -> None:
        """The token ends before its time."""
        self._token = ""

    def code(self) -> str:
        """A code that updates a card once, as a callback brings it."""
        code = f"code-{next(self._serial)}"
        self._codes[code] = time.time() + 72 * 3600
        return code

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        path = request.path.removeprefix("/cgi-bin/")
        self.calls[path] += 1
        if self.is_down:
            return web.Response(status=500, text="<html>down</html>")
        if path == "gettoken":
            return self._gettoken(request)
        if path == "webhook/send":
            return _answer(self._robot(request.query.get("key", ""), await request.json()))
        if not self._token or request.query.get("access_token") != self._token:
            return _answer(40014)
        if path == "message/send":
            return self._send(await request.json())
        if path == "media/upload":
            return await self._upload(request)
        if path == "media/get":
            sound = self.recordings.get(request.query.get("media_id", ""))
            if sound is None:
                return _answer(40007)
            return web.Response(body=sound, content_type="audio/amr")
        if path == "message/update_template_card":
            return _answer(self._update(await request.json()))
        return self._read(path, request)

    def _gettoken(self, request: web.Request) -> web.Response:
        self.token_calls += 1
        if request.method != "GET":
            return _answer(43001)
        if request.query != {"corpid": CORP, "corpsecret": SECRET}:
            return _answer(40001)
        self._token = self._token or f"token-{next(self._serial)}"
        return _answer(0, access_token=self._token, expires_in=7200)

    async def _upload(self, request: web.Request) -> web.Response:
        """Pictures of up to 10 MB, PNG or JPEG, in a form's part called `media`."""
        data = await uploaded(request)
        good = request.query.get("type") == "image" and data.startswith(b"\x89PNG")
        if not (good and self.takes_pictures):
            return _answer(40004)
        media = f"media-{next(self._serial)}"
        self.handed_in[media] = data
        return _answer(0, type="image", media_id=media, created_at=str(int(time.time())))

    def _send(self, body: Body) -> web.Response:
        code = self.faults.popleft() if self.faults else 0
        if code:
            return _answer(code)
        if body["agentid"] != AGENT:
            return _answer(40056)
        user = body["touser"]
        if user in self.invalid:
            return _answer(81013, invaliduser=user)
        if user in self.unlicensed:
            return _answer(0, unlicenseduser=user)
        now, sent = time.time(), self._sent_at[user]
        sent.append(now)
        if sum(1 for at in sent if at > now - 60) > MEMBER_PER_MINUTE:
            self.dropped += 1
            return _answer(0, msgid="dropped")
        if body["msgtype"] == "text":
            text = body["text"]["content"]
            if not 0 < len(text.encode()) <= TEXT_BYTES:
                return _answer(45002)
            self.texts[user].append(text)
            return _answer(0, msgid=f"m{next(self._serial)}")
        if body["msgtype"] == "image":
            return self._picture(user, body["image"]["media_id"])
        card = body["template_card"]
        if card["card_type"] != "button_interaction" or card["task_id"] in self._task_ids:
            return _answer(40058)
        self._task_ids.add(card["task_id"])
        self.cards[user].append(card)
        return _answer(0, msgid=f"m{next(self._serial)}", response_code=self.code())

    def _picture(self, user: str, media: str) -> web.Response:
        picture = self.handed_in.get(media)
        if picture is None:
            return _answer(40007)
        self.pictures[user].append(picture)
        return _answer(0, msgid=f"m{next(self._serial)}")

    def _update(self, body: Body) -> int:
        until = self._codes.pop(body["response_code"], 0.0)
        if body["agentid"] != AGENT or until < time.time():
            return 72000
        self.updates.append(body)
        return 0

    def _robot(self, key: str, body: Body) -> int:
        if key != ROBOT:
            return 93000
        now, sent = time.time(), self._sent_at["robot"]
        if sum(1 for at in sent if at > now - 60) >= ROBOT_PER_MINUTE:
            return 45009
        text = body["markdown"]["content"]
        if body["msgtype"] != "markdown" or not 0 < len(text.encode()) <= ROBOT_BYTES:
            return 40058
        sent.append(now)
        self.board.append(text)
        return 0

    def _read(self, path: str, request: web.Request) -> web.Response:
        if path == "agent/get":
            known = request.query.get("agentid") == str(AGENT)
            return _answer(0, name="陪练") if known else _answer(40056)
        if path == "department/list":
            return _answer(0, department=self.departments)
        if path == "user/list":
            number = int(request.query["department_id"])
            found = [one for one in self.members if number in one.get("department", [])]
            return _answer(0, userlist=found)
        return _answer(40066)


def _answer(code: int, **more: object) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": "x" if code else "ok", **more})


@asynccontextmanager
async def fake_wecom() -> AsyncIterator[FakeWeCom]:
    """The API on a free port."""
    app = web.Application()
    server = TestServer(app)
    fake = FakeWeCom(server)
    app.router.add_route("*", "/cgi-bin/{path:.*}", fake.handle)
    async with server:
        yield fake


def callback(user: str, kind: str = "text", *, agent: int | str = AGENT, **fields: object) -> str:
    """The XML inside an envelope, as the platform writes it."""
    given = {
        "ToUserName": CORP,
        "FromUserName": user,
        "CreateTime": int(time.time()),
        "MsgType": kind,
        "AgentID": agent,
        **fields,
    }
    parts = (
        f"<{name}>{value}</{name}>"
        if isinstance(value, int)
        else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in given.items()
    )
    return f"<xml>{''.join(parts)}</xml>"


def sealed(
    xml: str,
    *,
    corp: str = CORP,
    token: str = TOKEN,
    key: str = AES_KEY,
    at: int | None = None,
    nonce: str = "n1",
) -> tuple[dict[str, str], str]:
    """(query, body) of one delivery."""
    stamp = str(int(time.time()) if at is None else at)
    crypto = WeChatCrypto(token, key, corp)
    outer = crypto.encrypt_message(xml, nonce, stamp)
    inside = outer.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    signature = outer.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    body = (
        f"<xml><ToUserName><![CDATA[{corp}]]></ToUserName><Encrypt><![CDATA[{inside}]]></Encrypt>"
        f"<AgentID><![CDATA[{AGENT}]]></AgentID></xml>"
    )
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}, body


def member(user: str, name: str, *departments: int, **more: object) -> Body:
    """One member as `user/list` names them."""
    found: Body = {"userid": user, "name": name, "department": list(departments), "status": 1}
    return json.loads(json.dumps({**found, "main_department": departments[0], **more}))  # type: ignore[no-any-return]
