"""The product behind a real socket with its own workers, and a person in front of it."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, expect

from core.domain.people import Person, SignInLink
from core.ports.storage import UnitOfWork
from ops.migrations import migrate
from ops.serve import demo_links, digest_of, web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.flow.web.visit import shipped_content

PHONE = (390, 844)
LAPTOP = (1280, 800)

PATIENT = "练习 return-refund emotion=calm seed=7"
"""A customer who stays for a while, and the same one each time."""


@dataclass
class Serving:
    """One installation; it can be stopped and started again on the same port."""

    data_dir: Path
    port: int
    language: str = "zh"
    house: House | None = None
    links: list[str] = field(default_factory=list)
    _stop: asyncio.Event | None = None
    _runner: web.AppRunner | None = None
    _parts: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Serve; `links` are those a fresh installation prints."""
        settings = read_settings(
            data_dir=self.data_dir, language=self.language, typing_delays=False, merge_s=0
        )
        migrate(settings.database_url, data_dir=self.data_dir)
        self.house = build(settings, content=shipped_content())
        self._stop = asyncio.Event()
        self._parts = [
            asyncio.create_task(part(self._stop))
            for part in (self.house.worker.run, self.house.jobs.run)
        ]
        self._runner = web.AppRunner(web_app(self.house), access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.links = [link for _, link in await demo_links(self.house, self.address)]

    async def stop(self) -> None:
        """End as the product does on Ctrl-C."""
        assert self.house is not None
        assert self._stop is not None
        assert self._runner is not None
        await self._runner.cleanup()
        self._stop.set()
        await asyncio.gather(*self._parts)
        await self.house.close()

    async def link_for(self, person: Person) -> str:
        """A sign-in link for one more person."""
        assert self.house is not None
        token, now = f"token-of-{person.id}", self.house.clock.now()

        def work(unit: UnitOfWork) -> None:
            unit.people.add(person)
            unit.people.add_link(
                SignInLink(digest_of(token), person.id, now.replace(year=now.year + 1))
            )

        await self.house.transactions.write(work)
        return f"{self.address}/signin/{token}"


@asynccontextmanager
async def serving(data_dir: Path, *, language: str = "zh") -> AsyncIterator[Serving]:
    """A fresh installation, served."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    installation = Serving(data_dir, port, language)
    await installation.start()
    try:
        yield installation
    finally:
        await installation.stop()


@dataclass
class Visit:
    """One person at one page; counts what they click."""

    page: Page
    clicks: int = 0

    async def click(self, selector: str) -> None:
        """Click what people see."""
        self.clicks += 1
        await self.page.click(selector)

    async def sign_in(self, link: str) -> None:
        """Open the link and press the button."""
        await self.page.goto(link)
        await self.click("#sign-in")
        await self.page.wait_for_url(re.compile(r"/$"))

    async def begin(self, order: str = PATIENT) -> None:
        """Ask for a practice and wait for the customer."""
        await self.page.goto(f"{self.page.url.rstrip('/')}/chat")
        await self.page.fill("#text", order)
        await self.page.press("#text", "Enter")
        await expect(self.page.locator("#chat")).to_have_attribute("data-status", "running")
        await expect(self.page.locator("#lines .customer").first).to_be_visible()
        await expect(self.page.locator("#lines .aside")).to_have_count(1)

    async def say(self, text: str) -> None:
        """Type a line, press Enter, wait until the customer has answered it."""
        answers = self.page.locator("#lines .customer")
        before = await answers.count()
        await self.page.fill("#text", text)
        await self.page.press("#text", "Enter")
        await expect(answers.nth(before)).to_be_visible()

    async def end(self) -> None:
        """End the practice and wait for the debrief."""
        if await self.page.get_attribute("#chat", "data-status") != "none":
            await self.click("#ending summary")
            await self.click("#ending form button")
        await expect(self.page.locator("#lines a.button").last).to_be_visible()

    async def lines(self) -> list[tuple[str, str]]:
        """Whose and what was said, as shown; typed commands are no part of it."""
        found: list[list[str]] = await self.page.eval_on_selector_all(
            "#lines li:not(.aside)",
            "all => all.map(li => [li.classList[0], li.querySelector('p').innerText])",
        )
        return [(speaker, text) for speaker, text in found]


@asynccontextmanager
async def visiting(
    browser: Browser,
    *,
    size: tuple[int, int] = PHONE,
    script: bool = True,
    locale: str = "zh-CN",
) -> AsyncIterator[Visit]:
    """A fresh browser profile with one page; faults of the page's script fail the test."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=script, locale=locale
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        yield Visit(page)
    finally:
        await context.close()
    assert faults == []
