"""A list of people (CSV) -> the people to keep, or every line that is wrong with its reason.

All or nothing: one bad line and nobody is kept, so that the same file can be mended and read again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from core.domain.people import DEMO_PREFIX, Person, Role
from core.ports.storage import UnitOfWork
from core.services.binding import give_code, give_link
from core.services.list_file import BadLine, ListFault, ListRow, read_list


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file as it was read: the people of its good lines, its faults, and the columns it has not:
    what is known of somebody there stays as it is."""

    people: tuple[Person, ...]
    faults: tuple[BadLine, ...]
    missing: frozenset[str] = frozenset()


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
    "site": ("site", "职场", "地点", "城市"),
    "vendor": ("vendor", "供应商", "外包商", "公司"),
    "skills": ("skills", "技能组", "技能", "业务线"),
    "email": ("email", "邮箱", "电子邮箱", "e-mail"),
}
_NEEDED = ("id", "name", "team")
_ROLES = {
    Role.TRAINEE: ("trainee", "学员", "客服", "坐席"),
    Role.SUPERVISOR: ("supervisor", "主管", "班组长", "组长"),
    Role.AUTHOR: ("author", "作者", "内容作者"),
    Role.ADMIN: ("admin", "管理员"),
}
_LANGUAGES = {"zh": ("zh", "中文", "汉语"), "en": ("en", "英文", "英语")}
_LONGEST = {
    "id": 64,
    "name": 255,
    "team": 128,
    "site": 128,
    "vendor": 128,
    "skills": 256,
    "email": 191,
}
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_SKILLS = re.compile(r"[、，；;,/|]+")
_ID = re.compile(r"[\w@.+-]+")


def read_people(data: bytes, *, language: str) -> PeopleFile:
    """The people of a CSV file, see `read_list` for what it may look like.

    Columns in Chinese or English: id, name and team are needed; role (trainee), language
    (`language`), site, vendor, e-mail and skills (several, parted by 、 or ;) may be missing or
    empty.
    """
    read = read_list(data, _COLUMNS, needed=_NEEDED)
    found: list[tuple[int, Person | BadLine]] = [
        *((bad.line, bad) for bad in read.faults),
        *((row.line, read_person(row, language=language)) for row in read.rows),
    ]
    missing = frozenset(_COLUMNS) - frozenset(read.columns)
    return replace(_one_each(sorted(found, key=lambda pair: pair[0])), missing=missing)


def compare(work: UnitOfWork, read: PeopleFile) -> Imported:
    """What keeping these people would change."""
    known = {person.id: person for person in work.people.everyone(also_gone=True)}
    people = [_completed(one, known.get(one.id), read.missing) for one in read.people]
    new = tuple(one for one in people if one.id not in known)
    changed = tuple(one for one in people if one.id in known and known[one.id] != one)
    same = tuple(one for one in people if known.get(one.id) == one)
    return Imported(new, changed, same)


def keep(
    work: UnitOfWork,
    read: PeopleFile,
    secrets: Sequence[tuple[str, str]],
    *,
    now: datetime,
) -> Imported:
    """Keep the people; each new one gets a (bind code, sign-in token) of `secrets`, in order."""
    imported = compare(work, read)
    for person in (*imported.new, *imported.changed):
        work.people.add(person)
    for person, (code, token) in zip(imported.new, secrets, strict=False):
        give_code(work, person.id, code, now=now)
        give_link(work, person.id, token, now=now)
    return imported


def _completed(person: Person, known: Person | None, missing: frozenset[str]) -> Person:
    if known is None:
        return person
    return replace(person, **{name: getattr(known, name) for name in missing})


def _one_each(read: Sequence[tuple[int, Person | BadLine]]) -> PeopleFile:
    """The people, each id once; the second line of an id names the first."""
    people: dict[str, Person] = {}
    at: dict[str, int] = {}
    faults: list[BadLine] = []
    for line, one in read:
        if isinstance(one, BadLine):
            faults.append(one)
        elif one.id in people:
            about = f"{one.id} ({at[one.id]})"
            faults.append(BadLine(line, ListFault.ID_TWICE, about))
        else:
            people[one.id], at[one.id] = one, line
    return PeopleFile(tuple(people.values()), tuple(faults))


def read_person(row: ListRow, *, language: str) -> Person | BadLine:
    """The person of one line of any list, or what is wrong with it."""
    given = row.values
    fault = _fault(given)
    if fault is not None:
        return BadLine(row.line, *fault)
    skills = [skill.strip() for skill in _SKILLS.split(given.get("skills", ""))]
    return Person(
        id=given["id"],
        name=given["name"],
        role=_named(_ROLES, given.get("role", "")) or Role.TRAINEE,
        team=given["team"],
        language=_named(_LANGUAGES, given.get("language", "")) or language,
        site=given.get("site", ""),
        vendor=given.get("vendor", ""),
        skills=tuple(dict.fromkeys(skill for skill in skills if skill)),
        email=given.get("email", ""),
    )


def _fault(given: Mapping[str, str]) -> tuple[ListFault, str] | None:
    role, language = given.get("role", ""), given.get("language", "")
    email = given.get("email", "")
    long = next((name for name, most in _LONGEST.items() if len(given.get(name, "")) > most), "")
    faults = (
        (bool(long), ListFault.TOO_LONG, long),
        (not _is_id(given["id"]), ListFault.BAD_ID, given["id"]),
        (bool(email) and not _EMAIL.fullmatch(email), ListFault.BAD_EMAIL, email),
        (bool(role) and _named(_ROLES, role) is None, ListFault.BAD_ROLE, role),
        (
            bool(language) and _named(_LANGUAGES, language) is None,
            ListFault.BAD_LANGUAGE,
            language,
        ),
    )
    return next(((fault, about) for wrong, fault, about in faults if wrong), None)


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text)) and not text.startswith(DEMO_PREFIX)


def _named(names: Mapping[_Key, Sequence[str]], text: str) -> _Key | None:
    return next((key for key, known in names.items() if text.lower() in known), None)
