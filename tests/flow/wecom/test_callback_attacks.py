"""Requests that somebody who is not WeCom, or not honest, might send to the application's door."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Mapping
from typing import Any

import pytest
from wechatpy.crypto.base import WeChatCipher
from wechatpy.utils import WeChatSigner

from tests.fakes.wecom_platform import AES_KEY, AGENT, CORP, SECRET, TOKEN, callback, sealed
from tests.flow.wecom.company import Company

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "暗号九三七"
MALLORY = "mallory"
OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcbA"
Request = tuple[Mapping[str, str], bytes, str]


def text(**more: Any) -> str:  # noqa: ANN401
    return callback(MALLORY, Content=WORDS, MsgId=7001, **more)


def of(xml: str, *, path: str = "main", **sealing: Any) -> Request:  # noqa: ANN401
    query, body = sealed(xml, **sealing)
    return query, body.encode(), path


def signed_outer(ciphertext: str, *, token: str = TOKEN) -> Request:
    """A ciphertext of the attacker's making under a good signature."""
    stamp, nonce = str(int(time.time())), "n2"
    signer = WeChatSigner()
    signer.add_data(token, stamp, nonce, ciphertext)
    query = {"msg_signature": str(signer.signature), "timestamp": stamp, "nonce": nonce}
    return query, f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode(), "main"


def raw(plain: bytes) -> Request:
    """Bytes encrypted as they are: padding and lengths are the attacker's."""
    cipher = WeChatCipher(base64.b64decode(AES_KEY + "="))
    return signed_outer(base64.b64encode(cipher.encrypt(plain)).decode())


def bad_padding() -> Request:
    inner = b"0" * 16 + len(text().encode()).to_bytes(4, "big") + text().encode() + CORP.encode()
    pad = 32 - len(inner) % 32
    return raw(inner + bytes([pad ^ 1]) * (pad - 1) + bytes([pad]))


def long_length() -> Request:
    inner = b"0" * 16 + (1 << 31).to_bytes(4, "big") + text().encode() + CORP.encode()
    pad = 32 - len(inner) % 32
    return raw(inner + bytes([pad]) * pad)


def spoilt(**changes: str) -> Request:
    query, body, path = of(text())
    return {**query, **changes}, body, path


def swapped() -> Request:
    """The query of one delivery with the body of another."""
    return of(text(), nonce="a")[0], of(text(MsgType="text"), nonce="b")[1], "main"


ENTITY = '<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


def attacks() -> dict[str, Request]:
    now = int(time.time())
    good_query, good_body, _ = of(text())
    return {
        "forged signature": spoilt(msg_signature="0" * 40),
        "no signature": ({k: v for k, v in good_query.items() if k[0] != "m"}, good_body, "main"),
        "empty signature": spoilt(msg_signature=""),
        "no query": ({}, good_body, "main"),
        "stale": of(text(), at=now - 400),
        "from the future": of(text(), at=now + 400),
        "old query with a new time": spoilt(timestamp=str(now + 1)),
        "words for a time": spoilt(timestamp="soon"),
        "negative time": spoilt(timestamp="-1"),
        "another tenant's token": of(text(), token="another-token"),
        "another tenant's key": of(text(), key=OTHER_KEY),
        "another tenant's id inside": of(text(), corp="wwffffffffffffffff"),
        "another company named inside": of(text(ToUserName="wwffffffffffffffff")),
        "another application's message": of(text(agent=AGENT + 1)),
        "another body's signature": swapped(),
        "unknown account": of(text(), path="other"),
        "bad padding": bad_padding(),
        "length beyond the body": long_length(),
        "no ciphertext": (good_query, b"<xml></xml>", "main"),
        "plain message": (good_query, text().encode(), "main"),
        "two ciphertexts": (
            good_query,
            good_body.replace(b"</xml>", b"<Encrypt>AA==</Encrypt></xml>"),
            "main",
        ),
        "no base64": signed_outer("%%%"),
        "half a block": signed_outer(base64.b64encode(b"x" * 15).decode()),
        "nothing sealed": signed_outer(""),
        "oversized": (good_query, good_body + b" " * 70_000, "main"),
        "entities outside": (good_query, ENTITY.encode() + good_body, "main"),
        "entities inside": of(ENTITY + text()),
        "external entity": of('<!DOCTYPE x SYSTEM "file:///etc/passwd">' + text()),
        "no XML inside": of("practice 1"),
        "JSON nested deep inside": of('{"a":' * 5000 + "1" + "}" * 5000),
        "no sender": of(callback("", Content=WORDS, MsgId=7002)),
        "sender that is a path": of(callback("../ 词", Content=WORDS, MsgId=7003)),
        "sender twice": of(text().replace("</xml>", "<FromUserName>x</FromUserName></xml>")),
        "no type": of(text(MsgType="")),
        "time of creation in words": of(text(CreateTime="soon")),
        "NUL": (good_query, b"\x00" + good_body, "main"),
        "no UTF-8": (good_query, b"\xff\xfe" + good_body, "main"),
        "empty": (good_query, b"", "main"),
    }


@pytest.mark.parametrize("down", [False, True], ids=["", "API down"])
async def test_every_attack_is_refused_and_leaves_nothing(
    shared: Company, caplog: pytest.LogCaptureFixture, *, down: bool
) -> None:
    shared.wecom.is_down = down
    found = {}
    with caplog.at_level(logging.INFO):
        for name, (query, body, path) in attacks().items():
            found[name] = await shared.post(query, body, path=path)
    shared.wecom.is_down = False
    rows = await shared.rows("main", MALLORY)

    assert {name: status for name, status in found.items() if not 400 <= status < 500} == {}
    assert rows == []
    assert shared.wecom.texts[MALLORY] == []
    for secret in (SECRET, TOKEN, AES_KEY, WORDS):
        assert secret not in caplog.text


async def test_a_delivery_that_is_replayed_is_worked_once(shared: Company) -> None:
    query, body, path = of(callback("hal", Content="帮助", MsgId=31))
    statuses = [await shared.post(query, body, path=path) for _ in range(3)]
    await shared.until(lambda: shared.wecom.texts["hal"])
    rows = await shared.rows("main", "hal")

    assert statuses == [200, 200, 200]
    assert [row.message.code.value for row in rows].count("help") == 1


async def test_the_address_is_checked_by_its_opened_echo(shared: Company) -> None:
    query, body, _ = of("1616140317555161061")
    echo = body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    asked = {**query, "echostr": echo}
    async with shared.door.get("/channels/wecom/main", params=asked) as answer:
        good = (answer.status, await answer.text())
    statuses = []
    for spoil in ({"msg_signature": "0" * 40}, {"timestamp": "1"}, {"echostr": ""}):
        async with shared.door.get("/channels/wecom/main", params={**asked, **spoil}) as answer:
            statuses.append(answer.status)
    plain = {k: v for k, v in asked.items() if k != "msg_signature"}
    async with shared.door.get("/channels/wecom/main", params=plain) as answer:
        statuses.append(answer.status)

    assert good == (200, "1616140317555161061")
    assert all(400 <= status < 500 for status in statuses)
