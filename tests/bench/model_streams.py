"""Simulated dialogues a second at 64 streams of a model that needs 20 ms a token.

    python -m tests.bench.model_streams

`peilian simulate --engine model` as it is shipped, against a server in a process of its own that
takes 40 tokens' time for every reply. A talk of the study has as many calls as it needs, so its
rate is told as talks of 12 calls: calls a second by 12. 64 streams allow 6.67 of these; the first
and the last 64 talks, with streams still to fill or no longer filled, are not in the figure.
Before it, bare aiohttp reads the same streams in the same run: what a busy machine leaves.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes import model_shapes as shapes
from tests.fakes.customer_voice import play
from tests.fakes.model_server import dumps

STREAMS = 64
TOKEN_S = 0.020
TOKENS = 40
CALLS_A_TALK = 12
TALKS = {"--trainees": 5, "--scenarios": 7, "--personas": 8, "--repeats": 1}
IDEAL = STREAMS / (TOKEN_S * TOKENS) / CALLS_A_TALK
LEAST = 6.0
BARE_S = 8.0
ROOT = Path(__file__).resolve().parents[2]


class Server:
    """Plays the customer, a token every 20 ms, whatever the length of what it says."""

    def __init__(self) -> None:
        self.calls = 0
        self.most = 0
        self._busy = 0

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body: Mapping[str, Any] = await request.json()
        self.calls += 1
        self._busy += 1
        self.most = max(self.most, self._busy)
        try:
            text = play(body) if body["messages"] else "好" * TOKENS
            if body.get("stream"):
                return await _stream(request, str(body["model"]), text)
            await asyncio.sleep(TOKENS * TOKEN_S)
            answer = shapes.completion(
                text, model=str(body["model"]), finish_reason="stop", tokens=TOKENS
            )
            return web.json_response(answer, dumps=dumps)
        finally:
            self._busy -= 1

    async def told(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": self.calls, "most": self.most})

    async def page(self, request: web.Request) -> web.Response:
        pages = {
            "/info": shapes.tgi_info(128),
            "/v1/models": shapes.model_list(["test/customer-7b"], owner="test/customer-7b"),
        }
        page = pages.get(request.path)
        return web.json_response(page) if page is not None else web.Response(status=404)


async def _stream(request: web.Request, model: str, text: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    began = time.perf_counter()
    for number in range(TOKENS):
        await asyncio.sleep(began + (number + 1) * TOKEN_S - time.perf_counter())
        piece = text[number : number + 1] if number < TOKENS - 1 else text[number:]
        await response.write(f"data: {dumps(shapes.chunk(piece, model=model))}\n\n".encode())
    end = shapes.chunk("", model=model, finish_reason="stop")
    await response.write(f"data: {dumps(end)}\n\ndata: [DONE]\n\n".encode())
    return response


async def serve() -> None:
    server, app = Server(), web.Application()
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_get("/told", server.told)
    app.router.add_get("/{page:.*}", server.page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def bare(url: str) -> float:
    """Calls a second that 64 readers of streams get who do nothing else."""
    calls, until = 0, time.perf_counter() + BARE_S
    body = {"model": "bare", "messages": [], "stream": True}

    async def read(http: aiohttp.ClientSession) -> None:
        nonlocal calls
        while time.perf_counter() < until:
            async with http.post(f"{url}/v1/chat/completions", json=body) as answer:
                async for line in answer.content:
                    if line.startswith(b"data: {"):
                        json.loads(line[6:])
            calls += 1

    async with aiohttp.ClientSession() as http:
        began = time.perf_counter()
        await asyncio.gather(*(read(http) for _ in range(STREAMS)))
    return calls / (time.perf_counter() - began)


def lines_of(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.read_bytes().count(b"\n")
    return 0


async def calls_at(url: str, http: aiohttp.ClientSession) -> tuple[float, int, int]:
    async with http.get(f"{url}/told") as answer:
        told = await answer.json()
    return time.perf_counter(), told["calls"], told["most"]


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, folder: Path) -> float:
    """Talks of 12 calls a second, and what the process spent on them."""
    reader = await bare(url) / CALLS_A_TALK
    total = 1
    for count in TALKS.values():
        total *= count
    command = [sys.executable, "-m", "ops", "simulate", "--out", str(folder), "--engine", "model"]
    command += [f"{name}={count}" for name, count in TALKS.items()]
    environment = os.environ | {"PEILIAN_MODEL_URL": url, "PEILIAN_MODEL_PROFILE": "tgi"}
    with subprocess.Popen(  # noqa: ASYNC220  # nothing else runs in this loop while it starts
        [*command, f"--concurrency={STREAMS}"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as study:
        async with aiohttp.ClientSession() as http:
            marks = []
            for wanted in (STREAMS, total - STREAMS):
                # A file rings no bell.
                while lines_of(folder / "dialogues.jsonl") < wanted and study.poll() is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                marks.append((*await calls_at(url, http), cpu_s(study.pid)))
        assert study.wait() == 0
    (began, first, _, cpu), (ended, last, most, spent) = marks
    calls, seconds = last - first, ended - began
    rate = calls / seconds / CALLS_A_TALK
    print(
        f"{rate:.2f} talks of {CALLS_A_TALK} calls a second ({IDEAL:.2f} ideal, at least {LEAST}, "
        f"bare aiohttp {reader:.2f} just before); "
        f"{calls} calls in {seconds:.0f} s, {most} at once at most; "
        f"CPU {(spent - cpu) * 1000 / calls:.1f} ms a call in the study's process"
    )
    return rate


def main() -> None:
    if "--serve" in sys.argv:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve())
        return
    command = [sys.executable, "-m", "tests.bench.model_streams", "--serve"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            rate = asyncio.run(measure(url, Path(folder) / "study"))
        finally:
            server.terminate()
    raise SystemExit(0 if rate >= LEAST else 1)


if __name__ == "__main__":
    main()
