"""The articles that are shipped, read from the package: nothing is stored, so a second start
brings nothing in twice, and a company's own values are in them as soon as they are set."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from core.domain.knowledge import (
    COMPANY,
    SAMPLE_COLLECTION,
    DocumentKey,
    Hit,
    Passage,
    Place,
    Question,
    Reader,
    Validity,
    own_places,
)
from core.plain_yaml import load_plain
from core.ports.knowledge_base import KnowledgeBase

_LANGUAGES = ("zh", "en")
_NAMED = re.compile(r"\{policy\.([a-z0-9_]+)\}")
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)
_WORD_STARTS = re.compile(r"^#{1,2} (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Article:
    """One shipped article, its values already in it."""

    id: str
    language: str
    title: str
    aliases: tuple[str, ...]
    topics: tuple[str, ...]
    validity: Validity
    text: str


def sample_articles(values: Mapping[str, Mapping[str, str]]) -> Sequence[Article]:
    """All shipped articles. `values`: language -> name -> what stands for `{policy.name}`.
    KeyError names a value that nobody gives."""
    root = files("knowledge.data").joinpath("sample")
    return [
        _article(language, one.read_text(encoding="utf-8"), values[language])
        for language in _LANGUAGES
        for one in sorted(root.joinpath(language).iterdir(), key=lambda entry: entry.name)
        if one.name.endswith(".md")
    ]


def sample_passages(values: Mapping[str, Mapping[str, str]]) -> Sequence[Passage]:
    """The shipped articles in passages, one for each section. Their ids are negative, so that
    none is that of a stored passage."""
    cut = [
        (article, section, text)
        for article in sample_articles(values)
        for section, text in _sections(article.text)
    ]
    return [_passage(-number, *one) for number, one in enumerate(cut, start=1)]


def _article(language: str, written: str, values: Mapping[str, str]) -> Article:
    _, head, body = written.split("---\n", 2)
    front = load_plain(head)
    return Article(
        id=front["id"],
        language=language,
        title=front["title"],
        aliases=tuple(str(alias) for alias in front["aliases"]),
        topics=tuple(front["tags"]),
        validity=Validity(front["valid_from"], front.get("valid_to")),
        text=_NAMED.sub(lambda named: values[named[1]], body),
    )


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Heading (empty for what stands before the first) and text, where there is any."""
    for part in _SECTION.split(text):
        heading = _WORD_STARTS.match(part.strip()) if part.startswith("## ") else None
        words = _WORD_STARTS.sub("", part).strip()
        if words:
            yield heading[1] if heading else "", words


def _passage(id_: int, article: Article, section: str, text: str) -> Passage:
    return Passage(
        id=id_,
        document=DocumentKey(COMPANY, SAMPLE_COLLECTION, article.id),
        title=article.title,
        text=text,
        source=f"{article.id}.md",
        version=hashlib.sha256(article.text.encode()).hexdigest()[:12],
        place=Place(section=(section,) if section else ()),
        aliases=article.aliases,
        topics=(*article.topics, article.language),
        validity=article.validity,
    )


class LayeredKnowledgeBase:
    """`KnowledgeBase` over two: the company's own articles first, the shipped ones behind them."""

    def __init__(self, own: KnowledgeBase, shipped: KnowledgeBase) -> None:
        self._own, self._shipped = own, shipped

    async def search(self, question: Question) -> Sequence[Hit]:
        own = await self._own.search(question)
        left = question.limit - len(own)
        shipped = await self._shipped.search(question) if left > 0 else ()
        if own and shipped:
            shipped = await self._without_own_version(shipped, question.reader)
        return [*own, *shipped[:left]]

    async def passage(self, passage_id: int, *, reader: Reader) -> Passage:
        base = self._shipped if passage_id < 0 else self._own
        return await base.passage(passage_id, reader=reader)

    async def _without_own_version(self, shipped: Sequence[Hit], reader: Reader) -> Sequence[Hit]:
        """Those of which the company has no version of its own."""
        names = dict.fromkeys(hit.passage.document.name for hit in shipped)
        places = {name: own_places(name, reader.team) for name in names}
        there = await self._own.documents(
            [key for some in places.values() for key in some], reader=reader
        )
        return [
            hit for hit in shipped if there.keys().isdisjoint(places[hit.passage.document.name])
        ]

    async def documents(
        self, keys: Sequence[DocumentKey], *, reader: Reader
    ) -> Mapping[DocumentKey, Sequence[Passage]]:
        shipped = [key for key in keys if key.collection == SAMPLE_COLLECTION]
        own = [key for key in keys if key.collection != SAMPLE_COLLECTION]
        return {
            **await self._shipped.documents(shipped, reader=reader),
            **await self._own.documents(own, reader=reader),
        }
