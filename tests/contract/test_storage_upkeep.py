"""Marks of articles and proposals for authors, through every store."""

from dataclasses import replace

import pytest

from core.domain.upkeep import ArticleMark, Gap, GapState
from core.errors import NotFound
from tests.contract.stores import MINUTE, NOON, Store

GAP = Gap("price-protection", "zh", "能不能用两张券", NOON)


async def test_a_mark_is_replaced_by_case_and_article(store: Store) -> None:
    first, other = ArticleMark("b", "x", "1"), ArticleMark("a", "y", "")
    changed = first.seen("2", NOON)
    for mark in (first, other, changed):
        await store.do(lambda unit, mark=mark: unit.article_marks.put(mark))  # type: ignore[misc]
    assert await store.do(lambda unit: unit.article_marks.all()) == [other, changed]
    await store.do(lambda unit: unit.article_marks.put(changed.checked()))
    kept = await store.do(lambda unit: unit.article_marks.all())
    assert kept[1] == ArticleMark("b", "x", "2")


async def test_the_same_question_is_counted_and_keeps_its_state(store: Store) -> None:
    later = replace(GAP, question="能不能 用两张券", last_at=NOON + MINUTE, claim="可以用两张")
    rare = replace(GAP, question="几点关门", last_at=NOON + 2 * MINUTE)
    for gap in (GAP, rare, later):
        await store.do(lambda unit, gap=gap: unit.gaps.add(gap))  # type: ignore[misc]
    found = await store.do(lambda unit: unit.gaps.recent(limit=5))
    assert [gap.times for gap in found] == [2, 1]
    assert found[0].claim == "可以用两张"
    assert found[0].last_at == NOON + MINUTE
    await store.do(lambda unit: unit.gaps.settle(GAP.key, GapState.DISMISSED))
    await store.do(lambda unit: unit.gaps.add(GAP))
    assert await store.do(lambda unit: unit.gaps.recent(state=GapState.OPEN, limit=5)) == [rare]
    (done,) = await store.do(lambda unit: unit.gaps.recent(state=GapState.DISMISSED, limit=5))
    assert done.times == 3


async def test_nobody_settles_what_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.gaps.settle("0" * 32, GapState.DONE))
