"""Rosters and business results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from core.domain.list_change import CompanyRow, ListChange, ListImport, ListKind
from core.domain.results import BusinessResult
from core.domain.worktime import Shift, Span
from core.storage.mapping import AnyRow
from core.storage.repositories.statements import replace_row
from core.storage.rules import ID_CHARS, plain_name
from core.storage.tables import list_changes, results, shifts

_S = shifts.c
_R = results.c

_THIS_SHIFT = (_S.person_id == bindparam("of_person"), _S.day == bindparam("of_day"))
_REMOVE_SHIFT = delete(shifts).where(*_THIS_SHIFT)
_REPLACE_SHIFT = (
    update(shifts).where(*_THIS_SHIFT).values(start=bindparam("start"), end=bindparam("end"))
)
_ADD_SHIFT = insert(shifts)
_OF_DAY = select(shifts).where(_S.day == bindparam("day"))
_BETWEEN = (
    select(shifts)
    .where(_S.day.between(bindparam("first"), bindparam("last")))
    .order_by(_S.person_id, _S.day)
)
_THIS_RESULT = (
    _R.person_id == bindparam("of_person"),
    _R.metric == bindparam("of_metric"),
    _R.period == bindparam("of_period"),
    _R.contact_type == bindparam("of_type"),
)
_REMOVE_RESULT = delete(results).where(*_THIS_RESULT)
_REPLACE_RESULT = (
    update(results)
    .where(*_THIS_RESULT)
    .values(value=bindparam("value"), contacts=bindparam("contacts"))
)
_ADD_RESULT = insert(results)
_SINCE = (
    select(results)
    .where(_R.period >= bindparam("first"))
    .order_by(_R.person_id, _R.period, _R.metric, _R.contact_type)
)


_L = list_changes.c
_ADD_CHANGE = insert(list_changes)
_LAST = (
    select(_L.list_id, _L.at, _L.by_id)
    .where(_L.kind == bindparam("kind"))
    .order_by(_L.at.desc(), _L.id.desc())
    .limit(1)
)
_CHANGES = (
    select(_L.person_id, _L.before, _L.after)
    .where(_L.list_id == bindparam("list_id"))
    .order_by(_L.id)
)
_DROP = delete(list_changes).where(_L.list_id == bindparam("list_id"))
_DROP_BEFORE = delete(list_changes).where(_L.at < bindparam("moment"))
_ROWS: Mapping[ListKind, TypeAdapter[CompanyRow]] = {
    ListKind.ROSTER: TypeAdapter(Shift),
    ListKind.RESULTS: TypeAdapter(BusinessResult),
}


class SqlRosters:
    """`Rosters` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[Shift]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            start, end = (row.span.start, row.span.end) if row.span else (None, None)
            replace_row(
                self._connection,
                {"person_id": row.person_id, "day": row.day, "start": start, "end": end},
                replace=_REPLACE_SHIFT,
                add=_ADD_SHIFT,
                here={"of_person": row.person_id, "of_day": row.day},
            )

    def of_day(self, day: date) -> Mapping[str, Shift]:
        found = self._connection.execute(_OF_DAY, {"day": day})
        return {shift.person_id: shift for shift in map(_shift_of, found)}

    def remove(self, rows: Sequence[Shift]) -> None:
        for row in rows:
            self._connection.execute(_REMOVE_SHIFT, {"of_person": row.person_id, "of_day": row.day})

    def between(self, first: date, last: date) -> Sequence[Shift]:
        rows = self._connection.execute(_BETWEEN, {"first": first, "last": last})
        return [_shift_of(row) for row in rows]


class SqlResults:
    """`Results` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, rows: Sequence[BusinessResult]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            plain_name(row.contact_type, limit=ID_CHARS)
            replace_row(
                self._connection,
                asdict(row),
                replace=_REPLACE_RESULT,
                add=_ADD_RESULT,
                here=_here(row),
            )

    def remove(self, rows: Sequence[BusinessResult]) -> None:
        for row in rows:
            self._connection.execute(_REMOVE_RESULT, _here(row))

    def since(self, first: date) -> Sequence[BusinessResult]:
        return [_result_of(row) for row in self._connection.execute(_SINCE, {"first": first})]


class SqlListImports:
    """`ListImports` in a table: a row for each change, under the person it is about."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: ListImport) -> None:
        values = [
            {
                "list_id": one.id,
                "kind": one.kind.value,
                "at": one.at,
                "by_id": one.by_id,
                "person_id": change.after.person_id,
                "before": _row_text(change.before),
                "after": _row_text(change.after),
            }
            for change in one.changes
        ]
        if values:
            self._connection.execute(_ADD_CHANGE, values)

    def last(self, kind: ListKind) -> ListImport | None:
        head = self._connection.execute(_LAST, {"kind": kind.value}).first()
        if head is None:
            return None
        import_id, at, by_id = head
        rows = self._connection.execute(_CHANGES, {"list_id": import_id})
        changes = [
            ListChange(_row_of(kind, person, before) if before else None, after_row)
            for person, before, after in rows
            for after_row in [_row_of(kind, person, after)]
        ]
        return ListImport(import_id, kind, at, by_id, tuple(changes))

    def drop(self, import_id: str) -> None:
        self._connection.execute(_DROP, {"list_id": import_id})

    def drop_before(self, moment: datetime) -> None:
        self._connection.execute(_DROP_BEFORE, {"moment": moment})


def _row_text(row: CompanyRow | None) -> str:
    if row is None:
        return ""
    return orjson.dumps({**asdict(row), "person_id": ""}).decode()


def _row_of(kind: ListKind, person_id: str, text: str) -> CompanyRow:
    return replace(_ROWS[kind].validate_json(text), person_id=person_id)


def _here(row: BusinessResult) -> Mapping[str, object]:
    return {
        "of_person": row.person_id,
        "of_metric": row.metric,
        "of_period": row.period,
        "of_type": row.contact_type,
    }


def _shift_of(row: AnyRow) -> Shift:
    person_id, day, start, end = row
    return Shift(person_id, day, None if start is None else Span(start, end))


def _result_of(row: AnyRow) -> BusinessResult:
    person_id, metric, period, contact_type, value, contacts = row
    return BusinessResult(person_id, metric, period, value, contacts, contact_type)
