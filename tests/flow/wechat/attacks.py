"""Requests that somebody who is not the platform, or not honest, might send to the door."""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from wechatpy.crypto.base import WeChatCipher

from tests.fakes.wechat_platform import Mode, WeChatDriver, text_xml

OPENID = "o-attacker-1"
WORDS = "暗号九三七"
"""In every message; it must turn up in no log."""
OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcbA"


@dataclass(frozen=True, slots=True)
class Sending:
    """One HTTP request, in parts that can be spoilt one by one."""

    query: Sequence[tuple[str, str]]
    body: bytes
    method: str = "POST"
    account: str = ""
    headers: Sequence[tuple[str, str]] = ()
    chunked: bool = False

    def raw(self, path: str) -> bytes:
        """The bytes on the wire."""
        path = path if not self.account else path.rpartition("/")[0] + "/" + self.account
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in self.query)
        head = [f"{self.method} {path}?{query} HTTP/1.1", "Host: localhost", "Connection: close"]
        head += [f"{name}: {value}" for name, value in self.headers]
        if not self.chunked:
            head.append(f"Content-Length: {len(self.body)}")
            return "\r\n".join([*head, "", ""]).encode() + self.body
        head.append("Transfer-Encoding: chunked")
        return "\r\n".join([*head, "", ""]).encode() + _chunks(self.body)


def _chunks(body: bytes) -> bytes:
    pieces = [body[at : at + 4096] for at in range(0, len(body), 4096)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@dataclass(frozen=True, slots=True)
class SetClock:
    """A clock that is wrong by `off`."""

    off: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off


def honest(driver: WeChatDriver, message: str = "") -> Sending:
    """What the platform itself would send."""
    request = driver.request(message or hello())
    return Sending(list(request.query.items()), request.body)


def hello(*, message_id: str = "7001") -> str:
    """A text message as the platform writes it."""
    return text_xml(OPENID, WORDS, message_id=message_id, clock=SetClock())


Spoil = Callable[[WeChatDriver], Sending]


@dataclass(frozen=True, slots=True)
class Attack:
    """A spoilt request and the status it must get."""

    name: str
    spoil: Spoil
    status: int


def changed(**values: str) -> Spoil:
    """Query parameters replaced after signing."""

    def spoil(driver: WeChatDriver) -> Sending:
        sending = honest(driver)
        return replace(sending, query=list((dict(sending.query) | values).items()))

    return spoil


def without(name: str) -> Spoil:
    """One query parameter left out."""

    def spoil(driver: WeChatDriver) -> Sending:
        sending = honest(driver)
        return replace(sending, query=[pair for pair in sending.query if pair[0] != name])

    return spoil


def more(*pairs: tuple[str, str]) -> Spoil:
    """Query parameters added to the signed ones."""

    def spoil(driver: WeChatDriver) -> Sending:
        sending = honest(driver)
        return replace(sending, query=[*sending.query, *pairs])

    return spoil


def stamped(stamp: str) -> Spoil:
    """A time that is none, correctly signed."""

    def spoil(driver: WeChatDriver) -> Sending:
        values = dict(honest(driver).query) | {"timestamp": stamp}
        values["signature"] = driver.sign(stamp, values["nonce"])
        return Sending(list(values.items()), hello().encode())

    return spoil


def by_clock(**off: float) -> Spoil:
    """Everything right, but signed at another time."""
    return lambda driver: honest(replace(driver, clock=SetClock(timedelta(**off))))


def with_token(token: str) -> Spoil:
    """Signed with another token."""
    return lambda driver: honest(replace(driver, token=token))


def posted(body: bytes, *, chunked: bool = False, **headers: str) -> Spoil:
    """Another body under a good signature of time and nonce."""
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return lambda driver: replace(honest(driver), body=body, chunked=chunked, headers=pairs)


def saying(message: str) -> Spoil:
    """Another message, signed and, where the mode asks for it, sealed."""
    return lambda driver: honest(driver, message)


def asked(method: str, account: str = "") -> Spoil:
    """The honest request by another method or to another account."""
    return lambda driver: replace(honest(driver), method=method, account=account)


def checking(**values: str) -> Spoil:
    """The GET by which the platform checks the address, with some values replaced."""

    def spoil(driver: WeChatDriver) -> Sending:
        good = {n: v for n, v in driver.request(hello()).query.items() if n != "msg_signature"}
        pairs = {**good, "echostr": WORDS, **values}
        return Sending([pair for pair in pairs.items() if pair[1]], b"", method="GET")

    return spoil


def xml(
    rest: str = "", *, sender: str = OPENID, time: str = "1772438400", sort: str = "text"
) -> str:
    """A message of parts that may each be wrong."""
    return (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>{time}</CreateTime><MsgType>{sort}</MsgType>{rest}</xml>"
    )


def as_json(**values: object) -> str:
    """A message as JSON, with some values replaced."""
    good = {"FromUserName": OPENID, "CreateTime": 1772438400, "MsgType": "text"}
    return json.dumps({**good, "Content": WORDS, "MsgId": "7002", **values}, ensure_ascii=False)


DTD = '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">]>'
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
    + xml("<Content>&i;</Content>")
)
EXTERNAL = '<!DOCTYPE xml SYSTEM "file:///etc/passwd">'
DEEP = xml("<Content>" + "<a>" * 6000 + WORDS + "</a>" * 6000 + "</Content>")
BIG = b"<xml><Content>" + WORDS.encode() * 10_000 + b"</Content></xml>"

