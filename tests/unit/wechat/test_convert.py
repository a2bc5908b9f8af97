"""WeChat's messages and events become ours."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.intake import WindowRule
from bots.wechat.convert import convert, receiver, reply_windows
from bots.wechat.door import Fields, open_post
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage
from core.errors import InboundRefused, RefusalReason
from tests.fakes.wechat_platform import ManualClock, Mode, event_xml, text_xml
from tests.unit.wechat.samples import account_for, driver_for, read_json

CLOCK = ManualClock()
SAMPLES = {sample["case"]: sample["xml"] for sample in read_json("inbound.json")["samples"]}

EXPECTED = {
    "parse_text_message": (InboundKind.TEXT, "this is a test", "1234567890123456"),
    "parse_image_message": (InboundKind.UNSUPPORTED, "", "1234567890123456"),
    "parse_voice_message": (InboundKind.VOICE, "media_id", "1234567890123456"),
    "parse_location_message": (InboundKind.UNSUPPORTED, "", "1234567890123456"),
    "parse_link_message": (InboundKind.UNSUPPORTED, "", "1234567890123456"),
    "parse_unknown_message": (InboundKind.UNSUPPORTED, "", "1234567890123456"),
    "subscribe_event": (InboundKind.FOLLOW, "", "FromUser:123456789:subscribe"),
    "unsubscribe_event": (InboundKind.UNFOLLOW, "", "FromUser:123456789:unsubscribe"),
    "subscribe_scan_event": (InboundKind.FOLLOW, "", "FromUser:123456789:subscribe_scan"),
    "scan_event": (InboundKind.MENU, "SCENE_VALUE", "FromUser:123456789:SCAN"),
    "click_event": (InboundKind.MENU, "EVENTKEY", "FromUser:123456789:CLICK"),
    "view_event": None,
    "scan_code_waitmsg_event": None,
    "kf_create_session_event": None,
    "template_send_job_finish_event": None,
    "template_subscribe_msg_popup_event": (
        InboundKind.GRANT,
        "+VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc",
        "otFpruAK8D-E6EfStSYonYSBZ8_4:1610969440:subscribe_msg_popup_event",
    ),
    "template_subscribe_msg_change_event": (
        InboundKind.GRANT,
        "-VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc",
        "otFpruAK8D-E6EfStSYonYSBZ8_4:1610969440:subscribe_msg_change_event",
    ),
    "template_subscribe_msg_sent_event": None,
}


def fields_of(message: str, *, mode: Mode = Mode.PLAIN) -> Fields:
    request = driver_for(mode, clock=CLOCK).request(message)
    return open_post(account_for(mode), request.query, request.body, now=CLOCK.now()).fields


def converted(message: str) -> InboundMessage | None:
    return convert(account_for(Mode.PLAIN), fields_of(message))


def test_every_published_body_has_an_expectation() -> None:
    assert set(SAMPLES) == set(EXPECTED)
    assert len(SAMPLES) == 18


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("case", sorted(EXPECTED))
def test_published_bodies_become_our_messages(case: str, mode: Mode) -> None:
    message = convert(account_for(mode), fields_of(SAMPLES[case], mode=mode))
    expected = EXPECTED[case]
    if expected is None:
        assert message is None
        return
    assert message is not None
    assert (message.kind, message.text, message.key) == expected


def test_a_text_carries_its_address_and_time() -> None:
    assert converted(text_xml("openid-1", "你好", message_id="77", clock=CLOCK)) == InboundMessage(
        address=ChannelAddress(ChannelKind.WECHAT, "main", "openid-1"),
        key="77",
        text="你好",
        sent_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        kind=InboundKind.TEXT,
    )


def test_our_own_id_is_known_for_the_answer() -> None:
    fields = fields_of(text_xml("openid-1", "你好", message_id="77", clock=CLOCK))
    assert receiver(fields) == "gh_1"


def test_recognised_speech_is_known_as_spoken() -> None:
    voice = SAMPLES["parse_voice_message"].replace(
        "<MediaId>", "<Recognition><![CDATA[我的账单不对]]></Recognition><MediaId>"
    )
    message = converted(voice)
    assert message is not None
    assert (message.kind, message.text) == (InboundKind.SPEECH, "我的账单不对")


@pytest.mark.parametrize("media", ["../token", "a&access_token=x", "", "x" * 65])
def test_a_recording_whose_name_is_none_is_not_fetched(media: str) -> None:
    body = {
        "FromUserName": "openid-1",
        "CreateTime": 1772438400,
        "MsgType": "voice",
        "MediaId": media,
        "MsgId": 1,
    }
    message = converted(json.dumps(body))
    assert message is not None
    assert (message.kind, message.text) == (InboundKind.UNSUPPORTED, "")


@pytest.mark.parametrize(
    ("event", "key", "kind", "text"),
    [
        ("subscribe", "qrscene_bind-K7QXM-3PD9R", InboundKind.MENU, "bind K7QXM-3PD9R"),
        ("SCAN", "bind-K7QXM-3PD9R", InboundKind.MENU, "bind K7QXM-3PD9R"),
        ("subscribe", "qrscene_12", InboundKind.FOLLOW, ""),
        ("subscribe", "qrscene_bind-x; drop", InboundKind.FOLLOW, ""),
    ],
)
def test_a_qr_code_of_a_person_is_their_binding_code(
    event: str, key: str, kind: InboundKind, text: str
) -> None:
    message = converted(event_xml("openid-1", event, key=key, clock=CLOCK))
    assert message is not None
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    "part",
    [
        "x",
        {"List": "x"},
        {"List": [{"TemplateId": "a b", "SubscribeStatusString": "accept"}, 3]},
        {"List": {"TemplateId": "T", "SubscribeStatusString": "reject"}},
        None,
    ],
)
def test_an_answer_to_a_subscription_without_a_yes_is_nothing(part: object) -> None:
    body = {
        "FromUserName": "openid-1",
        "CreateTime": 1772438400,
        "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "SubscribeMsgPopupEvent": part,
    }
    assert converted(json.dumps(body)) is None


def test_two_clicks_in_different_seconds_have_different_keys() -> None:
    clock = ManualClock()
    first = converted(event_xml("openid-1", "CLICK", key="练习", clock=clock))
    clock.advance(seconds=1)
    second = converted(event_xml("openid-1", "CLICK", key="练习", clock=clock))
    assert first is not None
    assert second is not None
    assert (first.key, first.text) == ("openid-1:1772438400:CLICK", "练习")
    assert second.key == "openid-1:1772438401:CLICK"


def test_json_becomes_the_same_message() -> None:
    body = {
        "ToUserName": "gh_1",
        "FromUserName": "openid-1",
        "CreateTime": 1772438400,
        "MsgType": "text",
        "Content": "你好\x00\ud83d",
        "MsgId": 24_123_456_789_012_345,
    }
    message = converted(json.dumps(body))
    assert message is not None
    assert (message.key, message.text) == ("24123456789012345", "你好")


@pytest.mark.parametrize(
    "change",
    [
        {"FromUserName": ""},
        {"FromUserName": None},
        {"FromUserName": "a b"},
        {"FromUserName": "x" * 65},
        {"FromUserName": ["a", "b"]},
        {"CreateTime": "soon"},
        {"CreateTime": -1},
        {"CreateTime": 99_999_999_999},
        {"CreateTime": True},
        {"MsgType": {"a": "b"}},
        {"MsgType": ""},
        {"Content": {"nested": "x"}},
        {"Content": ["two", "contents"]},
        {"MsgId": "1\n2"},
        {"MsgId": "9" * 65},
    ],
)
def test_a_message_whose_sender_time_or_text_cannot_be_read_is_malformed(
    change: dict[str, object],
) -> None:
    body: dict[str, object] = {
        "FromUserName": "openid-1",
        "CreateTime": 1772438400,
        "MsgType": "text",
        "Content": "x",
        "MsgId": 1,
    }
    with pytest.raises(InboundRefused) as caught:
        converted(json.dumps(body | change))
    assert (caught.value.reason, caught.value.status) == (RefusalReason.MALFORMED, 400)


def test_two_senders_in_one_message_are_malformed() -> None:
    doubled = text_xml("openid-1", "x", message_id="1", clock=CLOCK).replace(
        "</xml>", "<FromUserName>openid-2</FromUserName></xml>"
    )
    with pytest.raises(InboundRefused):
        converted(doubled)


def test_each_kind_opens_its_window_of_sends() -> None:
    account = replace(account_for(Mode.PLAIN), sends_per_message=20)
    after_message = WindowRule(sends=20, lasts=timedelta(hours=48))
    after_event = WindowRule(sends=3, lasts=timedelta(minutes=1))
    assert reply_windows(account) == {
        InboundKind.TEXT: after_message,
        InboundKind.SPEECH: after_message,
        InboundKind.VOICE: after_message,
        InboundKind.UNSUPPORTED: after_message,
        InboundKind.FOLLOW: after_event,
        InboundKind.MENU: after_event,
    }
