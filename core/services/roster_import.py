"""A roster (CSV) -> the shifts to keep, or every line that is wrong with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.domain.list_change import ListChange
from core.domain.worktime import Shift, Span
from core.ports.storage import UnitOfWork
from core.services.list_file import (
    BadLine,
    Changes,
    ListFault,
    ListRow,
    differences,
    read_day,
    read_list,
)

_COLUMNS = {
    "id": ("id", "工号", "编号", "员工号", "账号"),
    "day": ("day", "日期", "date", "上班日期"),
    "shift": ("shift", "班次", "班次时间", "工作时间"),
    "start": ("start", "上班", "上班时间", "开始时间"),
    "end": ("end", "下班", "下班时间", "结束时间"),
}
_OFF = frozenset({"休", "休息", "off", "rest", "-", "公休", "调休", "请假"})


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A file as it was read: shifts with the number of their line, and faults."""

    shifts: tuple[tuple[int, Shift], ...]
    faults: tuple[BadLine, ...]


def read_roster(data: bytes) -> RosterFile:
    """One line per person and day: id, day, and a shift (`09:00-18:00`, `22:00-06:00`, 休) or a
    start and an end. See `read_list` for what the file may look like."""
    read = read_list(data, _COLUMNS, needed=("id", "day"))
    shifts: dict[tuple[str, date], tuple[int, Shift]] = {}
    faults = list(read.faults)
    for row in read.rows:
        one = _shift(row)
        if isinstance(one, BadLine):
            faults.append(one)
        elif (key := (one.person_id, one.day)) in shifts:
            about = f"{one.person_id} {one.day} ({shifts[key][0]})"
            faults.append(BadLine(row.line, ListFault.LINE_TWICE, about))
        else:
            shifts[key] = row.line, one
    return RosterFile(tuple(shifts.values()), tuple(sorted(faults, key=lambda bad: bad.line)))


def changes(unit: UnitOfWork, shifts: Sequence[Shift]) -> tuple[Changes, tuple[ListChange, ...]]:
    """What keeping these shifts would change, and those that differ from what is kept."""
    if not shifts:
        return Changes(0, 0, 0), ()
    days = [shift.day for shift in shifts]
    kept = {(one.person_id, one.day): one for one in unit.rosters.between(min(days), max(days))}
    return differences(kept, {(one.person_id, one.day): one for one in shifts})


def _shift(row: ListRow) -> Shift | BadLine:
    values = row.values
    day = read_day(values["day"])
    if day is None:
        return BadLine(row.line, ListFault.BAD_DAY, values["day"])
    told = values.get("shift", "")
    if not told and values.get("start"):
        told = f"{values['start'][:5]}-{values.get('end', '')[:5]}"
    if told.lower() in _OFF:
        return Shift(values["id"], day, None)
    try:
        return Shift(values["id"], day, Span.read(told))
    except ValueError:
        return BadLine(row.line, ListFault.BAD_SHIFT, told or "班次 / shift")
