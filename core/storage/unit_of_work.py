"""Transactions on SQLite, MySQL and MariaDB: one thread hop each, threads of our own.

SQLite has one writing thread (its lock admits one writer anyway, and waiting for a thread is fair
where waiting for the lock is not) and a few readers; MySQL has sixteen of both kinds. Each thread
keeps its connection and the repositories on it, so a transaction costs its statements.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, text

from core.errors import StorageError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.storage import UnitOfWork
from core.storage.clock import DatabaseClock
from core.storage.engines import (
    SQLITE_READ,
    SQLITE_WRITE,
    VENDOR_ERRORS,
    begin,
    database_url,
    house_error,
    is_busy,
    is_lost,
    is_sqlite,
    make_engine,
)
from core.storage.repositories.conversations import SqlConversations, SqlInbox
from core.storage.repositories.figures import SqlFigures
from core.storage.repositories.jobs import SqlJobs
from core.storage.repositories.knowledge import SqlKnowledge
from core.storage.repositories.ledger import SqlSendLedger
from core.storage.repositories.organisation import SqlListImports, SqlResults, SqlRosters
from core.storage.repositories.outbox import SqlOutbox
from core.storage.repositories.people import SqlPeople
from core.storage.repositories.practice import SqlDialogues, SqlRemarks, SqlScorecards
from core.storage.repositories.remarks import SqlAppeals, SqlFeedback, SqlLooks, SqlShares
from core.storage.repositories.reviews import SqlAudits
from core.storage.repositories.sheets import SqlQaSheets
from core.storage.repositories.training import SqlFitted, SqlOrders
from core.storage.repositories.upkeep import SqlArticleMarks, SqlGaps
from core.storage.repositories.verdicts import SqlModelVerdicts
from core.storage.threads import Threads

T = TypeVar("T")

SQLITE_READERS = 3
MYSQL_THREADS = 16

_ATTEMPTS = 6
_PATIENCE_S = 5.0
"""A busy database is not tried again after this time. One wait for a lock already takes it: no
platform waits longer for an answer."""
_PAUSE_S = 0.0025
_PING_S = 5.0
_PING = text("SELECT 1")
_DATABASE_NOW = text("SELECT UTC_TIMESTAMP(6)")

logger = logging.getLogger("core.storage")


class SqlUnitOfWork:
    """All repositories on one connection."""

    __slots__ = (
        "appeals",
        "article_marks",
        "audits",
        "connection",
        "conversations",
        "dialogues",
        "feedback",
        "figures",
        "fitted",
        "gaps",
        "inbox",
        "jobs",
        "knowledge",
        "ledger",
        "list_imports",
        "looks",
        "orders",
        "outbox",
        "people",
        "qa_sheets",
        "remarks",
        "results",
        "rosters",
        "scorecards",
        "shares",
        "verdicts",
    )

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.conversations = SqlConversations(connection)
        self.inbox = SqlInbox(connection, self.conversations)
        self.outbox = SqlOutbox(connection, self.conversations)
        self.dialogues = SqlDialogues(connection)
        self.scorecards = SqlScorecards(connection)
        self.figures = SqlFigures(connection)
        self.jobs = SqlJobs(connection)
        self.people = SqlPeople(connection)
        self.ledger = SqlSendLedger(connection)
        self.remarks = SqlRemarks(connection)
        self.feedback = SqlFeedback(connection)
        self.appeals = SqlAppeals(connection)
        self.shares = SqlShares(connection)
        self.looks = SqlLooks(connection)
        self.audits = SqlAudits(connection)
        self.verdicts = SqlModelVerdicts(connection)
        self.rosters = SqlRosters(connection)
        self.results = SqlResults(connection)
        self.list_imports = SqlListImports(connection)
        self.article_marks = SqlArticleMarks(connection)
        self.gaps = SqlGaps(connection)
        self.knowledge = SqlKnowledge(connection)
        self.orders = SqlOrders(connection)
        self.fitted = SqlFitted(connection)
        self.qa_sheets = SqlQaSheets(connection)


Work = Callable[[SqlUnitOfWork], T]


class _Pool:
    """Threads on one engine."""

    def __init__(
        self,
        engine: Engine,
        *,
        threads: int,
        name: str,
        begin: str = "",
        clock: DatabaseClock | None = None,
    ) -> None:
        self._begin = begin
        self._clock = clock
        self._engine = engine
        self._threads = Threads(threads, name=name)
        self._here = threading.local()
        self._units: set[SqlUnitOfWork] = set()
        self._lock = threading.Lock()

    async def run(self, work: Work[T], *, commit: bool, ahead: bool = False) -> T:
        return await self._threads.run(partial(self._run, work, commit), ahead=ahead)

    def _run(self, work: Work[T], commit: bool) -> T:
        begun = time.monotonic()
        attempt = 1
        while True:
            try:
                return self._attempt(work, commit=commit)
            except UnicodeEncodeError:
                raise StorageError("a text that is not Unicode") from None
            except VENDOR_ERRORS as error:
                again = is_busy(error) or (is_lost(error) and attempt == 1)
                spent = attempt == _ATTEMPTS or time.monotonic() - begun > _PATIENCE_S
                if not again or spent:
                    raise house_error(error) from error
                logger.info("transaction tried again", extra={"attempt": attempt})
            time.sleep(random.uniform(0.2, 1.0) * _PAUSE_S * 2**attempt)
            attempt += 1

    def _attempt(self, work: Work[T], *, commit: bool) -> T:
        unit = self._unit()
        try:
            transaction = unit.connection.begin()
            try:
                begin(unit.connection, self._begin)
                self._look_at_clock(unit)
                result = work(unit)
            except BaseException:
                transaction.rollback()
                raise
        except VENDOR_ERRORS as error:
            # A connection that was closed or whose state is in doubt is not used again.
            if not is_busy(error):
                self._leave(unit)
            raise
        if not commit:
            transaction.rollback()
            return result
        try:
            transaction.commit()
        except VENDOR_ERRORS as error:
            self._leave(unit)
            if is_lost(error):
                # It may have been committed: trying again could do it twice.
                raise StorageUnavailable("the connection broke during a commit") from error
            raise
        return result

    def _look_at_clock(self, unit: SqlUnitOfWork) -> None:
        if self._clock is not None and self._clock.is_due():
            self._clock.read(lambda: unit.connection.execute(_DATABASE_NOW).scalar_one())

    def _unit(self) -> SqlUnitOfWork:
        """This thread's own."""
        unit: SqlUnitOfWork | None = getattr(self._here, "unit", None)
        if unit is None:
            unit = self._here.unit = SqlUnitOfWork(self._engine.connect())
            with self._lock:
                self._units.add(unit)
        return unit

    def _leave(self, unit: SqlUnitOfWork) -> None:
        self._here.unit = None
        with self._lock:
            self._units.discard(unit)
        _close(unit)

    def close(self) -> None:
        """Finish what has begun, then close all connections. Blocks."""
        self._threads.close()
        for unit in self._units:
            _close(unit)
        self._units.clear()
        self._engine.dispose()


