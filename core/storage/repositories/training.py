"""Decisions about plans, and fitted models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from core.domain.training import Order, OrderKind
from core.errors import NotFound
from core.storage.mapping import AnyRow
from core.storage.repositories.statements import replace_row
from core.storage.rules import ID_CHARS, plain_name
from core.storage.tables import fitted, orders

_O = orders.c
_F = fitted.c

_REPLACE = (
    update(orders)
    .where(_O.id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _O if column.name != "id"})
)
_ADD = insert(orders)
_OPEN = select(orders).where(_O.withdrawn.is_(False)).order_by(_O.at, _O.id)
_OF_PERSON = _OPEN.where(_O.person_id == bindparam("person_id"))
_OF_PEOPLE = _OPEN.where(_O.person_id.in_(bindparam("people", expanding=True)))
_GET = select(orders).where(_O.id == bindparam("id"))
_REPLACE_FITTED = (
    update(fitted)
    .where(_F.name == bindparam("of"))
    .values(at=bindparam("at"), text=bindparam("text"))
)
_ADD_FITTED = insert(fitted)
_FITTED = select(_F.text).where(_F.name == bindparam("name"))


class SqlOrders:
    """`Orders` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[Order]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            values = {**asdict(row), "kind": row.kind.value}
            replace_row(self._connection, values, replace=_REPLACE, add=_ADD, here={"of": row.id})

    def of_person(self, person_id: str) -> Sequence[Order]:
        rows = self._connection.execute(_OF_PERSON, {"person_id": person_id})
        return [_order_of(row) for row in rows]

    def of_people(self, person_ids: Sequence[str]) -> Sequence[Order]:
        rows = self._connection.execute(_OF_PEOPLE, {"people": list(person_ids)})
        return [_order_of(row) for row in rows]

    def get(self, order_id: str) -> Order:
        row = self._connection.execute(_GET, {"id": order_id}).first()
        if row is None:
            raise NotFound(what="order", name=order_id)
        return _order_of(row)

    def open_orders(self) -> Sequence[Order]:
        return [_order_of(row) for row in self._connection.execute(_OPEN)]


class SqlFitted:
    """`Fitted` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, name: str, text: str, *, now: datetime) -> None:
        values = {"name": name, "at": now, "text": text}
        replace_row(
            self._connection, values, replace=_REPLACE_FITTED, add=_ADD_FITTED, here={"of": name}
        )

    def get(self, name: str) -> str | None:
        row = self._connection.execute(_FITTED, {"name": name}).first()
        return None if row is None else str(row[0])


def _order_of(row: AnyRow) -> Order:
    values = dict(zip((column.name for column in _O), row, strict=True))
    return Order(**{**values, "kind": OrderKind(values["kind"])})
