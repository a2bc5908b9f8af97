"""Hints as a trainee meets them: offered after a silence, in three sizes, at a price, with what to
read, less of them with skill, and none in an exam."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.messages import NoticeCode
from tests.fakes.wechat_platform import Mode
from tests.flow.histories import practised
from tests.flow.test_practice_over_wechat import Talk, open_talk, settle
from tests.flow.web.conftest import empty_database as empty_database
from tests.flow.web.conftest import site as site
from tests.flow.web.visit import ANN, LIN, Browser, Site

CASE = "练习 price-protection seed=3"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with open_talk(tmp_path, Mode.SAFE) as opened:
        yield opened


async def rung(talk: Talk) -> list[str]:
    """What the product's own bell has sent once it has looked after the silent."""
    before = len(talk.platform.sent)
    bell, stop, looked = talk.house.scheduler, asyncio.Event(), asyncio.Event()
    (idle,) = (line for line in bell.lines if line.name == "idle")

    async def ring() -> None:
        await idle.ring()
        looked.set()

    soon = replace(idle, every=timedelta(seconds=0.05), ring=ring)
    running = asyncio.create_task(replace(bell, lines=[soon]).run(stop))
    await asyncio.wait_for(looked.wait(), 10)
    stop.set()
    await running
    await settle(talk.house)
    return [sent.text for sent in talk.platform.sent[before:]]


async def test_the_bell_offers_a_hint_after_a_long_silence_and_it_is_given(talk: Talk) -> None:
    await talk.type(CASE)
    talk.clock.advance(minutes=5)
    assert await rung(talk) == []
    talk.clock.advance(minutes=6)
    (offer,) = await rung(talk)
    assert "卡住了可以输入 提示" in offer
    assert "可以看：《" in (await talk.type("提示"))[0]


async def test_an_exam_and_a_micro_drill_are_silent_and_give_none(talk: Talk) -> None:
    await talk.type(f"{CASE} 考试")
    talk.clock.advance(minutes=11)
    assert await rung(talk) == []
    assert await talk.type("提示") == ["考试中不提供帮助。"]
    await talk.type("结束")
    await talk.type("微练")
    talk.clock.advance(minutes=11)
    assert await rung(talk) == []
    assert "可以看" not in "".join(await talk.type("提示"))


async def test_three_sizes_say_more_each_time_cost_more_and_name_what_to_read(talk: Talk) -> None:
    await talk.type(CASE)
    question, act, half, again = [(await talk.type("提示"))[0] for _ in range(4)]
    assert "再想一想" in question
    assert "少算 5%" in question
    assert "下一步试试" in act
    assert "少算 17%" in act
    assert "可以这样开头" in half
    assert "不算进画像" in half
    assert "再想一想" in again
    assert all("可以看：《价保" in hint for hint in (question, act, half))
    await talk.type("您好，请问订单尾号是多少，您看到现在多少钱？")
    await talk.type("结束")
    cards = await talk.house.transactions.read(
        lambda unit: [
            card
            for person in unit.people.everyone()
            for _, card in unit.scorecards.of_person(person.id, limit=9)
        ]
    )
    assert [card.hint_discount for card in cards] == [0.47]


async def hints(site: Site, browser: Browser, start: str, word: str) -> list[str]:
    """What four requests for a hint give, on the page."""
    await browser.say(start)
    await site.settle()
    for _ in range(4):
        await browser.say(word)
        await site.settle()
    rows = (await browser.feed())["rows"]
    return [row["text"] for row in rows if row["code"] == NoticeCode.HINT.value]


async def test_on_the_web_help_fades_with_skill(site: Site) -> None:
    await practised(site.house, ANN, 40, 9.5)
    async with site.browser(LIN) as fresh, site.browser(ANN) as able:
        given = await hints(site, fresh, CASE, "提示")
        assert sum("可以这样开头" in text for text in given) == 1
        assert sum("下一步试试" in text for text in given) == 1
        fewer = await hints(site, able, "practice late-delivery-en seed=3", "hint")
        assert len(fewer) == 4
        assert all("Hint: think again" in text for text in fewer)
        assert all("To read: “" in text for text in fewer), fewer
        assert "counts 20% less" in fewer[-1]
