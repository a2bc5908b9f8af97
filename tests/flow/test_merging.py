"""A trainee may answer in several messages; they are heard out and worked as one line."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bots.merging import MOST, MOST_GAPS, Merging
from bots.worker import Worker
from core.domain.dialogue import Speaker, Turn
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.ports.storage import UnitOfWork
from tests.durability.databases import fresh_database
from tests.flow.phone import HandClock, Phone, Rig, codes, open_rig

GAP_S = 0.15
PARTS = ("您好，我是客服小李", "很抱歉影响您了", "请问您的手机尾号是多少？")


class RunningClock(HandClock):
    """Runs with the machine's own, from noon on, and can be moved ahead besides."""

    def __init__(self) -> None:
        super().__init__()
        self._since = time.monotonic()

    def now(self) -> datetime:
        return self.time + timedelta(seconds=time.monotonic() - self._since)


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.service)])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    stores = {}
    if request.param == "mariadb":
        server = request.getfixturevalue("mysql_url")
        stores = {"database_url": fresh_database(server, "merging")}
    async with open_rig(
        tmp_path, clock=RunningClock(), merge_s=GAP_S, typing_delays=False, **stores
    ) as opened:
        yield opened


@asynccontextmanager
async def at_work(rig: Rig) -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(rig.house.worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await working


async def keep(phone: Phone, *texts: str) -> list[int]:
    """The ids of the inbox rows of these messages, kept one right after the other."""
    return [(await phone.house.intake.keep(phone.message(text))).inbox_id for text in texts]


async def closed(phone: Phone, ids: Sequence[int]) -> list[bool]:
    return [
        await phone.house.transactions.read(lambda unit, one=one: unit.inbox.is_closed(one))  # type: ignore[misc]
        for one in ids
    ]


async def worked(phone: Phone, ids: Sequence[int]) -> None:
    async with asyncio.timeout(20):
        while not all(await closed(phone, ids)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def turns(phone: Phone) -> list[Turn]:
    def read(unit: UnitOfWork) -> list[Turn]:
        name = unit.conversations.at(phone.address).dialogue_id
        return list(unit.dialogues.turns(name)) if name else []

    return await phone.house.transactions.write(read)


async def mine(phone: Phone) -> list[str]:
    return [turn.text for turn in await turns(phone) if turn.speaker is Speaker.TRAINEE]


async def begun(rig: Rig) -> Phone:
    phone = rig.phone()
    ids = await keep(phone, "练习 1 seed=7 emotion=calm")
    await worked(phone, ids)
    await phone.read()
    return phone


def replies(messages: list[OutboundMessage]) -> int:
    return codes(messages).count(NoticeCode.CUSTOMER_LINE)


async def test_quick_messages_are_one_line_with_one_answer_and_each_row_is_closed(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        ids = await keep(phone, *PARTS)
        await worked(phone, ids)
        assert await mine(phone) == ["\n".join(PARTS)]
        answer = [turn for turn in await turns(phone) if turn.seq > 1]
        (line,) = [turn for turn in answer if turn.speaker is Speaker.TRAINEE]
        assert line.inbox_id == ids[0]
        assert line.reading is not None
        assert "phone_tail" in line.reading.asked
        told = await phone.read()
        assert 1 <= replies(told) <= 4
        assert {message.inbox_id for message in told} == {ids[-1]}


async def test_a_message_after_the_gap_is_a_line_of_its_own(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        await worked(phone, await keep(phone, PARTS[0]))
        await worked(phone, await keep(phone, PARTS[2]))
        assert await mine(phone) == [PARTS[0], PARTS[2]]


async def test_a_message_that_comes_in_the_gap_is_waited_for(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        first = await keep(phone, PARTS[0])
        await asyncio.sleep(GAP_S / 3)
        assert await closed(phone, first) == [False]
        rest = await keep(phone, PARTS[2])
        await worked(phone, first + rest)
        assert await mine(phone) == [f"{PARTS[0]}\n{PARTS[2]}"]


async def test_a_command_in_between_ends_the_line_at_once_and_is_obeyed(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        ids = await keep(phone, PARTS[0], PARTS[1], "提示", PARTS[2])
        await worked(phone, ids)
        assert await mine(phone) == [f"{PARTS[0]}\n{PARTS[1]}", PARTS[2]]
        assert NoticeCode.HINT in codes(await phone.read())


async def test_commands_wait_for_nobody(tmp_path: Path) -> None:
    """With a gap of ten seconds only talk would have to wait."""
    async with open_rig(tmp_path, clock=RunningClock(), merge_s=10) as rig, at_work(rig):
        phone = rig.phone()
        async with asyncio.timeout(8):
            await worked(phone, await keep(phone, "帮助", "练习 1 seed=7", "提示", "资料"))


async def test_a_crash_in_the_gap_loses_nothing(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
    dying = asyncio.create_task(rig.house.worker.run(asyncio.Event()))
    ids = await keep(phone, *PARTS[:2])
    await asyncio.sleep(GAP_S / 3)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await closed(phone, ids) == [False, False]
    rig.clock.advance(seconds=11)
    async with at_work(rig):
        await worked(phone, ids)
        assert await mine(phone) == [f"{PARTS[0]}\n{PARTS[1]}"]


async def test_the_same_message_delivered_twice_stands_in_the_line_once(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        message = phone.message(PARTS[0])
        first = await rig.house.intake.keep(message)
        again = await rig.house.intake.keep(message)
        assert (again.inbox_id, again.is_new) == (first.inbox_id, False)
        await worked(phone, [first.inbox_id])
        assert await mine(phone) == [PARTS[0]]


async def test_somebody_who_never_stops_is_answered_all_the_same(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        ids: list[int] = []
        for number in range(3 * MOST):
            ids.extend(await keep(phone, f"第{number}点我也想说一下"))
        await worked(phone, ids)
        said = await mine(phone)
        assert (
            "\n".join(said).split("\n")
            == [f"第{n}点我也想说一下" for n in range(3 * MOST)][: len("\n".join(said).split("\n"))]
        )
        assert len(said) >= 3 or (await turns(phone))[-1].speaker is Speaker.CUSTOMER
        assert all(len(line.split("\n")) <= MOST for line in said)


async def test_a_line_never_grows_beyond_what_one_line_may_hold(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        await worked(phone, await keep(phone, "好" * 1500, "的" * 1500))
        assert NoticeCode.TROUBLE not in codes(await phone.read())
        assert (await mine(phone))[0] == "好" * 1500


async def test_a_replay_goes_back_to_the_line_that_was_written_in_pieces(rig: Rig) -> None:
    async with at_work(rig):
        phone = await begun(rig)
        await worked(phone, await keep(phone, *PARTS))
        spoken = [turn for turn in await turns(phone) if turn.speaker is Speaker.TRAINEE]
        await worked(phone, await keep(phone, "结束"))
        await worked(phone, await keep(phone, f"重来 {spoken[0].seq}"))
        await worked(phone, await keep(phone, *PARTS[1:]))
        assert await mine(phone) == [f"{PARTS[1]}\n{PARTS[2]}"]


@pytest.mark.parametrize(
    ("channel", "account", "gap_s"),
    [
        (ChannelKind.WECHAT, "active", 2.0),
        (ChannelKind.WEB, "main", 2.0),
        (ChannelKind.WECHAT, "passive", 0.0),
        (ChannelKind.CONSOLE, "zh", 0.0),
    ],
)
def test_nobody_waits_where_the_answer_goes_out_with_the_request(
    channel: ChannelKind, account: str, gap_s: float
) -> None:
    merging = Merging(
        gap=timedelta(seconds=2), instant=frozenset({(ChannelKind.WECHAT, "passive")})
    )
    assert merging.gap_of(ChannelAddress(channel, account, "o")).total_seconds() == gap_s


async def test_settings_decide_and_passive_accounts_are_left_out(tmp_path: Path) -> None:
    wechat = {"wechat_app_id": "a", "wechat_app_secret": "s", "wechat_token": "t"}
    passive = {**wechat, "wechat_delivery": "passive"}
    here = ChannelAddress(ChannelKind.WECHAT, "main", "o")

    async def gap(name: str, **settings: object) -> float:
        async with open_rig(tmp_path / name, clock=HandClock(), **settings) as rig:
            worker: Worker = rig.house.worker
            return worker.merging.gap_of(here).total_seconds()

    assert await gap("usual", **wechat) == 2.0
    assert await gap("passive", **passive) == 0.0
    assert await gap("off", **wechat, merge_s=0) == 0.0
    assert MOST_GAPS == 3
