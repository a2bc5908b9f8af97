"""WeChat's two sides on loopback: the API we call, and the server that calls us.

    async with FakeWeChat(app_id="wx1", secret="s", clock=clock) as platform:
        platform.person_wrote("openid-1")
        api = WeChatApi(platform.url)

    driver = WeChatDriver(url, token="t", app_id="wx1", aes_key=KEY, mode=Mode.SAFE, clock=clock)
    answer = await driver.deliver(text_xml("openid-1", "你好", message_id="1", clock=clock))

The API holds the limits of the platform's documentation (stable_token, customer-service
messages). The driver seals and opens with wechatpy, never with our own code.
"""

import asyncio
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message
from wechatpy.utils import WeChatSigner

from core.ports.clock import Clock
from tests.fakes.uploads import uploaded

TEXT_BYTES = 2048


class ManualClock:
    """A clock that moves when told to."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> None:
        self._now += timedelta(**delta)


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ApiFault(StrEnum):
    """What goes wrong with one call, apart from error codes."""

    CUT = "connection cut after the request was read"
    STALL = "no answer for a long time"
    GARBAGE = "status 200 and no JSON"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that reached a person."""

    openid: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A template message or subscription notice that reached a person."""

    openid: str
    template: str
    values: dict[str, str]


@dataclass(slots=True)
class _Window:
    closes_at: datetime
    left: int


@dataclass(slots=True)
class _Token:
    value: str
    expires_at: datetime
    dead: bool = False


class FakeWeChat:
    """The API server. Counters are public; faults planned are taken one per call."""

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        clock: Clock,
        sends_per_message: int = 5,
        token_lifetime_s: int = 7200,
        old_token_lives_s: int = 300,
    ) -> None:
        self.token_calls = 0
        self.forced_calls = 0
        self.send_calls = 0
        self.sent: list[Sent] = []
        self.raw_bodies: list[bytes] = []
        self.notices: list[Notice] = []
        self.menu: dict[str, Any] = {}
        self.scenes: list[str] = []
        self.recordings: dict[str, bytes] = {}
        self.handed_in: dict[str, bytes] = {}
        self.pictures: list[bytes] = []
        self.grants: Counter[tuple[str, str]] = Counter()
        self.template_fields: dict[str, set[str]] = {}
        self._app_id = app_id
        self._secret = secret
        self._clock = clock
        self._sends_per_message = sends_per_message
        self._token_lifetime = timedelta(seconds=token_lifetime_s)
        self._old_lives = timedelta(seconds=old_token_lives_s)
        self._tokens: list[_Token] = []
        self._serial = count(1)
        self._forced_at: list[datetime] = []
        self._windows: dict[str, _Window] = {}
        self._send_faults: deque[ApiFault | int] = deque()
        self._token_faults: deque[ApiFault | int] = deque()
        self._runner: web.AppRunner | None = None
        self._stalled = asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        app.router.add_get("/cgi-bin/token", self._classic_token)
        app.router.add_post("/cgi-bin/message/custom/send", self._custom_send)
        app.router.add_post("/cgi-bin/message/template/send", self._template_send)
        app.router.add_post("/cgi-bin/message/subscribe/bizsend", self._notice_send)
        app.router.add_post("/cgi-bin/menu/create", self._menu)
        app.router.add_post("/cgi-bin/qrcode/create", self._qr_code)
        app.router.add_get("/cgi-bin/media/get", self._media)
        app.router.add_post("/cgi-bin/media/upload", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stalled.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def person_wrote(self, openid: str) -> None:
        """Open 5 sends for 48 hours."""
        self._open(openid, sends=self._sends_per_message, lasts=timedelta(hours=48))

    def person_clicked(self, openid: str) -> None:
        """Open 3 sends for one minute (follow, menu, scan)."""
        self._open(openid, sends=3, lasts=timedelta(minutes=1))

    def void_token(self) -> None:
        """No token works any more; a call that does not force still hands the dead one out."""
        for token in self._tokens:
            token.dead = True

    def plan_sends(self, *faults: ApiFault | int) -> None:
        """The next sends fail so: a fault, or an error code; 0 is a success."""
        self._send_faults.extend(faults)

    def plan_tokens(self, *faults: ApiFault | int) -> None:
        """The same for stable_token."""
        self._token_faults.extend(faults)

    def _open(self, openid: str, *, sends: int, lasts: timedelta) -> None:
        closes_at = self._clock.now() + lasts
        known = self._windows.get(openid)
        if known is None or (sends, closes_at) > (known.left, known.closes_at):
            self._windows[openid] = _Window(closes_at=closes_at, left=sends)

    async def _stable_token(self, request: web.Request) -> web.StreamResponse:
        self.token_calls += 1
        asked = json.loads(await request.read())
        if self._token_faults:
            return await self._fail(request, self._token_faults.popleft())
        if asked.get("grant_type") != "client_credential" or asked.get("appid") != self._app_id:
            return _error(40013)
        if asked.get("secret") != self._secret:
            return _error(40125)
        if asked.get("force_refresh"):
            return self._force()
        return self._token_answer(self._good_token() or self._new_token())

    async def _classic_token(self, request: web.Request) -> web.StreamResponse:
        self.token_calls += 1
        if request.query.get("secret") != self._secret:
            return _error(40125)
        return self._token_answer(self._good_token() or self._new_token())

    def _force(self) -> web.Response:
        self.forced_calls += 1
        now = self._clock.now()
        today = [at for at in self._forced_at if now - at < timedelta(days=1)]
        if len(today) >= 20 or (today and now - today[-1] < timedelta(seconds=30)):
            return _error(45009)
        self._forced_at.append(now)
        for token in self._tokens:
            token.expires_at = min(token.expires_at, now + self._old_lives)
        return self._token_answer(self._new_token())

    def _good_token(self) -> _Token | None:
        last = self._tokens[-1] if self._tokens else None
        return last if last is not None and last.expires_at > self._clock.now() else None

    def _new_token(self) -> _Token:
        value = f"ACCESS-{next(self._serial)}-" + "x" * 500
        self._tokens.append(_Token(value, self._clock.now() + self._token_lifetime))
        return self._tokens[-1]

    def _token_answer(self, token: _Token) -> web.Response:
        left = token.expires_at - self._clock.now()
        answer = {"access_token": token.value, "expires_in": int(left.total_seconds())}
        return web.json_response(answer)

    async def _custom_send(self, request: web.Request) -> web.StreamResponse:
        self.send_calls += 1
        body = await request.read()
        self.raw_bodies.append(body)
        code = self._token_fault(request.query.get("access_token", ""))
        if code == 0 and self._send_faults:
            fault = self._send_faults.popleft()
            if fault != 0:
                return await self._fail(request, fault)
        return _error(code or self._take(body))

    def _token_fault(self, value: str) -> int:
        for token in self._tokens:
            if token.value == value:
                if token.dead:
                    return 40001
                return 0 if token.expires_at > self._clock.now() else 42001
        return 40014

    def _take(self, body: bytes) -> int:
        try:
            message = json.loads(body.decode("utf-8"))
            openid, kind = message["touser"], message["msgtype"]
            text = message["text"]["content"] if kind == "text" else ""
            picture = self.handed_in.get(message["image"]["media_id"]) if kind == "image" else None
        except (ValueError, KeyError, TypeError):
            return 47001
        if kind not in ("text", "image"):
            return 40008
        if kind == "image" and picture is None:
            return 40007
        if kind == "text" and not text:
            return 44004
        if len(text.encode()) > TEXT_BYTES:
            return 45002
        window = self._windows.get(openid)
        if window is None or window.closes_at <= self._clock.now():
            return 45015
        if window.left == 0:
            return 45047
        window.left -= 1
        if picture is not None:
            self.pictures.append(picture)
        else:
            self.sent.append(Sent(openid, text))
        return 0

    async def _template_send(self, request: web.Request) -> web.StreamResponse:
        """Template messages: any follower, only templates the account has."""
        return await self._notice(request, spends=False)

    async def _notice_send(self, request: web.Request) -> web.StreamResponse:
        """Subscription notices: one for each yes."""
        return await self._notice(request, spends=True)

    async def _notice(self, request: web.Request, *, spends: bool) -> web.StreamResponse:
        asked = json.loads(await request.read())
        code = self._token_fault(request.query.get("access_token", ""))
        if code == 0 and self._send_faults:
            fault = self._send_faults.popleft()
            if fault != 0:
                return await self._fail(request, fault)
        openid, template = asked["touser"], asked["template_id"]
        values = {field: part["value"] for field, part in asked["data"].items()}
        if code == 0 and template not in self.template_fields:
            code = 40037
        if code == 0 and set(values) != self.template_fields[template]:
            code = 47003
        long = [v for f, v in values.items() if f.startswith("thing") and not 0 < len(v) <= 20]
        if code == 0 and long:
            code = 47003
        if code == 0 and spends and not self.grants[openid, template]:
            code = 43101
        if code == 0:
            self.grants[openid, template] -= spends
            self.notices.append(Notice(openid, template, values))
        return _error(code)

    async def _menu(self, request: web.Request) -> web.StreamResponse:
        asked = json.loads(await request.read())
        code = self._token_fault(request.query.get("access_token", ""))
        buttons = asked["button"]
        too_many = len(buttons) > 3 or any(len(one["sub_button"]) > 5 for one in buttons)
        if code == 0 and too_many:
            code = 40016
        if code == 0 and any(len(one["name"].encode()) > 16 for one in buttons):
            code = 40018
        if code == 0:
            self.menu = asked
        return _error(code)

    async def _qr_code(self, request: web.Request) -> web.StreamResponse:
        asked = json.loads(await request.read())
        code = self._token_fault(request.query.get("access_token", ""))
        scene = asked["action_info"]["scene"]["scene_str"]
        if code == 0 and (not 1 <= len(scene) <= 64 or asked["expire_seconds"] > 2_592_000):
            code = 40053
        if code:
            return _error(code)
        self.scenes.append(scene)
        return web.json_response({"ticket": f"gQ{len(self.scenes)}==", "url": "http://weixin/q"})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        code = self._token_fault(request.query.get("access_token", ""))
        sound = self.recordings.get(request.query.get("media_id", ""))
        if code or sound is None:
            return _error(code or 40007)
        return web.Response(body=sound, content_type="audio/amr")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Pictures, in a form's part called `media`."""
        code = self._token_fault(request.query.get("access_token", ""))
        data = await uploaded(request)
        if code or request.query.get("type") != "image" or not data.startswith(b"\x89PNG"):
            return _error(code or 40004)
        media = f"media-{next(self._serial)}"
        self.handed_in[media] = data
        return web.json_response({"type": "image", "media_id": media, "created_at": 1})

    async def _fail(self, request: web.Request, fault: ApiFault | int) -> web.StreamResponse:
        if isinstance(fault, int):
            return _error(fault)
        if fault is ApiFault.CUT:
            assert request.transport is not None
            request.transport.abort()
        if fault is ApiFault.STALL:
            await self._stalled.wait()
        if fault is ApiFault.BAD_GATEWAY:
            return web.Response(status=502)
        if fault is ApiFault.UNAVAILABLE:
            return web.Response(status=503)
        return web.Response(text="<html>not json</html>")


