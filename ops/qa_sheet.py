"""`peilian sheet`: a company's QA sheet (XLSX) becomes a YAML file the company confirms."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import yaml

from core.catalogue import say
from core.domain.rubric import CHECKS, CRITICAL
from core.errors import SettingsError
from core.services.qa_sheet import QaSheet, SheetItem, suggest

MOST_BYTES = 5_000_000
MOST_ROWS = 2_000


def take_in(source: Path, target: Path, *, language: str) -> QaSheet:
    """Read the first sheet of `source`, write `target`. SettingsError names each bad cell."""
    rows = _rows(source, language)
    known = {
        name: say(language, f"sheet.words.{name}").split()
        for name in (*(check.id for check in CHECKS), *CRITICAL)
    }
    items: list[SheetItem] = []
    faults: list[str] = []
    for number, (words, points, veto) in enumerate(rows, start=2):
        text, is_veto = str(words or "").strip(), str(veto or "").strip() not in ("", "否", "no")
        if not text and points is None:
            continue
        if not text:
            faults.append(say(language, "sheet.no_words", path=source, cell=f"A{number}"))
        worth = 0.0 if points is None and is_veto else points
        if isinstance(worth, bool) or not isinstance(worth, int | float) or worth < 0:
            faults.append(say(language, "sheet.no_points", path=source, cell=f"B{number}"))
            continue
        items.append(SheetItem(text, float(worth), is_veto, suggest(text, known, veto=is_veto)))
    total = sum(item.points for item in items)
    if not faults and total != 100:
        faults.append(say(language, "sheet.not_hundred", path=source, total=f"{total:g}"))
    if faults:
        raise SettingsError(faults)
    sheet = QaSheet(tuple(items))
    data = {
        "version": sheet.version,
        "confirmed": False,
        "items": [
            {"item": i.words, "points": i.points, "veto": i.veto, "checks": list(i.checks)}
            for i in items
        ],
    }
    target.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return sheet


def open_sheet(path: Path, *, language: str) -> QaSheet:
    """A confirmed sheet; SettingsError where it is none, or not confirmed yet."""
    checks = {check.id for check in CHECKS} | set(CRITICAL)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        items = tuple(
            SheetItem(str(i["item"]), float(i["points"]), i["veto"] is True, tuple(i["checks"]))
            for i in data["items"]
        )
        sheet = QaSheet(items, confirmed=data["confirmed"] is True)
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as fault:
        raise SettingsError([say(language, "sheet.unreadable", path=path)]) from fault
    if any(set(item.checks) - checks for item in items):
        raise SettingsError([say(language, "sheet.unreadable", path=path)])
    if not sheet.confirmed:
        raise SettingsError([say(language, "sheet.unconfirmed", path=path)])
    return sheet


def _rows(source: Path, language: str) -> list[tuple[Any, ...]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if source.stat().st_size > MOST_BYTES:
            raise ValueError(source)
        book = load_workbook(source, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = list(
            sheet.iter_rows(min_row=2, max_row=MOST_ROWS, max_col=3, min_col=1, values_only=True)
        )
        book.close()
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError) as fault:
        raise SettingsError([say(language, "sheet.unreadable", path=source)]) from fault
    return rows
