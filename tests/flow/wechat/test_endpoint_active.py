"""The door over HTTP with active delivery: keep, then acknowledge; refuse without a trace."""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bots.wechat.account import Delivery
from bots.wechat.endpoint import routes
from core.domain.messages import InboundMessage
from core.errors import SettingsError, StorageUnavailable
from core.ports.delivery import Kept
from tests.fakes.wechat_platform import (
    Answered,
    ManualClock,
    Mode,
    Request,
    WeChatDriver,
    event_xml,
    text_xml,
)
from tests.unit.wechat.samples import KEY, SECRET, TOKEN, account_for, driver_for, read_json

CLOCK = ManualClock()


class KeepsInList:
    """An intake that keeps in a list, unique by key, and can be out of order."""

    def __init__(self) -> None:
        self.kept: list[InboundMessage] = []
        self.out_of_order = 0

    async def keep(self, message: InboundMessage) -> Kept:
        if self.out_of_order:
            self.out_of_order -= 1
            raise StorageUnavailable
        keys = [known.key for known in self.kept]
        if message.key in keys:
            return Kept(inbox_id=keys.index(message.key), conversation_id=1, is_new=False)
        self.kept.append(message)
        return Kept(inbox_id=len(keys), conversation_id=1, is_new=True)


@pytest.fixture
def intake() -> KeepsInList:
    return KeepsInList()


@pytest.fixture
async def url(intake: KeepsInList) -> AsyncIterator[str]:
    accounts = [
        account_for(Mode.PLAIN),
        replace(account_for(Mode.SAFE), name="safe"),
    ]
    app = web.Application()
    app.add_routes(routes(accounts, intake=intake, clock=CLOCK, body_s=0.2))
    async with TestServer(app) as server:
        yield str(server.make_url("/channels/wechat/"))


def driver(url: str, mode: Mode) -> WeChatDriver:
    name = "main" if mode is Mode.PLAIN else "safe"
    return driver_for(mode, clock=CLOCK, url=url + name)


def hello(message_id: str = "7") -> str:
    return text_xml("openid-1", "退款怎么还没到", message_id=message_id, clock=CLOCK)


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_message_is_kept_and_then_acknowledged(
    url: str, intake: KeepsInList, mode: Mode
) -> None:
    answer = await driver(url, mode).deliver(hello())
    assert answer == Answered(200, "success", deliveries=1)
    assert [message.text for message in intake.kept] == ["退款怎么还没到"]
    assert intake.kept[0].address.account == ("main" if mode is Mode.PLAIN else "safe")


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_repeat_is_answered_like_the_first_and_kept_once(
    url: str, intake: KeepsInList, mode: Mode
) -> None:
    platform = driver(url, mode)
    answers = await asyncio.gather(*(platform.deliver(hello()) for _ in range(5)))
    assert set(answers) == {Answered(200, "success")}
    assert len(intake.kept) == 1


async def test_when_nothing_can_be_kept_the_platform_comes_again(
    url: str, intake: KeepsInList
) -> None:
    intake.out_of_order = 2
    assert await driver(url, Mode.SAFE).deliver(hello()) == Answered(200, "success", deliveries=3)
    assert len(intake.kept) == 1
    intake.out_of_order = 1
    lost = await driver(url, Mode.PLAIN).post(driver(url, Mode.PLAIN).request(hello("8")))
    assert lost.status == 503


@pytest.mark.parametrize("mode", list(Mode))
async def test_all_published_bodies_are_acknowledged(url: str, mode: Mode) -> None:
    platform = driver(url, mode)
    for sample in read_json("inbound.json")["samples"]:
        assert (await platform.deliver(sample["xml"])).status == 200, sample["case"]


async def test_reports_of_the_platform_are_acknowledged_and_not_kept(
    url: str, intake: KeepsInList
) -> None:
    report = event_xml("openid-1", "subscribe_msg_sent_event", clock=CLOCK)
    assert await driver(url, Mode.PLAIN).deliver(report) == Answered(200, "success")
    assert intake.kept == []


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_address_is_confirmed(url: str, mode: Mode) -> None:
    assert await driver(url, mode).check_address() == Answered(200, "4375120948345356249")


async def test_a_markup_echo_is_only_text(url: str) -> None:
    query = driver(url, Mode.PLAIN).request("").query | {"echostr": "<script>1</script>"}
    async with (
        aiohttp.ClientSession() as http,
        http.get(url + "main", params=query) as response,
    ):
        assert response.content_type == "text/plain"


