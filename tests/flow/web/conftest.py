"""The site every web test visits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flow.web.visit import Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A fresh product for one test."""
    async with open_site(tmp_path) as opened:
        yield opened
