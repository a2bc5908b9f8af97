"""What a transaction promises, in every store: all or nothing, and a house error otherwise."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from core.domain.people import Person, Role
from core.errors import SettingsError, StorageError, StorageUnavailable
from core.ports.storage import Transactions, UnitOfWork
from core.storage.clock import DatabaseClock
from core.storage.engines import database_url, make_engine
from core.storage.unit_of_work import open_transactions
from tests.contract.stores import MINUTE, NOON, SECOND, Store, inbound, outbound, wechat

ANN = Person("p-ann", "安", Role.TRAINEE, "一组")


class Slip(Exception):
    """A use case that goes wrong half-way."""


def everything(unit: UnitOfWork) -> None:
    """One write of each kind, and then an error."""
    kept = unit.inbox.keep(inbound("你好"), now=NOON)
    unit.conversations.set_dialogue(kept.conversation_id, "d-1")
    unit.people.add(ANN)
    unit.outbox.add([outbound("好")], now=NOON)
    unit.ledger.open(wechat("ann"), now=NOON, sends=5, lasts=MINUTE)
    unit.people.add(Person("p-ann", "改名", Role.TRAINEE, "一组"))
    raise Slip


def left_behind(unit: UnitOfWork) -> list[object]:
    return [
        list(unit.conversations.waiting(now=NOON, limit=9)),
        list(unit.people.everyone()),
        unit.ledger.left(wechat("ann"), now=NOON),
        unit.inbox.keep(inbound("你好"), now=NOON).is_new,
    ]


async def test_what_fails_leaves_nothing_behind_and_raises_its_own_error(store: Store) -> None:
    with pytest.raises(Slip):
        await store.do(everything)

    assert await store.do(left_behind) == [[], [], 0, True]


async def test_rows_that_were_changed_before_a_failure_are_as_they_were(store: Store) -> None:
    first = await store.do(lambda unit: unit.inbox.keep(inbound("早"), now=NOON))
    await store.do(lambda unit: unit.people.add(ANN))
    with pytest.raises(Slip):
        await store.do(everything)

    conversation = await store.do(lambda unit: unit.conversations.get(first.conversation_id))
    assert conversation.dialogue_id is None
    assert await store.do(lambda unit: unit.people.get("p-ann")) == ANN


async def test_a_read_keeps_nothing_and_gives_its_result(store: Store) -> None:
    assert await store.transactions.read(lambda unit: unit.people.everyone()) == []
    assert await store.transactions.read(lambda unit: 42) == 42


async def test_what_one_process_committed_another_reads_at_once(store: Store) -> None:
    other = store.another()
    for number in range(20):
        name = f"p-{number}"
        await store.do(lambda unit, n=name: unit.people.add(Person(n, n, Role.TRAINEE, "")))  # type: ignore[misc]
        found = await other.read(lambda unit, n=name: unit.people.get(n))  # type: ignore[misc]
        assert found.name == name


async def test_many_writes_at_once_in_one_process_are_all_kept(store: Store) -> None:
    messages = [inbound(f"m-{number}", user=f"u-{number % 9}") for number in range(120)]
    await asyncio.gather(
        *(
            store.do(lambda unit, message=message: unit.inbox.keep(message, now=NOON))  # type: ignore[misc]
            for message in messages
        )
    )

    waiting = await store.do(lambda unit: unit.conversations.waiting(now=NOON, limit=50))
    rows = [
        row
        for id_ in waiting
        for row in await store.do(lambda unit, id_=id_: unit.inbox.open_rows(id_, limit=99))  # type: ignore[misc]
    ]
    assert len(waiting) == 9
    assert len({row.message.text for row in rows}) == 120


async def test_a_write_whose_caller_gave_up_is_whole_or_absent(store: Store) -> None:
    def two(unit: UnitOfWork, number: int) -> None:
        unit.people.add(Person(f"a-{number}", "甲", Role.TRAINEE, ""))
        unit.people.add(Person(f"b-{number}", "乙", Role.TRAINEE, ""))

    tasks = [
        asyncio.create_task(store.do(lambda unit, n=number: two(unit, n)))  # type: ignore[misc]
        for number in range(30)
    ]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    names = [person.id for person in await store.do(lambda unit: unit.people.everyone())]
    assert [name[2:] for name in names if name[0] == "a"] == [
        name[2:] for name in names if name[0] == "b"
    ]


async def test_a_store_answers_a_ping(store: Store) -> None:
    await store.transactions.ping()


async def test_two_transactions_that_lock_in_opposite_order_both_succeed(store: Store) -> None:
    """MariaDB kills one of them; it is tried again."""
    ids = [
        await store.do(lambda unit, n=name: unit.conversations.at(wechat(n)).id)  # type: ignore[misc]
        for name in ("ann", "bob")
    ]
    both_hold_one = threading.Barrier(2)

    def work(unit: UnitOfWork, first: int, second: int) -> None:
        unit.conversations.set_dialogue(first, f"d-{first}")
        with suppress(threading.BrokenBarrierError):  # one at a time, or the second try
            both_hold_one.wait(0.3)
        unit.conversations.set_dialogue(second, f"d-{first}")

    other = store.another()
    await asyncio.gather(
        asyncio.to_thread(asyncio.run, _run_and_close(other, lambda unit: work(unit, *ids))),
        store.do(lambda unit: work(unit, ids[1], ids[0])),
    )

    found = [
        (await store.do(lambda unit, id_=id_: unit.conversations.get(id_))).dialogue_id  # type: ignore[misc]
        for id_ in ids
    ]
    assert found[0] == found[1]


async def _run_and_close(transactions: Transactions, work: Callable[[UnitOfWork], None]) -> None:
    await transactions.write(work)
    await transactions.close()


@asynccontextmanager
async def opened(url: str, *, clock: DatabaseClock | None = None) -> AsyncIterator[Transactions]:
    transactions = open_transactions(url, clock=clock)
    yield transactions
    await transactions.close()


async def test_a_file_that_another_process_writes_to_is_waited_for(sqlite_url: str) -> None:
    path = str(make_url(sqlite_url).database)
    async with opened(sqlite_url) as transactions:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(transactions.write(lambda unit: unit.people.add(ANN)))
        read = await transactions.read(lambda unit: unit.people.everyone())
        await asyncio.sleep(0.2)
        other.execute("COMMIT")
        other.close()
        await write

        assert read == []
        assert await transactions.read(lambda unit: unit.people.everyone()) == [ANN]


async def test_a_file_that_stays_locked_is_unavailable_and_works_again_afterwards(
    sqlite_url: str,
) -> None:
    other = sqlite3.connect(str(make_url(sqlite_url).database), isolation_level=None)
    async with opened(f"{sqlite_url}?timeout=0.05") as transactions:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await transactions.write(lambda unit: unit.people.add(ANN))
        other.execute("ROLLBACK")
        other.close()

        await transactions.write(lambda unit: unit.people.add(ANN))


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "peilian.db").mkdir()
    async with opened(f"sqlite:///{tmp_path}/peilian.db") as transactions:
        with pytest.raises(StorageUnavailable):
            await transactions.ping()
        with pytest.raises(StorageUnavailable):
            await transactions.write(lambda unit: unit.people.add(ANN))


async def test_a_file_without_tables_is_a_storage_error_without_stored_words(
    tmp_path: Path,
) -> None:
    async with opened(f"sqlite:///{tmp_path}/new.db") as transactions:
        with pytest.raises(StorageError) as failed:
            await transactions.write(lambda unit: unit.people.add(ANN))

    assert "安" not in str(failed.value)
    assert not isinstance(failed.value, StorageUnavailable)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:geheim@h/db", "mysql://u:geheim@h", "sqlite://", "no address geheim"],
)
def test_an_address_that_cannot_be_one_is_named_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_transactions(url)

    assert "PEILIAN_DATABASE_URL" in str(refused.value)
    assert "geheim" not in str(refused.value)


async def test_a_server_that_refuses_connections_is_unavailable() -> None:
    async with opened("mysql://u:geheim@127.0.0.1:1/peilian") as transactions:
        with pytest.raises(StorageUnavailable) as refused:
            await transactions.write(lambda unit: unit.people.add(ANN))
        with pytest.raises(StorageUnavailable):
            await transactions.ping()

    assert "geheim" not in str(refused.value)


async def test_a_server_that_answers_nothing_fails_the_ping_in_bounded_time() -> None:
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda reader, writer: held.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    transactions = open_transactions(f"mysql://u:p@127.0.0.1:{port}/peilian")
    with pytest.raises(StorageUnavailable):
        async with asyncio.timeout(9):
            await transactions.ping()
    for writer in held:
        writer.close()
    silent.close()
    await transactions.close()


@pytest.fixture
def server(mariadb_url: str) -> Iterator[Engine]:
    """A way to the server beside ours."""
    engine = make_engine(database_url(mariadb_url))
    yield engine
    engine.dispose()


def kill_connections(server: Engine) -> None:
    """Break every other connection to the test's database, as a restart of the server would."""
    name = server.url.database
    with server.connect() as connection:
        ids = connection.execute(
            text(
                "SELECT id FROM information_schema.processlist"
                " WHERE db = :name AND id <> CONNECTION_ID()"
            ),
            {"name": name},
        )
        for (id_,) in ids.all():
            connection.execute(text(f"KILL {int(id_)}"))


