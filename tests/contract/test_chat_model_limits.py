"""How much the client asks of one server at a time, and when it stops asking."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.errors import ModelError, ModelTimeout, ModelUnavailable
from core.llm.chat_client import ChatClient, open_model
from core.llm.limits import CircuitBreaker
from core.llm.retry import is_retryable
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole, Lane
from tests.fakes.model_server import DEFAULT_TEXT, FakeModelServer, Fault, Step

REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.USER, "您好"),),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=10.0,
)


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer(limit=10) as server:
        yield server


@pytest.fixture
async def client(server: FakeModelServer) -> AsyncIterator[ChatClient]:
    client = open_model(url=server.url)
    yield client
    await client.close()


async def test_the_server_is_asked_who_it_is_only_once_also_by_many_at_once(
    server: FakeModelServer, client: ChatClient
) -> None:
    await asyncio.gather(*[client.complete(REQUEST) for _ in range(20)])

    assert server.asked == ["/info"]


async def test_never_more_than_nine_tenths_of_the_servers_limit_are_in_flight(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.default = Step(delay_s=0.02)

    await asyncio.gather(*[client.complete(replace(REQUEST, lane=Lane.BENCH)) for _ in range(40)])

    assert server.most_in_flight == 9


async def test_a_lower_setting_counts_more_than_the_servers_limit(server: FakeModelServer) -> None:
    client = open_model(url=server.url, max_inflight=3)
    server.default = Step(delay_s=0.02)

    await asyncio.gather(*[client.complete(REQUEST) for _ in range(12)])
    await client.close()

    assert server.most_in_flight == 3


async def test_after_five_failures_the_server_is_left_alone(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.default = Step(Fault.BROKEN)
    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="status 500"):
            await client.complete(REQUEST)

    with pytest.raises(ModelUnavailable, match="circuit open") as caught:
        await client.complete(REQUEST)

    assert len(server.requests) == 5
    assert not is_retryable(caught.value)


@pytest.mark.parametrize("fault", [Fault.OVERLOADED, Fault.INVALID])
async def test_refusals_of_a_sound_server_leave_the_circuit_closed(
    server: FakeModelServer, client: ChatClient, fault: Fault
) -> None:
    server.plan(*[Step(fault)] * 10)
    for _ in range(10):
        with pytest.raises(ModelError):
            await client.complete(REQUEST)

    assert (await client.complete(REQUEST)).text == DEFAULT_TEXT


async def test_a_deadline_spent_in_our_own_queue_is_no_failure_of_the_server(
    server: FakeModelServer,
) -> None:
    client = open_model(url=server.url, max_inflight=1)
    server.plan(Step(delay_s=0.5))
    first = asyncio.ensure_future(client.complete(REQUEST))
    await asyncio.sleep(0.1)

    for _ in range(6):
        with pytest.raises(ModelTimeout):
            await client.complete(replace(REQUEST, timeout_s=0.02))

    assert (await first).text == DEFAULT_TEXT
    assert (await client.complete(REQUEST)).text == DEFAULT_TEXT
    assert len(server.requests) == 2
    await client.close()


async def test_calls_given_too_little_time_say_nothing_about_the_server(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.plan(*[Step(delay_s=0.5)] * 6)
    for _ in range(6):
        with pytest.raises(ModelTimeout):
            await client.complete(replace(REQUEST, timeout_s=0.02))

    assert (await client.complete(REQUEST)).text == DEFAULT_TEXT


async def test_five_calls_that_waited_long_for_nothing_open_the_circuit(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.default = Step(Fault.STALL)
    hurried = replace(REQUEST, timeout_s=1.1)

    results = await asyncio.gather(
        *[client.complete(hurried) for _ in range(5)], return_exceptions=True
    )

    assert [type(result) for result in results] == [ModelTimeout] * 5
    with pytest.raises(ModelUnavailable, match="circuit open"):
        await client.complete(REQUEST)


async def test_an_open_circuit_is_told_at_once_also_while_every_place_is_taken(
    server: FakeModelServer,
) -> None:
    breaker = CircuitBreaker()
    client = ChatClient(root=server.url, max_inflight=1, breaker=breaker)
    server.plan(Step(delay_s=1.0))
    first = asyncio.ensure_future(client.complete(REQUEST))
    await asyncio.wait_for(server.busy.wait(), 2)
    for _ in range(5):
        breaker.failed(probe=False)

    async with asyncio.timeout(0.5):
        with pytest.raises(ModelUnavailable, match="circuit open"):
            await client.complete(REQUEST)

    first.cancel()
    await asyncio.wait([first])
    await client.close()
