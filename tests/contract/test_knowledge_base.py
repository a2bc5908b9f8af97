"""What every `KnowledgeBase` does."""

from dataclasses import replace
from datetime import date

import pytest

from core.domain.knowledge import DocumentKey, Passage, Question, Reader, Validity
from core.errors import NotFound
from core.ports.knowledge_base import KnowledgeBase
from knowledge.memory import MemoryKnowledgeBase

EVERYBODY = Reader()


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


@pytest.fixture
def base() -> KnowledgeBase:
    return MemoryKnowledgeBase([CARRY, REFUND, SECRET])


async def found(base: KnowledgeBase, question: Question) -> list[int]:
    return [hit.passage.id for hit in await base.search(question)]


async def test_the_passage_with_the_question_s_words_comes_first(base: KnowledgeBase) -> None:
    assert (await found(base, Question("流量能结转到下个月吗", EVERYBODY)))[0] == 1
    assert (await found(base, Question("误扣的钱什么时候到账", EVERYBODY)))[0] == 2


async def test_another_team_s_passage_is_neither_found_nor_opened(base: KnowledgeBase) -> None:
    asked = Question("挽留赠送流量", EVERYBODY)

    assert 3 not in await found(base, asked)
    assert 3 in await found(base, replace(asked, reader=Reader("retention")))
    with pytest.raises(NotFound):
        await base.passage(3, reader=Reader("sales"))
    with pytest.raises(NotFound):
        await base.passages(SECRET.document, reader=EVERYBODY)
    assert await base.passage(3, reader=Reader("retention")) == SECRET


async def test_an_unknown_collection_holds_nothing(base: KnowledgeBase) -> None:
    assert await found(base, Question("流量", EVERYBODY, collection="other")) == []
    assert await found(base, Question("", EVERYBODY)) == []


async def test_what_has_run_out_is_not_found_on_that_day() -> None:
    ended = replace(CARRY, validity=Validity(until=date(2026, 3, 31)))
    base = MemoryKnowledgeBase([ended])
    asked = Question("流量结转", EVERYBODY)

    assert await found(base, replace(asked, day=date(2026, 3, 31))) == [1]
    assert await found(base, replace(asked, day=date(2026, 4, 1))) == []