@pytest.mark.service
async def test_a_connection_that_broke_between_two_transactions_is_made_again(
    mariadb_url: str, server: Engine
) -> None:
    async with opened(mariadb_url) as transactions:
        await transactions.write(lambda unit: unit.people.add(ANN))
        kill_connections(server)

        assert await transactions.read(lambda unit: unit.people.everyone()) == [ANN]


@pytest.mark.service
async def test_a_connection_that_breaks_in_mid_transaction_leaves_one_whole_try(
    mariadb_url: str, server: Engine
) -> None:
    tries: list[int] = []

    def work(unit: UnitOfWork) -> None:
        unit.outbox.add([outbound("一")], now=NOON)
        tries.append(1)
        if len(tries) == 1:
            kill_connections(server)
        unit.outbox.add([outbound("二")], now=NOON)

    async with opened(mariadb_url) as transactions:
        await transactions.write(work)
        conversation = await transactions.read(lambda unit: unit.conversations.at(wechat("ann")))
        rows = await transactions.read(
            lambda unit: unit.outbox.feed(conversation.id, after=0, limit=9)
        )

    assert len(tries) == 2
    assert [row.message.facts["text"] for row in rows] == ["一", "二"]


@pytest.mark.service
async def test_a_row_that_stays_locked_is_unavailable_in_bounded_time(
    mariadb_url: str, server: Engine
) -> None:
    async with opened(mariadb_url) as transactions:
        id_ = await transactions.write(lambda unit: unit.conversations.at(wechat("ann")).id)
        with server.connect() as other:
            other.execute(text("SELECT id FROM conversations FOR UPDATE"))
            with pytest.raises(StorageUnavailable, match="1205"):
                await transactions.write(lambda unit: unit.conversations.set_dialogue(id_, "d-1"))


