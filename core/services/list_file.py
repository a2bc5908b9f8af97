"""Lists that a company hands in (CSV): decoded, split, and each row under our names of columns.

What is wrong is kept with the number of its line, so that all of it can be mended at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from core.domain.list_change import CompanyRow, ListChange
from core.ports.storage import UnitOfWork

K = TypeVar("K")
R = TypeVar("R")


class ListFault(StrEnum):
    """What is wrong with a line (or, on line 1, with the whole file)."""

    NOT_TEXT = "not_text"
    EMPTY = "empty"
    NO_COLUMN = "no_column"
    COLUMN_TWICE = "column_twice"
    BROKEN_QUOTES = "broken_quotes"
    TOO_MANY_FIELDS = "too_many_fields"
    NO_VALUE = "no_value"
    BAD_ID = "bad_id"
    ID_TWICE = "id_twice"
    TOO_LONG = "too_long"
    BAD_ROLE = "bad_role"
    BAD_LANGUAGE = "bad_language"
    BAD_EMAIL = "bad_email"
    UNKNOWN_PERSON = "unknown_person"
    BAD_DAY = "bad_day"
    BAD_SHIFT = "bad_shift"
    BAD_NUMBER = "bad_number"
    LINE_TWICE = "line_twice"


@dataclass(frozen=True, slots=True)
class BadLine:
    """One fault; `line` counts from 1, `about` is the column or value it is about."""

    line: int
    fault: ListFault
    about: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One line: its number and its values, stripped, by our names of the columns it has."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListFile:
    """What was read: good lines, the faults of the others, and which of our columns there are."""

    rows: tuple[ListRow, ...]
    faults: tuple[BadLine, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What keeping a list changes, by count."""

    new: int
    changed: int
    same: int


_DAY = re.compile(
    r"(?:(\d{4})(\d{2})(\d{2})|(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?)(?: 00:00(?::00)?)?"
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_list(
    data: bytes, columns: Mapping[str, Sequence[str]], *, needed: Sequence[str]
) -> ListFile:
    """The lines of a CSV file in UTF-8 (with or without a mark), UTF-16 or GBK.

    `columns`: our name -> what the head may call it, in lower case, the Chinese word second. The
    first line that is not empty is the head; other columns and empty lines are skipped. A line
    without a value for one of the `needed` columns is a fault.
    """
    text = _decoded(data)
    if text is None:
        return _only(1, ListFault.NOT_TEXT)
    rows = [(line, row) for line, row in _rows(text) if isinstance(row, ListFault) or any(row)]
    if not rows:
        return _only(1, ListFault.EMPTY)
    line, head = rows[0]
    if isinstance(head, ListFault):
        return _only(line, head)
    places, faults = _places(head, columns, needed=needed, line=line)
    if faults:
        return ListFile((), tuple(faults))
    if not rows[1:]:
        return _only(line, ListFault.EMPTY)
    read = [_row(line, row, places, width=len(head), needed=needed) for line, row in rows[1:]]
    return ListFile(
        tuple(one for one in read if isinstance(one, ListRow)),
        tuple(one for one in read if isinstance(one, BadLine)),
        tuple(places),
    )


def unknown_people(unit: UnitOfWork, lines: Sequence[tuple[int, str]]) -> tuple[BadLine, ...]:
    """A fault for each (line, person id) that nobody has been imported under."""
    known = {person.id for person in unit.people.everyone(also_gone=True)}
    return tuple(
        BadLine(line, ListFault.UNKNOWN_PERSON, person_id)
        for line, person_id in lines
        if person_id not in known
    )


def differences(
    kept: Mapping[K, CompanyRow], given: Mapping[K, CompanyRow]
) -> tuple[Changes, tuple[ListChange, ...]]:
    """How many rows are new, changed and the same, and those that are not the same."""
    new = [key for key in given if key not in kept]
    changed = [key for key, row in given.items() if key in kept and kept[key] != row]
    counts = Changes(len(new), len(changed), len(given) - len(new) - len(changed))
    return counts, tuple(ListChange(kept.get(key), given[key]) for key in (*new, *changed))


def read_day(text: str) -> date | None:
    """A day as people write it: 2026-11-24, 2026/11/24, 20261124, 2026年11月24日."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None


def _only(line: int, fault: ListFault) -> ListFile:
    return ListFile((), (BadLine(line, fault),))


def _decoded(data: bytes) -> str | None:
    """Excel writes the local code page unless told otherwise, and UTF-16 as "Unicode text"."""
    encodings = ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _rows(text: str) -> Iterator[tuple[int, list[str] | ListFault]]:
    """Each record with the number of its first line."""
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, [field.strip() for field in row]
            line = reader.line_num + 1
    except csv.Error:
        yield line, ListFault.BROKEN_QUOTES


def _places(
    head: Sequence[str], columns: Mapping[str, Sequence[str]], *, needed: Sequence[str], line: int
) -> tuple[dict[str, int], list[BadLine]]:
    names = [name.lower() for name in head]
    places: dict[str, int] = {}
    faults = []
    for column, known in columns.items():
        found = [place for place, name in enumerate(names) if name in known]
        if len(found) > 1:
            faults.append(BadLine(line, ListFault.COLUMN_TWICE, column))
        if found:
            places[column] = found[0]
        elif column in needed:
            faults.append(BadLine(line, ListFault.NO_COLUMN, f"{known[1]} / {column}"))
    return places, faults


def _row(
    line: int,
    row: Sequence[str] | ListFault,
    places: Mapping[str, int],
    *,
    width: int,
    needed: Sequence[str],
) -> ListRow | BadLine:
    if isinstance(row, ListFault):
        return BadLine(line, row)
    if any(row[width:]):
        return BadLine(line, ListFault.TOO_MANY_FIELDS)
    values = {column: row[place] for column, place in places.items() if place < len(row)}
    empty = next((name for name in needed if not values.get(name)), "")
    return BadLine(line, ListFault.NO_VALUE, empty) if empty else ListRow(line, values)
