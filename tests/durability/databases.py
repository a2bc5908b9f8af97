"""Empty stores for one test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.storage.engines import database_url, make_engine


def fresh_database(mysql_url: str, name: str) -> str:
    """The address of an empty database `<database>_<name>`, beside the one the tests were given."""
    given = make_url(mysql_url)
    fresh = f"{given.database}_{name}"
    engine = make_engine(database_url(mysql_url))
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS `{fresh}`"))
            connection.execute(text(f"CREATE DATABASE `{fresh}` CHARACTER SET utf8mb4"))
    finally:
        engine.dispose()
    return given.set(database=fresh).render_as_string(hide_password=False)


def flush(redis_url: str) -> None:
    """Empty the Redis database that the tests may flush."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()


def rows(url: str, data_dir: Path, query: str) -> Sequence[Any]:
    """What a database answers to a question in SQL; an empty address is the default's."""
    engine = make_engine(database_url(url, data_dir=data_dir))
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).all()
    finally:
        engine.dispose()


def unfinished(url: str, data_dir: Path) -> int:
    """Messages not yet worked, and messages not yet sent."""
    ((open_rows,),) = rows(url, data_dir, "SELECT count(*) FROM inbox WHERE closed_at IS NULL")
    ((unsent,),) = rows(
        url, data_dir, "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'claimed')"
    )
    return int(open_rows) + int(unsent)
