"""A practice over WeCom's AI bot, from the first word to the debrief, and what else arrives."""

from __future__ import annotations

import pytest

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
)
from tests.flow.wecom.company import Company

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_practice_goes_from_hello_to_the_debrief(shared: Company) -> None:
    hello = await shared.say("你好", user="ann")
    started = await shared.say("练习 1 seed=7", user="ann")
    opening = shared.gateway.cards["ann"][-1]
    reply = await shared.say("您好，我是林晓，请问怎么称呼您？", user="ann")
    hint = await shared.say("提示", user="ann")
    ended = await shared.say("结束", user="ann")
    last = shared.gateway.cards["ann"]
    await shared.until(lambda: last[-1]["button_list"][0]["key"] == "重来")

    assert "练习" in hello[0]
    assert "AI" in started[0]
    assert reply[0]
    assert hint[0]
    assert ended
    assert [one["key"] for one in opening["button_list"]] == ["提示", "资料", "结束"]
    mine = [s for s in shared.gateway.streams.values() if s.user == "ann"]
    assert mine
    assert all(stream.done for stream in mine)
    assert shared.gateway.refused == []


async def test_a_button_says_its_command_and_the_card_shows_it(shared: Company) -> None:
    await shared.say("你好", user="bob")
    (card,) = shared.gateway.cards["bob"]
    before = len(shared.gateway.shown["bob"])
    pressed = {"event_key": "帮助", "task_id": card["task_id"], "card_type": card["card_type"]}
    for _ in range(2):
        await shared.gateway.event("bob", "template_card_event", msgid="once", **pressed)
    await shared.until(lambda: len(shared.gateway.shown["bob"]) > before)
    rows = await shared.rows("bot", "bob")

    assert shared.gateway.updates[-1]["main_title"]["title"] == "已选：帮助"
    assert [row.message.code.value for row in rows].count("help") == 1


async def test_who_enters_the_chat_is_welcomed_in_time(shared: Company) -> None:
    await shared.gateway.event("cid", "enter_chat")
    await shared.until(lambda: shared.gateway.shown["cid"])

    said = [frame["cmd"] for frame in shared.gateway.frames]
    assert "aibot_respond_welcome_msg" in said
    assert "练习" in shared.gateway.shown["cid"][0]


async def test_voice_is_taken_as_it_was_heard(shared: Company) -> None:
    await shared.gateway.talk("dan", "帮助", msgtype="voice")
    await shared.until(lambda: shared.gateway.shown["dan"])
    rows = await shared.rows("bot", "dan")

    assert "help" in [row.message.code.value for row in rows]


@pytest.mark.parametrize("kind", ["image", "file", "mixed"])
async def test_a_picture_is_refused_kindly(shared: Company, kind: str) -> None:
    await shared.gateway.talk(f"pic-{kind}", "", msgtype=kind, part={"url": "https://x.example/1"})
    await shared.until(lambda: shared.gateway.shown[f"pic-{kind}"])
    rows = await shared.rows("bot", f"pic-{kind}")

    assert "unsupported" in [row.message.code.value for row in rows]


async def test_a_group_is_shown_the_way_to_the_private_chat(shared: Company) -> None:
    await shared.gateway.talk("eve", "@陪练 练习 1", chattype="group", chatid="g1")
    await shared.until(lambda: shared.gateway.shown["eve"])

    assert "单聊" in shared.gateway.shown["eve"][0]
    assert await shared.rows("bot", "eve") == []


async def test_what_waits_for_who_never_wrote_goes_out_when_they_write(shared: Company) -> None:
    """93006: the gateway knows no chat with them yet. It is no fault of theirs."""
    address = ChannelAddress(ChannelKind.WECOM, "bot", "una")
    push = OutboundMessage(address, NoticeCode.HELP, kind=OutboundKind.PUSH)
    house = shared.house
    now = house.clock.now()
    await house.transactions.write(lambda unit: unit.outbox.add([push], now=now))
    await house.live.publish("outbox")
    await shared.until_state("bot", "una", "deferred")
    before = list(shared.gateway.shown["una"])
    await shared.gateway.talk("una", "画像")
    await shared.until(lambda: any("停止练习" in text for text in shared.gateway.shown["una"]))

    assert before == []
    assert ("aibot_send_msg", 93006) in shared.gateway.refused
    shared.gateway.refused.clear()


async def test_the_bot_never_says_more_than_a_minute_takes(shared: Company) -> None:
    """What is too much would be refused by the gateway; it waits here, and nothing is lost."""
    wecom = shared.house.wecom
    assert wecom is not None
    assert wecom.bot is not None
    await wecom.bot.channel._buckets.take("hal", 28)
    for _ in range(2):
        await shared.say("帮助", user="hal")
    await shared.gateway.talk("hal", "画像")
    await shared.until_state("bot", "hal", "waiting")

    assert len(shared.gateway.shown["hal"]) == 2
    assert shared.gateway.refused == []
