"""When the parts behind the page are away, it says so and stands."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from aiohttp.test_utils import TestServer

from bots.web.app import make_app
from bots.web.deps import DEPS
from core.errors import StorageUnavailable
from core.ports.storage import Transactions, UnitOfWork
from core.storage.live_state import LocalLiveState
from tests.flow.web.visit import LIN, Site

T = TypeVar("T")


@dataclass
class Unsteady:
    """A store that can be taken away."""

    steady: Transactions
    away: bool = False

    async def write(self, work: Callable[[UnitOfWork], T], *, ahead: bool = False) -> T:
        await self.ping()
        return await self.steady.write(work, ahead=ahead)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        await self.ping()
        return await self.steady.read(work)

    async def ping(self) -> None:
        if self.away:
            raise StorageUnavailable("gone")

    async def close(self) -> None:
        await self.steady.close()


class NoLimits(LocalLiveState):
    """A live state whose buckets cannot be reached."""

    async def take(self, bucket: str, *, limit: int, per: timedelta) -> bool:
        raise StorageUnavailable("gone")


async def test_a_store_that_is_away_is_said_in_words_and_comes_back(site: Site) -> None:
    deps = site.server.app[DEPS]
    store = Unsteady(deps.transactions)

    async def ready() -> dict[str, bool]:
        await store.ping()
        return {"database": True}

    app = make_app(replace(deps, transactions=store, ready=ready))
    server = TestServer(app)
    async with server:
        other = Site(site.house, server, site.clock)
        async with other.browser(LIN) as browser:
            store.away = True
            assert (await browser.get("/dialogues")).status == 503
            assert "系统暂时不可用" in browser.text
            assert (await browser.get("/api/v1/feed")).status == 503
            assert (await browser.get("/readyz")).status == 503
            assert (await browser.get("/healthz")).status == 200
            store.away = False
            assert (await browser.get("/dialogues")).status == 200
            assert (await browser.get("/readyz")).status == 200


async def test_without_the_rate_limiter_people_go_on(site: Site) -> None:
    app = make_app(replace(site.server.app[DEPS], live=NoLimits()))
    server = TestServer(app)
    async with server, Site(site.house, server, site.clock).browser(LIN) as browser:
        assert (await browser.get("/dialogues")).status == 200


async def test_a_part_that_does_not_answer_is_named(site: Site) -> None:
    async def ready() -> dict[str, bool]:
        return {"database": True, "model": False}

    server = TestServer(make_app(replace(site.server.app[DEPS], ready=ready)))
    async with server, Site(site.house, server, site.clock).browser() as browser:
        assert (await browser.get("/readyz")).status == 503
        assert '"model": false' in browser.text
