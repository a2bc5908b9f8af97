"""Houses that share stores, with their parts running, and a platform in front of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp.test_utils import TestServer

from bots.showing import shown
from core.customer.agenda_engine import AgendaEngine
from core.domain.messages import ChannelAddress, ChannelKind, OutboundMessage
from core.ports.channel import Capabilities
from core.ports.clock import Clock
from core.ports.customer_engine import Cue, CustomerEngine, Spoken
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from ops.migrations import migrate
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.durability.databases import flush, fresh_database, unfinished
from tests.fakes.wechat_platform import FakeWeChat, Mode, WeChatDriver, text_xml

APP_ID = f"wx{secrets.token_hex(8)}"
"""Of this run alone: the tokens of an account are shared through Redis."""
SECRET, TOKEN = "s3cret-of-the-account", "t0ken-of-the-account"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SENDS = 20


@dataclass(frozen=True, slots=True)
class Street:
    """One or more houses on the same stores, each with a door, and the platform."""

    houses: Sequence[House]
    platform: FakeWeChat
    drivers: Sequence[WeChatDriver]
    clock: Clock

    async def type(self, openid: str, text: str, *, key: str, times: int = 1) -> None:
        """One message of a person, delivered `times` at once, to the doors in turn."""
        self.platform.person_wrote(openid)
        message = text_xml(openid, text, message_id=key, clock=self.clock)
        doors = [self.drivers[turn % len(self.drivers)] for turn in range(times)]
        answers = await asyncio.gather(*(door.post(door.request(message)) for door in doors))
        assert {(answer.status, answer.body) for answer in answers} == {(200, "success")}

    async def outbox(self, openid: str) -> list[OutboxRow]:
        """Everything ever to be said to a person."""
        address = ChannelAddress(ChannelKind.WECHAT, "main", openid)

        def read(unit: UnitOfWork) -> list[OutboxRow]:
            return list(unit.outbox.feed(unit.conversations.at(address).id, after=0, limit=1000))

        return await self.houses[0].transactions.write(read)

    async def lines(self, openid: str) -> list[str]:
        """What the trainee said in the open dialogue, in its order."""
        address = ChannelAddress(ChannelKind.WECHAT, "main", openid)

        def read(unit: UnitOfWork) -> list[str]:
            dialogue_id = unit.conversations.at(address).dialogue_id
            assert dialogue_id is not None
            turns = unit.dialogues.turns(dialogue_id)
            return [turn.text for turn in turns if turn.speaker.value == "trainee"]

        return await self.houses[0].transactions.write(read)


def told(message: OutboundMessage) -> str:
    """What stands in a chat that has no buttons."""
    return shown(message, Capabilities())


def pieces(texts: Iterable[str]) -> list[str]:
    """Paragraphs: several messages may have travelled as one when sends were scarce."""
    return [piece for text in texts for piece in text.strip().split("\n\n")]


def stores_for(kind: str, url_of: Mapping[str, str], *, name: str) -> dict[str, str]:
    """Settings of empty stores: "sqlite", or "mariadb" with Redis."""
    if kind == "sqlite":
        return {}
    flush(url_of["redis"])
    return {
        "database_url": fresh_database(url_of["mysql"], name),
        "redis_url": url_of["redis"],
    }


@asynccontextmanager
async def open_street(
    folder: Path, stores: Mapping[str, str], *, clock: Clock, houses: int = 1
) -> AsyncIterator[Street]:
    """Houses whose parts stand still: `running` starts them."""
    async with AsyncExitStack() as stack:
        platform = FakeWeChat(app_id=APP_ID, secret=SECRET, clock=clock, sends_per_message=SENDS)
        await stack.enter_async_context(platform)
        settings = read_settings(
            data_dir=folder,
            wechat_app_id=APP_ID,
            wechat_app_secret=SECRET,
            wechat_token=TOKEN,
            wechat_aes_key=KEY,
            wechat_sends_per_message=SENDS,
            wechat_api_url=platform.url,
            merge_s=0,
            **stores,
        )
        migrate(settings.database_url, data_dir=folder)
        built = [build(settings, clock=clock) for _ in range(houses)]
        drivers = []
        for house in built:
            stack.push_async_callback(house.close)
            server = await stack.enter_async_context(TestServer(web_app(house)))
            url = str(server.make_url("/channels/wechat/main"))
            drivers.append(
                WeChatDriver(
                    url, token=TOKEN, app_id=APP_ID, aes_key=KEY, mode=Mode.SAFE, clock=clock
                )
            )
        yield Street(built, platform, drivers, clock)


@asynccontextmanager
async def running(houses: Sequence[House], *, within_s: float = 30) -> AsyncIterator[None]:
    """Workers and senders of all houses at work; at the end everything is worked and sent."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for house in houses:
            group.create_task(house.worker.run(stop))
            group.create_task(house.sender.run(stop))
        yield
        await _until_quiet(houses[0], within_s)
        stop.set()


async def _until_quiet(house: House, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        # A database rings no bell.
        while unfinished(house.settings.database_url, house.settings.data_dir):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class WatchedEngine:
    """The product's own customer; counts turns that are asked for twice at the same time, and
    can be held up."""

    def __init__(self, *, pause_s: float = 0.0) -> None:
        self._engine: CustomerEngine = AgendaEngine(typing_delays=False)
        self.name, self.version = self._engine.name, self._engine.version
        self._pause_s = pause_s
        self._turns: set[int] = set()
        self.overlaps = 0
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def speak(self, cue: Cue) -> Spoken:
        self.overlaps += cue.seed in self._turns
        self._turns.add(cue.seed)
        self.asked.set()
        await self.go_on.wait()
        await asyncio.sleep(self._pause_s)
        self._turns.discard(cue.seed)
        return await self._engine.speak(cue)


def with_engine(house: House, engine: CustomerEngine) -> House:
    """The same house with another customer."""
    router = house.worker.router
    role_play = replace(router.role_play, engine=engine)
    return replace(house, worker=replace(house.worker, router=replace(router, role_play=role_play)))
