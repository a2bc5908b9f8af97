"""`peilian sheet`: a company's QA sheet (XLSX) becomes a YAML file the company confirms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from core.catalogue import say
from core.content.judged import read_sheet
from core.content.shape import Kind, shape_faults
from core.content.source import read_source
from core.domain.qa_sheet import WHOLE, PageOfSheet, QaSheet, SheetItem
from core.domain.rubric import CHECKS, CRITICAL
from core.errors import ContentFault, SettingsError
from core.services.qa_sheet import suggest
from ops.faults import line
from ops.files import writing
from ops.sheet_layout import JOINED, Row, find_heads, items_of
from ops.sheet_pages import MOST_BYTES, formulas_of, pages_of


def take_in(source: Path, target: Path, *, language: str, page: str | None = None) -> PageOfSheet:
    """Read the page of `source` that holds a sheet, write `target`. SettingsError names each bad
    cell, or the pages where there are several and `page` is none of them; nothing is written then.
    Raises OSError."""
    with source.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    found = read_workbook(data, str(source), language)
    fitting = [one for one in found if page in (None, one.title)]
    if len(fitting) != 1:
        titles = "、".join(one.title for one in found)
        raise SettingsError([say(language, "sheet.pages", path=source, pages=titles)])
    with writing(target) as out:
        out.write(sheet_yaml(fitting[0].sheet, confirmed=False).encode())
    return fitting[0]


def read_workbook(data: bytes, name: str, language: str) -> Sequence[PageOfSheet]:
    """Each visible page of a workbook that holds a sheet, with a check suggested for each item.
    Where none can be used, SettingsError names each bad cell of `name`."""
    found, faults = list[PageOfSheet](), list[str]()
    pages = pages_of(data, name, language)
    for page in pages:
        heads = find_heads(page)
        rows = list(items_of(page, heads)) if heads else []
        kept = _adding_up(rows)
        where = name if len(pages) == 1 else f"{name}「{page.title}」"
        wrong = _faults(kept, data, page.title, where, language)
        faults.extend(wrong)
        if kept and not wrong:
            left_out = tuple(row.words for row in rows if row not in kept)
            found.append(PageOfSheet(page.title, _sheet(kept, language), left_out))
    if not found:
        raise SettingsError(faults or [_nothing(data, name, language)])
    return found


def _nothing(data: bytes, name: str, language: str) -> str:
    """Why no page holds a sheet: formulas that were never worked out leave columns empty."""
    empty = sorted(cell for _, cell in formulas_of(data))
    if empty:
        return say(language, "sheet.formula", path=name, cell=empty[0])
    return say(language, "sheet.no_heads", path=name)


def _sheet(rows: Sequence[Row], language: str) -> QaSheet:
    known = {
        check: say(language, f"sheet.words.{check}").split()
        for check in (*(check.id for check in CHECKS), *CRITICAL)
    }
    scale = _scale(rows) or 1.0
    return QaSheet(
        tuple(
            SheetItem(
                words=row.words,
                points=0.0 if row.veto else round((row.points or 0.0) * scale, 6),
                veto=row.veto,
                checks=_meant(row, known),
                deducts=row.deducts and not row.veto,
            )
            for row in rows
        )
    )


def _adding_up(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows that count: without those on top, hidden ones and sums of groups, unless the points
    add up only with them."""
    own = [row for row in rows if not row.bonus]
    shown = [row for row in own if not row.hidden]
    ways = ([row for row in shown if not row.of_group], shown, own)
    return next((way for way in ways if way and _scale(way) is not None), shown or own)


def _earned(rows: Sequence[Row]) -> float:
    return round(sum(row.points or 0.0 for row in rows if not row.veto and not row.deducts), 6)


def _scale(rows: Sequence[Row]) -> float | None:
    """What makes points of a hundred of them: shares of 1 are percents. None: nothing does."""
    return {0.0: 1.0, WHOLE: 1.0, 1.0: WHOLE}.get(_earned(rows))


def _faults(
    rows: Sequence[Row], data: bytes, title: str, where: str, language: str
) -> Sequence[str]:
    faults = [
        say(language, "sheet.no_words", path=where, cell=row.cell) for row in rows if not row.words
    ]
    unread = [r.points_cell for r in rows if r.words and r.points is None and not r.veto]
    formulas = formulas_of(data) if unread else frozenset()
    for cell in unread:
        why = "sheet.formula" if (title, cell) in formulas else "sheet.no_points"
        faults.append(say(language, why, path=where, cell=cell))
    # The points are only added up where all of them could be read.
    if not faults and rows and _scale(rows) is None:
        read = "、".join(f"{row.words[:12]} {row.points:g}" for row in rows if not row.veto)
        total = f"{_earned(rows):g}"
        faults.append(say(language, "sheet.not_hundred", path=where, total=total, read=read))
    return faults


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
