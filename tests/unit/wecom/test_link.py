"""One connection of a bot: every way it may end has a name, and nothing that arrives breaks it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bots.wecom.cards import Body
from bots.wecom.link import RESPOND, SEND, BotLink, End, Frame
from core.errors import SendRetry, SendUnknown
from tests.fakes.wecom_gateway import BOT, SECRET, FakeGateway, fake_gateway

HELLO: Body = {"msgtype": "markdown", "markdown": {"content": "早"}}


@dataclass
class Rig:
    """A link, what it heard, and the gateway at its other end."""

    gateway: FakeGateway
    link: BotLink
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[Frame] = field(default_factory=list)

    async def run(self) -> End:
        async def on_callback(cmd: str, req_id: str, body: Frame) -> None:
            if body["msgid"] == "bad":
                raise LookupError("a callback that fails")
            self.heard.append(body)

        async def up() -> None:
            return None

        return await self.link.run(on_callback, up, self.stop)


def link_to(gateway: FakeGateway, *, secret: str = SECRET, ping_s: float = 0.05) -> BotLink:
    return BotLink(gateway=gateway.url, bot_id=BOT, secret=secret, ping_s=ping_s, answer_s=0.2)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with fake_gateway() as gateway:
        yield Rig(gateway, link_to(gateway))


async def ended(rig: Rig) -> tuple[asyncio.Task[End], FakeGateway]:
    running = asyncio.create_task(rig.run())
    async with asyncio.timeout(5):
        await rig.gateway.up.wait()
    return running, rig.gateway


@pytest.mark.parametrize("clean", [True, False])
async def test_a_close_by_the_platform_is_noticed(rig: Rig, *, clean: bool) -> None:
    running, gateway = await ended(rig)
    await gateway.end(clean=clean)

    assert await asyncio.wait_for(running, 5) is End.CLOSED


async def test_a_platform_that_answers_no_ping_is_taken_for_gone(rig: Rig) -> None:
    running, gateway = await ended(rig)
    gateway.answers_pings = False

    assert await asyncio.wait_for(running, 5) is End.SILENT
    assert gateway.pings


async def test_a_stop_ends_it_and_a_newer_connection_displaces_it(rig: Rig) -> None:
    running, gateway = await ended(rig)
    newer = Rig(gateway, link_to(gateway))
    other = asyncio.create_task(newer.run())
    displaced = await asyncio.wait_for(running, 5)
    newer.stop.set()

    assert displaced is End.DISPLACED
    assert await asyncio.wait_for(other, 5) is End.STOPPED


async def test_a_wrong_secret_and_a_gateway_that_is_away_have_their_names(rig: Rig) -> None:
    rig.link = link_to(rig.gateway, secret="wrong")
    refused = await rig.run()
    away = BotLink(gateway="ws://127.0.0.1:9", bot_id=BOT, secret="s", ping_s=1)

    assert (refused, rig.link.errcode) == (End.REFUSED, 853000)
    assert await Rig(rig.gateway, away).run() is End.UNREACHED
    assert not await away.reach()
    with pytest.raises(SendRetry):
        await away.request(SEND, HELLO)


async def test_an_answer_that_does_not_come_leaves_in_doubt_what_arrived(rig: Rig) -> None:
    running, gateway = await ended(rig)
    gateway.faults.append(None)
    with pytest.raises(SendUnknown):
        await rig.link.request(SEND, {"chatid": "ann", **HELLO})
    waiting = asyncio.create_task(rig.link.request(RESPOND, {"msgtype": "x"}, req_id="cb"))
    gateway.faults.append(None)
    await asyncio.sleep(0.02)
    await gateway.end(clean=True)

    with pytest.raises(SendUnknown):
        await waiting
    await running


RUBBISH = [
    "",
    "{",
    "[]",
    '"practice"',
    "{}",
    '{"headers": []}',
    '{"cmd": "aibot_msg_callback", "headers": {}, "body": []}',
    '{"cmd": "aibot_msg_callback", "headers": {"req_id": {}}, "body": {"msgid": "bad"}}',
    '{"cmd": ["x"], "headers": {}}',
    '{"cmd": "something_new", "headers": {"req_id": "n"}, "body": {"msgid": "new"}}',
    '{"headers": {"req_id": ["x"]}, "errcode": "no"}',
    '{"headers": {"req_id": "nobody asked"}, "errcode": 0}',
    '{"cmd":' + "[" * 50_000 + "]" * 50_000 + "}",
]


async def test_nothing_that_arrives_breaks_it_or_reaches_a_log(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    running, gateway = await ended(rig)
    assert gateway.live is not None
    with caplog.at_level(logging.DEBUG):
        for text in RUBBISH:
            await gateway.live.send_str(text)
        await gateway.live.send_bytes(b"\x00\xff")
        await gateway.talk("ann", "好", msgid="good")
        async with asyncio.timeout(5):
            while not rig.heard:  # noqa: ASYNC110 - the other side is waited for
                await asyncio.sleep(0.01)
    rig.stop.set()

    assert await running is End.STOPPED
    assert [body["msgid"] for body in rig.heard] == ["good"]
    assert "practice" not in caplog.text
