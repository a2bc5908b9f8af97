"""A table as a spreadsheet file."""

from __future__ import annotations

import io
from collections.abc import Sequence

from bots.exams import safe


def as_xlsx(table: Sequence[Sequence[str]], *, title: str) -> bytes:
    """One sheet; every cell is text, so nothing in it is run."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for row in table:
        sheet.append([safe(cell) for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
