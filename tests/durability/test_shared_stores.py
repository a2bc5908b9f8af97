"""What several processes do to the same database and the same Redis at the same moment."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.ports.delivery import OutboxRow
from core.ports.storage import Transactions, UnitOfWork
from core.storage.live_state import RedisLiveState
from core.storage.unit_of_work import open_transactions
from ops.migrations import migrate
from tests.durability.databases import flush, fresh_database

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HERE = ChannelAddress(ChannelKind.WECHAT, "main", "o-1")
WAIT_S = 10.0
ACCOUNTS = [(ChannelKind.WECHAT, "main")]
PEOPLE, ROUNDS = 10, 8


@pytest.fixture
async def shared(mysql_url: str) -> AsyncIterator[Transactions]:
    """An empty MariaDB with our tables."""
    url = fresh_database(mysql_url, "shared")
    migrate(url)
    transactions = open_transactions(url)
    yield transactions
    await transactions.close()


@pytest.mark.service
async def test_rows_that_come_while_others_claim_are_claimed_once_and_in_order(
    shared: Transactions,
) -> None:
    """A row was handed out several times in one claim while new ones came (see test_kill.py)."""
    people = [replace(HERE, user=f"o-{number}") for number in range(PEOPLE)]
    writing = asyncio.gather(*(_write(shared, person) for person in people))
    claimed: list[OutboxRow] = []
    while not writing.done():
        await asyncio.gather(*(_claim_and_settle(shared, who, claimed) for who in "ABC"))
    while await _claim_and_settle(shared, "A", claimed):
        pass
    by_talk: dict[int, list[int]] = {}
    for row in claimed:
        by_talk.setdefault(row.conversation_id, []).append(row.id)
    for ids in by_talk.values():
        assert ids == sorted(set(ids))
        assert len(ids) == ROUNDS * 5
    assert len(by_talk) == PEOPLE


async def _write(shared: Transactions, address: ChannelAddress) -> None:
    """Replies of five messages, and an inbound message after each."""
    replies = [OutboundMessage(address=address, code=NoticeCode.HELP)] * 5
    for _ in range(ROUNDS):
        await shared.write(lambda unit: unit.outbox.add(replies, now=NOW))
        await shared.write(
            lambda unit: unit.outbox.reopen_deferred(unit.conversations.at(address).id)
        )


async def _claim_and_settle(shared: Transactions, owner: str, claimed: list[OutboxRow]) -> bool:
    def claim(unit: UnitOfWork) -> list[OutboxRow]:
        lasts = timedelta(seconds=10)
        return list(unit.outbox.claim(ACCOUNTS, owner=owner, now=NOW, ttl=lasts, limit=10))

    rows = await shared.write(claim)
    claimed += rows
    ids = [row.id for row in rows]
    await shared.write(lambda unit: unit.outbox.settle(ids, SendOutcome.SENT, now=NOW))
    return bool(rows)


@pytest.mark.service
async def test_several_who_begin_to_listen_at_once_share_one_connection(redis_url: str) -> None:
    """Each of them began to read from it, and all but one broke down."""
    flush(redis_url)
    live = RedisLiveState(redis_url)
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    async with AsyncExitStack() as stack:
        bells = await asyncio.gather(
            *(stack.enter_async_context(live.subscribe(topic)) for topic in ("a", "b", "c"))
        )
        for topic in ("a", "b", "c"):
            await live.publish(topic)
        assert await asyncio.gather(*(bell.wait(WAIT_S) for bell in bells)) == [True] * 3
    await live.close()
    gc.collect()
    assert faults == []
