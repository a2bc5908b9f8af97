"""The door refuses everything that is not a fresh message from the platform to us."""

import base64
import json
from dataclasses import replace

import pytest
from wechatpy.crypto.base import WeChatCipher

from bots.wechat.account import WeChatAccount
from bots.wechat.door import Opened, check_echo, open_post, single_values
from bots.wechat.envelope import same, sign
from core.errors import InboundRefused, RefusalReason
from tests.fakes.wechat_platform import ManualClock, Mode, Request, WeChatDriver, text_xml
from tests.unit.wechat.samples import APP_ID, KEY, OLD_KEY, TOKEN, account_for, driver_for

CLOCK = ManualClock()
HELLO = text_xml("openid-1", "你好", message_id="7", clock=CLOCK)
MODES = list(Mode)
SEALED = [Mode.COMPATIBLE, Mode.SAFE]


def refusal(
    account: WeChatAccount, request: Request, *, seconds_later: float = 0
) -> tuple[RefusalReason, int]:
    clock = ManualClock()
    clock.advance(seconds=seconds_later)
    with pytest.raises(InboundRefused) as caught:
        open_post(account, request.query, request.body, now=clock.now())
    return caught.value.reason, caught.value.status


def opened(account: WeChatAccount, request: Request, *, seconds_later: float = 0) -> Opened:
    clock = ManualClock()
    clock.advance(seconds=seconds_later)
    return open_post(account, request.query, request.body, now=clock.now())


def raw_sealed(driver: WeChatDriver, plain: bytes) -> Request:
    """`plain` enciphered as it stands, without any padding of the envelope, well signed."""
    key = base64.b64decode(KEY + "=")
    ciphertext = base64.b64encode(WeChatCipher(key).encrypt(plain)).decode()
    return signed_ciphertext(driver, ciphertext)


def signed_ciphertext(driver: WeChatDriver, ciphertext: str) -> Request:
    query = driver.request(HELLO).query
    query["msg_signature"] = driver.sign(query["timestamp"], query["nonce"], ciphertext)
    return Request(query, f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode())


@pytest.mark.parametrize("mode", MODES)
def test_a_genuine_message_passes_in_every_mode(mode: Mode) -> None:
    result = opened(account_for(mode), driver_for(mode, clock=CLOCK).request(HELLO))
    assert result.fields["Content"] == "你好"
    assert result.fields["MsgId"] == "7"
    assert result.sealed is (mode is not Mode.PLAIN)


@pytest.mark.parametrize("mode", MODES)
def test_json_passes_in_every_mode(mode: Mode) -> None:
    body = json.dumps({"FromUserName": "o", "MsgType": "text", "Content": "你好"})
    result = opened(account_for(mode), driver_for(mode, clock=CLOCK).request(body))
    assert result.fields["Content"] == "你好"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["signature", "msg_signature"])
def test_a_forged_signature_is_refused(mode: Mode, name: str) -> None:
    request = driver_for(mode, clock=CLOCK).request(HELLO)
    if name not in request.query:
        return
    for forged in ("0" * 40, "", request.query[name].upper(), request.query[name][:-1], "签名"):
        spoilt = Request(request.query | {name: forged}, request.body)
        assert refusal(account_for(mode), spoilt) == (RefusalReason.BAD_SIGNATURE, 403)


@pytest.mark.parametrize("mode", MODES)
def test_a_request_without_signatures_is_refused(mode: Mode) -> None:
    request = driver_for(mode, clock=CLOCK).request(HELLO)
    bare = {name: request.query[name] for name in ("timestamp", "nonce")}
    spoilt = Request(bare, request.body)
    assert refusal(account_for(mode), spoilt) == (RefusalReason.BAD_SIGNATURE, 403)


@pytest.mark.parametrize("mode", MODES)
def test_a_message_signed_with_another_token_is_refused(mode: Mode) -> None:
    driver = driver_for(mode, clock=CLOCK)
    driver.token = "another-token"
    assert refusal(account_for(mode), driver.request(HELLO))[0] is RefusalReason.BAD_SIGNATURE


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seconds", [301, -301, 86_400])
def test_stale_and_future_messages_are_refused(mode: Mode, seconds: int) -> None:
    request = driver_for(mode, clock=CLOCK).request(HELLO)
    assert refusal(account_for(mode), request, seconds_later=seconds) == (
        RefusalReason.STALE,
        403,
    )


@pytest.mark.parametrize("seconds", [300, -300])
def test_three_hundred_seconds_are_still_fresh(seconds: int) -> None:
    request = driver_for(Mode.SAFE, clock=CLOCK).request(HELLO)
    result = opened(account_for(Mode.SAFE), request, seconds_later=seconds)
    assert result.fields["MsgId"] == "7"


