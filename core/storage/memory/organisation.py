"""Rosters and business results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from core.domain.list_change import ListImport, ListKind
from core.domain.results import BusinessResult
from core.domain.worktime import Shift
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import ID_CHARS, plain_name


class MemoryRosters:
    """`Rosters` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._shifts: Table[tuple[str, date], Shift] = Table(journal, day=lambda shift: shift.day)

    def put(self, rows: Sequence[Shift]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            self._shifts.put((row.person_id, row.day), row)

    def remove(self, rows: Sequence[Shift]) -> None:
        for row in rows:
            self._shifts.drop((row.person_id, row.day))

    def of_day(self, day: date) -> Mapping[str, Shift]:
        return {shift.person_id: shift for shift in self._shifts.by("day", day)}

    def between(self, first: date, last: date) -> Sequence[Shift]:
        found = [shift for shift in self._shifts.all() if first <= shift.day <= last]
        return sorted(found, key=lambda shift: (shift.person_id, shift.day))


class MemoryResults:
    """`Results` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._results: Table[tuple[str, str, date, str], BusinessResult] = Table(journal)

    def put(self, rows: Sequence[BusinessResult]) -> None:
        for row in rows:
            plain_name(row.person_id, limit=ID_CHARS)
            plain_name(row.contact_type, limit=ID_CHARS)
            self._results.put((row.person_id, row.metric, row.period, row.contact_type), row)

    def remove(self, rows: Sequence[BusinessResult]) -> None:
        for row in rows:
            self._results.drop((row.person_id, row.metric, row.period, row.contact_type))

    def since(self, first: date) -> Sequence[BusinessResult]:
        found = [row for row in self._results.all() if row.period >= first]
        key = ("person_id", "period", "metric", "contact_type")
        return sorted(found, key=lambda row: tuple(getattr(row, name) for name in key))


class MemoryListImports:
    """`ListImports` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._imports: Table[str, ListImport] = Table(journal)

    def add(self, one: ListImport) -> None:
        if one.changes:
            self._imports.put(one.id, replace(one, at=utc(one.at)))

    def last(self, kind: ListKind) -> ListImport | None:
        # Of those of one moment the one that came in last.
        found = [one for one in reversed(self._imports.all()) if one.kind is kind]
        return max(found, key=lambda one: one.at, default=None)

    def drop(self, import_id: str) -> None:
        self._imports.drop(import_id)

    def drop_before(self, moment: datetime) -> None:
        for one in self._imports.all():
            if one.at < utc(moment):
                self._imports.drop(one.id)
