"""Who works a conversation: one worker, until it is done or known to be gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bots.worker import LEASE, MAX_ATTEMPTS
from core.domain.messages import NoticeCode
from core.ports.customer_engine import Cue, Spoken
from core.ports.storage import UnitOfWork
from tests.durability.houses import Street, WatchedEngine, open_street, stores_for, with_engine
from tests.fakes.wechat_platform import ManualClock

PERSON = "o-1"
KINDS = ["sqlite", pytest.param("mariadb", marks=pytest.mark.service)]


@pytest.fixture(params=KINDS)
async def street(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Street]:
    """Two houses on the same stores; one practice is running."""
    urls = {
        name: request.getfixturevalue(f"{name}_url") if request.param == "mariadb" else ""
        for name in ("mysql", "redis")
    }
    stores = stores_for(request.param, urls, name="leases")
    async with open_street(tmp_path, stores, clock=ManualClock(), houses=2) as street:
        await street.type(PERSON, "练习 1 seed=7", key="1")
        await street.houses[0].worker.drain()
        yield street


def clock_of(street: Street) -> ManualClock:
    assert isinstance(street.clock, ManualClock)
    return street.clock


async def test_a_worker_that_was_taken_over_leaves_no_trace(street: Street) -> None:
    slow = WatchedEngine()
    slow.go_on.clear()
    first, second = with_engine(street.houses[0], slow), street.houses[1]
    await street.type(PERSON, "您好，我是客服小李", key="2")
    working = asyncio.create_task(first.worker.work(1))
    await slow.asked.wait()
    assert await second.worker.drain() == 0, "the conversation is leased"
    clock_of(street).advance(seconds=LEASE.total_seconds())
    assert await second.worker.drain() == 1
    written = await street.outbox(PERSON)
    slow.go_on.set()
    await working
    assert await street.outbox(PERSON) == written
    assert await street.lines(PERSON) == ["您好，我是客服小李"]
    assert await first.worker.drain() == 0


async def test_a_slow_turn_keeps_its_lease_as_long_as_its_worker_lives(street: Street) -> None:
    slow = WatchedEngine()
    slow.go_on.clear()
    house = with_engine(street.houses[0], slow)
    worker, stop = replace(house.worker, beat_s=0.01), asyncio.Event()
    await street.type(PERSON, "您好，我是客服小李", key="2")
    working = asyncio.create_task(worker.run(stop))
    await slow.asked.wait()
    for _ in range(4):
        clock_of(street).advance(seconds=LEASE.total_seconds() * 0.8)
        await asyncio.sleep(0.1)
    assert await street.houses[1].worker.drain() == 0
    slow.go_on.set()
    stop.set()
    await working
    assert await street.lines(PERSON) == ["您好，我是客服小李"]


async def test_a_message_that_nobody_could_finish_is_closed_with_an_apology(street: Street) -> None:
    await street.type(PERSON, "您好，我是客服小李", key="2")
    before = await street.outbox(PERSON)

    def begin_and_die(unit: UnitOfWork) -> None:
        lease = unit.conversations.lease(1, owner="dead", now=street.clock.now(), ttl=LEASE)
        assert lease is not None
        assert unit.inbox.open_rows(1, limit=1)

    for _ in range(MAX_ATTEMPTS):
        await street.houses[0].transactions.write(begin_and_die)
        clock_of(street).advance(seconds=LEASE.total_seconds())
    assert await street.houses[1].worker.drain() == 1
    (apology,) = (await street.outbox(PERSON))[len(before) :]
    assert apology.message.code is NoticeCode.TROUBLE
    assert await street.lines(PERSON) == []


class BrokenEngine(WatchedEngine):
    """A customer that fails in a way nobody thought of."""

    async def speak(self, cue: Cue) -> Spoken:
        raise RuntimeError("未曾想到")


async def test_an_unexpected_fault_is_told_once_and_the_next_message_is_worked(
    street: Street,
) -> None:
    before = await street.outbox(PERSON)
    await street.type(PERSON, "您好，我是客服小李", key="2")
    await with_engine(street.houses[0], BrokenEngine()).worker.drain()
    (apology,) = (await street.outbox(PERSON))[len(before) :]
    assert apology.message.code is NoticeCode.TROUBLE
    await street.type(PERSON, "我来帮您处理", key="3")
    await street.houses[0].worker.drain()
    assert await street.lines(PERSON) == ["我来帮您处理"]


async def test_a_dialogue_that_can_no_longer_be_read_does_not_block_its_conversation(
    street: Street,
) -> None:
    """It was read in the transaction that takes the lease: the worker began again and again."""

    def spoil(unit: UnitOfWork) -> None:
        unit.conversations.set_dialogue(1, "gone")

    await street.houses[0].transactions.write(spoil)
    await street.type(PERSON, "您好", key="2")
    await street.type(PERSON, "练习 1 seed=8", key="3")
    await street.houses[0].worker.drain()
    await street.type(PERSON, "您好，我是客服小李", key="4")
    await street.houses[0].worker.drain()
    assert await street.lines(PERSON) == ["您好，我是客服小李"]