ANY_MODE = (
    Attack("signature of zeros", changed(signature="0" * 40), 403),
    Attack("empty signature", changed(signature=""), 403),
    Attack("signature that is no ASCII", changed(signature="签" * 40), 403),
    Attack("signed with another token", with_token("guessed-token"), 403),
    Attack("nonce changed after signing", changed(nonce="1"), 403),
    Attack("nonce left out", without("nonce"), 403),
    Attack("stale by a second", by_clock(seconds=-302), 403),
    Attack("stale by a day", by_clock(days=-1), 403),
    Attack("from the future", by_clock(seconds=305), 403),
    Attack("time left out", without("timestamp"), 400),
    Attack("time is a word", stamped("now"), 400),
    Attack("time is negative", stamped("-1"), 400),
    Attack("time in full-width digits", stamped("１７７２４３８４００"), 400),
    Attack("time of 400 digits", stamped("9" * 400), 400),
    Attack("time given twice", more(("timestamp", "1")), 400),
    Attack("signature given twice", more(("signature", "0" * 40)), 400),
    Attack("unknown parameter of 9 kB", more(("x", "y" * 9000)), 400),
    Attack("two thousand parameters", more(*((f"p{n}", "1") for n in range(2000))), 400),
    Attack("oversized body", posted(BIG), 413),
    Attack("oversized body in chunks without a length", posted(BIG, chunked=True), 413),
    Attack(
        "compressed bomb", posted(zlib.compress(b" " * 9_000_000), Content_Encoding="deflate"), 413
    ),
    Attack("compression that is none", posted(b"no zlib", Content_Encoding="deflate"), 400),
    Attack("empty body", posted(b""), 400),
    Attack("body of words", posted(WORDS.encode()), 400),
    Attack("body of a form", posted(b"FromUserName=o&MsgType=text"), 400),
    Attack("DTD around", posted((DTD + hello()).encode()), 400),
    Attack("external entity around", posted((EXTERNAL + hello()).encode()), 400),
    Attack("entity bomb", posted(BOMB.encode()), 400),
    Attack("DTD in another encoding", posted((DTD + hello()).encode("utf-16")), 400),
    Attack("invalid UTF-8", posted(b"\xff\xfe" + hello().encode()), 400),
    Attack("null bytes", posted(b"\x00" * 500), 400),
    Attack("null byte inside", posted(hello().replace(WORDS, "a\x00b").encode()), 400),
    Attack("half a document", posted(hello()[:-20].encode()), 400),
    Attack("JSON cut off", posted(as_json().encode()[:-9]), 400),
    Attack("JSON nested 20,000 deep", posted(b'{"a":' + b"[" * 20_000), 400),
    Attack("wrong method PUT", asked("PUT"), 405),
    Attack("wrong method DELETE", asked("DELETE"), 405),
    Attack("unknown account", asked("POST", "nobody"), 404),
    Attack("account outside", asked("POST", "..%2f..%2fmain"), 404),
    Attack("check of the address: forged", checking(signature="0" * 40), 403),
    Attack("check of the address: no echo", checking(echostr=""), 400),
    Attack("check of the address: long echo", checking(echostr="e" * 3000), 400),
)

