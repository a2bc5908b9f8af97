"""Decisions about plans and fitted models, through every store."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.domain.training import Order, OrderKind
from core.errors import NotFound
from tests.builders import NOON
from tests.contract.stores import Store

FIRST = Order(
    id="o-1",
    person_id="a",
    by_id="boss",
    kind=OrderKind.ASSIGN,
    scenario_id="invoice",
    at=NOON,
    opens_on=date(2026, 11, 1),
    due_on=date(2026, 11, 30),
    pass_mark=7.5,
    attempts=2,
    group="g",
)
LATER = replace(FIRST, id="o-2", kind=OrderKind.SKIP, at=NOON + timedelta(days=1), group="")
OTHER = replace(FIRST, id="o-3", person_id="b", at=NOON + timedelta(hours=1))


async def test_orders_come_back_as_they_were_kept_oldest_first(store: Store) -> None:
    await store.do(lambda unit: unit.orders.put([LATER, OTHER, FIRST]))
    assert await store.do(lambda unit: unit.orders.of_person("a")) == [FIRST, LATER]
    assert await store.do(lambda unit: unit.orders.of_people(["b", "a", "c"])) == [
        FIRST,
        OTHER,
        LATER,
    ]
    assert await store.do(lambda unit: unit.orders.of_people([])) == []
    assert await store.do(lambda unit: unit.orders.open_orders()) == [FIRST, OTHER, LATER]
    assert await store.do(lambda unit: unit.orders.get("o-3")) == OTHER


async def test_a_withdrawn_order_is_kept_but_counts_no_more(store: Store) -> None:
    await store.do(lambda unit: unit.orders.put([FIRST]))
    await store.do(lambda unit: unit.orders.put([replace(FIRST, withdrawn=True)]))
    assert await store.do(lambda unit: unit.orders.of_person("a")) == []
    assert await store.do(lambda unit: unit.orders.get("o-1")) == replace(FIRST, withdrawn=True)
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.orders.get("o-9"))


async def test_the_newest_fitted_model_counts(store: Store) -> None:
    assert await store.do(lambda unit: unit.fitted.get("groups")) is None
    await store.do(lambda unit: unit.fitted.put("groups", "first", now=NOON))
    await store.do(lambda unit: unit.fitted.put("groups", "第二", now=NOON))
    assert await store.do(lambda unit: unit.fitted.get("groups")) == "第二"
