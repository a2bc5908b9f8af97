"""Fixtures every folder may need: the addresses of outside services.

Tests may run in several processes side by side (pytest-xdist): each has a database and a Redis
number of its own, so that one may empty what it was given without asking the others.
"""

import os
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy.engine import make_url

from tests.contract.stores import drop_database, make_database
from tests.services import (
    CHROMIUM,
    MYSQL,
    NODE_MODULES,
    PEERS_PYTHON,
    REDIS,
    required_program,
    required_service,
)

CHANCE = os.environ.get("PEILIAN_TEST_CHANCE", "1")
"""Other values let every test meet other customers."""

ALONE = "master"
"""What pytest-xdist calls the one process of a run that is not spread."""


@pytest.fixture(autouse=True)
def same_customers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds of dialogues begun in this process come from the test's name, so that a test meets the
    same customers each time it runs."""
    drawn = Random(f"{CHANCE}:{request.node.nodeid}")
    monkeypatch.setattr("ops.wiring.SystemRandom", lambda: drawn)


@pytest.fixture(scope="session")
def mysql_url(worker_id: str) -> Iterator[str]:
    """SQLAlchemy address of an empty test database; its user may create `<database>…` beside it."""
    given = required_service(MYSQL)
    if worker_id == ALONE:
        yield given
        return
    own = make_database(given, worker_id)
    yield own
    drop_database(own)


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """Redis address with a database number that the tests may flush."""
    given = required_service(REDIS)
    if worker_id == ALONE:
        return given
    url = make_url(given)
    number = int(url.database or 0) + int(worker_id.removeprefix("gw"))
    return url.set(database=str(number)).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def redis_server_path() -> str:
    """Path of a redis-server that a test may start and end."""
    return required_program("redis-server")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium executable, to be started without its sandbox when run by root."""
    return required_service(CHROMIUM)


@pytest.fixture(scope="session")
def peers_python() -> str:
    """Path of a Python that has the packages of requirements/peers.txt."""
    return required_service(PEERS_PYTHON)


@pytest.fixture(scope="session")
def node_modules() -> str:
    """Folder with the packages of requirements/peers-node.txt, for a `node` on the path."""
    required_program("node")
    return required_service(NODE_MODULES)
