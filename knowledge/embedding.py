"""Texts to vectors over HTTP: TEI and everything that speaks OpenAI's embeddings; re-ranking by
TEI's `/rerank` or the form of Jina and Cohere, which vLLM and others share.

Vectors are asked for in base64: for 1,024 numbers that is a fourteenth of the time of JSON.
"""

from __future__ import annotations

import array
import asyncio
import base64
import binascii
import hashlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import orjson

from core.errors import EmbeddingUnavailable

BATCH = 32
"""Texts in one request; TEI's own default limit."""

LONGEST = 8000
"""Characters of a text that are sent."""

TIME_S = 20.0
RANKING_S = 5.0
"""How long a batch of passages waits for its scores: somebody waits for the answer."""

_MAX_ANSWER = 64 * 1024 * 1024
_TRIES = 3
_BUSY = frozenset({429, 502, 503, 504})


class _Client:
    """A server that answers JSON to JSON; every fault is EmbeddingUnavailable."""

    def __init__(self, url: str, *, api_key: str = "", time_s: float = TIME_S) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._time = aiohttp.ClientTimeout(total=time_s)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401  (JSON)
        for attempt in range(1, _TRIES + 1):
            status, answer = await self._once(path, body)
            if status not in _BUSY or attempt == _TRIES:
                break
            await asyncio.sleep(0.2 * attempt)
        if status != 200:
            raise EmbeddingUnavailable(f"status {status}")
        try:
            return orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise EmbeddingUnavailable("no JSON") from None

    async def _once(self, path: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._time)
        try:
            async with self._session.post(
                f"{self._url}{path}", data=orjson.dumps(body), headers=_JSON, allow_redirects=False
            ) as response:
                answer = await response.content.read(_MAX_ANSWER)
                if not response.content.at_eof():
                    raise EmbeddingUnavailable("too long an answer")
                return response.status, answer
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise EmbeddingUnavailable(type(error).__name__) from error


_JSON = {"Content-Type": "application/json"}
_OPENAI, _TEI = "relevance_score", "score"


class Embedder(_Client):
    """Texts to unit vectors, all of one length."""

    def __init__(self, url: str, *, model: str, api_key: str = "", time_s: float = TIME_S) -> None:
        super().__init__(url.removesuffix("/v1"), api_key=api_key, time_s=time_s)
        self.model = model

    async def vectors(self, texts: Sequence[str]) -> list[array.array[float]]:
        """One vector of length 1 for each text, in order. EmbeddingUnavailable when the server
        does not answer, refuses, or answers with something else."""
        made: list[array.array[float]] = []
        for at in range(0, len(texts), BATCH):
            some = [text[:LONGEST] for text in texts[at : at + BATCH]]
            answer = await self._ask(
                "/v1/embeddings",
                {"model": self.model, "input": some, "encoding_format": "base64"},
            )
            made += _vectors_of(answer, len(some))
        if len({len(vector) for vector in made}) > 1:
            raise EmbeddingUnavailable("vectors of different lengths")
        return made


def _vectors_of(answer: Any, count: int) -> list[array.array[float]]:  # noqa: ANN401  (JSON)
    try:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        found = [_unit(_numbers(row["embedding"])) for row in rows]
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise EmbeddingUnavailable("no embeddings in the answer") from None
    if len(found) != count:
        raise EmbeddingUnavailable(f"{len(found)} vectors for {count} texts")
    return found


def _numbers(value: object) -> array.array[float]:
    """Base64 of little-endian floats, or, from servers that do not know it, a list."""
    numbers = array.array("f")
    if isinstance(value, str):
        numbers.frombytes(base64.b64decode(value, validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
    elif isinstance(value, list):
        numbers.extend(value)
    else:
        raise TypeError("neither text nor list")
    return numbers


def _unit(numbers: array.array[float]) -> array.array[float]:
    length = sum(number * number for number in numbers) ** 0.5
    if not 0 < length < float("inf"):
        raise ValueError("a vector without a direction")
    return array.array("f", (number / length for number in numbers))


class HttpReranker(_Client):
    """`Reranker` over HTTP."""

    def __init__(
        self, url: str, *, model: str = "", api_key: str = "", time_s: float = RANKING_S
    ) -> None:
        super().__init__(url, api_key=api_key, time_s=time_s)
        self._model = model
        self.name = hashlib.sha256(f"{self._url} {model}".encode()).hexdigest()[:16]

    async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        scores: list[float] = []
        for at in range(0, len(passages), BATCH):
            scores += await self._batch(question, [t[:LONGEST] for t in passages[at : at + BATCH]])
        return scores

    async def _batch(self, question: str, texts: Sequence[str]) -> list[float]:
        answer: Any
        body: dict[str, object]
        if self._model:
            body = {"model": self._model, "query": question, "documents": texts}
            answer = await self._ask("/v1/rerank", body)
            rows, score = answer.get("results", ()) if isinstance(answer, dict) else (), _OPENAI
        else:
            # Without `truncate` TEI refuses the batch for one text that is too long for its model.
            body = {"query": question, "texts": texts, "truncate": True}
            rows, score = await self._ask("/rerank", body), _TEI
        try:
            found = {int(row["index"]): float(row[score]) for row in rows}
            return [found[number] for number in range(len(texts))]
        except (KeyError, TypeError, ValueError):
            raise EmbeddingUnavailable("no scores in the answer") from None
