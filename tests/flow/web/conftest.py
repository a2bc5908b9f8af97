"""The site every web test visits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.migrations import migrate
from ops.settings import read_settings
from tests.flow.web.visit import Site, open_site


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows, made once."""
    data_dir = tmp_path_factory.mktemp("empty")
    migrate(read_settings(data_dir=data_dir).database_url, data_dir=data_dir)
    return data_dir / "peilian.db"


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    """A fresh product for one test."""
    async with open_site(tmp_path, empty_database) as opened:
        yield opened
