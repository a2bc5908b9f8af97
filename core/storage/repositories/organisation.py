"""Rosters and business results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, bindparam, insert, select, update

from core.domain.results import BusinessResult
from core.domain.worktime import Shift, Span
from core.storage.mapping import AnyRow
from core.storage.repositories.statements import replace_row
from core.storage.rules import ID_CHARS, plain_name
from core.storage.tables import results, shifts

_S = shifts.c
_R = results.c

_REPLACE_SHIFT = (
    update(shifts)
    .where(_S.person_id == bindparam("of_person"), _S.day == bindparam("of_day"))
    .values(start=bindparam("start"), end=bindparam("end"))
)
_ADD_SHIFT = insert(shifts)
_OF_DAY = select(shifts).where(_S.day == bindparam("day"))
_BETWEEN = (
    select(shifts)
    .where(_S.day.between(bindparam("first"), bindparam("last")))
    .order_by(_S.person_id, _S.day)
)
_REPLACE_RESULT = (
    update(results)
    .where(
        _R.person_id == bindparam("of_person"),
        _R.metric == bindparam("of_metric"),
        _R.period == bindparam("of_period"),
        _R.contact_type == bindparam("of_type"),
    )
    .values(value=bindparam("value"), contacts=bindparam("contacts"))
)
_ADD_RESULT = insert(results)
_SINCE = (
    select(results)
    .where(_R.period >= bindparam("first"))
    .order_by(_R.person_id, _R.period, _R.metric, _R.contact_type)
)


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
                here={
                    "of_person": row.person_id,
                    "of_metric": row.metric,
                    "of_period": row.period,
                    "of_type": row.contact_type,
                },
            )

    def since(self, first: date) -> Sequence[BusinessResult]:
        return [_result_of(row) for row in self._connection.execute(_SINCE, {"first": first})]


def _shift_of(row: AnyRow) -> Shift:
    person_id, day, start, end = row
    return Shift(person_id, day, None if start is None else Span(start, end))


def _result_of(row: AnyRow) -> BusinessResult:
    person_id, metric, period, contact_type, value, contacts = row
    return BusinessResult(person_id, metric, period, value, contacts, contact_type)
