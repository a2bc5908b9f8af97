"""The company's QA sheets that came in over the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, insert, select, update

from core.domain.qa_sheet import KeptSheet, QaSheet, SheetItem
from core.errors import NotFound
from core.storage.mapping import AnyRow
from core.storage.repositories.statements import replace_row
from core.storage.tables import qa_sheets

_Q = qa_sheets.c


@dataclass(frozen=True, slots=True)
class _Content:
    items: tuple[SheetItem, ...]
    left_out: tuple[str, ...] = ()


_CONTENT: TypeAdapter[_Content | tuple[SheetItem, ...]] = TypeAdapter(
    _Content | tuple[SheetItem, ...]
)
"""Sheets kept before rows could be left out hold the items alone."""

_REPLACE = (
    update(qa_sheets)
    .where(_Q.id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _Q if column.name != "id"})
)
_ADD = insert(qa_sheets)
_ALL = select(qa_sheets).order_by(_Q.at.desc(), _Q.id.desc())
_GET = select(qa_sheets).where(_Q.id == bindparam("id"))
_IN_USE = (
    select(qa_sheets)
    .where(_Q.used_at.is_not(None))
    .order_by(_Q.used_at.desc(), _Q.id.desc())
    .limit(1)
)
_OF_VERSION = _ALL.where(_Q.version == bindparam("version"), _Q.confirmed.is_(True)).limit(1)
_STOP = update(qa_sheets).where(_Q.used_at.is_not(None)).values(used_at=None)


class SqlQaSheets:
    """`QaSheets` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, sheet: KeptSheet) -> None:
        content = _Content(sheet.sheet.items, sheet.left_out)
        values: dict[str, Any] = {
            "id": sheet.id,
            "name": sheet.name[:255],
            "version": sheet.sheet.version,
            "items": _CONTENT.dump_json(content).decode(),
            "by_id": sheet.by_id,
            "at": sheet.at,
            "confirmed": sheet.confirmed,
            "used_at": sheet.used_at,
        }
        replace_row(self._connection, values, replace=_REPLACE, add=_ADD, here={"of": sheet.id})

    def get(self, sheet_id: str) -> KeptSheet:
        row = self._connection.execute(_GET, {"id": sheet_id}).first()
        if row is None:
            raise NotFound(what="QA sheet", name=sheet_id)
        return _of(row)

    def all(self) -> Sequence[KeptSheet]:
        return [_of(row) for row in self._connection.execute(_ALL)]

    def in_use(self) -> KeptSheet | None:
        row = self._connection.execute(_IN_USE).first()
        return None if row is None else _of(row)

    def of_version(self, version: str) -> KeptSheet | None:
        row = self._connection.execute(_OF_VERSION, {"version": version}).first()
        return None if row is None else _of(row)

    def stop(self) -> None:
        self._connection.execute(_STOP)


def _of(row: AnyRow) -> KeptSheet:
    id_, name, _, items, by_id, at, confirmed, used_at = row
    kept = _CONTENT.validate_json(items)
    content = kept if isinstance(kept, _Content) else _Content(kept)
    sheet = QaSheet(content.items)
    return KeptSheet(id_, name, sheet, by_id, at, confirmed, used_at, content.left_out)
