"""The product with WeCom set, the platform beside it, and the way from one to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from core.domain.messages import ChannelAddress, ChannelKind
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from ops.serve import web_app
from ops.settings import Settings, read_settings
from ops.wiring import House, build
from tests.fakes.wecom_gateway import BOT, SECRET, FakeGateway, fake_gateway
from tests.fakes.wecom_platform import (
    AES_KEY,
    AGENT,
    CORP,
    ROBOT,
    TOKEN,
    FakeWeCom,
    fake_wecom,
    sealed,
)
from tests.fakes.wecom_platform import SECRET as APP_SECRET
from tests.flow.web.visit import shipped_content

LIN = "linxiao"
TEAM = "客服一组"
"""The one team whose group has a robot."""


@dataclass
class Company:
    """The product, with its bot connected, and the gateway it is connected to."""

    house: House
    gateway: FakeGateway
    wecom: FakeWeCom
    door: ClientSession
    stop: asyncio.Event
    running: list[asyncio.Task[None]] = field(default_factory=list)

    async def say(self, text: str, *, user: str = LIN) -> list[str]:
        """A member writes, and the product has answered; what was shown since."""
        before = len(self.gateway.shown[user])
        await self.gateway.talk(user, text)
        await self.until(lambda: self.finished(user) > before)
        return self.gateway.shown[user][before:]

    def finished(self, user: str) -> int:
        """How many messages a member sees, whole ones only."""
        running = {s.content for s in self.gateway.streams.values() if not s.done}
        return sum(1 for text in self.gateway.shown[user] if text not in running)

    async def until(self, there: Callable[[], object], *, within_s: float = 10.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(within_s):
            while not there():  # noqa: ASYNC110 - what is waited for is the product's, not ours
                await asyncio.sleep(0.01)

    async def rows(self, account: str, user: str) -> list[OutboxRow]:
        """Everything that was ever to be said to one member."""

        def read(unit: UnitOfWork) -> list[OutboxRow]:
            at = unit.conversations.at(ChannelAddress(ChannelKind.WECOM, account, user))
            return list(unit.outbox.feed(at.id, after=0, limit=500))

        return await self.house.transactions.write(read)

    async def until_state(self, account: str, user: str, state: str) -> None:
        """Wait until the newest thing to be said to them stands so."""
        async with asyncio.timeout(10):
            while True:
                rows = await self.rows(account, user)
                if rows and rows[-1].state.value == state:
                    return
                await asyncio.sleep(0.02)

    async def call(
        self, xml: str, *, sealing: Mapping[str, Any] | None = None, path: str = "main"
    ) -> int:
        """One callback of the application, sealed as the platform seals; the status."""
        query, body = sealed(xml, **(sealing or {}))
        return await self.post(query, body.encode(), path=path)

    async def post(self, query: Mapping[str, str], body: bytes, *, path: str = "main") -> int:
        """One request at the application's door."""
        where = f"/channels/wecom/{path}"
        async with self.door.post(where, params=query, data=body) as answer:
            return answer.status

    async def close(self) -> None:
        """Stop as `serve` stops."""
        self.stop.set()
        await asyncio.gather(*self.running)


@asynccontextmanager
async def open_company(folder: Path, database: Path, **more: object) -> AsyncIterator[Company]:
    """The product on SQLite, its bot connected, its workers at work."""
    async with fake_gateway() as gateway, fake_wecom() as wecom:
        copyfile(database, folder / database.name)
        settings = wecom_settings(folder, gateway, wecom, **more)
        house = build(settings, content=shipped_content())
        stop = asyncio.Event()
        assert house.wecom is not None
        parts = (house.wecom.run_bot, house.worker.run, house.sender.run, house.jobs.run)
        async with (
            TestServer(web_app(house)) as server,
            ClientSession(server.make_url("/")) as door,
        ):
            company = Company(house, gateway, wecom, door, stop)
            company.running += [asyncio.create_task(part(stop)) for part in parts]
            try:
                async with asyncio.timeout(10):
                    await gateway.up.wait()
                yield company
            finally:
                await company.close()
        await house.close()


def wecom_settings(
    folder: Path, gateway: FakeGateway, wecom: FakeWeCom, **more: object
) -> Settings:
    """Settings with the bot and the application on."""
    given = {
        "data_dir": folder,
        "wecom_bot_id": BOT,
        "wecom_bot_secret": SECRET,
        "wecom_bot_gateway": gateway.url,
        "wecom_corp_id": CORP,
        "wecom_agent_id": AGENT,
        "wecom_secret": APP_SECRET,
        "wecom_token": TOKEN,
        "wecom_aes_key": AES_KEY,
        "wecom_api_url": wecom.url,
        "wecom_boards": {TEAM: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}"},
        "signup": "open",
        "merge_s": 0.0,
        "typing_delays": False,
        "sample_knowledge": False,
        **more,
    }
    return read_settings(**given)