@pytest.mark.parametrize("mode", list(Mode))
async def test_refused_requests_leave_no_trace(
    url: str, intake: KeepsInList, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    platform = driver(url, mode)
    good = platform.request(hello())
    fresh_query = platform.request(hello()).query
    stale = {**good.query, "timestamp": str(int(good.query["timestamp"]) - 301)}
    attacks = [
        (Request({}, good.body), 400),
        (Request(good.query | {"signature": "0" * 40}, good.body), 403),
        (Request(stale | {"signature": platform.sign(stale["timestamp"], "1")}, good.body), 403),
        (Request(good.query, b"<xml>" + b" " * 70_000), 413),
        (Request(fresh_query, b"<!DOCTYPE xml><xml></xml>"), 400),
        (Request(fresh_query, b"\xff" + good.body), 400),
        (Request(fresh_query, b""), 400),
    ]
    caplog.set_level(logging.DEBUG)
    for number, (attack, status) in enumerate(attacks):
        caplog.clear()
        assert (await platform.post(attack)).status == status, number
        ours = [record for record in caplog.records if record.name == "bots.wechat"]
        assert len(ours) == 1
        logged = "\n".join(str(vars(record)) for record in ours)
        for secret in (TOKEN, SECRET, KEY, "退款", good.query["signature"], "openid-1", "0000"):
            assert secret not in logged
    assert intake.kept == []


async def test_an_unknown_account_is_not_found(url: str) -> None:
    platform = driver(url, Mode.PLAIN)
    platform.url = url + "nobody"
    assert (await platform.post(platform.request(hello()))).status == 404
    assert (await platform.check_address()).status == 404


async def test_a_parameter_given_twice_is_refused(url: str, intake: KeepsInList) -> None:
    request = driver(url, Mode.PLAIN).request(hello())
    doubled = [*request.query.items(), ("timestamp", request.query["timestamp"])]
    async with (
        aiohttp.ClientSession() as http,
        http.post(url + "main", params=doubled, data=request.body) as response,
    ):
        assert response.status == 400
    assert intake.kept == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (zlib.compress(b"<xml>" + b" " * 10_000_000), 413),
        (b"this is not compressed", 400),
    ],
)
async def test_compressed_bodies_are_bounded_too(url: str, body: bytes, status: int) -> None:
    query = driver(url, Mode.PLAIN).request(hello()).query
    headers = {"Content-Encoding": "deflate"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url + "main", params=query, data=body, headers=headers) as response,
    ):
        assert response.status == status


async def test_a_replay_is_refused_when_its_signature_is_too_old(intake: KeepsInList) -> None:
    clock = ManualClock()
    app = web.Application()
    app.add_routes(routes([account_for(Mode.SAFE)], intake=intake, clock=clock))
    async with TestServer(app) as server:
        at = str(server.make_url("/channels/wechat/main"))
        platform = driver_for(Mode.SAFE, clock=clock, url=at)
        caught = platform.request(hello())
        assert (await platform.post(caught)).body == "success"
        clock.advance(seconds=300)
        assert (await platform.post(caught)).body == "success"
        clock.advance(seconds=1)
        assert (await platform.post(caught)).status == 403
    assert len(intake.kept) == 1


def test_passive_delivery_needs_somebody_who_answers(intake: KeepsInList) -> None:
    passive = replace(account_for(Mode.PLAIN), delivery=Delivery.PASSIVE)
    with pytest.raises(SettingsError):
        routes([passive], intake=intake, clock=CLOCK)


async def half_of_it(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a good request stops in the middle of its body."""
    request = driver(url, Mode.PLAIN).request(hello())
    where = URL(f"{url}main").with_query(request.query)
    reader, writer = await asyncio.open_connection(where.host, where.port)
    head = (
        f"POST {where.raw_path_qs} HTTP/1.1",
        "Host: localhost",
        f"Content-Length: {len(request.body)}",
    )
    writer.write("\r\n".join([*head, "", ""]).encode() + request.body[:20])
    await writer.drain()
    return reader, writer


async def test_a_body_that_does_not_come_is_waited_for_in_bounded_time(
    url: str, intake: KeepsInList
) -> None:
    reader, writer = await half_of_it(url)
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()
    assert intake.kept == []
