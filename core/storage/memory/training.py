"""Decisions about plans, and fitted models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.training import Order
from core.errors import NotFound
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import ID_CHARS, plain_name


class MemoryOrders:
    """`Orders` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[str, Order] = Table(journal, person=lambda order: order.person_id)

    def put(self, rows: Sequence[Order]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            self._rows.put(row.id, replace(row, at=utc(row.at)))

    def of_person(self, person_id: str) -> Sequence[Order]:
        return _open(self._rows.by("person", person_id))

    def of_people(self, person_ids: Sequence[str]) -> Sequence[Order]:
        return _open([row for name in person_ids for row in self._rows.by("person", name)])

    def get(self, order_id: str) -> Order:
        found = self._rows.get(order_id)
        if found is None:
            raise NotFound(what="order", name=order_id)
        return found

    def open_orders(self) -> Sequence[Order]:
        return _open(list(self._rows.all()))


class MemoryFitted:
    """`Fitted` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[str, str] = Table(journal)

    def put(self, name: str, text: str, *, now: datetime) -> None:
        utc(now)
        self._rows.put(name, text)

    def get(self, name: str) -> str | None:
        return self._rows.get(name)


def _open(rows: Sequence[Order]) -> Sequence[Order]:
    return sorted((row for row in rows if not row.withdrawn), key=lambda row: (row.at, row.id))
