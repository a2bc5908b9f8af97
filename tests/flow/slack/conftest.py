"""One migrated database for all Slack tests, to be copied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ops.migrations import migrate
from tests.flow.slack.workspace import Workspace, open_workspace


@pytest.fixture(scope="session")
def slack_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows."""
    folder = tmp_path_factory.mktemp("slack")
    migrate(data_dir=folder)
    return folder / "peilian.db"


@pytest.fixture
async def workspace(tmp_path: Path, slack_database: Path) -> AsyncIterator[Workspace]:
    """The product with Slack set, and a workspace beside it."""
    async with open_workspace(tmp_path, slack_database) as opened:
        yield opened
