"""Sending inside the platform's windows: five, then no sixth call."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.wechat.account import Delivery
from bots.wechat.api import WeChatApi
from bots.wechat.channel import WeChatChannel, units_of
from bots.wechat.tokens import TokenStore
from core.domain.messages import ChannelAddress, ChannelKind
from core.errors import SendDeferred, SendError, SendRefused, SendRetry, SendUnknown
from core.ports.channel import Push, Voice
from core.ports.live_state import LiveState
from core.ports.storage import Transactions
from tests.fakes.wechat_platform import ApiFault, FakeWeChat, ManualClock, Mode
from tests.unit.wechat.samples import APP_ID, SECRET, account_for
from tests.unit.wechat.stores import live_state, transactions_for

HERE = ChannelAddress(ChannelKind.WECHAT, "main", "openid-1")


class Bench:
    """A channel, the platform it sends to, and the ledger between them."""

    def __init__(self, platform: FakeWeChat, clock: ManualClock) -> None:
        self.platform = platform
        self.clock = clock
        self.live: LiveState = live_state(clock)
        self.transactions: Transactions = transactions_for(clock)
        self.api = WeChatApi(platform.url, connect_s=1, total_s=0.5)
        self.channel = self.open_channel(self.api)

    def open_channel(self, api: WeChatApi) -> WeChatChannel:
        account = account_for(Mode.PLAIN)
        return WeChatChannel(
            account,
            api=api,
            tokens=TokenStore(account, api=self.api, live=self.live),
            transactions=self.transactions,
            live=self.live,
            clock=self.clock,
        )

    async def person_wrote(self) -> None:
        self.platform.person_wrote(HERE.user)
        await self.transactions.write(
            lambda unit: unit.ledger.open(
                HERE, now=self.clock.now(), sends=5, lasts=timedelta(hours=48)
            )
        )

    async def left(self) -> int:
        return await self.transactions.read(
            lambda unit: unit.ledger.left(HERE, now=self.clock.now())
        )

    async def send(self, *texts: str) -> None:
        await self.channel.send(HERE, texts, [])

    async def fails(self, *texts: str) -> SendError:
        with pytest.raises(SendError) as caught:
            await self.send(*texts)
        return caught.value

    @property
    def read(self) -> list[str]:
        """What the person has read."""
        return [sent.text for sent in self.platform.sent]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock = ManualClock()
    async with FakeWeChat(app_id=APP_ID, secret=SECRET, clock=clock) as platform:
        bench = Bench(platform, clock)
        yield bench
        await bench.api.close()


async def test_a_text_arrives_as_written(bench: Bench) -> None:
    await bench.person_wrote()
    await bench.send("您好，账单已经发到您的邮箱了。")
    assert bench.read == ["您好，账单已经发到您的邮箱了。"]
    assert "账单".encode() in bench.platform.raw_bodies[0]


async def test_five_sends_and_then_no_sixth_call(bench: Bench) -> None:
    await bench.person_wrote()
    for number in range(5):
        await bench.send(f"第{number}句")
    error = await bench.fails("第6句")
    assert isinstance(error, SendDeferred)
    assert bench.platform.send_calls == 5
    await bench.person_wrote()
    await bench.send("第6句")
    assert bench.read[-1] == "第6句"


async def test_without_a_window_nothing_is_called(bench: Bench) -> None:
    assert isinstance(await bench.fails("推送"), SendDeferred)
    assert bench.platform.send_calls == 0


async def test_texts_are_sent_apart_while_there_are_enough_sends(bench: Bench) -> None:
    await bench.person_wrote()
    await bench.send("一", "二", "三")
    assert bench.read == ["一", "二", "三"]


async def test_texts_are_merged_when_sends_are_scarce(bench: Bench) -> None:
    await bench.person_wrote()
    await bench.send("一", "二", "三", "四")
    assert bench.read == ["一\n\n二\n\n三\n\n四"]
    assert await bench.left() == 4


async def test_a_long_text_is_cut_on_character_borders(bench: Bench) -> None:
    await bench.person_wrote()
    await bench.send("话" * 1500)
    assert [len(text) for text in bench.read] == [682, 682, 136]


def test_more_than_a_window_can_hold_is_cut_off_and_marked() -> None:
    units = units_of(["话" * 5000], merged=False, cap=5, limit=2048)
    assert [len(unit.encode()) for unit in units] == [2046, 2046, 2046, 2046, 2046]
    assert units[-1].endswith("话…")


def test_an_empty_text_is_no_message() -> None:
    assert units_of(["", " "], merged=True, cap=5, limit=2048) == []


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (-1, SendRetry, "errcode -1"),
        (45011, SendRetry, "errcode 45011"),
        (45009, SendRetry, "errcode 45009"),
        (45015, SendDeferred, "errcode 45015"),
        (45047, SendDeferred, "errcode 45047"),
        (40003, SendRefused, "errcode 40003"),
        (43004, SendRefused, "errcode 43004"),
        (48001, SendRefused, "errcode 48001"),
        (48002, SendRefused, "errcode 48002"),
        (48004, SendRefused, "errcode 48004"),
        (99999, SendRefused, "errcode 99999"),
        (ApiFault.CUT, SendUnknown, "no answer"),
        (ApiFault.STALL, SendUnknown, "no answer"),
        (ApiFault.GARBAGE, SendUnknown, "unreadable answer"),
        (ApiFault.BAD_GATEWAY, SendUnknown, "http 502"),
        (ApiFault.UNAVAILABLE, SendRetry, "http 503"),
    ],
)
async def test_each_fault_of_the_platform_has_its_outcome(
    bench: Bench, code: ApiFault | int, kind: type[SendError], reason: str
) -> None:
    await bench.person_wrote()
    bench.platform.plan_sends(code)
    error = await bench.fails("x")
    assert (type(error), error.reason) == (kind, reason)


async def test_no_connection_is_tried_again_later(bench: Bench) -> None:
    await bench.person_wrote()
    away = WeChatApi("http://127.0.0.1:9", connect_s=1)
    with pytest.raises(SendRetry):
        await bench.open_channel(away).send(HERE, ["x"], [])
    await away.close()


async def test_what_the_platform_did_not_count_is_not_paid_twice(bench: Bench) -> None:
    await bench.person_wrote()
    for _ in range(10):
        bench.platform.plan_sends(-1)
        assert isinstance(await bench.fails("x"), SendRetry)
    await bench.send("x")
    assert bench.read == ["x"]
    assert await bench.left() == 4


async def test_when_the_platform_closes_the_window_the_ledger_believes_it(bench: Bench) -> None:
    await bench.person_wrote()
    bench.platform.plan_sends(45047)
    await bench.fails("x")
    assert await bench.left() == 0
    await bench.fails("x")
    assert bench.platform.send_calls == 1


@pytest.mark.parametrize("fault", [-1, 45011, ApiFault.CUT, ApiFault.UNAVAILABLE])
async def test_a_batch_that_broke_off_goes_on_where_it_stood(
    bench: Bench, fault: ApiFault | int
) -> None:
    await bench.person_wrote()
    bench.platform.plan_sends(0, fault)
    await bench.fails("一", "二", "三")
    await bench.send("一", "二", "三", "四")
    assert bench.read == ["一", "二", "三", "四"]
    await bench.person_wrote()
    await bench.send("一", "二", "三")
    assert bench.read[4:] == ["一", "二", "三"]


async def test_another_batch_after_one_that_broke_off_is_sent_whole(bench: Bench) -> None:
    await bench.person_wrote()
    bench.platform.plan_sends(0, 43004)
    await bench.fails("一", "二")
    await bench.person_wrote()
    await bench.send("一", "三")
    assert bench.read == ["一", "一", "三"]


async def test_what_did_not_fit_into_the_window_follows_in_the_next(bench: Bench) -> None:
    await bench.person_wrote()
    for number in range(4):
        await bench.send(str(number))
    long = "话" * 1000
    assert isinstance(await bench.fails(long), SendDeferred)
    await bench.person_wrote()
    await bench.send(long)
    assert "".join(bench.read[4:]) == long


async def test_a_voided_token_loses_nothing_and_costs_two_calls(bench: Bench) -> None:
    for number in range(50):
        address = replace(HERE, user=f"openid-{number}")
        bench.platform.person_wrote(address.user)
        await bench.transactions.write(
            lambda unit, address=address: unit.ledger.open(  # type: ignore[misc]
                address, now=bench.clock.now(), sends=5, lasts=timedelta(hours=48)
            )
        )

    async def to_all(text: str) -> None:
        await asyncio.gather(
            *(
                bench.channel.send(replace(HERE, user=f"openid-{number}"), [text], [])
                for number in range(50)
            )
        )

    await to_all("前")
    bench.platform.void_token()
    await to_all("后")
    assert sorted(bench.read) == ["前"] * 50 + ["后"] * 50
    assert bench.platform.token_calls == 2


async def test_a_token_that_is_never_taken_is_renewed_once_and_not_in_a_loop(
    bench: Bench,
) -> None:
    """wechatpy's client asked for 487 tokens here before it ran out of stack."""
    await bench.person_wrote()
    bench.platform.plan_sends(*[40001] * 500)
    for _ in range(5):
        assert isinstance(await bench.fails("x"), SendRetry)
    assert bench.platform.token_calls == 2
    assert bench.platform.send_calls <= 10


