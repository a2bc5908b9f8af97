"""An embedding server on loopback whose meanings are known: words of one group are near."""

from __future__ import annotations

import array
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class EmbeddingServer:
    """`groups` are words that mean the same; a text is the sum of the groups it touches.
    `upside_down` makes every meaning a wrong one. `down` answers 500."""

    groups: Sequence[Sequence[str]]
    upside_down: bool = False
    down: bool = False
    as_list: bool = False
    texts: list[str] = field(default_factory=list)
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
        self.texts += body["input"]
        data = []
        for number, text in enumerate(body["input"]):
            numbers = self.vector(text)
            packed = base64.b64encode(array.array("f", numbers).tobytes()).decode()
            data.append({"index": number, "embedding": numbers if self.as_list else packed})
        return web.json_response({"data": data[::-1]})

    async def rerank(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.down:
            return web.Response(status=500)
        texts = body["texts"]
        return web.json_response(
            [{"index": at, "score": float(len(text))} for at, text in enumerate(texts)]
        )


@asynccontextmanager
async def serving(server: EmbeddingServer) -> AsyncIterator[EmbeddingServer]:
    """The server, answering at `url`."""
    app = web.Application()
    app.router.add_post("/v1/embeddings", server.embed)
    app.router.add_post("/rerank", server.rerank)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server
