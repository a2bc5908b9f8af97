"""What a person decides about a machine's marks, and by when an appeal is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from core.domain.scorecard import CheckMark, CriticalError

ANSWER_WITHIN = 5
"""Working days (coaching notes, §8)."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided about a card: marks that replace the machine's, critical errors
    (id, turn) that are confirmed or dismissed, and errors the machine did not see."""

    marks: tuple[CheckMark, ...] = ()
    confirmed: frozenset[tuple[str, int]] = frozenset()
    dismissed: frozenset[tuple[str, int]] = frozenset()
    added: tuple[CriticalError, ...] = ()

    def then(self, later: Ruling) -> Ruling:
        """Both, the later one where they differ."""
        marks = {mark.check: mark for mark in (*self.marks, *later.marks)}
        return Ruling(
            marks=tuple(marks.values()),
            confirmed=(self.confirmed - later.dismissed) | later.confirmed,
            dismissed=(self.dismissed - later.confirmed) | later.dismissed,
            added=(*self.added, *later.added),
        )


@dataclass(frozen=True, slots=True)
class AppealOutcome:
    """The answer to one appeal. `reason` is what the trainee reads; `ruling` is empty where the
    appeal was declined."""

    remark_id: int
    ruled_by: str
    ruled_at: datetime
    upheld: bool
    reason: str
    ruling: Ruling = Ruling()


def due_at(filed_at: datetime, zone: tzinfo) -> datetime:
    """The end of the last day on which an appeal is answered in time: five working days (Monday
    to Friday; public holidays are not known) after the day in `zone` on which it was filed."""
    day = filed_at.astimezone(zone)
    left = ANSWER_WITHIN
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day.date(), time(23, 59, 59), tzinfo=zone)