def _close(unit: SqlUnitOfWork) -> None:
    try:
        unit.connection.close()
    except VENDOR_ERRORS:
        unit.connection.invalidate()


class SqlTransactions:
    """`Transactions` on a database; made by `open_transactions`.

    `clock` shows the time that all hosts on this database agree upon, from the first transaction.
    """

    def __init__(self, writers: _Pool, readers: _Pool, *, clock: Clock) -> None:
        self._writers = writers
        self._readers = readers
        self.clock = clock

    async def write(self, work: Callable[[UnitOfWork], T], *, ahead: bool = False) -> T:
        return await self._writers.run(work, commit=True, ahead=ahead)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._readers.run(work, commit=False)

    async def ping(self) -> None:
        def ask(unit: SqlUnitOfWork) -> None:
            unit.connection.execute(_PING)

        try:
            async with asyncio.timeout(_PING_S):
                await self._readers.run(ask, commit=False)
        except TimeoutError as error:
            raise StorageUnavailable(f"no answer within {_PING_S:g} s") from error

    async def close(self) -> None:
        await asyncio.to_thread(self._writers.close)
        if self._readers is not self._writers:
            await asyncio.to_thread(self._readers.close)


def open_transactions(
    url: str = "", *, data_dir: Path | None = None, clock: DatabaseClock | None = None
) -> SqlTransactions:
    """Transactions on the database at `url`; empty means `peilian.db` in `data_dir`.

    Connects to nothing yet, so a database that is down raises StorageUnavailable on first use.
    Raises SettingsError for an address that cannot be one. The schema must be there already.
    """
    address = database_url(url, data_dir=data_dir)
    clock = clock or DatabaseClock()
    if is_sqlite(address):
        writers = _Pool(make_engine(address), threads=1, name="sqlite-writer", begin=SQLITE_WRITE)
        readers = _Pool(
            make_engine(address), threads=SQLITE_READERS, name="sqlite-reader", begin=SQLITE_READ
        )
        return SqlTransactions(writers, readers, clock=clock)
    pool = _Pool(make_engine(address), threads=MYSQL_THREADS, name="mysql", clock=clock)
    return SqlTransactions(pool, pool, clock=clock)
