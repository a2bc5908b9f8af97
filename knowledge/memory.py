"""A knowledge base in dictionaries, for trials and for what must run without a file."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader
from core.errors import NotFound

_WORD = re.compile(r"[^\W_]+")


class MemoryKnowledgeBase:
    """`KnowledgeBase` over the passages it is given; ranks by shared characters and pairs of
    them, each weighed by its rarity."""

    def __init__(self, passages: Iterable[Passage] = ()) -> None:
        self._passages: dict[int, Passage] = {}
        self._grams: dict[int, Counter[str]] = {}
        for passage in passages:
            self.put(passage)

    def put(self, passage: Passage) -> None:
        """Keep a passage, in place of the one with the same id."""
        words = " ".join((passage.title, *passage.aliases, passage.text))
        self._passages[passage.id] = passage
        self._grams[passage.id] = Counter(_grams(words))

    def drop(self, key: DocumentKey) -> None:
        """Forget a document."""
        for id_ in [id_ for id_, passage in self._passages.items() if passage.document == key]:
            del self._passages[id_], self._grams[id_]

    async def search(self, question: Question) -> Sequence[Hit]:
        asked = set(_grams(question.text))
        spread = Counter(gram for grams in self._grams.values() for gram in asked & grams.keys())
        weight = {gram: math.log(1 + len(self._grams) / count) for gram, count in spread.items()}
        hits = [
            Hit(passage, score)
            for passage in self._passages.values()
            if _is_open(passage, question)
            and (score := _score(self._grams[passage.id], weight, passage, question)) > 0
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.passage.id))
        return hits[: question.limit]

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        found = self._passages.get(passage_id)
        if found is None or not reader.may_read(found.document.team):
            raise NotFound(what="passage", name=str(passage_id))
        return found

    async def passages(self, key: DocumentKey, *, reader: Reader) -> Sequence[Passage]:
        found = [one for one in self._passages.values() if one.document == key]
        if not found or not reader.may_read(key.team):
            raise NotFound(what="document", name=key.name)
        return found


def _is_open(passage: Passage, question: Question) -> bool:
    return (
        question.reader.may_read(passage.document.team)
        and question.collection in (None, passage.document.collection)
        and passage.validity.holds(question.day)
    )


def _score(
    grams: Counter[str], weight: dict[str, float], passage: Passage, question: Question
) -> float:
    shared = sum(worth for gram, worth in weight.items() if gram in grams)
    near = 1.2 if set(passage.topics) & set(question.topics) else 1.0
    return near * shared / (1.0 + 0.1 * math.log(1 + grams.total()))


def _grams(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).lower()
    grams: list[str] = []
    for word in _WORD.findall(folded):
        if word.isascii():
            grams.append(word)
        else:
            grams += [*word, *(word[i : i + 2] for i in range(len(word) - 1))]
    return grams
