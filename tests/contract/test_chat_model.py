"""What every `ChatModel` keeps: the scripted one, and the client, plain and streamed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    TruncatedReply,
)
from core.llm.chat_client import ChatClient, open_model
from core.llm.scripted import ScriptedModel, ScriptedReply
from core.ports.chat_model import ChatMessage, ChatModel, ChatRequest, ChatRole, Completion
from tests.fakes.model_server import FakeModelServer, Fault, Step

REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.USER, "您好"),),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=10.0,
)
OVERLOADED = Step(Fault.OVERLOADED, retry_after="3")
ERRORS: dict[Fault, Callable[[], ModelError]] = {
    Fault.OVERLOADED: lambda: ModelOverloaded(retry_after_s=3.0),
    Fault.INVALID: ModelRejected,
    Fault.BROKEN: ModelUnavailable,
    Fault.CLEAN_CLOSE: TruncatedReply,
}


class Stage(Protocol):
    """One implementation with its script."""

    @property
    def model(self) -> ChatModel:
        """What is tested; read it after planning."""
        ...

    def plan(self, *steps: Step) -> None:
        """What the next requests get."""
        ...


class Scripted:
    def __init__(self) -> None:
        self._script: list[str | ScriptedReply | ModelError] = []
        self._model: ScriptedModel | None = None

    @property
    def model(self) -> ChatModel:
        if self._model is None:
            self._model = ScriptedModel(self._script)
        return self._model

    def plan(self, *steps: Step) -> None:
        self._script.extend(map(as_script, steps))


def as_script(step: Step) -> ScriptedReply | ModelError:
    if step.fault in ERRORS:
        return ERRORS[step.fault]()
    return ScriptedReply(step.text or "", finish_reason=step.finish_reason, delay_s=step.delay_s)


class Streamed:
    """The client's streaming side as a `ChatModel`."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    async def complete(self, request: ChatRequest) -> Completion:
        return await self._client.complete_streamed(request)

    async def close(self) -> None:
        await self._client.close()


@dataclass
class Served:
    model: ChatModel
    server: FakeModelServer

    def plan(self, *steps: Step) -> None:
        self.server.plan(*steps)


@pytest.fixture(params=["scripted", "tgi", "tgi streamed", "openai", "llama_cpp streamed"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    name, _, streamed = str(request.param).partition(" ")
    async with AsyncExitStack() as stack:
        if name == "scripted":
            yield Scripted()
            return
        server = await stack.enter_async_context(FakeModelServer(kind=name))
        client = open_model(url=server.url)
        stack.push_async_callback(client.close)
        yield Served(Streamed(client) if streamed else client, server)


async def test_a_reply_comes_whole_with_how_it_ended(stage: Stage) -> None:
    stage.plan(Step(text="我要退款！"))

    reply = await stage.model.complete(REQUEST)

    assert (reply.text, reply.finish_reason) == ("我要退款！", "stop")
    assert reply.model
    assert reply.seconds >= 0


async def test_requests_get_their_replies_in_order(stage: Stage) -> None:
    stage.plan(*[Step(text=text) for text in ("一", "二", "三")])

    texts = [(await stage.model.complete(REQUEST)).text for _ in range(3)]

    assert texts == ["一", "二", "三"]


async def test_an_empty_reply_is_a_reply(stage: Stage) -> None:
    stage.plan(Step(text=""))

    assert (await stage.model.complete(REQUEST)).text == ""


async def test_a_broken_character_at_the_end_is_dropped(stage: Stage) -> None:
    stage.plan(Step(text="好的\ufffd"))

    assert (await stage.model.complete(REQUEST)).text == "好的"


async def test_a_reply_at_the_token_limit_says_so(stage: Stage) -> None:
    stage.plan(Step(text="好", finish_reason="length"))

    assert (await stage.model.complete(REQUEST)).finish_reason == "length"


async def test_json_at_the_token_limit_is_truncated(stage: Stage) -> None:
    schema = {"type": "object", "properties": {"level": {"enum": [0, 1]}}}
    stage.plan(Step(text='{"lev', finish_reason="length"))

    with pytest.raises(TruncatedReply):
        await stage.model.complete(replace(REQUEST, json_schema=schema))


async def test_no_finish_reason_is_no_reply(stage: Stage) -> None:
    stage.plan(Step(text="我要", finish_reason=None))

    with pytest.raises(TruncatedReply):
        await stage.model.complete(REQUEST)


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name.lower())
async def test_a_refusal_is_its_named_error_and_the_next_request_is_served(
    stage: Stage, fault: Fault
) -> None:
    stage.plan(Step(fault, text="一句完整的话", retry_after="3"), Step(text="好"))
    expected = ERRORS[fault]()

    with pytest.raises(ModelError) as caught:
        await stage.model.complete(REQUEST)

    assert type(caught.value) is type(expected)
    assert getattr(caught.value, "retry_after_s", None) == getattr(expected, "retry_after_s", None)
    assert (await stage.model.complete(REQUEST)).text == "好"


async def test_the_deadline_bounds_the_whole_call(stage: Stage) -> None:
    stage.plan(Step(text="慢", delay_s=5.0))

    async with asyncio.timeout(2):
        with pytest.raises(ModelTimeout):
            await stage.model.complete(replace(REQUEST, timeout_s=0.1))


async def test_a_cancelled_call_is_cancelled_and_the_next_request_is_served(stage: Stage) -> None:
    stage.plan(Step(text="慢", delay_s=5.0), Step(text="好"))
    calling = asyncio.ensure_future(stage.model.complete(REQUEST))
    await asyncio.sleep(0.1)

    calling.cancel()
    await asyncio.wait([calling], timeout=1)

    assert calling.cancelled()
    assert (await stage.model.complete(REQUEST)).text == "好"


async def test_a_closed_model_is_unavailable_and_may_be_closed_again(stage: Stage) -> None:
    stage.plan(Step(text="好"))
    await stage.model.complete(REQUEST)

    await stage.model.close()
    await stage.model.close()

    with pytest.raises(ModelUnavailable):
        await stage.model.complete(REQUEST)
