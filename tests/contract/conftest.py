"""The stores of the contract suites: migrated once, empty for every test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.storage.memory.transactions import MemoryTransactions
from core.storage.unit_of_work import open_transactions
from ops.migrations import migrate
from tests.contract.stores import Store, copied_file, drop_database, empty_tables, make_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file without rows, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    migrate(data_dir=folder)
    return folder / "peilian.db"


@pytest.fixture(scope="session")
def migrated_mysql_url(mysql_url: str) -> Iterator[str]:
    """Address of a migrated database of this run's own."""
    url = make_database(mysql_url, uuid4().hex[:8])
    try:
        migrate(url)
        yield url
    finally:
        drop_database(url)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a migrated, empty file."""
    return copied_file(sqlite_template, tmp_path)


@pytest.fixture
def mariadb_url(migrated_mysql_url: str) -> Iterator[str]:
    """Address of a migrated database that is empty again after the test."""
    yield migrated_mysql_url
    empty_tables(migrated_mysql_url)


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.service)])
def database_address(request: pytest.FixtureRequest) -> str:
    """Both real databases in turn, migrated and empty."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.service), "memory"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Every implementation of `Transactions` in turn, empty."""
    if request.param == "memory":
        memory = MemoryTransactions()
        store = Store(lambda: memory)
    else:
        url = str(await asyncio.to_thread(request.getfixturevalue, f"{request.param}_url"))
        store = Store(lambda: open_transactions(url))
    yield store
    await store.close()
