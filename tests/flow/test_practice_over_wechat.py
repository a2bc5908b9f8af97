"""A whole practice over signed WeChat requests, against a platform that enforces its limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, SendOutcome
from core.ports.storage import UnitOfWork
from ops.migrations import migrate
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.fakes.wechat_platform import FakeWeChat, ManualClock, Mode, WeChatDriver, text_xml

APP_ID = "wx0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID = "o-trainee-1"


@dataclass
class Talk:
    """A trainee's phone: what is typed goes in signed, what the platform took comes back."""

    house: House
    platform: FakeWeChat
    driver: WeChatDriver
    clock: ManualClock
    typed: int = 0

    async def hear(self, text: str) -> str:
        """Send one message; what is read in the answer to it, "" for nothing."""
        self.typed += 1
        message = text_xml(OPENID, text, message_id=str(self.typed), clock=self.clock)
        answered = await self.driver.deliver(message)
        self.clock.advance(seconds=20)
        return self.driver.said(answered) or ""

    async def answered(self, text: str) -> str:
        """The same with a worker at work, as an account that may only answer needs."""
        stop = asyncio.Event()
        working = asyncio.create_task(self.house.worker.run(stop))
        try:
            return await self.hear(text)
        finally:
            stop.set()
            await working

    async def type(self, text: str, *, openid: str = OPENID) -> list[str]:
        """Send one message and give back everything new that was sent to the person."""
        self.typed += 1
        before = len(self.platform.sent)
        self.platform.person_wrote(openid)
        message = text_xml(openid, text, message_id=str(self.typed), clock=self.clock)
        answered = await self.driver.deliver(message)
        assert answered.status == 200
        await settle(self.house)
        self.clock.advance(seconds=20)
        return [sent.text for sent in self.platform.sent[before:]]


async def settle(house: House) -> None:
    """Work everything that waits, as the running parts would."""
    for _ in range(3):
        await house.worker.drain()
        while await house.jobs.drain_once():
            pass
        while await house.sender.drain_once():
            pass


@asynccontextmanager
async def open_talk(folder: Path, mode: Mode, **wechat: object) -> AsyncIterator[Talk]:
    """The product on SQLite, with one account on the fake platform."""
    clock = ManualClock()
    async with FakeWeChat(app_id=APP_ID, secret="s3cret", clock=clock) as platform:
        settings = read_settings(
            data_dir=folder,
            wechat_app_id=APP_ID,
            wechat_app_secret="s3cret",
            wechat_token="t0ken",
            wechat_aes_key="" if mode is Mode.PLAIN else KEY,
            wechat_api_url=platform.url,
            **wechat,
        )
        migrate(settings.database_url, data_dir=folder)
        house = build(settings, clock=clock)
        async with TestServer(web_app(house)) as server:
            url = str(server.make_url("/channels/wechat/main"))
            driver = WeChatDriver(
                url, token="t0ken", app_id=APP_ID, aes_key=KEY, mode=mode, clock=clock
            )
            yield Talk(house, platform, driver, clock)
        await house.close()


@pytest.fixture
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    """With an account that may send; in safe mode, unless the test names another."""
    async with open_talk(tmp_path, getattr(request, "param", Mode.SAFE)) as talk:
        yield talk


@pytest.fixture(params=[Mode.PLAIN, Mode.SAFE])
async def passive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    """With an account that may only answer, and its worker at work."""
    async with open_talk(tmp_path, request.param, wechat_delivery="passive") as talk:
        stop = asyncio.Event()
        working = asyncio.create_task(talk.house.worker.run(stop))
        yield talk
        stop.set()
        await working


@pytest.mark.parametrize("talk", list(Mode), indirect=True)
async def test_a_full_practice_ends_in_a_debrief(talk: Talk) -> None:
    started = await talk.type("练习 1 seed=7")
    assert any("AI 模拟客户" in text for text in started)
    await talk.type("您好，我是客服小李，很抱歉影响您了，请问您的手机尾号是多少，我核对一下")
    await talk.type("我来跟进，今天18:00前给您回电")
    ended = await talk.type("结束")
    assert any("本次点评" in text and "本次总分" in text for text in ended)


