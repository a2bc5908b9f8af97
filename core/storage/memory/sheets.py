"""The company's QA sheets that came in over the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.qa_sheet import KeptSheet
from core.errors import NotFound
from core.storage.memory.table import Journal, Table, utc, utc_or_none


class MemoryQaSheets:
    """`QaSheets` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[str, KeptSheet] = Table(journal)

    def put(self, sheet: KeptSheet) -> None:
        kept = replace(sheet, at=utc(sheet.at), used_at=utc_or_none(sheet.used_at))
        self._rows.put(sheet.id, kept)

    def get(self, sheet_id: str) -> KeptSheet:
        found = self._rows.get(sheet_id)
        if found is None:
            raise NotFound(what="QA sheet", name=sheet_id)
        return found

    def all(self) -> Sequence[KeptSheet]:
        return sorted(self._rows.all(), key=lambda one: (one.at, one.id), reverse=True)

    def in_use(self) -> KeptSheet | None:
        used: list[tuple[datetime, str]] = [
            (one.used_at, one.id) for one in self._rows.all() if one.used_at is not None
        ]
        return self._rows.get(max(used)[1]) if used else None

    def of_version(self, version: str) -> KeptSheet | None:
        confirmed = (one for one in self.all() if one.confirmed)
        return next((one for one in confirmed if one.sheet.version == version), None)

    def stop(self) -> None:
        for one in list(self._rows.all()):
            if one.used_at is not None:
                self._rows.put(one.id, replace(one, used_at=None))
