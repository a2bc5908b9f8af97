"""`KnowledgeBase` over the database and its indexes: the text leg always, and beside it whatever
has shown a gain on the company's own questions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader
from core.errors import EmbeddingUnavailable, IndexUnavailable, ModelError, NotFound
from core.ports.knowledge_store import State
from core.ports.storage import Transactions
from knowledge.fusion import fused
from knowledge.ranking import shared_words
from knowledge.text_index import TextIndex

T = TypeVar("T")

logger = logging.getLogger("knowledge")

BATCH = 200
"""Documents taken into an index in one step."""

DEPTH = 50
"""Passages of each leg that are fused or ranked again."""

SPARE = 4
"""Passages opened beyond those asked for, since one may be gone by now."""

GAINS_S = 60.0
"""How long what evaluations have shown is kept in mind."""

REST_S = 30.0
"""How long a part that was silent is left alone."""

NEAR_WORDS = 0.6
"""A larger share of its words in the best passage, and a question needs no other words."""

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

    @property
    def name(self) -> str:
        """What the scores come from."""
        ...

    async def scores(self, question: str, passages: Sequence[str]) -> Sequence[float]:
        """One score a passage. EmbeddingUnavailable when the server gives none."""
        ...

    async def close(self) -> None: ...


class Rewriter(Protocol):
    """Puts an everyday question into the formal words of articles, with a model."""

    @property
    def name(self) -> str:
        """What the words come from."""
        ...

    async def words(self, question: str) -> Sequence[str]:
        """Other ways to ask, best first; perhaps none. ModelError when there is no answer."""
        ...

    async def close(self) -> None: ...


class Part(StrEnum):
    """What a search may use beside the text leg, in the order in which it is tried for a gain."""

    REWRITE = "rewrite"
    DENSE = "dense"
    RERANK = "rerank"


@dataclass(frozen=True, slots=True)
class Legs:
    """What there is beside the text leg."""

    dense: DenseLeg | None = None
    reranker: Reranker | None = None
    rewriter: Rewriter | None = None

    def notes(self) -> Mapping[Part, str]:
        """Under which note the evaluation of each part that there is is kept."""
        named = {
            Part.REWRITE: self.rewriter and f"rewrite:{self.rewriter.name}",
            Part.DENSE: self.dense and self.dense.model,
            Part.RERANK: self.reranker and f"rerank:{self.reranker.name}",
        }
        return {part: f"evaluation:{name}" for part, name in named.items() if name}


TEXT_ALONE: frozenset[Part] = frozenset()


class Retriever:
    """`KnowledgeBase` of one process. Everything that blocks runs in threads."""

    def __init__(
        self, transactions: Transactions, text: TextIndex, legs: Legs | None = None
    ) -> None:
        self._transactions = transactions
        self._text = text
        self._legs = legs or Legs()
        self._turn = asyncio.Lock()
        self._gains = TEXT_ALONE
        self._gains_until = 0.0
        self._epoch: str | None = None
        self._rests_until: dict[Part, float] = {}

    @property
    def legs(self) -> Legs:
        """What there is beside the text leg."""
        return self._legs

    async def search(self, question: Question) -> Sequence[Hit]:
        if not question.text.strip():
            return []
        state = await self.catch_up()
        if not state.change:  # nothing was ever put there
            return []
        return await self._search(question, await self.gains(), strict=False)

    async def search_with(self, question: Question, parts: frozenset[Part]) -> Sequence[Hit]:
        """What exactly these parts find beside the text leg, whether they have shown a gain or
        not. Raises IndexUnavailable, EmbeddingUnavailable or ModelError when one is silent."""
        await self.catch_up()
        return await self._search(question, parts, strict=True)

    async def gains(self) -> frozenset[Part]:
        """The parts that have shown a gain on the company's own questions."""
        now = asyncio.get_running_loop().time()
        if self._legs.notes() and now >= self._gains_until:
            shown = await self.shown()
            self._gains = frozenset(part for part, gain in shown.items() if gain)
            self._gains_until = now + GAINS_S
        return self._gains

    async def shown(self) -> Mapping[Part, bool]:
        """What evaluations have shown of the parts that there are: a gain or none. A part that
        was never evaluated is missing."""
        notes = self._legs.notes()
        kept = await self._transactions.read(
            lambda unit: {part: unit.knowledge.note(name) for part, name in notes.items()}
        )
        return {part: bool(note["gain"]) for part, note in kept.items() if note}

    async def set_gain(self, part: Part, *, gain: bool, questions: int) -> None:
        """Keep what an evaluation has shown. Other processes look again within a minute."""
        name = self._legs.notes()[part]
        note = {"gain": gain, "questions": questions}
        await self._transactions.write(lambda unit: unit.knowledge.set_note(name, note))
        self._gains_until = 0.0

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        found = await self._transactions.read(lambda unit: unit.knowledge.found([passage_id]))
        passage = found.get(passage_id)
        if passage is None or not reader.may_read(passage.document.team):
            raise NotFound(what="passage", name=str(passage_id))
        return passage

    async def documents(
        self, keys: Sequence[DocumentKey], *, reader: Reader
    ) -> Mapping[DocumentKey, Sequence[Passage]]:
        theirs = [key for key in keys if reader.may_read(key.team)]
        if not theirs:
            return {}
        return await self._transactions.read(lambda unit: unit.knowledge.passages(theirs))

    async def catch_up(self, progress: Progress | None = None) -> State:
        """Take into the text leg what has changed; one task of this process at a time."""
        async with self._turn:
            state = await self._transactions.read(lambda unit: unit.knowledge.state())
            if not state.change:
                return state
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

    async def close(self) -> None:
        """Let go of the indexes."""
        for part in (self._legs.dense, self._legs.reranker, self._legs.rewriter):
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

    async def _search(
        self, question: Question, parts: frozenset[Part], *, strict: bool
    ) -> Sequence[Hit]:
        deep = replace(question, limit=max(DEPTH, question.limit))
        found = await self._by_text(deep)
        if Part.REWRITE in parts and await self._is_far(deep, found):
            found = fused([found, *await self._reworded(deep, strict=strict)])
        if Part.DENSE in parts:
            found = fused([found, await self._by_meaning(deep, strict=strict)])
        if Part.RERANK not in parts:
            return await self._opened(question, found[: deep.limit])
        hits = await self._opened(deep, found)
        return (await self._ranked_again(question, hits, strict=strict))[: question.limit]

    async def _by_text(self, question: Question) -> list[tuple[int, float]]:
        found = await asyncio.to_thread(self._text.search, question, limit=question.limit)
        return [(id_, score) for id_, _, score in found]

    async def _is_far(self, question: Question, found: Sequence[tuple[int, float]]) -> bool:
        """Whether the question is asked in other words than the best passage uses."""
        best = await self._opened(replace(question, limit=1), found[:SPARE])
        if not best:
            return True
        passage = best[0].passage
        there = "\n".join((passage.title, *passage.aliases, passage.text))
        return shared_words(question.text, there) < NEAR_WORDS

    async def _reworded(
        self, question: Question, *, strict: bool
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """What the other ways to ask find."""
        rewriter = self._legs.rewriter
        assert rewriter is not None
        others = await self._asked(
            Part.REWRITE, lambda: rewriter.words(question.text), strict=strict
        )
        return [await self._by_text(replace(question, text=other)) for other in others or ()]

    async def _by_meaning(self, question: Question, *, strict: bool) -> Sequence[tuple[int, float]]:
        dense = self._legs.dense
        assert dense is not None
        found = await self._asked(
            Part.DENSE, lambda: dense.search(question, limit=question.limit), strict=strict
        )
        return found or ()

    async def _asked(
        self, part: Part, ask: Callable[[], Awaitable[T]], *, strict: bool
    ) -> T | None:
        """What a part answers. None when it is silent: the text leg is enough to go on, and the
        part is then left alone for a while, so that not every question waits for it."""
        now = asyncio.get_running_loop().time()
        if not strict and now < self._rests_until.get(part, 0.0):
            return None
        try:
            return await ask()
        except (IndexUnavailable, EmbeddingUnavailable, ModelError) as error:
            if strict:
                raise
            self._rests_until[part] = asyncio.get_running_loop().time() + REST_S
            facts = {"part": part.value, "error": type(error).__name__}
            logger.warning("a part of the search is silent", extra=facts)
            return None

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

    async def _ranked_again(
        self, question: Question, hits: list[Hit], *, strict: bool
    ) -> list[Hit]:
        reranker = self._legs.reranker
        assert reranker is not None
        texts = [f"{hit.passage.title}\n{hit.passage.text}" for hit in hits]
        scores = await self._asked(
            Part.RERANK, lambda: reranker.scores(question.text, texts), strict=strict
        )
        if scores is None:
            return hits
        again = [Hit(hit.passage, score) for hit, score in zip(hits, scores, strict=True)]
        return sorted(again, key=lambda hit: (-hit.score, hit.passage.id))


def _answers(passage: Passage, question: Question) -> bool:
    return (
        question.reader.may_read(passage.document.team)
        and question.collection in (None, passage.document.collection)
        and passage.validity.holds(question.day)
    )
