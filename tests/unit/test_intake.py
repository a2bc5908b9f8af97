"""Kept once, announced once, and what it opens for the answers."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bots.intake import INBOX_TOPIC, Intake, WindowRule
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundKind,
    InboundMessage,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.ports.storage import UnitOfWork
from core.storage.live_state import LocalLiveState
from core.storage.memory.transactions import MemoryTransactions
from core.storage.unit_of_work import open_transactions
from ops.migrations import migrate
from tests.fakes.wechat_platform import ManualClock

ANN = ChannelAddress(ChannelKind.WECHAT, "main", "o-ann")
RULES = {
    InboundKind.TEXT: WindowRule(sends=5, lasts=timedelta(hours=48)),
    InboundKind.MENU: WindowRule(sends=3, lasts=timedelta(minutes=1)),
}


@pytest.fixture
def intake() -> Intake:
    windows = {(ChannelKind.WECHAT, "main"): RULES}
    return Intake(MemoryTransactions(), LocalLiveState(), ManualClock(), windows)


def message(intake: Intake, key: str, kind: InboundKind = InboundKind.TEXT) -> InboundMessage:
    return InboundMessage(address=ANN, key=key, text="您好", sent_at=intake.clock.now(), kind=kind)


async def left(intake: Intake) -> int:
    now = intake.clock.now()
    return await intake.transactions.read(lambda unit: unit.ledger.left(ANN, now=now))


async def test_a_repeat_finds_the_row_that_was_kept(intake: Intake) -> None:
    first = await intake.keep(message(intake, "1"))
    again = await intake.keep(message(intake, "1"))
    assert first.is_new
    assert again == replace(first, is_new=False)


async def test_what_a_platform_waits_for_is_kept_before_work_that_waits(tmp_path: Path) -> None:
    migrate(data_dir=tmp_path)
    transactions = open_transactions("", data_dir=tmp_path)
    intake = Intake(transactions, LocalLiveState(), transactions.clock, {})
    turns = threading.Semaphore(0)

    def work(unit: UnitOfWork) -> None:
        turns.acquire(timeout=20)

    busy = [asyncio.create_task(transactions.write(work)) for _ in range(3)]
    await asyncio.sleep(0.05)
    kept = asyncio.create_task(intake.keep(message(intake, "1")))
    await asyncio.sleep(0.2)
    turns.release()
    async with asyncio.timeout(10):
        await kept
    assert sum(one.done() for one in busy) == 1
    turns.release(2)
    await asyncio.gather(*busy)
    await transactions.close()


async def test_only_what_is_new_wakes_the_workers(intake: Intake) -> None:
    async with intake.live.subscribe(INBOX_TOPIC) as bell:
        await intake.keep(message(intake, "1"))
        assert await bell.wait(1)
        await intake.keep(message(intake, "1"))
        assert not await bell.wait(0)


async def test_a_message_opens_a_window_and_its_repeat_does_not(intake: Intake) -> None:
    await intake.keep(message(intake, "1"))
    assert await left(intake) == 5
    now = intake.clock.now()
    await intake.transactions.write(lambda unit: unit.ledger.spend(ANN, now=now, sends=4))
    await intake.keep(message(intake, "1"))
    assert await left(intake) == 1
    await intake.keep(message(intake, "2"))
    assert await left(intake) == 5


async def test_a_menu_click_opens_fewer_and_leaving_opens_none(intake: Intake) -> None:
    await intake.keep(message(intake, "1", InboundKind.UNFOLLOW))
    assert await left(intake) == 0
    await intake.keep(message(intake, "2", InboundKind.MENU))
    assert await left(intake) == 3


async def test_what_was_put_off_waits_again_when_the_person_writes(intake: Intake) -> None:
    now = intake.clock.now()

    def put_off(unit: UnitOfWork) -> None:
        ids = unit.outbox.add([OutboundMessage(address=ANN, code=NoticeCode.HELP)], now=now)
        unit.outbox.settle(ids, SendOutcome.DEFERRED, now=now)

    await intake.transactions.write(put_off)
    kept = await intake.keep(message(intake, "1"))
    rows = await intake.transactions.read(
        lambda unit: unit.outbox.feed(kept.conversation_id, after=0, limit=10)
    )
    assert [row.state for row in rows] == [SendOutcome.WAITING]
