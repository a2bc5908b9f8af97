"""CPU time of the model client against bare aiohttp, same server, same run.

    python -m tests.bench.model_client

Prints milliseconds per plain request and per streamed reply with their ratios, and fails above
1.5 times per request or 2 times per streamed token. The server is a process of its own, so that
only the client's CPU is counted; rounds alternate, and the median counts.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp

from core.llm.chat_client import ChatClient, open_model
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole
from tests.fakes.model_server import FakeModelServer, Step

ROUNDS = 7
REQUESTS = 300
STREAMS = 60
TOKENS = 64
MOST_PER_REQUEST = 1.5
MOST_PER_TOKEN = 2.0
TEXT = "客服" * TOKENS
REQUEST = ChatRequest(
    messages=(ChatMessage(ChatRole.SYSTEM, "你是客户。" * 100), ChatMessage(ChatRole.USER, "您好")),
    max_tokens=TOKENS,
    temperature=0.7,
    seed=7,
    timeout_s=60.0,
)
BODY = {
    "model": "tgi",
    "messages": [{"role": m.role.value, "content": m.text} for m in REQUEST.messages],
    "max_tokens": TOKENS,
    "temperature": 0.7,
    "seed": 7,
}

Call = Callable[[], Awaitable[str]]


async def serve() -> None:
    server = FakeModelServer()
    server.default = Step(text=TEXT)
    await server.start()
    print(server.url, flush=True)
    await asyncio.Event().wait()


def bare_calls(session: aiohttp.ClientSession, url: str) -> tuple[Call, Call]:
    """The shortest code that gets a reply: no limits, no checks, no errors of our own."""

    async def plain() -> str:
        async with session.post(f"{url}/v1/chat/completions", json=BODY) as response:
            answer = json.loads(await response.read())
        return str(answer["choices"][0]["message"]["content"])

    async def streamed() -> str:
        pieces = []
        body = {**BODY, "stream": True}
        async with session.post(f"{url}/v1/chat/completions", json=body) as response:
            async for line in response.content:
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    pieces.append(json.loads(line[6:])["choices"][0]["delta"]["content"])
        return "".join(pieces)

    return plain, streamed


def our_calls(client: ChatClient) -> tuple[Call, Call]:
    async def plain() -> str:
        return (await client.complete(REQUEST)).text

    async def streamed() -> str:
        return (await client.complete_streamed(REQUEST)).text

    return plain, streamed


async def cpu_ms(call: Call, times: int) -> float:
    """CPU milliseconds of this process per call."""
    started = time.process_time()
    for _ in range(times):
        if await call() != TEXT:
            raise SystemExit("wrong reply")
    return (time.process_time() - started) * 1000 / times


async def measure(url: str) -> bool:
    client = open_model(url=url)
    async with aiohttp.ClientSession() as session:
        pairs = list(zip(bare_calls(session, url), our_calls(client), strict=True))
        ok = True
        for (bare, ours), times, most, name in zip(
            pairs,
            (REQUESTS, STREAMS),
            (MOST_PER_REQUEST, MOST_PER_TOKEN),
            ("plain request", f"stream of {TOKENS} tokens"),
            strict=True,
        ):
            await cpu_ms(bare, times // 3)
            await cpu_ms(ours, times // 3)
            rounds = [(await cpu_ms(bare, times), await cpu_ms(ours, times)) for _ in range(ROUNDS)]
            bare_ms, ours_ms = (statistics.median(side) for side in zip(*rounds, strict=True))
            ratio = statistics.median(ours / bare for bare, ours in rounds)
            ok = ok and ratio <= most
            print(
                f"{name}: bare {bare_ms:.3f} ms, ours {ours_ms:.3f} ms, "
                f"ratio {ratio:.2f} (at most {most})"
            )
    await client.close()
    return ok


def main() -> None:
    if "--serve" in sys.argv:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve())
        return
    command = [sys.executable, "-m", "tests.bench.model_client", "--serve"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as server:
        try:
            assert server.stdout is not None
            ok = asyncio.run(measure(server.stdout.readline().strip()))
        finally:
            server.terminate()
    raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
