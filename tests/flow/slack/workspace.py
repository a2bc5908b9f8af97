"""The product with Slack set, a workspace beside it, and the way from one to the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from core.domain.messages import ChannelAddress, ChannelKind, SendOutcome
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.fakes.slack_platform import SECRET, TOKEN, FakeSlack, event, fake_slack, signed
from tests.flow.web.visit import shipped_content

ANN = "U0ANN"
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"


@dataclass
class Workspace:
    """The product, a workspace beside it, and the way from one to the other."""

    house: House
    slack: FakeSlack
    door: ClientSession

    async def send(
        self, body: str, *, form: bool = False, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """One request, signed unless other headers are given: (status, body)."""
        content_type = FORM_TYPE if form else JSON_TYPE
        sent = {**(signed(body) if headers is None else headers), "Content-Type": content_type}
        async with self.door.post(
            "/channels/slack/events", data=body.encode(), headers=sent
        ) as answer:
            return answer.status, await answer.text()

    async def type(self, text: str, *, user: str = ANN, key: str = "") -> list[str]:
        """A direct message, worked and answered; what was posted since."""
        before = len(self.slack.posts)
        key = key or f"Ev{time.monotonic_ns()}"
        status, _ = await self.send(event(user, text, key=key))
        assert status == 200
        await self.settle()
        return [post["text"] for post in self.slack.posts[before:]]

    async def settle(self) -> None:
        """Work and send everything that waits, whatever the rate."""
        for _ in range(3):
            await self.house.worker.drain()
            while await self.house.jobs.drain_once():
                pass
        for _ in range(40):
            if not await self.house.transactions.read(self._waiting):
                return
            await self.house.sender.drain_once()
            await asyncio.sleep(0.05)

    def _waiting(self, unit: UnitOfWork) -> bool:
        address = ChannelAddress(ChannelKind.SLACK, "main", ANN)
        states = {row.state for row in rows_of(unit, address)}
        return SendOutcome.WAITING in states or SendOutcome.CLAIMED in states

    async def inbox(self) -> int:
        """How many messages were ever kept from this user."""
        rows = await self.house.transactions.read(
            lambda unit: unit.inbox.open_rows(
                unit.conversations.at(ChannelAddress(ChannelKind.SLACK, "main", ANN)).id,
                limit=100,
                begin=False,
            )
        )
        return len(rows)


def rows_of(unit: UnitOfWork, address: ChannelAddress) -> list[OutboxRow]:
    conversation = unit.conversations.at(address)
    return list(unit.outbox.feed(conversation.id, after=0, limit=500))


@asynccontextmanager
async def open_workspace(folder: Path, database: Path, **more: object) -> AsyncIterator[Workspace]:
    """The product on SQLite with Slack set, and its door."""
    async with fake_slack() as slack:
        settings = read_settings(
            data_dir=folder,
            slack_signing_secret=SECRET,
            slack_bot_token=TOKEN,
            slack_api_url=slack.url,
            slack_post_every_s=0.01,
            merge_s=0.0,
            **more,
        )
        copyfile(database, folder / database.name)
        house = build(settings, content=shipped_content())
        try:
            async with (
                TestServer(web_app(house)) as server,
                ClientSession(server.make_url("/")) as door,
            ):
                yield Workspace(house, slack, door)
        finally:
            await house.close()
