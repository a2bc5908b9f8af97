"""Rosters and results are kept so that the last list can be taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.list_change import CompanyRow, ListChange, ListImport, ListKind
from core.domain.results import BusinessResult
from core.domain.worktime import Shift
from core.ports.storage import UnitOfWork

KEPT_FOR = timedelta(days=30)
"""A list that came in longer ago cannot be taken back."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What taking a list back does: rows that stand as before, rows that go, and rows that stay
    because they were changed again since."""

    taken: ListImport
    restored: tuple[ListChange, ...]
    removed: tuple[ListChange, ...]
    left: tuple[ListChange, ...]


def keep(
    unit: UnitOfWork,
    kind: ListKind,
    changes: Sequence[ListChange],
    *,
    now: datetime,
    by_id: str = "",
) -> None:
    """Write the rows, and how they stood before."""
    _put(unit, [change.after for change in changes])
    unit.list_imports.drop_before(now - KEPT_FOR)
    unit.list_imports.add(ListImport(uuid.uuid4().hex, kind, now, by_id, tuple(changes)))


def taking_back(unit: UnitOfWork, kind: ListKind) -> TakenBack | None:
    """What taking back the newest list of this kind would do; None where there is none."""
    last = unit.list_imports.last(kind)
    if last is None:
        return None
    standing = set(_standing(unit, last))
    same = [change for change in last.changes if change.after in standing]
    return TakenBack(
        taken=last,
        restored=tuple(change for change in same if change.before is not None),
        removed=tuple(change for change in same if change.before is None),
        left=tuple(change for change in last.changes if change.after not in standing),
    )


def take_back(unit: UnitOfWork, back: TakenBack) -> None:
    """Do it; the list before is then the newest."""
    _put(unit, [change.before for change in back.restored if change.before is not None])
    gone = [change.after for change in back.removed]
    unit.rosters.remove([row for row in gone if isinstance(row, Shift)])
    unit.results.remove([row for row in gone if isinstance(row, BusinessResult)])
    unit.list_imports.drop(back.taken.id)


def _put(unit: UnitOfWork, rows: Sequence[CompanyRow]) -> None:
    unit.rosters.put([row for row in rows if isinstance(row, Shift)])
    unit.results.put([row for row in rows if isinstance(row, BusinessResult)])


def _standing(unit: UnitOfWork, one: ListImport) -> Sequence[CompanyRow]:
    """The rows that are kept now for the time the list is about."""
    days = [row.after.day for row in one.changes if isinstance(row.after, Shift)]
    if days:
        return unit.rosters.between(min(days), max(days))
    periods = [row.after.period for row in one.changes if isinstance(row.after, BusinessResult)]
    return unit.results.since(min(periods)) if periods else ()
