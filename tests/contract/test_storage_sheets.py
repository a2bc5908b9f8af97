"""QA sheets that came in over the console, through every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.qa_sheet import KeptSheet, QaSheet, SheetItem
from core.errors import NotFound
from tests.contract.stores import NOON, Store

ITEMS = (
    SheetItem("开场问候", 30, checks=("C01",)),
    SheetItem("系统操作😀", 70),
    SheetItem("辱骂客户", 0, veto=True, checks=("K4",)),
)
FIRST = KeptSheet("s-1", "质检表.xlsx", QaSheet(ITEMS), "p-boss", NOON)
SECOND = KeptSheet("s-2", "新.xlsx", QaSheet(ITEMS[:1]), "p-boss", NOON + timedelta(days=1))


async def test_sheets_come_back_as_they_were_kept_newest_first(store: Store) -> None:
    for sheet in (FIRST, SECOND):
        await store.do(lambda unit, sheet=sheet: unit.qa_sheets.put(sheet))  # type: ignore[misc]
    assert await store.do(lambda unit: unit.qa_sheets.all()) == [SECOND, FIRST]
    assert await store.do(lambda unit: unit.qa_sheets.get("s-1")) == FIRST
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.qa_sheets.get("s-9"))


async def test_the_sheet_taken_into_use_last_counts_until_all_are_stopped(store: Store) -> None:
    async def in_use() -> KeptSheet | None:
        return await store.do(lambda unit: unit.qa_sheets.in_use())

    one = replace(FIRST, confirmed=True, used_at=NOON)
    two = replace(SECOND, confirmed=True, used_at=NOON + timedelta(days=1))
    again = replace(one, used_at=NOON + timedelta(days=2))
    assert await in_use() is None
    for sheet in (one, two, again):
        await store.do(lambda unit, sheet=sheet: unit.qa_sheets.put(sheet))  # type: ignore[misc]
    assert await in_use() == again
    await store.do(lambda unit: unit.qa_sheets.stop())
    assert await in_use() is None
    assert await store.do(lambda unit: unit.qa_sheets.get("s-2")) == replace(two, used_at=None)


async def test_a_confirmed_sheet_is_found_by_its_content(store: Store) -> None:
    version = FIRST.sheet.version
    await store.do(lambda unit: unit.qa_sheets.put(FIRST))
    assert await store.do(lambda unit: unit.qa_sheets.of_version(version)) is None
    confirmed = replace(FIRST, confirmed=True)
    await store.do(lambda unit: unit.qa_sheets.put(confirmed))
    assert await store.do(lambda unit: unit.qa_sheets.of_version(version)) == confirmed
