"""The product with WeCom set, the platform beside it, and the way from one to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

from core.domain.messages import ChannelAddress, ChannelKind
from core.ports.storage import OutboxRow, UnitOfWork
from ops.settings import Settings, read_settings
from ops.wiring import House, build
from tests.fakes.wecom_gateway import BOT, SECRET, FakeGateway, fake_gateway
from tests.flow.web.visit import shipped_content

LIN = "linxiao"


@dataclass
class Company:
    """The product, with its bot connected, and the gateway it is connected to."""

    house: House
    gateway: FakeGateway
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

    async def close(self) -> None:
        """Stop as `serve` stops."""
        self.stop.set()
        await asyncio.gather(*self.running)


@asynccontextmanager
async def open_company(folder: Path, database: Path, **more: object) -> AsyncIterator[Company]:
    """The product on SQLite, its bot connected, its workers at work."""
    async with fake_gateway() as gateway:
        copyfile(database, folder / database.name)
        house = build(wecom_settings(folder, gateway, **more), content=shipped_content())
        stop = asyncio.Event()
        assert house.wecom is not None
        parts = (house.wecom.run_bot, house.worker.run, house.sender.run, house.jobs.run)
        company = Company(house, gateway, stop)
        company.running += [asyncio.create_task(part(stop)) for part in parts]
        try:
            async with asyncio.timeout(10):
                await gateway.up.wait()
            yield company
        finally:
            await company.close()
            await house.close()


def wecom_settings(folder: Path, gateway: FakeGateway, **more: object) -> Settings:
    """Settings with the bot on."""
    given = {
        "data_dir": folder,
        "wecom_bot_id": BOT,
        "wecom_bot_secret": SECRET,
        "wecom_bot_gateway": gateway.url,
        "merge_s": 0.0,
        "typing_delays": False,
        "sample_knowledge": False,
        **more,
    }
    return read_settings(**given)
