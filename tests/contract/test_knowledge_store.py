"""What every `KnowledgeStore` does."""

from dataclasses import replace

import pytest

from core.domain.knowledge import DocumentKey, Reader
from core.errors import NotFound, StorageError
from core.ports.knowledge_admin import Outcome
from core.ports.knowledge_store import NewDocument, NewPassage
from tests.contract.stores import MINUTE, NOON, Store, side_by_side

KEY = DocumentKey("", "main", "plan.md")
PLAN = NewDocument(
    key=KEY,
    origin="/docs/plan.md",
    title="套餐",
    source="plan.md",
    version="v1",
    passages=(NewPassage("套餐", "降档次月生效。😀"), NewPassage("套餐", "升档当月生效。")),
)
SECRET = replace(PLAN, key=DocumentKey("retention", "main", "plan.md"), origin="/r/plan.md")


async def test_what_is_put_is_there_with_growing_changes(store: Store) -> None:
    assert await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON)) is Outcome.ADDED
    first = await store.do(lambda unit: unit.knowledge.state())
    assert await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON)) is Outcome.UNCHANGED
    assert await store.do(lambda unit: unit.knowledge.state()) == first

    passages = (await store.do(lambda unit: unit.knowledge.passages([KEY])))[KEY]
    assert [one.text for one in passages] == ["降档次月生效。😀", "升档当月生效。"]
    assert passages[0].document == KEY
    ids = [one.id for one in passages]
    assert await store.do(lambda unit: unit.knowledge.found([*ids, 10**6])) == {
        one.id: one for one in passages
    }


async def test_an_edit_keeps_the_ids_of_what_stayed(store: Store) -> None:
    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    before = (await store.do(lambda unit: unit.knowledge.passages([KEY])))[KEY]
    edited = replace(
        PLAN, version="v2", passages=(NewPassage("套餐", "新的一段。"), PLAN.passages[1])
    )
    outcome = await store.do(lambda unit: unit.knowledge.put(edited, now=NOON + MINUTE))
    after = (await store.do(lambda unit: unit.knowledge.passages([KEY])))[KEY]

    assert outcome is Outcome.CHANGED
    assert [one.text for one in after] == ["新的一段。", "升档当月生效。"]
    assert after[1].id == before[1].id
    assert after[0].id != before[0].id
    gone = await store.do(lambda unit: unit.knowledge.found([before[0].id]))
    assert gone == {}


async def test_what_is_removed_leaves_nothing_but_its_change(store: Store) -> None:
    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    held = (await store.do(lambda unit: unit.knowledge.state())).change
    await store.do(lambda unit: unit.knowledge.remove(KEY, now=NOON))

    [change] = await store.do(lambda unit: unit.knowledge.changes(after=held, limit=10))
    assert (change.key, change.passages) == (KEY, ())
    assert await store.do(lambda unit: unit.knowledge.documents(reader=Reader())) == []
    assert await store.do(lambda unit: unit.knowledge.checksum(upto=change.change)) == (0, 0)
    assert await store.do(lambda unit: unit.knowledge.passages([KEY])) == {}
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.knowledge.remove(KEY, now=NOON))
    assert await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON)) is Outcome.ADDED


async def test_a_renamed_document_keeps_its_passages(store: Store) -> None:
    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    before = (await store.do(lambda unit: unit.knowledge.passages([KEY])))[KEY]
    moved = replace(PLAN, key=replace(KEY, name="new.md"), origin="/docs/new.md", source="new.md")
    await store.do(lambda unit: unit.knowledge.rename(KEY, moved, now=NOON))
    await store.do(lambda unit: unit.knowledge.put(moved, now=NOON))

    after = (await store.do(lambda unit: unit.knowledge.passages([moved.key])))[moved.key]
    assert [one.id for one in after] == [one.id for one in before]
    assert after[0].source == "new.md"
    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.knowledge.rename(KEY, moved, now=NOON))


async def test_lists_show_a_team_its_own_and_the_company_s(store: Store) -> None:
    for one in (PLAN, SECRET):
        await store.do(lambda unit, one=one: unit.knowledge.put(one, now=NOON))  # type: ignore[misc]

    async def teams(reader: Reader) -> list[str]:
        found = await store.do(lambda unit: unit.knowledge.documents(reader=reader))
        stats = await store.do(lambda unit: unit.knowledge.stats(reader=reader))
        assert [one.team for one in stats] == [one.key.team for one in found]
        return [one.key.team for one in found]

    assert await teams(Reader()) == [""]
    assert await teams(Reader("sales")) == [""]
    assert await teams(Reader("retention")) == ["", "retention"]
    assert await teams(Reader(every_team=True)) == ["", "retention"]


async def test_names_no_index_can_hold_are_refused(store: Store) -> None:
    for name in ("x" * 256, "end "):
        bad = replace(PLAN, key=replace(KEY, name=name))
        with pytest.raises(StorageError):
            await store.do(lambda unit, bad=bad: unit.knowledge.put(bad, now=NOON))  # type: ignore[misc]


async def test_notes_are_replaced(store: Store) -> None:
    assert await store.do(lambda unit: unit.knowledge.note("a")) is None
    for value in (1, 2):
        await store.do(lambda unit, value=value: unit.knowledge.set_note("a", {"v": value}))  # type: ignore[misc]
    assert await store.do(lambda unit: unit.knowledge.note("a")) == {"v": 2}


async def test_changes_of_writers_side_by_side_are_each_counted_once(store: Store) -> None:
    async def job(transactions, number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        mine = replace(PLAN, key=replace(KEY, name=f"{number}.md"))
        await transactions.write(lambda unit: unit.knowledge.put(mine, now=NOON))

    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    await side_by_side(store, 4, job)
    changes = await store.do(lambda unit: unit.knowledge.changes(after=0, limit=10))
    assert [one.change for one in changes] == [1, 2, 3, 4, 5]


async def test_several_documents_are_opened_at_once_each_by_its_whole_key(store: Store) -> None:
    await store.do(lambda unit: unit.knowledge.put(PLAN, now=NOON))
    await store.do(lambda unit: unit.knowledge.put(SECRET, now=NOON))
    # Its team, collection and name are each asked for, but not together.
    beside = replace(PLAN, key=replace(KEY, collection="other"), origin="/o/plan.md")
    await store.do(lambda unit: unit.knowledge.put(beside, now=NOON))
    other = replace(KEY, team="retention", collection="other")
    keys = [KEY, SECRET.key, other, replace(KEY, name="nowhere.md")]

    there = await store.do(lambda unit: unit.knowledge.passages(keys))

    assert set(there) == {KEY, SECRET.key}
    assert {one.document for one in there[SECRET.key]} == {SECRET.key}
    assert await store.do(lambda unit: unit.knowledge.passages([])) == {}
