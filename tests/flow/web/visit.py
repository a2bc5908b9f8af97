"""A browser without a screen: keeps cookies, fills forms, follows redirects."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from shutil import copyfile
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from bots.web.deps import DEPS
from bots.web.guard import digest_of
from core.content.library import open_library
from core.domain.people import Person, Role, SignInLink
from core.ports.content import ContentLibrary
from core.ports.storage import UnitOfWork
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build

LIN = Person("p-lin", "林学员", Role.TRAINEE, "team-a")
ANN = Person("p-ann", "Ann", Role.TRAINEE, "team-b", language="en")
BOSS = Person("p-boss", "王主管", Role.SUPERVISOR, "team-a")


@cache
def shipped_content() -> ContentLibrary:
    """The shipped packs, read once for all tests: they never change."""
    return open_library()


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Site:
    """The product on SQLite behind its own web server."""

    house: House
    server: TestServer
    clock: HandClock

    async def link_for(self, person: Person, *, lasts: timedelta = timedelta(hours=1)) -> str:
        """The path of a fresh sign-in link."""
        token = secrets.token_urlsafe(16)
        link = SignInLink(digest_of(token), person.id, self.clock.now() + lasts)

        def work(unit: UnitOfWork) -> None:
            unit.people.add(person)
            unit.people.add_link(link)

        await self.house.transactions.write(work)
        return f"/signin/{token}"

    @asynccontextmanager
    async def browser(self, person: Person | None = None) -> AsyncIterator[Browser]:
        """A fresh browser, signed in as `person` where one is given."""
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.server.make_url("/"), cookie_jar=jar) as client:
            browser = Browser(client)
            if person is not None:
                path = await self.link_for(person)
                await browser.get(path)
                answer = await browser.post(path)
                assert answer.status == 303, await answer.text()
                await browser.get("/")
            yield browser

    async def settle(self) -> None:
        """Work everything that waits, as the running parts would."""
        for _ in range(3):
            await self.house.worker.drain()
            while await self.house.jobs.drain_once():
                pass


@dataclass
class Browser:
    """Remembers the last page's form token, as a page's forms do."""

    client: ClientSession
    csrf: str = ""
    form_key: str = ""
    text: str = ""

    async def get(self, path: str, **headers: str) -> ClientResponse:
        """Look at a page."""
        answer = await self.client.get(path, headers=headers, allow_redirects=False)
        self.text = unescape(await answer.text())
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.text)
        if found:
            self.csrf = found[1]
        key = re.search(r'name="key" value="([0-9a-f]+)"', self.text)
        if key:
            self.form_key = key[1]
        return answer

    async def post(self, path: str, fields: Mapping[str, str] | None = None) -> ClientResponse:
        """Send a form of the last page."""
        form = {"csrf": self.csrf, **(fields or {})}
        return await self.client.post(path, data=form, allow_redirects=False)

    async def feed(self, after: int = 0, *, said: int = 0, wait: bool = False) -> dict[str, Any]:
        """What the feed holds after a row, and after the inbox row `said` of the trainee's own."""
        query = f"after={after}&said={said}&wait={int(wait)}"
        answer = await self.client.get(f"/api/v1/feed?{query}")
        assert answer.status == 200
        found: dict[str, Any] = await answer.json()
        return found

    async def say(self, text: str, **more: str) -> dict[str, Any]:
        """Send a line as the page's script does."""
        answer = await self.client.post(
            "/api/v1/lines",
            json={"text": text, **more},
            headers={"X-CSRF-Token": self.csrf},
        )
        assert answer.status == 200, await answer.text()
        kept: dict[str, Any] = await answer.json()
        return kept


@asynccontextmanager
async def open_site(
    data_dir: Path,
    empty_database: Path,
    *,
    content: ContentLibrary | None = None,
    **given: object,
) -> AsyncIterator[Site]:
    """The whole product, wired as in production, with a clock moved by hand."""
    clock = HandClock()
    settings = read_settings(data_dir=data_dir, **given)
    copyfile(empty_database, data_dir / empty_database.name)
    house = build(settings, clock=clock, content=content or shipped_content())
    try:
        app = web_app(house)
        # Nobody works in the background here: `settle` does, when a test says so.
        app[DEPS] = replace(app[DEPS], form_wait_s=0.0)
        server = TestServer(app)
        async with server:
            yield Site(house, server, clock)
    finally:
        await house.close()
