"""Passive answers keep a person's words inside their element, sealed where they must be."""

import pytest

from bots.wechat.render import sealed_reply, text_reply
from tests.fakes.wechat_platform import Answered, ManualClock, Mode
from tests.unit.wechat.samples import account_for, driver_for

CLOCK = ManualClock()


def reply(text: str) -> str:
    return text_reply(to="openid-1", sender="gh_1", text=text, now=CLOCK.now())


def test_a_reply_has_the_documented_form() -> None:
    assert reply("你好") == (
        "<xml><ToUserName><![CDATA[openid-1]]></ToUserName>"
        "<FromUserName><![CDATA[gh_1]]></FromUserName><CreateTime>1772438400</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content></xml>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "]]></Content><Content>injected",
        "]]>",
        "]]]]>>",
        "a]]>b]]>c",
        "]]",
        "<b>&amp;</b>",
        "]]]]><![CDATA[>",
    ],
)
def test_no_text_leaves_its_element(text: str) -> None:
    said = driver_for(Mode.PLAIN, clock=CLOCK).said(Answered(200, reply(text)))
    assert said == text


def test_characters_xml_cannot_carry_are_dropped() -> None:
    said = driver_for(Mode.PLAIN, clock=CLOCK).said(
        Answered(200, reply("a\x00b\x1b[0m\ufffe\ud83dc\n\t😀"))
    )
    assert said == "ab[0mc\n\t😀"


@pytest.mark.parametrize("text", ["你好", "]]></Content><Content>injected"])
def test_a_sealed_reply_opens_with_a_library_we_did_not_write(text: str) -> None:
    xml = sealed_reply(account_for(Mode.SAFE), reply(text), now=CLOCK.now())
    assert text not in xml
    assert driver_for(Mode.SAFE, clock=CLOCK).said(Answered(200, xml)) == text


def test_a_sealed_reply_is_repeatable_when_chance_is() -> None:
    account = account_for(Mode.SAFE)
    once, again = (
        sealed_reply(account, "<xml/>", now=CLOCK.now(), random=lambda: "0123456789abcdef")
        for _ in range(2)
    )
    assert once == again
    assert sealed_reply(account, "<xml/>", now=CLOCK.now()) != once