def _error(code: int) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": "ok" if code == 0 else f"fault {code}"})


class Mode(StrEnum):
    """How the account was set up on the platform."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Request:
    """One signed delivery, ready to be posted or spoilt."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `deliveries` counts the tries."""

    status: int
    body: str
    deliveries: int = 1


@dataclass(slots=True)
class WeChatDriver:
    """The platform's pushing side: signs, seals, posts, repeats."""

    url: str
    token: str
    app_id: str
    clock: Clock
    aes_key: str = ""
    mode: Mode = Mode.PLAIN
    patience_s: float = 5.0
    deliveries: int = 3
    _nonces: Any = field(default_factory=lambda: count(415670741))

    def request(self, message: str) -> Request:
        """`message` (XML or JSON) as the mode asks for it, signed now."""
        nonce = str(next(self._nonces))
        stamp = str(int(self.clock.now().timestamp()))
        query = {"signature": self.sign(stamp, nonce), "timestamp": stamp, "nonce": nonce}
        if self.mode is Mode.PLAIN:
            return Request(query, message.encode())
        sealed = self._crypto().encrypt_message(message, nonce, stamp)
        ciphertext = _part(sealed, "Encrypt")
        query |= {"encrypt_type": "aes", "msg_signature": _part(sealed, "MsgSignature")}
        return Request(query, self._outer(message, ciphertext).encode())

    def sign(self, *parts: str) -> str:
        """The platform's signature over our token and `parts`."""
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        return str(signer.signature)

    async def post(self, request: Request) -> Answered:
        """One delivery, exactly so."""
        timeout = aiohttp.ClientTimeout(total=self.patience_s)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(self.url, params=request.query, data=request.body) as response,
        ):
            return Answered(response.status, await response.text())

    async def deliver(self, message: str) -> Answered:
        """Deliver as the platform does: again after no or a bad answer, three times in all."""
        for delivery in range(1, self.deliveries + 1):
            try:
                answer = await self.post(self.request(message))
            except (TimeoutError, aiohttp.ClientError):
                continue
            if answer.status == 200:
                return Answered(200, answer.body, delivery)
        return Answered(0, "", self.deliveries)

    async def check_address(self, echo: str = "4375120948345356249") -> Answered:
        """The GET by which the platform checks the address."""
        query = self.request("<xml/>").query | {"echostr": echo}
        query.pop("msg_signature", None)
        async with aiohttp.ClientSession() as http, http.get(self.url, params=query) as response:
            return Answered(response.status, await response.text())

    def said(self, answer: Answered) -> str | None:
        """The text a person reads, None for the empty success; opened with wechatpy if sealed."""
        if answer.body in ("", "success"):
            return None
        xml = answer.body
        if self.mode is not Mode.PLAIN:
            xml = self._crypto().decrypt_message(
                xml, _part(xml, "MsgSignature"), _part(xml, "TimeStamp"), _part(xml, "Nonce")
            )
        return _content(xml)

    def _outer(self, message: str, ciphertext: str) -> str:
        if message.lstrip().startswith("{"):
            plain = json.loads(message) if self.mode is Mode.COMPATIBLE else {}
            return json.dumps({**plain, "ToUserName": "gh_1", "Encrypt": ciphertext})
        part = f"<Encrypt><![CDATA[{ciphertext}]]></Encrypt>"
        if self.mode is Mode.COMPATIBLE:
            return message.replace("</xml>", part + "</xml>")
        return f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName>{part}</xml>"

    def _crypto(self) -> WeChatCrypto:
        return WeChatCrypto(self.token, self.aes_key, self.app_id)


