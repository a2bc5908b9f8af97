"""Lists on the command line: CSV as it is, the first sheet of an XLSX book as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from pathlib import Path
from zipfile import BadZipFile

from core.catalogue import say
from core.errors import SettingsError

MOST_BYTES = 20_000_000
MOST_ROWS = 200_000


def list_bytes(path: Path, *, language: str) -> bytes:
    """The file as CSV. SettingsError for a book that cannot be opened or is too large."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return path.read_bytes()
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if path.stat().st_size > MOST_BYTES:
        raise SettingsError([say(language, "list_file.too_large", path=path)])
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS, values_only=True):
            rows.writerow([_plain(cell) for cell in row])
        book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as fault:
        raise SettingsError([say(language, "list_file.no_book", path=path)]) from fault
    return table.getvalue().encode()


def _plain(cell: object) -> str:
    """A cell as one would type it; what the book keeps as a number loses its `.0`."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        midnight = cell.time() == time.min
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "minutes")
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
