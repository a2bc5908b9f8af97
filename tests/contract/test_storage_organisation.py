"""Rosters, business results and the addresses of a person, through every store."""

from datetime import date
from functools import partial

import pytest

from core.domain.list_change import ListChange, ListImport, ListKind
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.domain.results import BusinessResult
from core.domain.worktime import Shift, Span
from core.errors import StorageError
from core.ports.storage import UnitOfWork
from tests.contract.stores import NOON, SECOND, Store

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
DAY, NIGHT = Span.read("09:00-18:00"), Span.read("22:00-06:00")


async def test_a_roster_is_replaced_day_by_day_and_read_by_day(store: Store) -> None:
    await store.do(
        lambda unit: unit.rosters.put(
            [Shift("a", MONDAY, DAY), Shift("a", TUESDAY, DAY), Shift("b", TUESDAY, NIGHT)]
        )
    )
    await store.do(lambda unit: unit.rosters.put([Shift("a", TUESDAY, None)]))

    assert await store.do(lambda unit: unit.rosters.of_day(TUESDAY)) == {
        "a": Shift("a", TUESDAY, None),
        "b": Shift("b", TUESDAY, NIGHT),
    }
    assert await store.do(lambda unit: unit.rosters.of_day(WEDNESDAY)) == {}
    assert await store.do(lambda unit: unit.rosters.between(MONDAY, TUESDAY)) == [
        Shift("a", MONDAY, DAY),
        Shift("a", TUESDAY, None),
        Shift("b", TUESDAY, NIGHT),
    ]


async def test_results_are_replaced_per_person_metric_period_and_kind(store: Store) -> None:
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    first = BusinessResult("a", "fcr", november, 0.71, 120)
    other = BusinessResult("a", "fcr", november, 0.55, 40, "退货")
    old = BusinessResult("a", "fcr", october, 0.6, 90)
    await store.do(lambda unit: unit.results.put([first, other, old]))
    mended = BusinessResult("a", "fcr", november, 0.75, 130)
    await store.do(lambda unit: unit.results.put([mended]))

    assert await store.do(lambda unit: unit.results.since(november)) == [mended, other]
    assert await store.do(lambda unit: unit.results.since(october)) == [old, mended, other]


async def test_a_row_that_cannot_be_kept_leaves_the_others_out_too(store: Store) -> None:
    good, long = Shift("a", MONDAY, DAY), Shift("p" * 65, MONDAY, DAY)

    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.rosters.put([good, long]))

    assert await store.do(lambda unit: unit.rosters.of_day(MONDAY)) == {}


async def test_the_addresses_of_a_person_come_in_the_order_of_their_first_use(
    store: Store,
) -> None:
    web = ChannelAddress(ChannelKind.WEB, "main", "a")
    wechat = ChannelAddress(ChannelKind.WECHAT, "main", "o-1")

    other = ChannelAddress(ChannelKind.WEB, "main", "b")

    def bind(unit: UnitOfWork) -> None:
        for address, person in ((wechat, "a"), (web, "a"), (other, "b")):
            unit.conversations.set_person(unit.conversations.at(address).id, person, "zh")

    await store.do(bind)

    found = await store.do(lambda unit: unit.conversations.of_person("a"))
    assert [one.address for one in found] == [wechat, web]
    assert await store.do(lambda unit: unit.conversations.of_person("nobody")) == []


async def test_where_people_belong_and_what_they_can_do_is_kept(store: Store) -> None:
    person = Person(
        "a",
        "安",
        Role.TRAINEE,
        "一组",
        site="成都",
        vendor="甲方外包",
        skills=("退货", "投诉, 升级"),
    )
    await store.do(lambda unit: unit.people.add(person))

    assert await store.do(lambda unit: unit.people.get("a")) == person


async def test_shifts_and_results_are_removed_by_their_keys(store: Store) -> None:
    november = date(2026, 11, 1)
    kept = BusinessResult("a", "fcr", november, 0.5, 40, "退货")
    gone = BusinessResult("a", "fcr", november, 0.7, 120)

    def work(unit: UnitOfWork) -> None:
        unit.rosters.put([Shift("a", MONDAY, DAY), Shift("b", MONDAY, DAY)])
        unit.results.put([kept, gone])
        unit.rosters.remove([Shift("a", MONDAY, None), Shift("c", MONDAY, DAY)])
        unit.results.remove([gone])

    await store.do(work)

    assert await store.do(lambda unit: unit.rosters.of_day(MONDAY)) == {
        "b": Shift("b", MONDAY, DAY)
    }
    assert await store.do(lambda unit: unit.results.since(november)) == [kept]


def keep_list(one: ListImport, unit: UnitOfWork) -> None:
    """One more that came in."""
    unit.list_imports.add(one)


async def test_the_newest_list_of_a_kind_comes_back_as_it_was_until_it_is_dropped(
    store: Store,
) -> None:
    shifts = (
        ListChange(Shift("a", MONDAY, DAY), Shift("a", MONDAY, None)),
        ListChange(None, Shift("b", TUESDAY, NIGHT)),
    )
    result = ListChange(None, BusinessResult("a", "fcr", MONDAY, 0.1 + 0.2, 3, "退货"))
    lists = [
        ListImport("1", ListKind.ROSTER, NOON, "", shifts),
        ListImport("2", ListKind.RESULTS, NOON + SECOND, "boss", (result,)),
        ListImport("3", ListKind.ROSTER, NOON + SECOND, "", shifts[:1]),
        ListImport("4", ListKind.ROSTER, NOON + SECOND, "", ()),
    ]
    for one in lists:
        await store.do(partial(keep_list, one))

    async def last(kind: ListKind) -> ListImport | None:
        return await store.do(lambda unit: unit.list_imports.last(kind))

    assert await last(ListKind.RESULTS) == lists[1]
    assert await last(ListKind.ROSTER) == lists[2]
    await store.do(lambda unit: unit.list_imports.drop("3"))
    assert await last(ListKind.ROSTER) == lists[0]
    await store.do(lambda unit: unit.list_imports.drop_before(NOON + SECOND))
    assert await last(ListKind.ROSTER) is None
    assert await last(ListKind.RESULTS) == lists[1]
