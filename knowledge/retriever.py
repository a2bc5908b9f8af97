"""`KnowledgeBase` over the database and its indexes: the text leg always, the dense leg where it
has shown a gain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader
from core.errors import EmbeddingUnavailable, IndexUnavailable, NotFound
from core.ports.knowledge_store import State
from core.ports.storage import Transactions
from knowledge.fusion import fused
from knowledge.text_index import TextIndex

logger = logging.getLogger("knowledge")

BATCH = 200
"""Documents taken into an index in one step."""

DEPTH = 50
"""Passages of each leg that are fused or ranked again."""

SPARE = 4
"""Passages opened beyond those asked for, since one may be gone by now."""

Progress = Callable[[int, int], None]
"""Told (changes taken in, changes there are)."""


class DenseLeg(Protocol):
    """Passages near a question in meaning."""

    @property
    def model(self) -> str:
        """Which embedding made its vectors."""
        ...

    async def catch_up(
        self, transactions: Transactions, *, progress: Progress | None = None
    ) -> None:
        """Take in what has changed. IndexUnavailable, EmbeddingUnavailable."""
        ...

    async def search(self, question: Question, *, limit: int) -> Sequence[tuple[int, float]]:
        """(passage id, score), best first; ids may be of passages that are gone by now."""
        ...

    async def close(self) -> None: ...


class Reranker(Protocol):
    """Orders passages by how well they answer, with a model."""

    async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """One score a passage. EmbeddingUnavailable when the server gives none."""
        ...

    async def close(self) -> None: ...


Rewrite = Callable[[str], Awaitable[Sequence[str]]]
"""Other words for a question, from a language model; none when it gives none."""


@dataclass(frozen=True, slots=True)
class Legs:
    """What a search may use beside the text leg."""

    dense: DenseLeg | None = None
    reranker: Reranker | None = None
    rewrite: Rewrite | None = None


class Retriever:
    """`KnowledgeBase` of one process. Everything that blocks runs in threads."""

    def __init__(
        self, transactions: Transactions, text: TextIndex, legs: Legs | None = None
    ) -> None:
        self._transactions = transactions
        self._text = text
        self._legs = legs or Legs()
        self._turn = asyncio.Lock()
        self._gain: tuple[int, bool] | None = None
        self._epoch: str | None = None

    async def search(self, question: Question) -> Sequence[Hit]:
        if not question.text.strip():
            return []
        state = await self.catch_up()
        depth = max(DEPTH, question.limit)
        found = await self._by_text(question, depth)
        dense = self._legs.dense
        if dense is not None and await self.is_fused(state):
            found = fused([found, await self._by_meaning(question, depth)])
        if self._legs.reranker is None:
            return await self._opened(question, found[:depth])
        deep = replace(question, limit=depth)
        return (await self._ranked_again(question, await self._opened(deep, found)))[
            : question.limit
        ]

    async def search_text(self, question: Question) -> Sequence[Hit]:
        """What the text leg alone finds."""
        await self.catch_up()
        found = await self._by_text(question, max(DEPTH, question.limit))
        return await self._opened(question, found)

    async def search_fused(self, question: Question) -> Sequence[Hit]:
        """What both legs find together, whether that has shown a gain or not. Raises
        IndexUnavailable or EmbeddingUnavailable when the dense leg does not answer."""
        dense = self._legs.dense
        if dense is None:
            raise IndexUnavailable("no dense leg")
        depth = max(DEPTH, question.limit)
        both = [
            await self._by_text(question, depth),
            await dense.search(question, limit=depth),
        ]
        return await self._opened(question, fused(both)[:depth])

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        found = await self._transactions.read(lambda unit: unit.knowledge.found([passage_id]))
        passage = found.get(passage_id)
        if passage is None or not reader.may_read(passage.document.team):
            raise NotFound(what="passage", name=str(passage_id))
        return passage

    async def passages(self, key: DocumentKey, *, reader: Reader) -> Sequence[Passage]:
        if not reader.may_read(key.team):
            raise NotFound(what="document", name=key.name)
        return await self._transactions.read(lambda unit: unit.knowledge.passages(key))

    async def catch_up(self, progress: Progress | None = None) -> State:
        """Take into the text leg what has changed; one task of this process at a time."""
        async with self._turn:
            state = await self._transactions.read(lambda unit: unit.knowledge.state())
            held = await self._held(state)
            while held < state.change:
                changes = await self._transactions.read(
                    lambda unit, after=held: unit.knowledge.changes(after=after, limit=BATCH)  # type: ignore[misc]
                )
                if not changes:
                    break
                await asyncio.to_thread(self._text.apply, changes)
                held = changes[-1].change
                if progress is not None:
                    progress(held, state.change)
            return state

    async def catch_up_dense(self, progress: Progress | None = None) -> None:
        """Take into the dense leg what has changed, where there is one. It is searched in the
        meantime, as is the text leg."""
        if self._legs.dense is not None:
            await self._legs.dense.catch_up(self._transactions, progress=progress)

    async def is_fused(self, state: State) -> bool:
        """Whether the dense leg has shown a gain on the company's own questions."""
        if self._legs.dense is None:
            return False
        if self._gain is None or self._gain[0] != state.change:
            name = evaluation_name(self._legs.dense.model)
            note = await self._transactions.read(lambda unit: unit.knowledge.note(name))
            self._gain = state.change, bool(note and note["gain"])
        return self._gain[1]

    def forget_gain(self) -> None:
        """Look again whether fusing gains, after an evaluation."""
        self._gain = None

    async def close(self) -> None:
        """Let go of the indexes."""
        for part in (self._legs.dense, self._legs.reranker):
            if part is not None:
                await part.close()
        self._text.close()

    async def _held(self, state: State) -> int:
        held = await asyncio.to_thread(self._text.held)
        if self._epoch == state.epoch and held <= state.change:
            return held
        checksum = await self._transactions.read(lambda unit: unit.knowledge.checksum(upto=held))
        held = await asyncio.to_thread(self._text.verify, state, held, checksum)
        self._epoch = state.epoch
        return held

    async def _by_text(self, question: Question, depth: int) -> list[tuple[int, float]]:
        found = await asyncio.to_thread(self._text.search, question, limit=depth)
        answers = [[(id_, score) for id_, _, score in found]]
        if self._legs.rewrite is not None:
            for words in await self._legs.rewrite(question.text):
                again = replace(question, text=words)
                other = await asyncio.to_thread(self._text.search, again, limit=depth)
                answers.append([(id_, score) for id_, _, score in other])
        return answers[0] if len(answers) == 1 else fused(answers)

    async def _by_meaning(self, question: Question, depth: int) -> Sequence[tuple[int, float]]:
        """Nothing when the dense leg does not answer: the text leg is enough to go on."""
        assert self._legs.dense is not None
        try:
            return await self._legs.dense.search(question, limit=depth)
        except (IndexUnavailable, EmbeddingUnavailable) as error:
            logger.warning("dense leg left out", extra={"error": type(error).__name__})
            return ()

    async def _opened(self, question: Question, found: Sequence[tuple[int, float]]) -> list[Hit]:
        """The best passages, as they are in the database now and only those that may be read."""
        hits: list[Hit] = []
        at, wanted = 0, question.limit
        while len(hits) < wanted and at < len(found):
            some = found[at : at + wanted + SPARE]
            at += len(some)
            passages = await self._found([id_ for id_, _ in some])
            hits += [
                Hit(passages[id_], score)
                for id_, score in some
                if id_ in passages and _answers(passages[id_], question)
            ]
        return hits[:wanted]

    async def _found(self, ids: Sequence[int]) -> Mapping[int, Passage]:
        return await self._transactions.read(lambda unit: unit.knowledge.found(ids))

    async def _ranked_again(self, question: Question, hits: list[Hit]) -> list[Hit]:
        assert self._legs.reranker is not None
        texts = [f"{hit.passage.title}\n{hit.passage.text}" for hit in hits]
        try:
            scores = await self._legs.reranker.scores(question.text, texts)
        except EmbeddingUnavailable as error:
            logger.warning("ranking left as it was", extra={"error": type(error).__name__})
            return hits
        again = [Hit(hit.passage, score) for hit, score in zip(hits, scores, strict=True)]
        return sorted(again, key=lambda hit: (-hit.score, hit.passage.id))


def evaluation_name(model: str) -> str:
    """Under which note the evaluation of this embedding is kept."""
    return f"evaluation:{model}"


def _answers(passage: Passage, question: Question) -> bool:
    return (
        question.reader.may_read(passage.document.team)
        and question.collection in (None, passage.document.collection)
        and passage.validity.holds(question.day)
    )
