"""Addresses of databases, connections to them, and what their errors mean."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import SettingsError, StorageError, StorageUnavailable

SETTING = "PEILIAN_DATABASE_URL"

_MYSQL_DRIVERS = {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
_LOCK_WAIT_S = 5
"""How long one statement waits for a lock. `?timeout=` in a SQLite address says otherwise."""
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
)
_MYSQL_SESSION = (
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    # Without it a value that is too long is silently cut.
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')",
    f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_S}",
    "SET SESSION time_zone = '+00:00'",
)
_MYSQL_CONNECT = {"charset": "utf8mb4", "connect_timeout": 5}
ANSWER_S = 10
"""A server that is silent for so long in mid-statement is taken for dead."""
SQLITE_WRITE = "BEGIN IMMEDIATE"
"""Takes the one write lock at once, so that a transaction cannot fail half-way for a lock."""
SQLITE_READ = "BEGIN"

_DEADLOCK, _LOCK_WAIT = 1213, 1205

VENDOR_ERRORS = (SQLAlchemyError, sqlite3.Error)
"""Everything a database may raise through us; beginning a transaction on SQLite is bare."""

# Not lost in mid-talk, but never there: refused, unknown host, too many connections, shutting
# down, wrong password, no such database.
_MYSQL_UNAVAILABLE = {1040, 1044, 1045, 1049, 1053, 1203, 2002, 2003, 2005, 2006, 2013, 2014, 2055}
_SQLITE_UNAVAILABLE = ("database is locked", "unable to open", "disk i/o error", "readonly")


SQLITE_FILE = "peilian.db"
"""In the data folder, where no address is set."""


def database_url(url: str, *, data_dir: Path | None = None) -> URL:
    """The address with its driver named; empty means `peilian.db` in `data_dir`.

    Raises SettingsError for an address that is none, or of a database we do not speak.
    """
    if not url:
        folder = Path("var") if data_dir is None else data_dir
        return URL.create("sqlite", database=str(folder / SQLITE_FILE))
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The address itself stays unsaid: it may hold a password.
        raise SettingsError([f"{SETTING} is not a database address"]) from None
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise SettingsError([f"{SETTING} must name a file: sqlite:///path/to/peilian.db"])
        return parsed.set(drivername="sqlite")
    if kind in _MYSQL_DRIVERS:
        if not parsed.database:
            raise SettingsError([f"{SETTING} must name a database: mysql://user@host/peilian"])
        named = parsed.set(drivername=_MYSQL_DRIVERS[kind])
        return named.difference_update_query(["charset"])
    raise SettingsError([f"{SETTING} must begin with sqlite:, mysql: or mariadb:"])


def is_sqlite(url: URL) -> bool:
    """Whether this database is a file."""
    return url.get_backend_name() == "sqlite"


def make_engine(url: URL, *, answer_s: int | None = ANSWER_S) -> Engine:
    """An engine without a pool: whoever connects keeps the connection for as long as it likes.

    `answer_s` bounds each statement on MySQL; None is for schema steps, which may take hours. On
    SQLite the driver begins no transaction by itself; `begin` does.
    """
    if not is_sqlite(url):
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                **_MYSQL_CONNECT,
                "read_timeout": answer_s,
                "write_timeout": answer_s,
            },
        )
        event.listen(engine, "connect", _prepare_mysql)
        return engine
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        # One thread at a time uses a connection, but the thread that closes is another one.
        connect_args={"check_same_thread": False, **_patience(url)},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _patience(url: URL) -> dict[str, float]:
    return {} if "timeout" in url.query else {"timeout": _LOCK_WAIT_S}


def _prepare_mysql(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for statement in _MYSQL_SESSION:
        cursor.execute(statement)
    cursor.close()


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions on its own: it would do so too late and without the
    # lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def begin(connection: Connection, how: str) -> None:
    """On SQLite, begin for real the transaction that has just been begun in name."""
    if how:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute(how)


def _code(error: DBAPIError) -> int | None:
    args = getattr(error.orig, "args", ())
    return args[0] if args and isinstance(args[0], int) else None


def is_busy(error: BaseException) -> bool:
    """A deadlock, a lock that was waited for too long, a file locked by another process."""
    if not isinstance(error, DBAPIError):
        return "database is locked" in str(error).lower()
    return _code(error) in (_DEADLOCK, _LOCK_WAIT) or "database is locked" in str(error.orig)


def is_lost(error: BaseException) -> bool:
    """The connection broke: nothing of the transaction was kept, unless it was being committed."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def house_error(error: Exception) -> StorageError:
    """What a vendor error means to us; says which error it was and nothing that was stored."""
    if not isinstance(error, DBAPIError):
        if is_busy(error):
            return StorageUnavailable("database is locked")
        return StorageError(type(error).__name__)
    code = _code(error)
    name = type(error.orig).__name__
    words = str(error.orig).lower()
    if (
        is_lost(error)
        or is_busy(error)
        or code in _MYSQL_UNAVAILABLE
        or any(sign in words for sign in _SQLITE_UNAVAILABLE)
    ):
        return StorageUnavailable(f"{name} {code}" if code else f"{name}: {words}")
    return StorageError(f"{name} {code}" if code else name)
