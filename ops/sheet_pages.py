"""The pages of an XLSX file as texts, with what is merged and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from core.catalogue import say
from core.errors import SettingsError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 5_000_000
MOST_ROWS = 2_000
MOST_COLUMNS = 30
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
"""How files of Excel before 2007 begin, and those with a password."""


@dataclass(frozen=True, slots=True)
class Page:
    """`rows` of texts; what a merged range holds stands in its first cell, "" in the others.
    `spans`: (row, column) of the first cell of a merged range -> its last; `hidden` rows; all
    from 0."""

    title: str
    rows: Sequence[Sequence[str]]
    spans: Mapping[tuple[int, int], tuple[int, int]]
    hidden: frozenset[int] = frozenset()

    def last(self, row: int, column: int) -> tuple[int, int]:
        """Where the cell that begins here ends, merged or not."""
        return self.spans.get((row, column), (row, column))


def pages_of(data: bytes, name: str, language: str) -> list[Page]:
    """The visible pages. SettingsError says what is wrong with a file that cannot be read."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    wrong = _wrong(data)
    if wrong:
        raise SettingsError([say(language, wrong, path=name)])
    try:
        book = load_workbook(BytesIO(data), data_only=True)
        shown = [page for page in book.worksheets if page.sheet_state == "visible"]
        return [_page(page) for page in shown]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as fault:
        raise SettingsError([say(language, "sheet.unreadable", path=name)]) from fault


def formulas_of(data: bytes) -> frozenset[tuple[str, str]]:
    """(page, cell) of every formula: one without a kept result reads as nothing at all."""
    from openpyxl import load_workbook

    return frozenset(
        (page.title, cell.coordinate)
        for page in load_workbook(BytesIO(data)).worksheets
        for row in page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)
        for cell in row
        if cell.data_type == "f"
    )


def _wrong(data: bytes) -> str:
    if not data:
        return "sheet.empty"
    if len(data) > MOST_BYTES:
        return "sheet.too_large"
    if data.startswith(_OLD_OFFICE):
        return "sheet.old_format"
    return "" if data.startswith(b"PK") else "sheet.unreadable"


def _page(page: Worksheet) -> Page:
    rows = [
        [_text(cell.value, cell.number_format) for cell in row]
        for row in page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)
    ]
    spans = {
        (span.min_row - 1, span.min_col - 1): (span.max_row - 1, span.max_col - 1)
        for span in page.merged_cells.ranges
    }
    hidden = (at - 1 for at, row in page.row_dimensions.items() if row.hidden)
    return Page(page.title, rows, spans, frozenset(hidden))


def _text(value: object, form: str) -> str:
    """What people see in a cell: 0.05 in a column of percents is 5%. Lines stay apart."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return f"{value * 100:g}%" if "%" in form else f"{value:g}"
    lines = (re.sub(r"\s+", " ", part).strip() for part in str(value).splitlines())
    return "\n".join(part for part in lines if part)