def text_xml(openid: str, text: str, *, message_id: str, clock: Clock) -> str:
    """A text message as the platform writes it."""
    return _message_xml(
        openid,
        clock=clock,
        rest=f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{message_id}</MsgId>",
    )


def event_xml(openid: str, event: str, *, key: str = "", clock: Clock) -> str:
    """An event as the platform writes it."""
    return _message_xml(
        openid,
        clock=clock,
        rest=f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey>",
    )


def voice_xml(openid: str, media: str, *, message_id: str, clock: Clock, heard: str = "") -> str:
    """A recording as the platform writes it; `heard` where the account recognises speech."""
    recognition = f"<Recognition><![CDATA[{heard}]]></Recognition>" if heard else ""
    return _message_xml(
        openid,
        clock=clock,
        rest=f"<MsgType><![CDATA[voice]]></MsgType><MediaId><![CDATA[{media}]]></MediaId>"
        f"<Format><![CDATA[amr]]></Format>{recognition}<MsgId>{message_id}</MsgId>",
    )


def grant_xml(openid: str, template: str, *, status: str = "accept", clock: Clock) -> str:
    """The answer to a request to subscribe, as the platform writes it."""
    return _message_xml(
        openid,
        clock=clock,
        rest="<MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent><List>"
        f"<TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{status}]]></SubscribeStatusString>"
        "<PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent>",
    )


def _message_xml(openid: str, *, clock: Clock, rest: str) -> str:
    return (
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{int(clock.now().timestamp())}</CreateTime>{rest}</xml>"
    )


def _part(xml: str, name: str) -> str:
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{name}>", xml, re.DOTALL)
    assert found is not None, f"no {name}"
    return found[1]


def _content(xml: str) -> str:
    """The one Content of a reply, by wechatpy's own parser."""
    reply = parse_message(xml)
    assert reply.type == "text"
    assert isinstance(reply.content, str), "a reply has one Content"
    return reply.content