@pytest.mark.parametrize(
    "stamp",
    ["", "abc", "-1", "1e9", "1_772_438_400", " 1772438400", "１７７２４３８４００", "9" * 400],
)
def test_a_timestamp_that_is_no_number_is_malformed(stamp: str) -> None:
    driver = driver_for(Mode.PLAIN, clock=CLOCK)
    query = {"timestamp": stamp, "nonce": "1", "signature": driver.sign(stamp, "1")}
    request = Request(query, HELLO.encode())
    assert refusal(account_for(Mode.PLAIN), request) == (RefusalReason.MALFORMED, 400)


@pytest.mark.parametrize("mode", MODES)
def test_a_body_over_64_kib_is_refused(mode: Mode) -> None:
    request = driver_for(mode, clock=CLOCK).request(HELLO)
    spoilt = Request(request.query, request.body + b" " * 65_536)
    assert refusal(account_for(mode), spoilt) == (RefusalReason.TOO_LARGE, 413)


DTD = '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">]>' + HELLO


@pytest.mark.parametrize("mode", MODES)
def test_a_dtd_is_refused_even_inside_the_envelope(mode: Mode) -> None:
    request = driver_for(mode, clock=CLOCK).request(DTD)
    assert refusal(account_for(mode), request) == (RefusalReason.FORBIDDEN_XML, 400)


@pytest.mark.parametrize("mode", SEALED)
def test_a_dtd_around_the_envelope_is_refused(mode: Mode) -> None:
    request = driver_for(mode, clock=CLOCK).request(HELLO)
    spoilt = Request(request.query, b'<!DOCTYPE xml SYSTEM "file:///x">' + request.body)
    assert refusal(account_for(mode), spoilt) == (RefusalReason.FORBIDDEN_XML, 400)


@pytest.mark.parametrize("mode", MODES)
def test_a_trainee_may_quote_a_dtd(mode: Mode) -> None:
    quoted = text_xml("openid-1", "<!DOCTYPE html><!ENTITY", message_id="7", clock=CLOCK)
    result = opened(account_for(mode), driver_for(mode, clock=CLOCK).request(quoted))
    assert result.fields["Content"] == "<!DOCTYPE html><!ENTITY"


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.SAFE])
@pytest.mark.parametrize(
    "message",
    [
        "",
        "not xml",
        "<xml>",
        "<xml></xml>",
        "<xml><MsgType/></xml>",
        "<xml><MsgType>a</MsgType><MsgType>b</MsgType></xml>",
        "<xml><MsgType>&unknown;</MsgType></xml>",
        "<other><MsgType>text</MsgType></other>",
        "<!-- c --><xml><MsgType>text</MsgType></xml>",
        "<xml>" + "<a>" * 5000 + "</xml>",
        "[1]",
        "{",
        '{"a":' * 8000,
        '{"a": ' + "9" * 9000 + "}",
        '"text"',
    ],
)
def test_what_cannot_be_read_is_malformed(mode: Mode, message: str) -> None:
    request = driver_for(mode, clock=CLOCK).request(message)
    assert refusal(account_for(mode), request) == (RefusalReason.MALFORMED, 400)


def test_a_body_that_is_not_utf_8_is_malformed() -> None:
    request = driver_for(Mode.PLAIN, clock=CLOCK).request(HELLO)
    for body in (HELLO.encode("utf-16"), b"\xff\xfe", HELLO.encode("gbk")):
        spoilt = Request(request.query, body)
        assert refusal(account_for(Mode.PLAIN), spoilt) == (RefusalReason.MALFORMED, 400)


@pytest.mark.parametrize("encrypt_type", ["aes", "raw", ""])
def test_a_plain_body_never_passes_an_account_with_a_key(encrypt_type: str) -> None:
    request = driver_for(Mode.PLAIN, clock=CLOCK).request(HELLO)
    spoilt = Request(request.query | {"encrypt_type": encrypt_type}, request.body)
    assert refusal(account_for(Mode.SAFE), spoilt) == (RefusalReason.DOWNGRADED, 403)


def test_a_plain_json_body_never_passes_an_account_with_a_key() -> None:
    body = '{"FromUserName": "o", "MsgType": "text", "Content": "x"}'
    request = driver_for(Mode.PLAIN, clock=CLOCK).request(body)
    assert refusal(account_for(Mode.SAFE), request) == (RefusalReason.DOWNGRADED, 403)


def test_of_a_compatible_body_only_the_sealed_part_is_read() -> None:
    request = driver_for(Mode.COMPATIBLE, clock=CLOCK).request(HELLO)
    forged = Request(request.query, request.body.replace("你好".encode(), "转账".encode()))
    assert opened(account_for(Mode.COMPATIBLE), forged).fields["Content"] == "你好"


def test_two_sealed_parts_are_malformed() -> None:
    request = driver_for(Mode.SAFE, clock=CLOCK).request(HELLO)
    doubled = request.body.replace(b"</xml>", b"<Encrypt>AAAA</Encrypt></xml>")
    spoilt = Request(request.query, doubled)
    assert refusal(account_for(Mode.SAFE), spoilt) == (RefusalReason.MALFORMED, 400)


