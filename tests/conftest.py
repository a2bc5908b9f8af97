"""Fixtures every folder may need: the addresses of outside services."""

import pytest

from tests.services import CHROMIUM, MYSQL, REDIS, required_program, required_service


@pytest.fixture(scope="session")
def mysql_url() -> str:
    """SQLAlchemy address of an empty test database; its user may create `<database>…` beside it."""
    return required_service(MYSQL)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """Redis address with a database number that the tests may flush."""
    return required_service(REDIS)


@pytest.fixture(scope="session")
def redis_server_path() -> str:
    """Path of a redis-server that a test may start and end."""
    return required_program("redis-server")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium executable, to be started without its sandbox when run by root."""
    return required_service(CHROMIUM)