MESSAGES = (
    Attack("DTD in the message", saying(DTD + hello()), 400),
    Attack("entity bomb in the message", saying(BOMB), 400),
    Attack("nested 6,000 deep", saying(DEEP), 400),
    Attack("no sender", saying(xml(sender="")), 400),
    Attack("two senders", saying(xml("<FromUserName>o-2</FromUserName>")), 400),
    Attack("nested sender", saying(xml(sender="<a>o</a>")), 400),
    Attack("sender of 65 characters", saying(xml(sender="o" * 65)), 400),
    Attack("sender with a line break", saying(xml(sender="o\nadmin")), 400),
    Attack("time of creation is a word", saying(xml(time="yesterday")), 400),
    Attack("no type", saying(xml(sort="")), 400),
    Attack("message id of markup", saying(xml("<MsgId>&lt;1 2&gt;</MsgId>")), 400),
    Attack("another root", saying("<html><xml/></html>"), 400),
    Attack("sender is a list in JSON", saying(as_json(FromUserName=["o"])), 400),
    Attack("sender is true in JSON", saying(as_json(FromUserName=True)), 400),
)


def sealed_by(*, aes_key: str = "", app_id: str = "") -> Spoil:
    """Everything right, but sealed with another key or for another account."""
    return lambda driver: honest(
        replace(driver, aes_key=aes_key or driver.aes_key, app_id=app_id or driver.app_id)
    )


def envelope(ciphertext: str, *, as_xml: str = "<xml><Encrypt>{}</Encrypt></xml>") -> Spoil:
    """Any ciphertext, correctly signed; `{own}` in it stands for the genuine one."""

    def spoil(driver: WeChatDriver) -> Sending:
        sending = honest(driver)
        own = sending.body.decode().split("<![CDATA[")[2].split("]]>")[0]
        text = ciphertext.replace("{own}", own).replace("{half}", own[: len(own) // 2])
        values = dict(sending.query)
        values["msg_signature"] = driver.sign(values["timestamp"], values["nonce"], text)
        return Sending(list(values.items()), as_xml.format(text).encode())

    return spoil


def enciphered(plain: bytes) -> Spoil:
    """`plain` as it stands under the right key, without the padding of the envelope."""

    def spoil(driver: WeChatDriver) -> Sending:
        cipher = WeChatCipher(base64.b64decode(driver.aes_key + "="))
        return envelope(base64.b64encode(cipher.encrypt(plain)).decode())(driver)

    return spoil


def flipped(driver: WeChatDriver) -> Sending:
    """One character of the ciphertext changed after signing."""
    sending = honest(driver)
    at = sending.body.index(b"<Encrypt><![CDATA[") + 40
    other = b"A" if sending.body[at : at + 1] != b"A" else b"B"
    return replace(sending, body=sending.body[:at] + other + sending.body[at + 1 :])


def as_plain(driver: WeChatDriver) -> Sending:
    """A plain message, correctly signed, to an account in safe mode."""
    return honest(replace(driver, mode=Mode.PLAIN))


SAFE_ONLY = (
    Attack("downgrade to a plain message", as_plain, 403),
    Attack("downgrade in JSON", posted(as_json().encode()), 403),
    Attack("message signature of zeros", changed(msg_signature="0" * 40), 403),
    Attack("message signature left out", without("msg_signature"), 403),
    Attack("message signature given twice", more(("msg_signature", "1")), 400),
    Attack("ciphertext changed after signing", flipped, 403),
    Attack("sealed with another key", sealed_by(aes_key=OTHER_KEY), 400),
    Attack("sealed for another account", sealed_by(app_id="wxfedcba9876543210"), 403),
    Attack("half a ciphertext", envelope("{half}"), 400),
    Attack("ciphertext with a blank", envelope("{half} {half}"), 400),
    Attack("ciphertext that is no base64", envelope("签名"), 400),
    Attack("ciphertext of one block", envelope("A" * 22 + "=="), 400),
    Attack("empty ciphertext", envelope(""), 400),
    Attack(
        "two ciphertexts",
        envelope("{own}", as_xml="<xml><Encrypt>{0}</Encrypt><Encrypt>{0}</Encrypt></xml>"),
        400,
    ),
    Attack("ciphertext is a number in JSON", posted(b'{"Encrypt": 1}'), 400),
    Attack("padding that is none", enciphered(b"\x00" * 64), 400),
    Attack(
        "length beyond the end", enciphered(b"r" * 16 + b"\xff\xff\xff\xff" + b"\x0c" * 12), 400
    ),
    Attack("check of the address: echo not sealed", checking(msg_signature="0" * 40), 403),
)
PLAIN_ONLY = (
    Attack("sealed message to a plain account", posted(b"<xml><Encrypt>AAAA</Encrypt></xml>"), 400),
)

PLAIN = (*ANY_MODE, *MESSAGES, *PLAIN_ONLY)
SAFE = (*ANY_MODE, *MESSAGES, *SAFE_ONLY)
