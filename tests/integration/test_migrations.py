"""Schema steps on both databases: from nothing, from the step before, twice, and at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from core.domain.messages import SendOutcome
from core.domain.people import Person, Role
from core.errors import StorageError, StorageUnavailable
from core.ports.storage import UnitOfWork
from core.storage.engines import database_url, make_engine
from core.storage.tables import metadata
from core.storage.unit_of_work import open_transactions
from ops.migrations import downgrade, migrate
from tests.contract.stores import NOON, drop_database, make_database, wechat

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-03-02 04:00:00.123456"

ROWS_OF_0001: dict[str, dict[str, object]] = {
    "conversations": {
        "id": 7,
        "channel": "wechat",
        "account": "main",
        "user": "ann",
        "person_id": "p-ann",
        "language": "zh",
        "fence": 3,
    },
    "inbox": {
        "id": 11,
        "conversation_id": 7,
        "channel": "wechat",
        "account": "main",
        "key": "Msg-1",
        "kind": "text",
        "text": "怎么又扣钱😤𠮷",
        "sent_at": NOW,
        "received_at": NOW,
        "attempts": 1,
        "failed": 0,
    },
    "outbox": {
        "id": 13,
        "conversation_id": 7,
        "channel": "wechat",
        "account": "main",
        "code": "customer_line",
        "facts": '{"text":"好😀"}',
        "kind": "reply",
        "language": "zh",
        "delay_s": 0.5,
        "state": "waiting",
        "created_at": NOW,
        "due_at": NOW,
    },
    "dialogues": {
        "id": "d-1",
        "person_id": "p-ann",
        "conversation_id": 7,
        "scenario_id": "s",
        "persona_id": "p",
        "mood_id": "m",
        "engine": "agenda",
        "seed": 1,
        "mode": "practice",
        "language": "zh",
        "versions": "{}",
        "state": "{}",
        "started_at": NOW,
        "last_turn_at": NOW,
        "status": "ended",
        "active_s": 12.5,
        "turn_count": 1,
        "nudged": 0,
        "hints": "[]",
        "wrap_up": "{}",
    },
    "turns": {
        "dialogue_id": "d-1",
        "seq": 1,
        "speaker": "trainee",
        "text": "您好😀",
        "at_s": 1.5,
        "inbox_id": 11,
        "position": 0,
        "engine": "",
        "notes": "{}",
    },
    "scorecards": {
        "dialogue_id": "d-1",
        "person_id": "p-ann",
        "judged_at": NOW,
        "version": "1",
        "overall": 7.25,
        "card": "{}",
        "debrief": "{}",
    },
    "jobs": {
        "id": 17,
        "kind": "judge",
        "key": "judge:d-1",
        "payload": "{}",
        "state": "waiting",
        "due_at": NOW,
        "created_at": NOW,
    },
    "people": {
        "id": "p-ann",
        "name": "安",
        "role": "trainee",
        "team": "一组",
        "language": "zh",
        "guest": 0,
    },
    "sign_in_links": {"digest": "aa", "person_id": "p-ann", "expires_at": NOW},
    "web_sessions": {"digest": "bb", "person_id": "p-ann", "expires_at": NOW},
}
"""One row of every table that the first step makes; columns left out are NULL or default."""


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, on MariaDB one whose own charset knows no Chinese."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/peilian.db"
        return
    made = make_database(
        str(request.getfixturevalue("mysql_url")), uuid4().hex[:8], "CHARACTER SET latin1"
    )
    try:
        yield made
    finally:
        drop_database(made)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = make_engine(database_url(url))
    yield engine
    engine.dispose()


def drift(engine: Engine) -> list[object]:
    """What would still have to change for the database to be as `core.storage.tables` says."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        return list(compare_metadata(context, metadata))


def insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    names = ", ".join(quote(name) for name in row)
    places = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)


def stored(engine: Engine, table: str, columns: list[str]) -> list[dict[str, object]]:
    with engine.connect() as connection:
        quote = connection.dialect.identifier_preparer.quote_identifier
        names = ", ".join(quote(name) for name in columns)
        rows = connection.execute(text(f"SELECT {names} FROM {table}"))
        return [
            {name: str(value) if "_at" in name else value for name, value in row.items()}
            for row in rows.mappings()
        ]


def fill_0001(engine: Engine) -> None:
    with engine.begin() as connection:
        for table, row in ROWS_OF_0001.items():
            insert(connection, table, dict(row))


