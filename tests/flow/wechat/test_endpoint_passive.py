"""The door over HTTP with passive delivery: the reply travels in the answer, and only once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.wechat.account import Delivery
from bots.wechat.endpoint import routes
from bots.wechat.limits import WeChatLimits
from bots.wechat.passive import PassiveAnswers, PassiveWords
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundMessage,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.errors import StorageUnavailable
from core.ports.delivery import Kept
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from tests.fakes.wechat_platform import ManualClock, Mode, WeChatDriver, event_xml, text_xml
from tests.unit.wechat.samples import account_for, driver_for
from tests.unit.wechat.stores import live_state, transactions_for

HERE = ChannelAddress(ChannelKind.WECHAT, "main", "openid-1")
WORDS = PassiveWords(placeholder="稍等，发任意内容取回复", more="（未完）")
WAIT_S = 0.3


def word(message: OutboundMessage) -> str:
    """The words of a row, as these tests put them into its facts."""
    return str(message.facts["text"])


@dataclass
class House:
    """Door, store, and a worker that these tests play themselves."""

    clock: ManualClock
    live: LiveState
    transactions: Transactions
    platform: WeChatDriver
    kept: asyncio.Queue[Kept] = field(default_factory=asyncio.Queue)

    async def keep(self, message: InboundMessage) -> Kept:
        now = self.clock.now()
        kept = await self.transactions.write(lambda unit: unit.inbox.keep(message, now=now))
        if kept.is_new:
            self.kept.put_nowait(kept)
        return kept

    async def hear(self, message_id: str, *, text: str = "你好") -> str | None:
        """Deliver one text; what the person reads."""
        xml = text_xml(HERE.user, text, message_id=message_id, clock=self.clock)
        answer = await self.platform.deliver(xml)
        assert answer.status == 200
        return self.platform.said(answer)

    async def reply(self, inbox_id: int | None, *texts: str, closes: bool = True) -> None:
        """What a worker does in its transaction, and the wake-up after it."""
        now = self.clock.now()

        def work(unit: UnitOfWork) -> int:
            unit.outbox.add([outbound(text, inbox_id) for text in texts], now=now)
            if closes and inbox_id is not None:
                unit.inbox.close(inbox_id, now=now)
            return unit.conversations.at(HERE).id

        conversation_id = await self.transactions.write(work)
        await self.live.publish(f"replies:{conversation_id}")

    async def inbox_id(self) -> int:
        """The next kept message, as soon as it is there."""
        async with asyncio.timeout(2):
            return (await self.kept.get()).inbox_id

    async def states(self) -> list[SendOutcome]:
        def look(unit: UnitOfWork) -> list[SendOutcome]:
            conversation = unit.conversations.at(HERE)
            return [row.state for row in unit.outbox.feed(conversation.id, after=0, limit=50)]

        return await self.transactions.write(look)


def outbound(text: str, inbox_id: int | None) -> OutboundMessage:
    return OutboundMessage(
        address=HERE, code=NoticeCode.CUSTOMER_LINE, facts={"text": text}, inbox_id=inbox_id
    )


@asynccontextmanager
async def open_house(
    mode: Mode = Mode.PLAIN, *, wait_s: float = WAIT_S, words: PassiveWords = WORDS
) -> AsyncIterator[House]:
    clock = ManualClock()
    live, transactions = live_state(clock), transactions_for(clock)
    house = House(clock, live, transactions, driver_for(mode, clock=clock))
    passive = PassiveAnswers(
        transactions=transactions,
        live=live,
        clock=clock,
        word=word,
        words=words,
        limits=WeChatLimits(answer_s=wait_s + 0.5),
    )
    account = replace(account_for(mode), delivery=Delivery.PASSIVE)
    app = web.Application()
    app.add_routes(routes([account], intake=house, clock=clock, passive=passive))
    async with TestServer(app) as server:
        house.platform.url = str(server.make_url("/channels/wechat/main"))
        yield house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_reply_made_in_time_travels_in_the_answer(mode: Mode) -> None:
    async with open_house(mode, wait_s=5) as house:
        hearing = asyncio.create_task(house.hear("1"))
        await house.reply(await house.inbox_id(), "您好，", "请问有什么事？]]></Content>")
        assert await hearing == "您好，\n\n请问有什么事？]]></Content>"
        assert await house.states() == [SendOutcome.SENT, SendOutcome.SENT]


async def test_without_a_reply_in_time_the_placeholder_is_said(house: House) -> None:
    began = time.monotonic()
    assert await house.hear("1") == "稍等，发任意内容取回复"
    assert WAIT_S <= time.monotonic() - began < WAIT_S + 1


async def test_a_late_reply_is_picked_up_by_the_next_message_and_only_once(house: House) -> None:
    assert await house.hear("1") == WORDS.placeholder
    first = await house.inbox_id()
    await house.reply(first, "迟到的回复")
    assert await house.hear("2") == "迟到的回复"
    assert await house.hear("3") == WORDS.placeholder
    assert await house.hear("1") == WORDS.placeholder


async def test_an_older_reply_comes_before_the_newer_one(house: House) -> None:
    assert await house.hear("1") == WORDS.placeholder
    await house.reply(await house.inbox_id(), "第一")
    hearing = asyncio.create_task(house.hear("2"))
    await house.reply(await house.inbox_id(), "第二")
    assert await hearing == "第一\n\n第二"


async def test_a_repeat_is_answered_like_the_first(house: House) -> None:
    hearing = asyncio.create_task(house.hear("1"))
    await house.reply(await house.inbox_id(), "回复")
    assert await hearing == "回复"
    assert await house.hear("1") == "回复"
    house.clock.advance(seconds=290)
    assert await house.hear("1") == "回复"
    assert await house.states() == [SendOutcome.SENT]


async def test_repeats_at_the_same_time_are_answered_alike(house: House) -> None:
    hearing = [asyncio.create_task(house.hear("1")) for _ in range(5)]
    await house.reply(await house.inbox_id(), "回复")
    assert await asyncio.gather(*hearing) == ["回复"] * 5
    assert await house.hear("2") == WORDS.placeholder


async def test_a_repeat_after_a_lost_memory_still_finds_the_reply(house: House) -> None:
    hearing = asyncio.create_task(house.hear("1"))
    inbox_id = await house.inbox_id()
    await house.reply(inbox_id, "回复")
    assert await hearing == "回复"
    await house.live.drop(f"wechat:answer:{inbox_id}")
    assert await house.hear("1") == "回复"


async def test_a_reply_given_with_a_later_message_is_not_said_again_to_a_repeat(
    house: House,
) -> None:
    xml = text_xml(HERE.user, "一", message_id="1", clock=house.clock)
    await house.keep(InboundMessage(address=HERE, key="1", text="一", sent_at=house.clock.now()))
    await house.reply(await house.inbox_id(), "回复")
    assert await house.hear("2") == "回复"
    assert (await house.platform.deliver(xml)).body == "success"


async def test_rows_that_do_not_fit_wait_for_the_next_message(house: House) -> None:
    assert await house.hear("1") == WORDS.placeholder
    await house.reply(await house.inbox_id(), "甲" * 400, "乙" * 400)
    said = await house.hear("2")
    assert said == "甲" * 400 + "\n\n（未完）"
    assert await house.states() == [SendOutcome.SENT, SendOutcome.WAITING]
    assert await house.hear("3") == "乙" * 400
    assert await house.states() == [SendOutcome.SENT, SendOutcome.SENT]


async def test_a_row_larger_than_a_message_comes_in_pieces(house: House) -> None:
    assert await house.hear("1") == WORDS.placeholder
    text = "话" * 1500
    await house.reply(await house.inbox_id(), text)
    said = [await house.hear(str(number)) or "" for number in range(2, 5)]
    assert all(len(part.encode()) <= 2048 for part in said)
    assert "".join(part.removesuffix("\n\n（未完）") for part in said) == text
    assert [part.endswith("（未完）") for part in said] == [True, True, False]
    assert await house.hear("2") == said[0]
    assert await house.hear("5") == WORDS.placeholder
    assert await house.states() == [SendOutcome.SENT]


async def test_a_message_nobody_answers_gets_the_empty_success(house: House) -> None:
    hearing = asyncio.create_task(house.hear("1"))
    await house.reply(await house.inbox_id())
    assert await hearing is None


async def test_somebody_who_leaves_is_not_answered(house: House) -> None:
    began = time.monotonic()
    left = event_xml(HERE.user, "unsubscribe", clock=house.clock)
    assert (await house.platform.deliver(left)).body == "success"
    assert time.monotonic() - began < WAIT_S


class BrokenAfterCommit:
    """A store that went away right after the message was kept."""

    async def write(self, work: Callable[[UnitOfWork], object]) -> object:
        raise StorageUnavailable

    async def read(self, work: Callable[[UnitOfWork], object]) -> object:
        raise StorageUnavailable

    async def ping(self) -> None:
        raise StorageUnavailable

    async def close(self) -> None: ...


async def test_trouble_after_the_commit_gives_the_placeholder() -> None:
    clock = ManualClock()
    passive = PassiveAnswers(
        transactions=BrokenAfterCommit(),  # type: ignore[arg-type]  # never returns
        live=live_state(clock),
        clock=clock,
        word=word,
        words=WORDS,
        limits=WeChatLimits(),
    )
    kept = Kept(inbox_id=1, conversation_id=1, is_new=True)
    assert await passive.answer(kept, arrived=0.0) == WORDS.placeholder
