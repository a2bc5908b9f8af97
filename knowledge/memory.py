"""A knowledge base in dictionaries, for trials and for what must run without a file."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader
from core.errors import NotFound

_WORD = re.compile(r"[^\W_]+")


class MemoryKnowledgeBase:
    """`KnowledgeBase` over the passages it is given; ranks by shared characters and pairs of
    them, each weighed by its rarity."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self._passages: dict[int, Passage] = {}
        self._length: dict[int, int] = {}
        self._holding: dict[str, set[int]] = {}
        self._of: dict[DocumentKey, dict[int, None]] = {}
        for passage in passages:
            self.put(passage)

    def put(self, passage: Passage) -> None:
        """Keep a passage, in place of the one with the same id."""
        self._forget(passage.id)
        grams = _grams(" ".join((passage.title, *passage.aliases, passage.text)))
        self._passages[passage.id] = passage
        self._length[passage.id] = len(grams)
        self._of.setdefault(passage.document, {})[passage.id] = None
        for gram in set(grams):
            self._holding.setdefault(gram, set()).add(passage.id)

    def drop(self, key: DocumentKey) -> None:
        """Forget a document."""
        for id_ in list(self._of.get(key, ())):
            self._forget(id_)

    def _forget(self, id_: int) -> None:
        gone = self._passages.pop(id_, None)
        if gone is None:
            return
        del self._of[gone.document][id_]
        for ids in self._holding.values():
            ids.discard(id_)

    async def search(self, question: Question) -> Sequence[Hit]:
        shared: dict[int, float] = {}
        for gram in sorted(set(_grams(question.text))):
            holding = self._holding.get(gram)
            if holding:
                weight = math.log(1 + len(self._passages) / len(holding))
                for id_ in holding:
                    shared[id_] = shared.get(id_, 0.0) + weight
        hits = [
            Hit(passage, self._score(passage, worth, question))
            for id_, worth in shared.items()
            if _is_open(passage := self._passages[id_], question)
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.id))
        return hits[: question.limit]

    def _score(self, passage: Passage, shared: float, question: Question) -> float:
        near = 1.2 if set(passage.topics) & set(question.topics) else 1.0
        return near * shared / (1.0 + 0.1 * math.log(1 + self._length[passage.id]))

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        found = self._passages.get(passage_id)
        if found is None or not reader.may_read(found.document.team):
            raise NotFound(what="passage", name=str(passage_id))
        return found

    async def documents(
        self, keys: Sequence[DocumentKey], *, reader: Reader
    ) -> Mapping[DocumentKey, Sequence[Passage]]:
        return {
            key: [self._passages[id_] for id_ in self._of[key]]
            for key in keys
            if reader.may_read(key.team) and self._of.get(key)
        }


def _is_open(passage: Passage, question: Question) -> bool:
    return (
        question.reader.may_read(passage.document.team)
        and question.collection in (None, passage.document.collection)
        and passage.validity.holds(question.day)
    )


def _grams(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).lower()
    grams: list[str] = []
    for word in _WORD.findall(folded):
        if word.isascii():
            grams.append(word)
        else:
            grams += [*word, *(word[i : i + 2] for i in range(len(word) - 1))]
    return grams
