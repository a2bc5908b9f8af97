"""A list of people (CSV) -> the people to keep, or every line that is wrong with its reason.

All or nothing: one bad line and nobody is kept, so that the same file can be mended and read again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from core.domain.people import DEMO_PREFIX, Person, Role
from core.ports.storage import UnitOfWork
from core.services.binding import give_code, give_link


class PeopleFault(StrEnum):
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


@dataclass(frozen=True, slots=True)
class BadLine:
    """One fault; `line` counts from 1, `about` is the column or value it is about."""

    line: int
    fault: PeopleFault
    about: str = ""


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file as it was read: the people of its good lines, and its faults."""

    people: tuple[Person, ...]
    faults: tuple[BadLine, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """Who was kept: `new` were not known before, `changed` were known otherwise."""

    new: tuple[Person, ...]
    changed: tuple[Person, ...]
    same: tuple[Person, ...]


_Key = TypeVar("_Key", bound=str)

_COLUMNS = {
    "id": ("id", "工号", "编号", "员工号", "账号"),
    "name": ("name", "姓名", "名字"),
    "role": ("role", "角色", "职务"),
    "team": ("team", "团队", "班组", "小组", "部门"),
    "language": ("language", "语言"),
}
_NEEDED = ("id", "name", "team")
_ROLES = {
    Role.TRAINEE: ("trainee", "学员", "客服", "坐席"),
    Role.SUPERVISOR: ("supervisor", "主管", "班组长", "组长"),
    Role.AUTHOR: ("author", "作者", "内容作者"),
    Role.ADMIN: ("admin", "管理员"),
}
_LANGUAGES = {"zh": ("zh", "中文", "汉语"), "en": ("en", "英文", "英语")}
_LONGEST = {"id": 64, "name": 255, "team": 128}
_ID = re.compile(r"[\w@.+-]+")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_people(data: bytes, *, language: str) -> PeopleFile:
    """The people of a CSV file in UTF-8 (with or without a mark), UTF-16 or GBK.

    The first line names the columns in Chinese or English: id, name and team are needed, role
    (trainee) and language (`language`) may be missing or empty. Empty lines are skipped.
    """
    text = _decoded(data)
    if text is None:
        return PeopleFile((), (BadLine(1, PeopleFault.NOT_TEXT),))
    rows = [(line, row) for line, row in _rows(text) if isinstance(row, PeopleFault) or any(row)]
    if not rows:
        return PeopleFile((), (BadLine(1, PeopleFault.EMPTY),))
    line, head = rows[0]
    if isinstance(head, PeopleFault):
        return PeopleFile((), (BadLine(line, head),))
    columns, faults = _columns(head, line=line)
    if faults:
        return PeopleFile((), tuple(faults))
    if not rows[1:]:
        return PeopleFile((), (BadLine(line, PeopleFault.EMPTY),))
    read = [
        BadLine(line, row)
        if isinstance(row, PeopleFault)
        else _person(row, columns, line=line, width=len(head), language=language)
        for line, row in rows[1:]
    ]
    return _one_each([line for line, _ in rows[1:]], read)


def compare(work: UnitOfWork, people: Sequence[Person]) -> Imported:
    """What keeping these people would change."""
    known = {person.id: person for person in work.people.everyone()}
    new = tuple(one for one in people if one.id not in known)
    changed = tuple(one for one in people if one.id in known and known[one.id] != one)
    same = tuple(one for one in people if known.get(one.id) == one)
    return Imported(new, changed, same)


def keep(
    work: UnitOfWork,
    people: Sequence[Person],
    secrets: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> Imported:
    """Keep the people; each new one gets a (bind code, sign-in token) of `secrets`, in order."""
    imported = compare(work, people)
    for person in (*imported.new, *imported.changed):
        work.people.add(person)
    for person, (code, token) in zip(imported.new, secrets, strict=False):
        give_code(work, person.id, code, now=now)
        give_link(work, person.id, token, now=now)
    return imported


def _one_each(lines: Sequence[int], read: Sequence[Person | BadLine]) -> PeopleFile:
    """The people, each id once; the second line of an id names the first."""
    people: dict[str, Person] = {}
    at: dict[str, int] = {}
    faults: list[BadLine] = []
    for line, one in zip(lines, read, strict=True):
        if isinstance(one, BadLine):
            faults.append(one)
        elif one.id in people:
            about = f"{one.id} ({at[one.id]})"
            faults.append(BadLine(line, PeopleFault.ID_TWICE, about))
        else:
            people[one.id], at[one.id] = one, line
    return PeopleFile(tuple(people.values()), tuple(faults))


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


def _rows(text: str) -> Iterator[tuple[int, list[str] | PeopleFault]]:
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
        yield line, PeopleFault.BROKEN_QUOTES


def _columns(row: Sequence[str], *, line: int) -> tuple[dict[str, int], list[BadLine]]:
    names = [name.lower() for name in row]
    places: dict[str, int] = {}
    faults = []
    for column, known in _COLUMNS.items():
        found = [place for place, name in enumerate(names) if name in known]
        if len(found) > 1:
            faults.append(BadLine(line, PeopleFault.COLUMN_TWICE, column))
        if found:
            places[column] = found[0]
        elif column in _NEEDED:
            faults.append(BadLine(line, PeopleFault.NO_COLUMN, f"{known[1]} / {column}"))
    return places, faults


def _person(
    row: Sequence[str], columns: dict[str, int], *, line: int, width: int, language: str
) -> Person | BadLine:
    if any(row[width:]):
        return BadLine(line, PeopleFault.TOO_MANY_FIELDS)
    given = {column: row[place] for column, place in columns.items() if place < len(row)}
    fault = _fault(given)
    if fault is not None:
        return BadLine(line, *fault)
    return Person(
        id=given["id"],
        name=given["name"],
        role=_named(_ROLES, given.get("role", "")) or Role.TRAINEE,
        team=given["team"],
        language=_named(_LANGUAGES, given.get("language", "")) or language,
    )


def _fault(given: dict[str, str]) -> tuple[PeopleFault, str] | None:
    role, language = given.get("role", ""), given.get("language", "")
    empty = next((name for name in _NEEDED if not given.get(name)), "")
    if empty:
        return PeopleFault.NO_VALUE, empty
    long = next((name for name, most in _LONGEST.items() if len(given[name]) > most), "")
    faults = (
        (bool(long), PeopleFault.TOO_LONG, long),
        (not _is_id(given["id"]), PeopleFault.BAD_ID, given["id"]),
        (bool(role) and _named(_ROLES, role) is None, PeopleFault.BAD_ROLE, role),
        (
            bool(language) and _named(_LANGUAGES, language) is None,
            PeopleFault.BAD_LANGUAGE,
            language,
        ),
    )
    return next(((fault, about) for wrong, fault, about in faults if wrong), None)


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text)) and not text.startswith(DEMO_PREFIX)


def _named(names: Mapping[_Key, Sequence[str]], text: str) -> _Key | None:
    return next((key for key, known in names.items() if text.lower() in known), None)
