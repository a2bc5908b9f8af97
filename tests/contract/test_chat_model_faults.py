"""Each fault of a server is its named error, plain and streamed; harmless oddities are none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    SettingsError,
    TruncatedReply,
)
from core.llm.chat_client import ChatClient, open_model
from core.llm.profiles import TGI
from core.llm.retry import is_retryable
from core.llm.transport import Patience
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole
from tests.fakes.model_server import DEFAULT_TEXT, FakeModelServer, Fault, Step

REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.USER, "您好"),),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=10.0,
)
QUICK = Patience(connect_s=5.0, first_event_s=3.0, gap_s=1.0)

REFUSALS: list[tuple[Fault, type[ModelError], bool]] = [
    (Fault.OVERLOADED, ModelOverloaded, True),
    (Fault.INVALID, ModelRejected, False),
    (Fault.PLAIN_TEXT_422, ModelRejected, False),
    (Fault.TOO_LARGE, ModelRejected, False),
    (Fault.EMPTY_401, ModelRejected, False),
    (Fault.GENERATION_FAILED, ModelUnavailable, False),
    (Fault.BROKEN, ModelUnavailable, False),
    (Fault.BAD_GATEWAY, ModelUnavailable, True),
    (Fault.UNAVAILABLE, ModelUnavailable, True),
    (Fault.GATEWAY_TIMEOUT, ModelUnavailable, True),
    (Fault.DROP, ModelUnavailable, True),
    (Fault.TCP_CUT, TruncatedReply, True),
    (Fault.CLEAN_CLOSE, TruncatedReply, True),
    (Fault.GARBAGE, ModelUnavailable, False),
]
STREAM_REFUSALS: list[tuple[Fault, type[ModelError], bool]] = [
    (Fault.INBAND_OVERLOAD, ModelOverloaded, True),
    (Fault.INBAND_INVALID, ModelRejected, False),
    (Fault.FAIL_AFTER_TOKENS, TruncatedReply, True),
    (Fault.HALF_EVENT, TruncatedReply, True),
    (Fault.STALL, ModelTimeout, False),
    (Fault.HUGE_EVENT, ModelUnavailable, False),
]
ODDITIES = [
    Fault.NONE,
    Fault.NO_SPACE,
    Fault.CRLF,
    Fault.COMMENTS,
    Fault.MULTILINE,
    Fault.BYTE_BY_BYTE,
    Fault.NO_DONE,
    Fault.CUT_AFTER_FINISH,
    Fault.LATE_END,
]


@pytest.fixture
async def server() -> AsyncIterator[FakeModelServer]:
    async with FakeModelServer(adapters={"angry": "气死我了！"}, limit=10) as server:
        yield server


@pytest.fixture
async def client(server: FakeModelServer) -> AsyncIterator[ChatClient]:
    client = ChatClient(root=server.url, patience=QUICK)
    yield client
    await client.close()


@pytest.mark.parametrize(("fault", "error", "retryable"), REFUSALS)
async def test_a_plain_call_gets_the_named_error(
    server: FakeModelServer,
    client: ChatClient,
    fault: Fault,
    error: type[ModelError],
    retryable: bool,
) -> None:
    server.plan(Step(fault))

    with pytest.raises(ModelError) as caught:
        await client.complete(REQUEST)

    assert type(caught.value) is error
    assert is_retryable(caught.value) is retryable
    assert len(server.requests) == 1


@pytest.mark.parametrize(("fault", "error", "retryable"), [*REFUSALS, *STREAM_REFUSALS])
async def test_a_streamed_call_gets_the_named_error(
    server: FakeModelServer,
    client: ChatClient,
    fault: Fault,
    error: type[ModelError],
    retryable: bool,
) -> None:
    server.plan(Step(fault))

    with pytest.raises(ModelError) as caught:
        await client.complete_streamed(REQUEST)

    assert type(caught.value) is error
    assert is_retryable(caught.value) is retryable
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ODDITIES)
async def test_odd_but_whole_streams_are_read(
    server: FakeModelServer, client: ChatClient, fault: Fault
) -> None:
    server.plan(Step(fault))

    reply = await client.complete_streamed(REQUEST)

    assert (reply.text, reply.finish_reason, reply.model) == (DEFAULT_TEXT, "stop", "tgi")


async def test_a_stream_tells_token_counts(client: ChatClient) -> None:
    reply = await client.complete_streamed(REQUEST)

    assert (reply.prompt_tokens, reply.completion_tokens) == (20, 5)


async def test_a_stall_in_a_plain_call_ends_at_the_deadline(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.plan(Step(Fault.STALL))

    with pytest.raises(ModelTimeout, match="deadline"):
        await client.complete(replace(REQUEST, timeout_s=0.2))


async def test_keep_alive_comments_do_not_pass_for_progress(server: FakeModelServer) -> None:
    client = ChatClient(root=server.url, patience=Patience(first_event_s=30.0, gap_s=0.2))
    server.plan(Step(Fault.STALL))
    loop = asyncio.get_running_loop()
    started = loop.time()

    with pytest.raises(ModelTimeout, match="no event"):
        await client.complete_streamed(REQUEST)

    assert 0.2 <= loop.time() - started < 2
    await client.close()


async def test_the_first_token_may_take_longer_than_a_gap(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.plan(Step(delay_s=1.5), Step(delay_s=6.0))

    assert (await client.complete_streamed(REQUEST)).text == DEFAULT_TEXT
    with pytest.raises(ModelTimeout, match="no event"):
        await client.complete_streamed(REQUEST)


async def test_slow_tokens_are_no_stall(server: FakeModelServer, client: ChatClient) -> None:
    server.plan(Step(token_s=0.1))

    assert (await client.complete_streamed(REQUEST)).text == DEFAULT_TEXT


async def test_a_stream_that_says_enough_is_cut_and_the_server_freed(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.plan(Step(text="第一句。第二句。" * 50, token_s=0.02))

    reply = await client.complete_streamed(REQUEST, enough=lambda text: "。" in text)

    assert (reply.text, reply.finish_reason) == ("第一句。", "cut")
    await asyncio.wait_for(server.idle.wait(), 2)
    assert server.aborted == 1


@pytest.mark.parametrize("streamed", [False, True])
async def test_cancelling_a_call_frees_the_server(
    server: FakeModelServer, client: ChatClient, streamed: bool
) -> None:
    server.plan(Step(Fault.STALL))
    call = client.complete_streamed if streamed else client.complete
    calling = asyncio.ensure_future(call(REQUEST))
    await asyncio.wait_for(server.busy.wait(), 2)

    calling.cancel()
    await asyncio.wait([calling], timeout=1)

    assert calling.cancelled()
    await asyncio.wait_for(server.idle.wait(), 2)
    assert server.aborted == 1


async def test_an_adapter_answers_and_an_unknown_one_is_the_base_model(
    server: FakeModelServer, client: ChatClient
) -> None:
    angry = await client.complete(replace(REQUEST, adapter="angry"))
    unknown = await client.complete(replace(REQUEST, adapter="nobody"))

    assert (angry.text, angry.model) == ("气死我了！", "angry")
    assert (unknown.text, unknown.model) == (DEFAULT_TEXT, "nobody")


async def test_llama_cpp_is_told_the_adapters_number() -> None:
    adapters = {"calm": "没关系。", "angry": "气死我了！"}
    async with FakeModelServer(kind="llama_cpp", adapters=adapters) as server:
        client = open_model(url=server.url)

        angry = await client.complete(replace(REQUEST, adapter="angry"))
        base = await client.complete(REQUEST)
        await client.close()

    assert (angry.text, base.text) == ("气死我了！", DEFAULT_TEXT)


async def test_a_key_is_sent_and_a_wrong_one_is_rejected() -> None:
    async with FakeModelServer(api_key="right") as server:
        right = open_model(url=server.url, api_key="right")
        wrong = open_model(url=server.url, api_key="wrong")

        assert (await right.complete(REQUEST)).text == DEFAULT_TEXT
        with pytest.raises(ModelRejected):
            await wrong.complete(REQUEST)
        await right.close()
        await wrong.close()


async def test_a_redirect_is_not_followed_so_the_key_goes_nowhere_else(
    server: FakeModelServer, client: ChatClient
) -> None:
    async with FakeModelServer() as elsewhere:
        server.plan(Step(Fault.REDIRECT, text=f"{elsewhere.url}/v1/chat/completions"))

        with pytest.raises(ModelRejected, match="status 307"):
            await client.complete(REQUEST)

    assert elsewhere.requests == []


async def test_nobody_at_the_address_is_unavailable_and_may_be_tried_again() -> None:
    async with FakeModelServer() as server:
        url = server.url
    client = open_model(url=url)

    with pytest.raises(ModelUnavailable) as caught:
        await client.complete(REQUEST)
    await client.close()

    assert caught.value.retryable


async def test_a_server_that_comes_later_is_found_then() -> None:
    server = FakeModelServer()
    await server.start()
    port = int(server.url.rpartition(":")[2])
    await server.stop()
    client = open_model(url=server.url)
    with pytest.raises(ModelUnavailable):
        await client.complete(REQUEST)

    await server.start(port)
    reply = await client.complete(REQUEST)
    await client.close()
    await server.stop()

    assert reply.text == DEFAULT_TEXT


async def test_streams_one_after_the_other_share_a_connection(
    server: FakeModelServer, client: ChatClient
) -> None:
    server.default = Step(Fault.LATE_END)

    for _ in range(3):
        await client.complete_streamed(REQUEST)

    assert len(server.connections) == 1


async def test_what_speaks_no_http_is_unavailable_and_not_tried_again() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    client = open_model(url=f"http://127.0.0.1:{port}", profile="openai", name="m")

    with pytest.raises(ModelUnavailable) as caught:
        await client.complete(REQUEST)
    await client.close()
    listener.close()
    await listener.wait_closed()

    assert (caught.value.detail, caught.value.retryable) == ("unreadable answer", False)


@pytest.mark.parametrize(
    ("kind", "profile", "limit"),
    [("tgi", "tgi", 115), ("openai", "openai", 64), ("llama_cpp", "llama_cpp", 64)],
)
async def test_a_probe_tells_profile_model_and_limit_and_generates_nothing(
    kind: str, profile: str, limit: int
) -> None:
    async with FakeModelServer(kind=kind) as server:
        client = open_model(url=f"{server.url}/v1/")
        probe = await client.probe()
        await client.close()

    assert (probe.answers, probe.profile, probe.limit) == (True, profile, limit)
    assert (probe.model, probe.reason) == ("test/customer-7b", "")
    assert server.requests == []


async def test_a_probe_of_nobody_says_why() -> None:
    async with FakeModelServer() as server:
        url = server.url
    client = open_model(url=url)

    probe = await client.probe()
    await client.close()

    assert (probe.answers, probe.reason) == (False, "no connection")


def test_settings_that_cannot_be_meant_are_all_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        open_model(url="localhost:8080", profile="vllm", max_inflight=0)

    assert [fault.split(":")[0] for fault in caught.value.faults] == [
        "model url",
        "model profile",
        "model max_inflight",
    ]


async def test_no_words_of_the_prompt_or_the_reply_and_no_key_get_into_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="core.llm")
    secret = ChatMessage(ChatRole.USER, "我的电话是13900000000")
    async with FakeModelServer(api_key="key-4711") as server:
        client = ChatClient(root=server.url, api_key="key-4711", profile=TGI)
        server.plan(Step(text="回复的话"), Step(Fault.INVALID), Step(Fault.GARBAGE))
        await client.complete(replace(REQUEST, messages=(secret,)))
        for _ in range(2):
            with pytest.raises(ModelError):
                await client.complete(replace(REQUEST, messages=(secret,)))
        await client.close()

    written = " ".join(str(vars(record)) for record in caplog.records)
    assert len(caplog.records) == 4
    assert [
        word for word in ("13900000000", "回复的话", "4711", "gateway") if word in written
    ] == []
