"""An embedding server on loopback whose meanings are known: words of one group are near."""

from __future__ import annotations

import array
import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import mul

from aiohttp import web
from aiohttp.test_utils import TestServer

TEI_BATCH = 32


@dataclass
class EmbeddingServer:
    """`groups` are words that mean the same; a text is the sum of the groups it touches.
    `upside_down` makes every meaning a wrong one. `down` answers 500. Once it has had
    `stalls_after` texts it answers no more, and `stalled` is set."""

    groups: Sequence[Sequence[str]]
    upside_down: bool = False
    down: bool = False
    as_list: bool = False
    texts: list[str] = field(default_factory=list)
    stalls_after: float = float("inf")
    stalled: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def vector(self, text: str) -> list[float]:
        found = [float(any(word in text for word in group)) for group in self.groups]
        if self.upside_down and len(found) > 1:
            found = [*found[1:], found[0]] if len(text) < 25 else found
        return [*found, 0.1]

    async def embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.down:
            return web.Response(status=500)
        if len(self.texts) >= self.stalls_after:
            self.stalled.set()
            await asyncio.sleep(600)
        self.texts += body["input"]
        data = []
        for number, text in enumerate(body["input"]):
            numbers = self.vector(text)
            packed = base64.b64encode(array.array("f", numbers).tobytes()).decode()
            data.append({"index": number, "embedding": numbers if self.as_list else packed})
        return web.json_response({"data": data[::-1]})

    async def rerank(self, request: web.Request) -> web.Response:
        """As TEI does: at most 32 texts, the best first; a text is as near as its meaning."""
        body = await request.json()
        if self.down:
            return web.Response(status=500)
        texts, asked = body["texts"], self.vector(body["query"])
        if len(texts) > TEI_BATCH or not body.get("truncate"):
            fault = f"batch size {len(texts)} > maximum allowed batch size {TEI_BATCH}"
            return web.json_response({"error": fault, "error_type": "Validation"}, status=422)
        near = [sum(map(mul, asked, self.vector(text))) for text in texts]
        order = sorted(range(len(texts)), key=lambda at: -near[at])
        return web.json_response([{"index": at, "score": near[at]} for at in order])


@asynccontextmanager
async def serving(server: EmbeddingServer) -> AsyncIterator[EmbeddingServer]:
    """The server, answering at `url`."""
    app = web.Application()
    app.router.add_post("/v1/embeddings", server.embed)
    app.router.add_post("/rerank", server.rerank)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server
