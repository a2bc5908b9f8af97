"""A channel that is one file and one entry carries a whole practice, poorer but complete."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bots.next_steps import step
from bots.pictures.messages import svg_of
from bots.pictures.raster import told_by
from bots.text import size
from core.domain.messages import ChannelAddress, NoticeCode, SendOutcome
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from ops.channels import CHANNELS
from ops.migrations import migrate
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.fakes.toy_channel import KEY, MAX_BYTES, PATH, ToyPlatform, signature
from tests.flow.phone import HandClock, settle
from tests.flow.web.visit import shipped_content


@dataclass
class Toy:
    """A person on the toy platform, the product behind it."""

    house: House
    platform: ToyPlatform
    clock: HandClock
    http: ClientSession
    url: str
    typed: int = 0

    async def post(self, text: str, *, key: str = "", signed: str | None = None) -> int:
        said = {"user": "lin", "id": key, "text": text, "at": self.clock.now().timestamp()}
        body = json.dumps(said).encode()
        headers = {"X-Toy-Signature": signature(body) if signed is None else signed}
        async with self.http.post(self.url, data=body, headers=headers) as answer:
            return answer.status

    async def type(self, text: str, *, twice: bool = False) -> list[str]:
        """Everything that the platform shows in answer."""
        self.typed += 1
        before = len(self.platform.shown)
        for _ in range(2 if twice else 1):
            assert await self.post(text, key=f"m{self.typed}") == 200
        await settle(self.house)
        while await self.house.sender.drain_once():
            pass
        self.clock.advance(seconds=20)
        return self.platform.shown[before:]


@pytest.fixture
async def toy(tmp_path: Path) -> AsyncIterator[Toy]:
    async with open_toy(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def open_toy(folder: Path, **more: object) -> AsyncIterator[Toy]:
    """The product with the toy on its list."""
    platform, clock = ToyPlatform(), HandClock()
    settings = read_settings(data_dir=folder, **more)
    migrate(settings.database_url, data_dir=folder)
    house = build(
        settings,
        clock=clock,
        content=shipped_content(),
        added_channels=[*CHANNELS, platform.open],
    )
    async with TestServer(web_app(house)) as server, ClientSession() as http:
        yield Toy(house, platform, clock, http, str(server.make_url(PATH)))
    await house.close()


async def test_a_whole_practice_on_the_toy_channel_degrades_to_short_texts(toy: Toy) -> None:
    started = await toy.type("练习 1 seed=7", twice=True)
    assert "AI 模拟客户" in "".join(started)
    assert bare("随时可以输入：提示（要帮助）、资料（查客户资料）、结束") in bare("".join(started))

    assert await toy.type("您好，我是客服小李，很抱歉影响您了，请问您的手机尾号是多少")
    assert await toy.type("我来跟进，今天18:00前给您回电")
    ended = await toy.type("结束")

    debrief = "".join(ended)
    assert "本次点评" in debrief
    assert "本次总分" in debrief
    assert len(ended) > 2
    assert max(size(one) for one in toy.platform.shown) <= MAX_BYTES
    assert ended[-1].endswith(f"3. {step('zh', 'profile').says}")
    assert "能力画像" in "".join(await toy.type("3"))
    assert KEY not in toy.house.daily.reports.reach.accounts
    rows = await kept(toy)
    assert {row.state for row in rows} == {SendOutcome.SENT}
    [card] = [row.message for row in rows if row.message.code is NoticeCode.DEBRIEF]
    assert bare(told_by(svg_of(card))) in bare(debrief)


async def test_what_is_not_signed_is_not_kept(toy: Toy) -> None:
    assert await toy.post("练习 1", key="forged", signed="0" * 64) == 401

    await settle(toy.house)
    assert toy.platform.shown == []


async def kept(toy: Toy) -> Sequence[OutboxRow]:
    def read(unit: UnitOfWork) -> Sequence[OutboxRow]:
        talk = unit.conversations.at(ChannelAddress(*KEY, "lin"))
        return unit.outbox.feed(talk.id, after=0, limit=99)

    return await toy.house.transactions.read(read)


def bare(text: str) -> str:
    """Without blanks and line breaks, which a cut between two messages may take."""
    return "".join(text.split())
