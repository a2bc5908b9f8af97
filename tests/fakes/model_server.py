"""A model server on loopback that behaves, or misbehaves, as planned.

    async with FakeModelServer() as server:
        server.plan(Step(Fault.OVERLOADED), Step(text="我要退款"))
        model = open_model(url=server.url)

Each request takes the next planned step, afterwards `server.default`. Faults are those that real
servers of the kind were seen to have.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from aiohttp import web

from tests.fakes import model_shapes as shapes
from tests.fakes.obedience import obey

DEFAULT_TEXT = "我的宽带还是连不上。"


class Fault(StrEnum):
    """What goes wrong with one request. Where a fault is about streams, plain calls have none."""

    NONE = "none"
    OVERLOADED = "429"
    INVALID = "422"
    PLAIN_TEXT_422 = "422 as plain text"
    TOO_LARGE = "413"
    REDIRECT = "307 to the address in the step's text"
    EMPTY_401 = "401 without a body"
    GENERATION_FAILED = "424"
    BROKEN = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    DROP = "connection closed before any answer"
    TCP_CUT = "connection cut within the answer"
    CLEAN_CLOSE = "answer ends early, connection closes properly"
    GARBAGE = "status 200 and no JSON"
    STALL = "nothing more comes but keep-alive comments"
    INBAND_OVERLOAD = "overload inside a stream"
    FAIL_AFTER_TOKENS = "generation fails inside a stream"
    INBAND_INVALID = "validation error inside a stream"
    NO_SPACE = "data: without a space"
    CRLF = "lines end with CRLF"
    COMMENTS = "comments and unknown fields between events"
    MULTILINE = "one event over several data lines"
    BYTE_BY_BYTE = "each byte in its own packet"
    NO_DONE = "no [DONE], no last empty line"
    HALF_EVENT = "stream ends within an event, connection closes properly"
    LATE_END = "the body ends a moment after [DONE]"
    CUT_AFTER_FINISH = "connection cut after the finish reason"
    HUGE_EVENT = "an event beyond one MiB"


STATUS: Mapping[Fault, tuple[int, str, str]] = {
    Fault.OVERLOADED: (429, "Model is overloaded", "overloaded"),
    Fault.INBAND_OVERLOAD: (429, "Model is overloaded", "overloaded"),
    Fault.INVALID: (422, "Input validation error: `inputs` tokens", "validation"),
    Fault.INBAND_INVALID: (422, "Input validation error: `inputs` tokens", "validation"),
    Fault.TOO_LARGE: (413, "length limit exceeded", "validation"),
    Fault.GENERATION_FAILED: (424, "Request failed during generation: shard", "generation"),
    Fault.FAIL_AFTER_TOKENS: (424, "Request failed during generation: shard", "generation"),
    Fault.BROKEN: (500, "Incomplete generation", "incomplete_generation"),
    Fault.BAD_GATEWAY: (502, "bad gateway", "proxy"),
    Fault.UNAVAILABLE: (503, "unhealthy", "healthcheck"),
    Fault.GATEWAY_TIMEOUT: (504, "gateway timeout", "proxy"),
}
INBAND: Mapping[Fault, str] = {
    Fault.INBAND_OVERLOAD: "Model is overloaded",
    Fault.FAIL_AFTER_TOKENS: "Request failed during generation: shard",
    Fault.INBAND_INVALID: "Input validation error: `inputs` tokens",
}


ENDINGS = frozenset({*INBAND, Fault.CLEAN_CLOSE, Fault.GARBAGE, Fault.HALF_EVENT})


@dataclass(frozen=True, slots=True)
class Step:
    """How one request is served.

    `text` None leaves it to the server. Faults within an answer come after `tokens` pieces of two
    characters. `delay_s` passes before the first one, `token_s` before each of the others.
    """

    fault: Fault = Fault.NONE
    text: str | None = None
    finish_reason: str | None = "stop"
    tokens: int = 2
    delay_s: float = 0.0
    token_s: float = 0.0
    retry_after: str = ""


def flaky(fault: Fault, times: int) -> list[Step]:
    """Fails so many times; whatever follows is well."""
    return [Step(fault)] * times


class FakeModelServer:
    """`kind` is tgi, openai, llama_cpp or llama_cpp_python.

    `adapters` maps names to what each says. An unknown adapter gets the base model's text under
    its own name where real servers do that. `obedient` carries out the last user line's orders;
    `voice`, given a request's body, is what the model says.
    `requests` are the bodies that came, `asked` the pages, `connections` the clients' ends of
    the wires; `aborted` counts clients that left before the end; `busy` and `idle` are set while
    requests are worked on, or none is.
    """

    def __init__(
        self,
        *,
        kind: str = "tgi",
        adapters: Mapping[str, str] | None = None,
        api_key: str = "",
        obedient: bool = False,
        voice: Callable[[Mapping[str, Any]], str] | None = None,
        limit: int = 128,
    ) -> None:
        self.kind = kind
        self.adapters = dict(adapters or {})
        self.obedient = obedient
        self.voice = voice
        self.limit = limit
        self.default = Step(text=None)
        self.requests: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.connections: set[object] = set()
        self.aborted = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.busy = asyncio.Event()
        self.idle = asyncio.Event()
        self._api_key = api_key
        self._plan: deque[Step] = deque()
        self._runner: web.AppRunner | None = None
        self.url = ""

    def plan(self, *steps: Step) -> None:
        """The next requests are served like this, in order."""
        self._plan.extend(steps)

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/{page:.*}", self._page)
        # Without it a handler never learns that its client has left.
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _page(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        page = self._pages().get(request.path)
        return web.json_response(page) if page is not None else web.Response(status=404)

    def _pages(self) -> dict[str, Any]:
        names = ["test/customer-7b", *self.adapters]
        if self.kind == "tgi":
            listed = shapes.model_list(names[:1], owner=names[0])
            return {"/info": shapes.tgi_info(self.limit), "/v1/models": listed}
        if self.kind == "llama_cpp":
            files = [
                {"id": number, "path": f"/models/{name}.gguf", "scale": 1.0}
                for number, name in enumerate(self.adapters)
            ]
            return {
                "/props": {"default_generation_settings": {}, "total_slots": 4},
                "/v1/models": shapes.model_list(names[:1], owner="llamacpp"),
                "/lora-adapters": files,
            }
        owner = "me" if self.kind == "llama_cpp_python" else "vllm"
        return {"/v1/models": shapes.model_list(names, owner=owner)}

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        if self._api_key and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return web.Response(status=401)
        step = self._plan.popleft() if self._plan else self.default
        self.in_flight += 1
        self.idle.clear()
        self.busy.set()
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._serve(request, body, step)
        except asyncio.CancelledError:
            self.aborted += 1
            raise
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self.busy.clear()
                self.idle.set()

    async def _serve(
        self, request: web.Request, body: dict[str, Any], step: Step
    ) -> web.StreamResponse:
        await asyncio.sleep(step.delay_s)
        refusal = self._refusal(body, step)
        if refusal is not None:
            return refusal
        if step.fault is Fault.DROP:
            cut(request)
        text = self._text(body, step)
        if body.get("stream"):
            return await self._stream(request, body, step, text)
        return await self._plain(request, body, step, text)

    def _refusal(self, body: dict[str, Any], step: Step) -> web.Response | None:
        fault, headers = step.fault, {"Retry-After": step.retry_after} if step.retry_after else {}
        if fault is Fault.EMPTY_401:
            return web.Response(status=401)
        if fault is Fault.REDIRECT:
            return web.Response(status=307, headers={"Location": step.text or "/"})
        if fault is Fault.PLAIN_TEXT_422:
            return web.Response(status=422, text="Failed to deserialize the JSON body")
        if fault in STATUS and not (body.get("stream") and fault in INBAND):
            status, message, kind = STATUS[fault]
            return web.json_response(shapes.error(message, kind), status=status, headers=headers)
        if self.in_flight > self.limit:
            return web.json_response(shapes.error("Model is overloaded", "overloaded"), status=429)
        invalid = shapes.validation_fault(body) if self.kind == "tgi" else ""
        if invalid:
            message = f"Input validation error: {invalid}"
            return web.json_response(shapes.error(message, "validation"), status=422)
        known = body["model"] in ("test/customer-7b", *self.adapters)
        if self.kind == "openai" and not known:
            return web.json_response({"error": {"type": "NotFoundError"}}, status=404)
        return None

    def _text(self, body: dict[str, Any], step: Step) -> str:
        if step.text is not None:
            return step.text
        if self.voice is not None:
            return self.voice(body)
        if self.obedient:
            wanted = body.get("response_format") or {}
            nested = wanted.get("json_schema") or {}
            schema = wanted.get("value") or wanted.get("schema") or nested.get("schema")
            return obey(body["messages"], schema)
        chosen = str(body["model"])
        if body.get("lora"):
            chosen = list(self.adapters)[body["lora"][0]["id"]]
        return self.adapters.get(chosen, DEFAULT_TEXT)

    async def _plain(
        self, request: web.Request, body: dict[str, Any], step: Step, text: str
    ) -> web.StreamResponse:
        pieces = split(text)
        await asyncio.sleep(step.token_s * len(pieces))
        if step.fault is Fault.STALL:
            await asyncio.Event().wait()
        if step.fault is Fault.GARBAGE:
            return web.Response(text="<html>gateway</html>", content_type="text/html")
        answer = shapes.completion(
            text,
            model=body["model"],
            finish_reason=step.finish_reason or "",
            tokens=len(pieces),
        )
        if step.fault not in (Fault.TCP_CUT, Fault.CLEAN_CLOSE):
            return web.json_response(answer, dumps=dumps)
        data = dumps(answer).encode()
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if step.fault is Fault.TCP_CUT:
            response.content_length = len(data)
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        if step.fault is Fault.TCP_CUT:
            cut(request)
        return response

    async def _stream(
        self, request: web.Request, body: dict[str, Any], step: Step, text: str
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        async for event in self._events(body, step, text):
            if event == CUT:
                cut(request)
            data = frame(event, step.fault)
            if step.fault is Fault.BYTE_BY_BYTE:
                for place in range(len(data)):
                    await response.write(data[place : place + 1])
                    await asyncio.sleep(0)
            else:
                await response.write(data)
        if step.fault is Fault.LATE_END:
            await asyncio.sleep(0.03)
        return response

    async def _events(self, body: dict[str, Any], step: Step, text: str) -> AsyncIterator[str]:
        """What stands behind each `data:`; comments begin with a colon, CUT cuts the wire."""
        model, pieces = body["model"], split(text)
        for number, piece in enumerate(pieces):
            if number == step.tokens:
                async for event in midway(step.fault):
                    yield event
                if step.fault in ENDINGS:
                    return
            if number:
                await asyncio.sleep(step.token_s)
            yield dumps(shapes.chunk(piece, model=model))
        yield dumps(shapes.chunk("", model=model, finish_reason=step.finish_reason))
        if step.fault is Fault.CUT_AFTER_FINISH:
            await asyncio.sleep(0.02)
            yield CUT
        if step.fault is Fault.NO_DONE:
            return
        if (body.get("stream_options") or {}).get("include_usage"):
            yield dumps(shapes.usage_chunk(model=model, tokens=len(pieces)))
        yield "[DONE]"


CUT = "cut"
HALF = "half"


async def midway(fault: Fault) -> AsyncIterator[str]:
    """What a fault puts into the middle of a stream."""
    if fault in INBAND:
        yield dumps(shapes.inband_error(INBAND[fault]))
        yield "[DONE]"
    elif fault is Fault.GARBAGE:
        yield "<html>gateway</html>"
    elif fault is Fault.HALF_EVENT:
        yield HALF
    elif fault is Fault.TCP_CUT:
        await asyncio.sleep(0.02)
        yield CUT
    elif fault is Fault.HUGE_EVENT:
        yield "x" * (2 << 20)
    while fault is Fault.STALL:
        yield ": keep-alive"
        await asyncio.sleep(0.02)


def frame(event: str, fault: Fault) -> bytes:
    if event.startswith(":"):
        return f"{event}\n\n".encode()
    if event == HALF:
        return b'data: {"id":"","choices":[{"index":0,"delta":{"content":"'
    if fault is Fault.NO_SPACE:
        return f"data:{event}\n\n".encode()
    if fault is Fault.CRLF:
        return f"data: {event}\r\n\r\n".encode()
    if fault is Fault.COMMENTS:
        return f": note\nevent: message\nid: 7\ndata: {event}\nretry: 10\n\n: note\n\n".encode()
    if fault is Fault.MULTILINE and event != "[DONE]":
        lines = json.dumps(json.loads(event), ensure_ascii=False, indent=1).splitlines()
        return ("".join(f"data: {line}\n" for line in lines) + "\n").encode()
    if fault is Fault.NO_DONE and '"finish_reason":"stop"' in event:
        return f"data: {event}".encode()
    return f"data: {event}\n\n".encode()


def split(text: str) -> list[str]:
    return [text[start : start + 2] for start in range(0, len(text), 2)]


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cut(request: web.Request) -> None:
    """Break the connection and leave the handler, as a crash would."""
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError
