"""One migrated database for all WeCom tests, to be copied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ops.migrations import migrate
from tests.flow.wecom.company import Company, open_company


@pytest.fixture(scope="session")
def wecom_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows."""
    folder = tmp_path_factory.mktemp("wecom")
    migrate(data_dir=folder)
    return folder / "peilian.db"


@pytest.fixture
async def company(tmp_path: Path, wecom_database: Path) -> AsyncIterator[Company]:
    """The product with WeCom set, and the platform beside it."""
    async with open_company(tmp_path, wecom_database) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    tmp_path_factory: pytest.TempPathFactory, wecom_database: Path
) -> AsyncIterator[Company]:
    """One company for all tests of a file that end no connection; each uses a member of its own."""
    async with open_company(tmp_path_factory.mktemp("company"), wecom_database) as opened:
        yield opened
