"""Empty stores for one test."""

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
