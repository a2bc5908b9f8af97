"""What everybody's practices come to: kept while nothing is new, and never stale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from core.content.library import open_library
from core.domain.ability import Ability, shown
from core.domain.people import Person, Role
from core.domain.practice_record import PracticeRecord
from core.domain.scorecard import Debrief
from core.ports.storage import UnitOfWork
from core.services import progress
from core.services.records import Records
from core.storage.memory.transactions import MemoryTransactions
from tests.builders import dialogue
from tests.flow.histories import card_of

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LIN = Person("lin", "林晓", Role.TRAINEE, "一组")


def judge(unit: UnitOfWork, number: int, marks: Mapping[Ability, float]) -> None:
    """One judged practice, a day later each."""
    at = NOW + timedelta(days=number)
    held = replace(dialogue(), id=f"d-{number}", person_id=LIN.id, started_at=at, ended_at=at)
    abilities = tuple((ability, marks.get(ability, 7.0)) for ability in Ability)
    card = replace(card_of(held.id, 7.0), abilities=abilities)
    unit.dialogues.add(held)
    unit.scorecards.put(card, Debrief(held.id, (), (), (), ()), person_id=LIN.id, now=at)


async def test_practices_are_read_once_and_again_when_one_is_judged() -> None:
    store, records = MemoryTransactions(), Records(open_library())

    def look(unit: UnitOfWork) -> PracticeRecord:
        return records.of(unit, [LIN.id, "nobody"])[LIN.id]

    await store.write(lambda unit: judge(unit, 1, {}))
    first = await store.read(look)
    same = await store.read(look)
    await store.write(lambda unit: judge(unit, 2, {}))
    second = await store.read(look)
    better = replace(card_of("d-2", 9.0), overall=9.0)
    later = NOW + timedelta(days=3)
    await store.write(
        lambda unit: unit.scorecards.put(
            better, Debrief("d-2", (), (), (), ()), person_id=LIN.id, now=later
        )
    )
    replaced = await store.read(look)

    assert first is same
    assert [one.whole for one in (first, second, replaced)] == [1, 2, 2]
    assert replaced.newest is not None
    assert replaced.newest.overall == 9.0


async def test_the_profile_is_the_one_that_cards_give_and_fades_with_the_days() -> None:
    store, content = MemoryTransactions(), open_library()
    for number in range(12):
        marks = {Ability.EMPATHY: 3.0 + number % 4}
        await store.write(partial(judge, number=number, marks=marks))
    record = await store.read(lambda unit: Records(content).of(unit, [LIN.id])[LIN.id])
    cards = await store.read(lambda unit: unit.scorecards.of_person(LIN.id, limit=20))
    for days in (12, 200):
        now = NOW + timedelta(days=days)
        told = progress.profile(
            LIN.id, cards, lambda name: progress.logit_of(content, name), now=now
        )

        assert [shown(one) for one in record.profile(now).levels] == [
            shown(one) for one in told.levels
        ]


async def test_stuck_is_the_ability_that_stayed_low_for_longest() -> None:
    store = MemoryTransactions()
    lows = ({}, {Ability.EMPATHY: 4.0}, *[{Ability.EMPATHY: 4.0, Ability.CLOSURE: 4.9}] * 3)
    for number, marks in enumerate(lows):
        await store.write(partial(judge, number=number, marks=marks))
    records = Records(open_library())
    found = await store.read(lambda unit: records.of(unit, [LIN.id])[LIN.id])
    await store.write(lambda unit: judge(unit, 9, {}))
    better = await store.read(lambda unit: records.of(unit, [LIN.id])[LIN.id])

    assert found.stuck == (Ability.EMPATHY, 4)
    assert better.stuck is None
