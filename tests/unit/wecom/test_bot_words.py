"""What the bot shows: frames of finished turns, bytes kept, signs that do nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bots.wecom.bot_channel import TYPING, frames
from bots.wecom.convert import from_frame
from bots.wecom.words import markdown
from core.domain.messages import InboundKind

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_turn_that_takes_typing_stands_behind_what_was_said_before_it() -> None:
    assert frames(["场景", "客户的话"], [0, 2.5]) == [("场景", 0.0), ("场景\n\n客户的话", 2.5)]


def test_a_single_turn_that_takes_typing_begins_with_a_sign_of_it() -> None:
    assert frames(["客户的话"], [60]) == [(TYPING, 0.0), ("客户的话", 4.0)]


def test_turns_without_a_pause_are_one_frame() -> None:
    assert frames(["一", "二", "三"], [0, 0, 0]) == [("一\n\n二\n\n三", 0.0)]


@pytest.mark.parametrize(
    "typed", ["<@all>", "[点这里](https://x.example)", "# 标题", "`码`", "**重**", "> 引"]
)
def test_what_somebody_typed_does_nothing(typed: str) -> None:
    shown = markdown(typed)

    assert not any(sign in shown for sign in "<>[]`")
    assert not shown.startswith(("# ", "**"))


BAD = [
    {},
    {"msgid": "m"},
    {"msgid": "m", "from": "u", "msgtype": "text"},
    {"msgid": 7, "from": {"userid": "u"}, "msgtype": "text"},
    {"msgid": "m", "from": {"userid": "../../ 词"}, "msgtype": "text", "text": {"content": "x"}},
    {"msgid": "m", "from": {"userid": "u" * 65}, "msgtype": "text", "text": {"content": "x"}},
    {"msgid": "m", "from": {"userid": "u"}, "msgtype": "event", "event": []},
    {"msgid": "m", "from": {"userid": "u"}, "msgtype": "event", "event": {"eventtype": "new"}},
    {
        "msgid": "m",
        "from": {"userid": "u"},
        "msgtype": "event",
        "event": {"eventtype": "template_card_event", "template_card_event": {"event_key": 1}},
    },
]


@pytest.mark.parametrize("body", BAD)
def test_a_frame_of_another_shape_is_nobodys_message(body: dict[str, object]) -> None:
    assert from_frame(body, now=NOW) is None


@pytest.mark.parametrize("part", [None, [], "x", {"content": 1}, {"content": " "}, {}])
def test_a_text_without_text_is_answered_as_what_cannot_be_read(part: object) -> None:
    body = {"msgid": "m", "from": {"userid": "u"}, "msgtype": "text", "text": part}
    found = from_frame(body, now=NOW)

    assert found is not None
    assert found.inbound.kind is InboundKind.UNSUPPORTED
