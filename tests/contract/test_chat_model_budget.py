"""A turn's budget over a real connection: never one call more, never one second longer."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from time import monotonic

import pytest

from core.errors import ModelError, ModelOverloaded, ModelTimeout
from core.llm.chat_client import ChatClient, open_model
from core.llm.retry import RetryingModel
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole, TurnBudget
from tests.fakes.model_server import DEFAULT_TEXT, FakeModelServer, Fault, Step, flaky

REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.USER, "您好"),),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=10.0,
)


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer() as server:
        yield server


@pytest.fixture
async def client(server: FakeModelServer) -> AsyncIterator[ChatClient]:
    client = open_model(url=server.url)
    yield client
    await client.close()


@pytest.mark.parametrize("fault", [Fault.OVERLOADED, Fault.BAD_GATEWAY, Fault.DROP, Fault.TCP_CUT])
async def test_two_faults_and_a_success_are_a_success(
    server: FakeModelServer, client: ChatClient, fault: Fault
) -> None:
    server.plan(*flaky(fault, 2))
    budget = TurnBudget(calls_left=3, deadline=monotonic() + 8)

    reply = await RetryingModel(client, chance=Random(1)).complete(REQUEST, budget)

    assert reply.text == DEFAULT_TEXT
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.value.isdigit()])
async def test_whatever_the_fault_three_calls_are_the_most(
    server: FakeModelServer, client: ChatClient, fault: Fault
) -> None:
    server.default = Step(fault)
    budget = TurnBudget(calls_left=3, deadline=monotonic() + 8)

    with pytest.raises(ModelError):
        await RetryingModel(client, chance=Random(1)).complete(REQUEST, budget)

    assert 1 <= len(server.requests) <= 3
    assert budget.calls_left == 3 - len(server.requests)


async def test_the_deadline_holds_over_all_tries_together(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.plan(*flaky(Fault.OVERLOADED, 1), Step(Fault.STALL))
    started = monotonic()
    budget = TurnBudget(calls_left=3, deadline=started + 0.8)

    with pytest.raises(ModelTimeout):
        await RetryingModel(client, chance=Random(1)).complete(REQUEST, budget)

    assert monotonic() - started < 1.5


async def test_a_server_that_asks_for_a_minute_is_not_waited_for(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.default = Step(Fault.OVERLOADED, retry_after="60")
    budget = TurnBudget(calls_left=3, deadline=monotonic() + 8)

    async with asyncio.timeout(2):
        with pytest.raises(ModelOverloaded) as caught:
            await RetryingModel(client, chance=Random(1)).complete(REQUEST, budget)

    assert caught.value.retry_after_s == 60.0
    assert len(server.requests) == 1
