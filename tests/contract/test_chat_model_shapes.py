"""What the client sends and what the fake server answers fit TGI's published schemas."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator, ValidationError

from core.llm.chat_client import open_model
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole
from tests.fakes.model_server import FakeModelServer, Fault, Step

DOCUMENT = Path(__file__).resolve().parents[1] / "data" / "tgi" / "openapi_subset.json"
REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.SYSTEM, "你是客户"), ChatMessage(ChatRole.USER, "您好")),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=10.0,
    stop=("客服：",),
    top_p=0.9,
    json_schema={"type": "object", "properties": {"level": {"enum": [0, 1]}}},
)


def as_json_schema(value: Any) -> Any:  # noqa: ANN401  a JSON value of any kind
    """OpenAPI 3.0 in the words of JSON Schema: `nullable` is a type of its own there."""
    if isinstance(value, list):
        return [as_json_schema(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    plain = {key: as_json_schema(entry) for key, entry in value.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if value.get("nullable") is True else plain


SCHEMAS = as_json_schema(json.loads(DOCUMENT.read_text(encoding="utf-8")))


def check(value: object, name: str) -> None:
    schema = {**SCHEMAS, "$ref": f"#/components/schemas/{name}"}
    Draft202012Validator(schema).validate(value)


def test_the_check_itself_refuses_what_does_not_fit() -> None:
    check({"error": "m", "error_type": "overloaded"}, "ErrorResponse")

    with pytest.raises(ValidationError):
        check({"error": "m"}, "ErrorResponse")


@pytest.mark.parametrize("streamed", [False, True])
async def test_requests_of_the_client_fit(streamed: bool) -> None:
    async with FakeModelServer() as server:
        client = open_model(url=server.url)
        await (client.complete_streamed if streamed else client.complete)(REQUEST)
        await client.complete(replace(REQUEST, json_schema=None, stop=(), top_p=None))
        await client.close()

    assert len(server.requests) == 2
    for body in server.requests:
        check(body, "ChatRequest")


async def test_plain_answers_and_refusals_of_the_fake_server_fit() -> None:
    body = {"model": "tgi", "messages": [{"role": "user", "content": "您好"}]}
    async with FakeModelServer() as server, aiohttp.ClientSession(server.url) as http:
        server.plan(Step(), Step(Fault.OVERLOADED), Step(Fault.GENERATION_FAILED))
        names = ["ChatCompletion", "ErrorResponse", "ErrorResponse"]
        for name in names:
            async with http.post("/v1/chat/completions", json=body) as response:
                check(await response.json(), name)
        async with http.get("/info") as response:
            check(await response.json(), "Info")
        async with http.get("/v1/models") as response:
            check((await response.json())["data"][0], "ModelInfo")


async def test_streamed_chunks_of_the_fake_server_fit_and_end_as_tgi_ends() -> None:
    body = {
        "model": "tgi",
        "messages": [{"role": "user", "content": "您好"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    async with (
        FakeModelServer() as server,
        aiohttp.ClientSession(server.url) as http,
        http.post("/v1/chat/completions", json=body) as response,
    ):
        events = [line[6:].strip() async for line in response.content if line.startswith(b"data: ")]

    chunks = [json.loads(event) for event in events[:-1]]
    for chunk in chunks:
        check(chunk, "ChatCompletionChunk")
    assert events[-1] == b"[DONE]"
    assert chunks[-1]["choices"] == []
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
