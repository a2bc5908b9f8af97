"""One Chromium for all browser tests; an installation of its own for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.serving import Serving, serving

FLAGS = [
    # Root in a container has no sandbox; the pages are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def installation(tmp_path: Path, browser: Browser) -> AsyncIterator[Serving]:
    """A fresh installation; not made where there is no browser to visit it."""
    async with serving(tmp_path) as opened:
        yield opened


@pytest.fixture
def trainee_link(installation: Serving) -> str:
    """The printed sign-in link of the demo trainee."""
    return installation.links[0]
