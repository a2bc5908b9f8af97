"""One Chromium for all browser tests; an installation of its own for each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from core.domain.people import Person, Role
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


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def installation(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Serving]:
    """One installation for all who need only to be a person of their own in it; not made
    where there is no browser to visit it."""
    async with serving(tmp_path_factory.mktemp("shared")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(browser: Browser, tmp_path: Path) -> AsyncIterator[Serving]:
    """A fresh installation for one test, with the links it printed."""
    async with serving(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def trainee_link(installation: Serving, request: pytest.FixtureRequest) -> str:
    """The sign-in link of a trainee nobody has met."""
    number = f"{abs(hash(request.node.nodeid))}"
    return await installation.link_for(Person(f"p-{number}", "林学员", Role.TRAINEE, number))
