"""Reads the members and departments that the application may see.

Source: document paths 90208 (departments) and 90201 (members of a department).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bots.wechat.api import Answer
from bots.wecom.app import AppApi
from core.domain.messages import Json
from core.services.directory_sync import Member

_GONE = (2, 5)
"""States of a member: disabled, and left. Who has only not logged in yet (4) is one of us."""


@dataclass(frozen=True, slots=True)
class _Department:
    name: str
    parent: int


async def read_directory(api: AppApi) -> Sequence[Member]:
    """Everybody the application sees, each once, by department. Raises SendError."""
    listed = await api.get("/cgi-bin/department/list", {})
    departments = _departments(listed.get("department"))
    names = _names(departments)
    found: dict[str, Member] = {}
    for number in departments:
        answer = await api.get("/cgi-bin/user/list", {"department_id": str(number)})
        rows = answer.get("userlist")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("status") not in _GONE:
                member = _member(row, names, here=number)
                found.setdefault(member.user or f"{number}:{len(found)}", member)
    return list(found.values())


def _departments(listed: Json) -> Mapping[int, _Department]:
    found = {}
    for row in listed if isinstance(listed, list) else []:
        if isinstance(row, dict) and isinstance(row.get("id"), int):
            parent = row.get("parentid")
            name = str(row.get("name") or row["id"]).strip()
            found[int(str(row["id"]))] = _Department(name, parent if isinstance(parent, int) else 0)
    return found


def _names(departments: Mapping[int, _Department]) -> Mapping[int, str]:
    """Team of each department: its name, with its parents' before it where two are called alike,
    since who is in one team sees the other's results."""
    often = Counter(one.name for one in departments.values())
    return {
        number: one.name if often[one.name] == 1 else _path(departments, number)
        for number, one in departments.items()
    }


def _path(departments: Mapping[int, _Department], number: int) -> str:
    names: list[str] = []
    seen: set[int] = set()
    while number in departments and number not in seen:
        seen.add(number)
        names.append(departments[number].name)
        number = departments[number].parent
    return "/".join(reversed(names))


def _member(row: Answer, names: Mapping[int, str], *, here: int) -> Member:
    numbers = [one for one in _list(row.get("department")) if isinstance(one, int)]
    main = row.get("main_department")
    team = main if isinstance(main, int) and main in names else here
    leading = _list(row.get("is_leader_in_dept"))
    leads = team in numbers[: len(leading)] and leading[numbers.index(team)] == 1
    return Member(
        user=_text(row.get("userid")),
        name=_text(row.get("name")),
        team=names[team],
        email=_text(row.get("biz_mail")) or _text(row.get("email")),
        leads=leads,
    )


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""