def rows_of_0001(engine: Engine) -> dict[str, list[dict[str, object]]]:
    return {table: stored(engine, table, list(row)) for table, row in ROWS_OF_0001.items()}


def as_filled() -> dict[str, list[dict[str, object]]]:
    return {table: [dict(row)] for table, row in ROWS_OF_0001.items()}


def test_an_empty_database_becomes_exactly_what_the_tables_say(url: str, engine: Engine) -> None:
    migrate(url)

    assert drift(engine) == []
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_rows_of_the_step_before_survive(url: str, engine: Engine) -> None:
    migrate(url, revision="0001")
    fill_0001(engine)
    assert rows_of_0001(engine) == as_filled()

    migrate(url)

    assert rows_of_0001(engine) == as_filled()
    assert drift(engine) == []


async def test_the_product_works_with_rows_of_the_step_before(url: str, engine: Engine) -> None:
    await asyncio.to_thread(migrate, url, revision="0001")
    fill_0001(engine)
    await asyncio.to_thread(migrate, url)
    transactions = open_transactions(url)

    def work(unit: UnitOfWork) -> tuple[object, ...]:
        conversation = unit.conversations.at(wechat("ann"))
        (row,) = unit.inbox.open_rows(conversation.id, limit=5)
        (out,) = unit.outbox.feed(conversation.id, after=0, limit=5)
        unit.outbox.settle([out.id], SendOutcome.SENT, now=NOON)
        return conversation.id, row.message.text, out.message.facts, unit.people.get("p-ann")

    found = await transactions.write(work)
    await transactions.close()

    person = Person("p-ann", "安", Role.TRAINEE, "一组")
    assert found == (7, "怎么又扣钱😤𠮷", {"text": "好😀"}, person)


def test_a_second_run_changes_nothing(url: str, engine: Engine) -> None:
    migrate(url, revision="0001")
    fill_0001(engine)
    migrate(url)
    before = inspect(engine).get_columns("remarks")

    migrate(url)

    assert [str(column) for column in inspect(engine).get_columns("remarks")] == [
        str(column) for column in before
    ]
    assert rows_of_0001(engine) == as_filled()
    assert drift(engine) == []


def test_a_step_can_be_taken_back_and_made_again(url: str, engine: Engine) -> None:
    migrate(url)
    fill_0001(engine)

    downgrade(url, revision="0001")
    assert "remarks" not in inspect(engine).get_table_names()
    assert rows_of_0001(engine) == as_filled()

    migrate(url)
    assert drift(engine) == []
    with engine.begin() as connection:
        for table in reversed(list(ROWS_OF_0001)):
            connection.execute(text(f"DELETE FROM {table}"))
    downgrade(url, revision="base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


def test_a_database_of_a_newer_version_is_left_alone_and_named(url: str, engine: Engine) -> None:
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StorageError, match="schema step 9999, which this version does not know"):
        migrate(url)

    assert stored(engine, "alembic_version", ["version_num"]) == [{"version_num": "9999"}]
    assert drift(engine) == []


def test_a_step_that_does_not_exist_is_a_house_error(url: str) -> None:
    with pytest.raises(StorageError, match="schema"):
        migrate(url, revision="9999")


async def test_four_processes_that_start_at_once_make_one_schema(url: str, engine: Engine) -> None:
    command = "import sys; from ops.migrations import migrate; migrate(sys.argv[1])"
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", command, url), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    said = [(await process.communicate())[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0], "\n".join(said)
    assert drift(engine) == []


@pytest.mark.service
@pytest.mark.parametrize("url", ["mariadb"], indirect=True)
def test_every_table_keeps_emoji_and_tells_cases_apart(url: str, engine: Engine) -> None:
    migrate(url)

    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT table_name, table_collation, engine FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
            )
        ).all()
        columns = connection.execute(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE"
                " table_schema = DATABASE() AND table_name <> 'alembic_version'"
                " AND collation_name IS NOT NULL"
            )
        ).all()

    assert {(collation, kind) for _, collation, kind in tables} == {("utf8mb4_bin", "InnoDB")}
    assert [row[0] for row in columns] == ["utf8mb4_bin"]
    assert {name for name, _, _ in tables} == set(metadata.tables)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        migrate("mysql://u:geheim@127.0.0.1:1/peilian")


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    migrate(data_dir=tmp_path / "new" / "var")

    assert (tmp_path / "new" / "var" / "peilian.db").is_file()
