"""The bot's connection: every end but one is recovered, one process connects, none doubles."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing

import aiohttp
import pytest

from bots.wecom.bot import state_key
from ops.wiring import build
from tests.fakes.wecom_gateway import BOT, SECRET
from tests.flow.web.visit import shipped_content
from tests.flow.wecom.company import Company


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("clean", [True, False], ids=["clean close", "dropped"])
async def test_a_connection_that_ends_is_recovered_within_five_seconds(
    shared: Company, *, clean: bool
) -> None:
    await shared.say("你好", user=f"end-{clean}")
    began = asyncio.get_running_loop().time()
    await shared.gateway.end(clean=clean)
    await shared.until(shared.gateway.up.is_set, within_s=5)
    took_s = asyncio.get_running_loop().time() - began
    told = await shared.say("帮助", user=f"end-{clean}")

    assert took_s < 5
    assert "练习" in told[0]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_reply_whose_place_is_gone_goes_as_a_push_once(shared: Company) -> None:
    await shared.say("你好", user="place")
    shared.gateway.faults.append(846605)
    told = await shared.say("帮助", user="place")

    frames = [f for f in shared.gateway.frames if f["body"]["msgtype"] != "template_card"]
    said = [frame["cmd"] for frame in frames]
    assert said[-2:] == ["aibot_respond_msg", "aibot_send_msg"]
    assert len(told) == 1


async def test_a_connection_that_lost_its_subscription_is_made_anew(company: Company) -> None:
    await company.say("你好")
    company.gateway.faults.append(846609)
    told = await company.say("帮助")

    assert company.gateway.subscribed == 2
    assert len(told) == 1


async def test_a_bot_that_was_taken_over_stays_away(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(company.gateway.url) as other:
        await other.send_json(
            {
                "cmd": "aibot_subscribe",
                "headers": {"req_id": "x"},
                "body": {"bot_id": BOT, "secret": SECRET},
            }
        )
        await other.receive_json()
        await company.until(lambda: "taken over" in caplog.text)
        await asyncio.sleep(1.0)
        state = await company.house.live.get(state_key(BOT))

        assert company.gateway.subscribed == 2
        assert state == "displaced"


async def test_of_two_processes_one_connects_and_the_other_takes_over(company: Company) -> None:
    other = build(company.house.settings, content=shipped_content())
    assert other.wecom is not None
    stop = asyncio.Event()
    running = asyncio.create_task(other.wecom.run_bot(stop))
    try:
        await asyncio.sleep(0.3)
        before = company.gateway.subscribed
        company.stop.set()
        await asyncio.gather(*company.running)
        await company.until(lambda: company.gateway.subscribed == 2, within_s=6)
    finally:
        stop.set()
        await running
        await other.close()

    assert before == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_message_twice_is_worked_once(shared: Company) -> None:
    for _ in range(3):
        await shared.gateway.talk("twice", "帮助", msgid="same")
    await shared.say("画像", user="twice")
    rows = await shared.rows("bot", "twice")

    assert [row.message.code.value for row in rows].count("help") == 1


async def test_a_bot_that_is_refused_says_so_and_tries_again(company: Company) -> None:
    company.gateway.refuses = True
    await company.gateway.end(clean=True)
    assert company.house.wecom is not None
    bot = company.house.wecom.bot
    assert bot is not None
    await company.until(lambda: bot.link.errcode == 853000)
    company.gateway.refuses = False
    await company.until(company.gateway.up.is_set)

    assert company.gateway.subscribed == 2


async def test_what_cannot_be_kept_is_asked_for_again(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    await company.say("你好")
    with closing(sqlite3.connect(company.house.settings.data_dir / "peilian.db")) as file:
        file.execute("ALTER TABLE inbox RENAME TO gone")
    with caplog.at_level(logging.INFO):
        told = await company.say("这一句是秘密")

    assert told == ["刚才这条没有收好，请再发一次。"]
    assert "秘密" not in caplog.text
    assert SECRET not in caplog.text