async def test_the_record_hint_pause_and_resume_answer_in_the_talk(talk: Talk) -> None:
    await talk.type("练习 1 seed=7")
    for word in ("资料", "提示", "暂停", "继续"):
        assert await talk.type(word), word


async def test_every_word_gets_an_answer_and_none_is_taken_for_talk(talk: Talk) -> None:
    for word in (
        "练习 1 seed=7",
        "今日",
        "计划",
        "画像",
        "帮助",
        "反馈 客户很像真人",
        "结束",
        "成绩",
    ):
        assert await talk.type(word), word
    assert await talk.type("申诉 第 4 句 我核对过了")
    assert await talk.type("重来")


async def test_a_full_practice_in_passive_answers(passive: Talk) -> None:
    started = await passive.hear("练习 1 seed=7")
    assert "AI 模拟客户" in started
    said = await passive.hear("您好，我是客服小李，很抱歉影响您了，请问您的手机尾号是多少")
    assert said
    assert "练习已结束" not in said
    assert await passive.hear("结束")
    while await passive.house.jobs.drain_once():
        pass
    # The debrief came after the answer: the next message picks it up.
    assert "本次总分" in await passive.hear("成绩")
    assert passive.platform.send_calls == 0


CUSTOMER = "AI 模拟客户："
"""WeChat shows one sender for customer and coach, so it is written there who speaks."""


async def test_the_customer_is_marked_where_the_coach_speaks_from_the_same_account(
    talk: Talk,
) -> None:
    opened = await talk.type("练习 1 seed=7")
    assert sum(text.count(CUSTOMER) for text in opened) == 1
    answered = await talk.type("请问您的手机尾号是多少，我核对一下")
    assert answered[0].startswith(CUSTOMER)
    assert sum(text.count(CUSTOMER) for text in answered) == 1
    (record,) = await talk.type("资料")
    assert CUSTOMER not in record


async def test_a_message_without_words_is_no_end_of_the_practice(talk: Talk) -> None:
    """It was told that no practice was running."""
    await talk.type("练习 1 seed=7")
    assert await talk.type(" \u3000 ") == ["目前只能看懂文字，请打字告诉我。"]
    assert (await talk.type("您好，我是客服小李"))[0].startswith(CUSTOMER)


async def test_a_case_that_does_not_exist_is_said_to_be_missing(talk: Talk) -> None:
    *_, answer = await talk.type("练习 火星快递")
    assert answer.startswith("没有找到「火星快递」这个场景。\n可以练习的场景：\n1. ")


async def test_a_guest_is_not_greeted_by_a_piece_of_the_platforms_id(talk: Talk) -> None:
    (greeting,) = await talk.type("在吗")
    assert greeting.startswith("你好，欢迎来陪练。")


async def test_feedback_whose_window_had_closed_comes_with_the_next_message(talk: Talk) -> None:
    await talk.type("练习 1 考试")
    await talk.type("您好，很抱歉影响您了，请问您的手机尾号是多少，我核对一下")
    before = len(talk.platform.sent)
    # The exam's bell rings while nobody works, and is worked after the platform's two days.
    talk.clock.advance(hours=49)
    await settle(talk.house)
    assert talk.platform.sent[before:] == []
    address = ChannelAddress(ChannelKind.WECHAT, "main", OPENID)

    def kept(unit: UnitOfWork) -> list[SendOutcome]:
        conversation = unit.conversations.at(address)
        rows = unit.outbox.feed(conversation.id, after=0, limit=99)
        return [row.state for row in rows if row.message.code is NoticeCode.DEBRIEF]

    assert await talk.house.transactions.read(kept) == [SendOutcome.DEFERRED]
    told = await talk.type("帮助")
    debriefs = [text for text in told if "本次点评" in text]
    assert len(debriefs) == 1
    again = await talk.type("今日")
    assert not any("本次点评" in text for text in again)
    assert await talk.house.transactions.read(kept) == [SendOutcome.SENT]