@pytest.mark.service
async def test_hosts_whose_clocks_differ_agree_on_the_database_time(mariadb_url: str) -> None:
    fast = DatabaseClock(wall=lambda: datetime.now(UTC) + timedelta(minutes=5))
    slow = DatabaseClock(wall=lambda: datetime.now(UTC) - timedelta(minutes=5))
    assert fast.now() - slow.now() > timedelta(minutes=9)
    async with opened(mariadb_url, clock=fast) as one, opened(mariadb_url, clock=slow) as two:
        id_ = await one.write(lambda unit: unit.conversations.at(wechat("ann")).id)
        await two.ping()
        held = await two.write(
            lambda unit: unit.conversations.lease(id_, owner="slow", now=slow.now(), ttl=MINUTE)
        )
        stolen = await one.write(
            lambda unit: unit.conversations.lease(id_, owner="fast", now=fast.now(), ttl=MINUTE)
        )

    assert held is not None
    assert stolen is None
    assert abs(fast.now() - slow.now()) < 2 * SECOND


async def test_a_file_has_the_time_of_its_machine(sqlite_url: str) -> None:
    clock = DatabaseClock(wall=lambda: NOON)
    async with opened(sqlite_url, clock=clock) as transactions:
        await transactions.ping()

    assert clock.now() == NOON
