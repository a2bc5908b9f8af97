"""The dense leg: vectors in Milvus, a Lite file on one host or a server or cluster by URI.

Derived from the database, like the text leg. One collection for each embedding, so a new one is
filled beside the old. Only dense search is used: on Lite, BM25 counts in segments, and a passage
that was added later is as good as lost (ops/decisions/0015-dense-leg.md). A Lite file belongs to
one process; its engine shares our interpreter, so every call runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from core.domain.knowledge import COMPANY, Passage, Question
from core.errors import EmbeddingUnavailable, IndexHeld, IndexUnavailable
from core.ports.knowledge_store import Change, State
from core.ports.storage import Transactions
from knowledge.embedding import Embedder

T = TypeVar("T")

logger = logging.getLogger("knowledge")

BATCH = 100
"""Changed documents in one step."""

QUESTION_S = 2.0
"""How long a question waits for its vector: somebody waits for the answer."""

_DELETED = 500
_VARCHAR = 512
_MARK = 0
"""The id of the row that remembers how far the collection has come."""


class MilvusLeg:
    """`DenseLeg` in one Milvus collection."""

    def __init__(self, uri: str, embedder: Embedder) -> None:
        self._uri = uri
        self._embedder = embedder
        digest = hashlib.sha256(embedder.model.encode()).hexdigest()[:16]
        self._name = f"peilian_passages_{digest}"
        self._client: Any = None
        self._loaded = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="milvus")
        self._turn = asyncio.Lock()

    @property
    def model(self) -> str:
        """Which embedding made the vectors."""
        return self._embedder.model

    async def catch_up(
        self, transactions: Transactions, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Take in what has changed since the last time. What has been taken in stays so when
        the embedding stops answering on the way."""
        async with self._turn:
            state = await transactions.read(lambda unit: unit.knowledge.state())
            held = await self._run(lambda client: self._held(client, state))
            while held < state.change:
                changes = await transactions.read(
                    lambda unit, after=held: unit.knowledge.changes(after=after, limit=BATCH)  # type: ignore[misc]
                )
                if not changes:
                    return
                await self._apply(state, changes)
                held = changes[-1].change
                if progress is not None:
                    progress(held, state.change)

    async def search(self, question: Question, *, limit: int) -> Sequence[tuple[int, float]]:
        try:
            async with asyncio.timeout(QUESTION_S):
                [vector] = await self._embedder.vectors([question.text])
        except TimeoutError:
            raise EmbeddingUnavailable("TimeoutError") from None
        where = [f"id > {_MARK}"]
        if not question.reader.every_team:
            where.append(f"team in [{_quoted(COMPANY)}, {_quoted(question.reader.team)}]")
        if question.collection is not None:
            where.append(f"collection == {_quoted(question.collection)}")
        condition = " and ".join(where)

        def ask(client: Any) -> list[tuple[int, float]]:  # noqa: ANN401  (pymilvus' own class)
            if not self._ready(client):
                return []
            [found] = client.search(
                self._name,
                data=[list(vector)],
                filter=condition,
                limit=limit,
                output_fields=["id"],
                search_params={"metric_type": "IP"},
            )
            return [(int(hit["id"]), float(hit["distance"])) for hit in found]

        return await self._run(ask)

    async def share_held(self, transactions: Transactions) -> float:
        """How much of what has changed so far it has taken in, 0..1. IndexUnavailable or
        EmbeddingUnavailable when the index or the embedding does not answer."""
        await self._embedder.vectors(["ping"])
        state = await transactions.read(lambda unit: unit.knowledge.state())
        epoch, change = await self._run(self._mark)
        if not state.change:
            return 1.0
        return min(1.0, change / state.change) if epoch == state.epoch else 0.0

    async def close(self) -> None:
        """Let go of the server, or of the file."""
        await self._embedder.close()
        if self._client is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._client.close)
            self._client = None
        self._thread.shutdown(wait=True)

    async def _apply(self, state: State, changes: Sequence[Change]) -> None:
        passages = [passage for change in changes for passage in change.passages]
        vectors = await self._embedder.vectors([_words(passage) for passage in passages])
        rows = [
            {
                "id": passage.id,
                "document": change.document_id,
                "team": change.key.team,
                "collection": change.key.collection,
            }
            for change in changes
            for passage in change.passages
        ]
        for row, vector in zip(rows, vectors, strict=True):
            row["vector"] = list(vector)
        if vectors:
            size = len(vectors[0])
        else:
            size = await self._run(self._size) or len((await self._embedder.vectors(["?"]))[0])
        documents = [change.document_id for change in changes]
        mark = f"{state.epoch}:{changes[-1].change}"
        await self._run(lambda client: self._write(client, rows, documents, size, mark))

    def _write(
        self,
        client: Any,  # noqa: ANN401  (pymilvus' own class)
        rows: Sequence[dict[str, Any]],
        documents: Sequence[int],
        size: int,
        mark: str,
    ) -> None:
        """First out, then in, the mark last: a kill on the way repeats the step."""
        self._make(client, size)
        for at in range(0, len(documents), _DELETED):
            some = ", ".join(map(str, documents[at : at + _DELETED]))
            client.delete(self._name, filter=f"document in [{some}]")
        if rows:
            client.upsert(self._name, data=list(rows))
        nothing = [1.0] + [0.0] * (size - 1)
        row = {"id": _MARK, "document": 0, "team": mark, "collection": "", "vector": nothing}
        client.upsert(self._name, data=[row])

    def _make(self, client: Any, size: int) -> None:  # noqa: ANN401  (pymilvus' own class)
        if client.has_collection(self._name):
            return
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("document", DataType.INT64)
        schema.add_field("team", DataType.VARCHAR, max_length=_VARCHAR)
        schema.add_field("collection", DataType.VARCHAR, max_length=_VARCHAR)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=size)
        index = client.prepare_index_params()
        index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
        client.create_collection(
            self._name, schema=schema, index_params=index, consistency_level="Strong"
        )

    def _held(self, client: Any, state: State) -> int:  # noqa: ANN401  (pymilvus' own class)
        """The last change this collection holds; one of another past is dropped."""
        if not self._ready(client):
            return 0
        epoch, change = self._mark(client)
        if epoch == state.epoch and change <= state.change:
            return change
        client.drop_collection(self._name)
        return 0

    def _mark(self, client: Any) -> tuple[str, int]:  # noqa: ANN401  (pymilvus' own class)
        """Of which past, and up to which change, this collection is."""
        if not self._ready(client):
            return "", 0
        rows = client.query(self._name, filter=f"id == {_MARK}", output_fields=["team"])
        epoch, _, change = (rows[0]["team"] if rows else ":0").rpartition(":")
        return epoch, int(change)

    def _ready(self, client: Any) -> bool:  # noqa: ANN401  (pymilvus' own class)
        """Whether there is a collection, loaded for search: one that an earlier process made
        lies on Lite unloaded until somebody asks for it."""
        if not client.has_collection(self._name):
            return False
        if not self._loaded:
            client.load_collection(self._name)
            self._loaded = True
        return True

    def _size(self, client: Any) -> int:  # noqa: ANN401  (pymilvus' own class)
        if not client.has_collection(self._name):
            return 0
        fields = client.describe_collection(self._name)["fields"]
        return next(int(f["params"]["dim"]) for f in fields if f["name"] == "vector")

    async def _run(self, work: Callable[[Any], T]) -> T:
        """In the one thread that holds the client."""

        def call() -> T:
            try:
                return work(self._opened())
            except IndexUnavailable:
                raise
            except Exception as error:  # the client raises what its engine, gRPC or it has
                raise IndexUnavailable(type(error).__name__) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _opened(self) -> Any:  # noqa: ANN401  (pymilvus' own class)
        if self._client is None:
            # The client writes a traceback for every refusal; we say it once in our own words.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
            try:
                from pymilvus import MilvusClient
            except ImportError as error:
                raise IndexUnavailable("pip install peilian[milvus]") from error
            for name in ("pymilvus", "milvus_lite", "grpc"):  # the import sets levels of its own
                logging.getLogger(name).setLevel(logging.CRITICAL)
            address = _address(self._uri)
            if "://" in address:
                self._client = MilvusClient(address)
                return self._client
            Path(address).parent.mkdir(parents=True, exist_ok=True)
            there = Path(address).exists()
            try:
                self._client = MilvusClient(address)
            except Exception as error:  # whatever the engine raises
                # Its engine says no more than that it did not start.
                raise (IndexHeld if there else IndexUnavailable)(type(error).__name__) from error
        return self._client


def _address(uri: str) -> str:
    """A file is a Lite file only if its name ends in `.db`."""
    return uri if "://" in uri or uri.endswith(".db") else f"{uri}.db"


def _words(passage: Passage) -> str:
    return "\n".join((passage.title, *passage.place.section, *passage.aliases, passage.text))


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