async def test_a_server_that_never_answers_is_given_up(bench: Bench) -> None:
    """wechatpy's client waits for ever when no timeout is given."""
    await bench.person_wrote()
    bench.platform.plan_sends(ApiFault.STALL)
    async with asyncio.timeout(3):
        assert isinstance(await bench.fails("x"), SendUnknown)


async def test_in_passive_delivery_the_door_hands_the_rows_out(bench: Bench) -> None:
    account = replace(account_for(Mode.PLAIN), delivery=Delivery.PASSIVE)
    channel = WeChatChannel(
        account,
        api=bench.api,
        tokens=TokenStore(account, api=bench.api, live=bench.live),
        transactions=bench.transactions,
        live=bench.live,
        clock=bench.clock,
    )
    assert (channel.capabilities.pulls, bench.channel.capabilities.pulls) == (True, False)
    assert channel.capabilities.reply_within == timedelta(seconds=5)
    assert bench.channel.capabilities.reply_within == timedelta(hours=48)
    for able in (channel.capabilities, bench.channel.capabilities):
        assert (able.max_bytes, able.push, able.voice) == (2048, Push.WINDOWED, Voice.RECORDED)
    with pytest.raises(SendDeferred):
        await channel.send(HERE, ["x"], [])


async def test_no_words_and_no_token_are_logged_or_raised(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await bench.person_wrote()
    await bench.send("保密的话")
    told = ""
    for fault in (-1, 43004, ApiFault.CUT, ApiFault.GARBAGE):
        bench.platform.plan_sends(fault)
        error = await bench.fails("保密的话")
        told += repr(error) + str(error.__cause__)
    told += caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "保密" not in told
    assert "ACCESS-" not in told