def test_a_message_sealed_for_another_account_is_refused() -> None:
    driver = driver_for(Mode.SAFE, clock=CLOCK)
    for receiver in ("wx-another", "", APP_ID + "x"):
        driver.app_id = receiver
        assert refusal(account_for(Mode.SAFE), driver.request(HELLO)) == (
            RefusalReason.FOREIGN_RECEIVER,
            403,
        )


def test_a_message_sealed_with_another_key_is_malformed() -> None:
    driver = driver_for(Mode.SAFE, clock=CLOCK)
    driver.aes_key = OLD_KEY
    assert refusal(account_for(Mode.SAFE), driver.request(HELLO)) == (
        RefusalReason.MALFORMED,
        400,
    )


def test_the_older_key_opens_what_the_newer_does_not() -> None:
    driver = driver_for(Mode.SAFE, clock=CLOCK)
    driver.aes_key = OLD_KEY
    account = replace(account_for(Mode.SAFE), aes_key_old=OLD_KEY)
    assert opened(account, driver.request(HELLO)).fields["Content"] == "你好"
    assert opened(account, driver_for(Mode.SAFE, clock=CLOCK).request(HELLO)).sealed is True


@pytest.mark.parametrize("ending", [b"\x00", b"\x21", b"\x01\x02", b"\xff"])
def test_a_wrong_padding_is_malformed(ending: bytes) -> None:
    inner = HELLO.encode()
    plain = b"r" * 16 + len(inner).to_bytes(4, "big") + inner + APP_ID.encode()
    plain += b"." * (-len(plain) % 32)
    request = raw_sealed(driver_for(Mode.SAFE, clock=CLOCK), plain + ending * (32 // len(ending)))
    assert refusal(account_for(Mode.SAFE), request) == (RefusalReason.MALFORMED, 400)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 2000, 0x7FFFFFFF])
def test_a_length_beyond_the_envelope_is_malformed(length: int) -> None:
    plain = b"r" * 16 + length.to_bytes(4, "big") + HELLO.encode() + APP_ID.encode()
    pad = 32 - len(plain) % 32
    request = raw_sealed(driver_for(Mode.SAFE, clock=CLOCK), plain + bytes([pad]) * pad)
    assert refusal(account_for(Mode.SAFE), request) == (RefusalReason.MALFORMED, 400)


@pytest.mark.parametrize("ciphertext", ["AAAA", "!!!!", "AAAA AAAA", "QUJD" * 6, "", "=" * 8])
def test_a_ciphertext_of_no_blocks_is_malformed(ciphertext: str) -> None:
    request = signed_ciphertext(driver_for(Mode.SAFE, clock=CLOCK), ciphertext)
    assert refusal(account_for(Mode.SAFE), request) == (RefusalReason.MALFORMED, 400)


def test_a_sealed_body_without_a_key_is_malformed() -> None:
    request = driver_for(Mode.SAFE, clock=CLOCK).request(HELLO)
    assert refusal(account_for(Mode.PLAIN), request) == (RefusalReason.MALFORMED, 400)


def test_a_parameter_named_twice_is_malformed() -> None:
    with pytest.raises(InboundRefused) as caught:
        single_values([("nonce", "1"), ("nonce", "2")])
    assert caught.value.reason is RefusalReason.MALFORMED


@pytest.mark.parametrize("mode", MODES)
def test_the_address_check_is_echoed_only_when_signed_and_fresh(mode: Mode) -> None:
    account = account_for(mode)
    query = driver_for(Mode.PLAIN, clock=CLOCK).request("").query | {"echostr": "4375"}
    assert check_echo(account, query, now=CLOCK.now()) == "4375"
    late = ManualClock()
    late.advance(seconds=301)
    for spoilt, now in (
        (query | {"signature": "0" * 40}, CLOCK.now()),
        (query | {"echostr": ""}, CLOCK.now()),
        (query | {"echostr": "x" * 1025}, CLOCK.now()),
        (query, late.now()),
    ):
        with pytest.raises(InboundRefused):
            check_echo(account, spoilt, now=now)


def test_a_sealed_echo_is_opened() -> None:
    driver = driver_for(Mode.SAFE, clock=CLOCK)
    request = driver.request("1616140317555161061")
    ciphertext = request.body.decode().split("CDATA[")[2].split("]]")[0]
    query = request.query | {"echostr": ciphertext}
    assert check_echo(account_for(Mode.SAFE), query, now=CLOCK.now()) == "1616140317555161061"
    for account, spoilt in (
        (account_for(Mode.SAFE), query | {"msg_signature": query["signature"]}),
        (account_for(Mode.SAFE), query | {"echostr": "plain"}),
        (account_for(Mode.PLAIN), query),
    ):
        with pytest.raises(InboundRefused):
            check_echo(account, spoilt, now=CLOCK.now())


def test_comparing_takes_any_characters() -> None:
    assert same("签名\udc80", "签名\udc80") is True
    assert same("签名", "签") is False


def test_the_signature_is_over_the_sorted_parts() -> None:
    assert sign(TOKEN, "b", "a") == sign(TOKEN, "a", "b")
