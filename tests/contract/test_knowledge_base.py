"""What every `KnowledgeBase` does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from core.domain.knowledge import DocumentKey, Hit, Passage, Question, Reader, Validity
from core.errors import NotFound
from core.ports.knowledge_base import KnowledgeBase
from core.ports.knowledge_store import NewDocument, NewPassage
from core.storage.memory.transactions import MemoryTransactions
from knowledge.embedding import Embedder
from knowledge.lexicon import open_lexicon
from knowledge.memory import MemoryKnowledgeBase
from knowledge.milvus import MilvusLeg
from knowledge.retriever import Legs, Part, Retriever
from knowledge.text_index import TextIndex
from tests.contract.stores import NOON
from tests.fakes.embedding_server import EmbeddingServer, serving

EVERYBODY = Reader()
LEXICON = open_lexicon()


def passage(id_: int, title: str, text: str, *, team: str = "") -> Passage:
    return Passage(
        id=id_,
        document=DocumentKey(team, "main", f"{id_}.md"),
        title=title,
        text=text,
        source=f"{id_}.md",
        version="1",
    )


CARRY = passage(1, "流量结转", "当月没用完的流量自动结转到次月，次月月底清零。")
REFUND = passage(2, "误扣退费", "误扣的费用原路退回，三个工作日内到账。")
SECRET = passage(3, "挽留优惠", "挽留时流量可以赠送 10GB。", team="retention")


@dataclass
class Library:
    """A knowledge base, and how passages get into it."""

    base: KnowledgeBase
    put: Callable[[Passage], Awaitable[None]]
    drop: Callable[[Passage], Awaitable[None]]


def stored(one: Passage) -> NewDocument:
    body = NewPassage(one.title, one.text, one.place, one.aliases, one.validity)
    return NewDocument(
        key=one.document,
        origin=one.source,
        title=one.title,
        source=one.source,
        version=one.version + one.text,
        topics=one.topics,
        passages=(body,),
    )


def on_store(base: Retriever, store: MemoryTransactions) -> Library:
    async def put(one: Passage) -> None:
        await store.write(lambda unit: unit.knowledge.put(stored(one), now=NOON))

    async def drop(one: Passage) -> None:
        await store.write(lambda unit: unit.knowledge.remove(one.document, now=NOON))

    return Library(base, put, drop)


def in_memory() -> Library:
    base = MemoryKnowledgeBase()

    async def put(one: Passage) -> None:
        base.drop(one.document)
        base.put(one)

    async def drop(one: Passage) -> None:
        base.drop(one.document)

    return Library(base, put, drop)


class DenseOnly(Retriever):
    """Both legs, the dense one caught up before each search as a scheduler would."""

    async def search(self, question: Question) -> list[Hit]:
        await self.catch_up_dense()
        return list(await super().search(question))


@pytest.fixture(params=["memory", "text", "both legs"])
async def library(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Library]:
    if request.param == "memory":
        yield in_memory()
        return
    store = MemoryTransactions()
    text = TextIndex(tmp_path / "text.db", LEXICON)
    if request.param == "text":
        retriever = Retriever(store, text)
        yield on_store(retriever, store)
        await retriever.close()
        return
    groups = (("流量", "结转"), ("误扣", "退"), ("挽留", "赠送"), ("漫游",))
    async with serving(EmbeddingServer(groups)) as server:
        leg = MilvusLeg(str(tmp_path / "dense"), Embedder(server.url, model="fake"))
        both = DenseOnly(store, text, Legs(dense=leg))
        await both.set_gain(Part.DENSE, gain=True, questions=30)
        yield on_store(both, store)
        await both.close()


@pytest.fixture
async def base(library: Library) -> KnowledgeBase:
    for one in (CARRY, REFUND, SECRET):
        await library.put(one)
    return library.base


async def titles(base: KnowledgeBase, question: Question) -> list[str]:
    return [hit.passage.title for hit in await base.search(question)]


async def test_the_passage_with_the_question_s_words_comes_first(base: KnowledgeBase) -> None:
    assert (await titles(base, Question("流量能结转到下个月吗", EVERYBODY)))[0] == "流量结转"
    assert (await titles(base, Question("误扣的钱什么时候到账", EVERYBODY)))[0] == "误扣退费"


async def test_another_team_s_passage_is_neither_found_nor_opened(base: KnowledgeBase) -> None:
    asked = Question("挽留赠送流量", EVERYBODY)
    ours = replace(asked, reader=Reader("retention"))

    assert "挽留优惠" not in await titles(base, asked)
    found = next(h.passage for h in await base.search(ours) if h.passage.title == "挽留优惠")
    with pytest.raises(NotFound):
        await base.passage(found.id, reader=Reader("sales"))
    keys = [SECRET.document, REFUND.document]
    assert set(await base.documents(keys, reader=EVERYBODY)) == {REFUND.document}
    assert set(await base.documents(keys, reader=Reader("retention"))) == set(keys)
    assert await base.passage(found.id, reader=Reader("retention")) == found


async def test_an_unknown_collection_holds_nothing(base: KnowledgeBase) -> None:
    assert await titles(base, Question("流量", EVERYBODY, collection="other")) == []
    assert await titles(base, Question("", EVERYBODY)) == []


async def test_an_edited_entry_is_found_by_its_new_words_and_not_by_its_old(
    library: Library, base: KnowledgeBase
) -> None:
    edited = replace(CARRY, title="漫游资费", text="出境漫游按天收费，落地自动生效。")
    await library.put(edited)

    assert (await titles(base, Question("出境漫游怎么收费", EVERYBODY)))[0] == "漫游资费"
    assert "流量结转" not in await titles(base, Question("流量结转", EVERYBODY))


async def test_a_removed_entry_is_not_found(library: Library, base: KnowledgeBase) -> None:
    await library.drop(CARRY)
    assert "流量结转" not in await titles(base, Question("流量结转", EVERYBODY))


async def test_what_has_run_out_is_not_found_on_that_day(library: Library) -> None:
    await library.put(replace(CARRY, validity=Validity(until=date(2026, 3, 31))))
    asked = Question("流量结转", EVERYBODY)

    assert await titles(library.base, replace(asked, day=date(2026, 3, 31))) == ["流量结转"]
    assert await titles(library.base, replace(asked, day=date(2026, 4, 1))) == []
