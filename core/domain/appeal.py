"""What a person decides about a machine's marks, and by when an appeal is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo

from core.domain.scorecard import CheckMark, CriticalError
from core.domain.worktime import WorkCalendar

ANSWER_WITHIN = 5
"""Working days (coaching notes, §8)."""


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


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """By when an appeal is answered, in the company's zone and by its working days."""

    zone: tzinfo = UTC
    calendar: WorkCalendar = field(default_factory=WorkCalendar)

    def due_at(self, filed_at: datetime) -> datetime:
        """The end of the fifth working day after the day in `zone` on which it was filed."""
        day, left = filed_at.astimezone(self.zone).date(), ANSWER_WITHIN
        while left:
            day += timedelta(days=1)
            left -= self.calendar.is_working(day)
        return datetime.combine(day, time(23, 59, 59), tzinfo=self.zone)
