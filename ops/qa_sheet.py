"""`peilian sheet`: a company's QA sheet (XLSX) becomes a YAML file the company confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import yaml

from core.catalogue import say
from core.content.judged import read_sheet
from core.content.shape import Kind, shape_faults
from core.content.source import read_source
from core.domain.qa_sheet import WHOLE, QaSheet, SheetItem
from core.domain.rubric import CHECKS, CRITICAL
from core.errors import ContentFault, SettingsError
from core.services.qa_sheet import suggest
from ops.faults import line
from ops.files import writing
from ops.sheet_layout import JOINED, Grid, Row, Spans, find_heads, items_of

MOST_BYTES = 5_000_000
MOST_ROWS = 2_000
MOST_COLUMNS = 30


def take_in(source: Path, target: Path, *, language: str) -> QaSheet:
    """Read the first page of `source` that holds a sheet, write `target`. SettingsError names
    each bad cell; nothing is written then. Raises OSError."""
    with source.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    sheet = read_workbook(data, str(source), language)
    with writing(target) as out:
        out.write(sheet_yaml(sheet, confirmed=False).encode())
    return sheet


def read_workbook(data: bytes, name: str, language: str) -> QaSheet:
    """The first page of a workbook that holds a sheet, with a check suggested for each item.
    SettingsError names each bad cell of `name`."""
    rows = _rows(data, name, language)
    faults = [fault for row in rows for fault in _faults(row, name, language)]
    # The points are only added up where all of them could be read.
    earned = sum(row.points or 0.0 for row in rows if not row.veto and not row.deducts)
    if not faults and round(earned, 6) not in (0.0, WHOLE):
        faults.append(say(language, "sheet.not_hundred", path=name, total=f"{earned:g}"))
    if not faults and not rows:
        faults.append(say(language, "sheet.unreadable", path=name))
    if faults:
        raise SettingsError(faults)
    known = {
        check: say(language, f"sheet.words.{check}").split()
        for check in (*(check.id for check in CHECKS), *CRITICAL)
    }
    return QaSheet(
        tuple(
            SheetItem(
                words=row.words,
                points=0.0 if row.veto else row.points or 0.0,
                veto=row.veto,
                checks=_meant(row, known),
                deducts=row.deducts and not row.veto,
            )
            for row in rows
        )
    )


def _meant(row: Row, known: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The checks that an item, or each part of one that several rows make up, seems to mean."""
    parts = row.words.split(JOINED)
    found = (name for part in parts for name in suggest(part, known, veto=row.veto))
    return tuple(dict.fromkeys(found))


def sheet_yaml(sheet: QaSheet, confirmed: bool) -> str:  # handed over as a function of two
    """The sheet as the file of a content folder."""
    items = [
        {"item": i.words, "points": i.points, "veto": i.veto, "checks": list(i.checks)}
        | ({"deducts": True} if i.deducts else {})
        for i in sheet.items
    ]
    data = {"version": sheet.version, "confirmed": confirmed, "items": items}
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def open_sheet(path: Path, *, language: str) -> QaSheet:
    """A confirmed sheet; SettingsError names every fault with its line."""
    source, faults = read_source(path)
    if source is not None:
        faults = shape_faults(source, Kind.QA_SHEET)
    if source is None or faults:
        raise SettingsError(
            [say(language, "sheet.unreadable", path=path), *(line(language, one) for one in faults)]
        )
    sheet, faults = read_sheet(source)
    if sheet is None:
        raise SettingsError([_said(language, fault, path) for fault in faults])
    return sheet


def _said(language: str, fault: ContentFault, path: Path) -> str:
    if fault.reason.startswith("unconfirmed"):
        return say(language, "sheet.unconfirmed", path=path)
    return line(language, fault)


def _faults(row: Row, source: str, language: str) -> Sequence[str]:
    if not row.words:
        return [say(language, "sheet.no_words", path=source, cell=row.cell)]
    if row.points is None and not row.veto:
        return [say(language, "sheet.no_points", path=source, cell=row.points_cell)]
    return []


def _rows(data: bytes, source: str, language: str) -> list[Row]:
    for grid, spans in _pages(data, source, language):
        heads = find_heads(grid)
        if heads is not None:
            return list(items_of(grid, spans, *heads))
    raise SettingsError([say(language, "sheet.no_heads", path=source)])


def _pages(data: bytes, source: str, language: str) -> list[tuple[Grid, Spans]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if len(data) > MOST_BYTES:
            raise ValueError(source)
        book = load_workbook(BytesIO(data), data_only=True)
        pages: list[tuple[Grid, Spans]] = []
        for page in book.worksheets:
            rows = page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            spans = {
                (span.min_row - 1, span.min_col - 1): span.max_row - 1
                for span in page.merged_cells.ranges
            }
            pages.append((list(rows), spans))
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as fault:
        raise SettingsError([say(language, "sheet.unreadable", path=source)]) from fault
    return pages
