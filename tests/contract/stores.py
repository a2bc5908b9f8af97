"""The same store in its three forms, for the contract suites: a SQLite file, MariaDB, memory."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundMessage,
    Json,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
)
from core.ports.storage import Transactions, UnitOfWork
from core.storage.engines import database_url, make_engine
from core.storage.tables import metadata

T = TypeVar("T")

NOON = datetime(2026, 3, 2, 4, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
WECHAT_MAIN = (ChannelKind.WECHAT, "main")


@dataclass
class Store:
    """One database. `another` opens it again, as a second process would."""

    open_again: Callable[[], Transactions]
    opened: list[Transactions] = field(default_factory=list)

    def another(self) -> Transactions:
        """Transactions of their own on the same rows."""
        self.opened.append(self.open_again())
        return self.opened[-1]

    @property
    def transactions(self) -> Transactions:
        """The first of them."""
        return self.opened[0] if self.opened else self.another()

    async def do(self, work: Callable[[UnitOfWork], T]) -> T:
        """One transaction that is committed."""
        return await self.transactions.write(work)

    async def close(self) -> None:
        """Close all that were opened."""
        for transactions in self.opened:
            await transactions.close()


def copied_file(template: Path, folder: Path) -> str:
    """The address of a fresh copy of a migrated SQLite file."""
    copy = folder / "peilian.db"
    shutil.copy(template, copy)
    return f"sqlite:///{copy}"


def make_database(url: str, suffix: str, options: str = "") -> str:
    """The address of a new, empty database beside the one at `url`."""
    address = make_url(url)
    name = f"{address.database}_{suffix}"
    _run(url, f"DROP DATABASE IF EXISTS `{name}`", f"CREATE DATABASE `{name}` {options}")
    return address.set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Remove a database made by `make_database`."""
    _run(url, f"DROP DATABASE `{make_url(url).database}`")


def empty_tables(url: str) -> None:
    """Remove all rows of a migrated database."""
    names = [table.name for table in reversed(metadata.sorted_tables)]
    _run(url, *(f"DELETE FROM `{name}`" for name in names))


def _run(url: str, *statements: str) -> None:
    engine = make_engine(database_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def wechat(user: str) -> ChannelAddress:
    """A person's address on the account `main`."""
    return ChannelAddress(ChannelKind.WECHAT, "main", user)


def inbound(words: str, *, user: str = "ann", key: str | None = None) -> InboundMessage:
    """A message whose key is its words, if no other is named."""
    return InboundMessage(address=wechat(user), key=key or words, text=words, sent_at=NOON)


def outbound(
    words: Json = "", *, user: str = "ann", inbox_id: int | None = None
) -> OutboundMessage:
    """A customer's line."""
    return OutboundMessage(
        address=wechat(user),
        code=NoticeCode.CUSTOMER_LINE,
        facts={"text": words},
        kind=OutboundKind.REPLY,
        inbox_id=inbox_id,
    )


async def side_by_side(
    store: Store, count: int, job: Callable[[Transactions, int], Awaitable[T]]
) -> list[T]:
    """What `job` returns in each of `count` threads that begin together, each with an event loop
    and connections of its own, as processes would."""
    gate = threading.Barrier(count, timeout=20)

    async def one(number: int) -> T:
        transactions = store.open_again()
        try:
            await transactions.ping()
            gate.wait()
            return await job(transactions, number)
        finally:
            await transactions.close()

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(count) as threads:
        running = [
            loop.run_in_executor(threads, lambda n=number: asyncio.run(one(n)))  # type: ignore[misc]
            for number in range(count)
        ]
        return list(await asyncio.gather(*running))
