"""Reports: the team's day for its supervisor, the week for managers, the own week for trainees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from core.domain.appeal import AnswerTime
from core.domain.dialogue import Dialogue
from core.domain.digest import (
    LISTED,
    Digest,
    Judged,
    Stuck,
    Unanswered,
    WeekNote,
    best_line_of,
    mean_of,
    serious_of,
)
from core.domain.people import Person, Role
from core.domain.practice_record import PracticeRecord
from core.domain.review import Look
from core.domain.scorecard import Debrief, Scorecard
from core.domain.worktime import moment
from core.ports.storage import UnitOfWork
from training_plans.push import Timing
from training_plans.reach import Reach

DAYS = 14
"""Days in the picture of a digest."""

_APPEALS = 999

ReadRecords = Callable[[UnitOfWork, Sequence[str]], Mapping[str, PracticeRecord]]
"""What the practices of these people come to, of those who have any."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Reads what reports tell. `timing` says when a day begins, `reach` who is not reached,
    `answer_time` by when an appeal is answered."""

    timing: Timing
    reach: Reach
    records: ReadRecords
    answer_time: AnswerTime

    def day(self, unit: UnitOfWork, team: str, members: Sequence[Person], day: date) -> Digest:
        """The day of these trainees, who are a team."""
        found = self._span(unit, team, members, (day, day))
        return replace(
            found,
            unreached=tuple(self.reach.unreached(unit, members)),
            appeals=self._unanswered(unit, team, day),
        )

    def week_of_teams(
        self, unit: UnitOfWork, people: Sequence[Person], day: date
    ) -> Mapping[str, Digest]:
        """Team -> its last seven days up to the one before `day`, in the form of a digest."""
        teams: dict[str, list[Person]] = {}
        for person in people:
            if person.role is Role.TRAINEE and not person.guest:
                teams.setdefault(person.team, []).append(person)
        span = day - timedelta(days=7), day - timedelta(days=1)
        return {
            team: self._span(unit, team, members, span) for team, members in sorted(teams.items())
        }

    def note(self, unit: UnitOfWork, person: Person, day: date) -> WeekNote:
        """A trainee's week up to `day`, and the one before. All lines are the trainee's own."""
        monday = day - timedelta(days=day.weekday())
        this = self._ended(unit, [person], monday, day)
        last = self._ended(unit, [person], monday - timedelta(days=7), monday - timedelta(days=1))
        return WeekNote(
            practices=len(this),
            mean=mean_of([card for _, card, _ in this]),
            before=len(last),
            mean_before=mean_of([card for _, card, _ in last]),
            best=best_line_of([Judged(person, *row, is_shown=True) for row in this]),
        )

    def _span(
        self, unit: UnitOfWork, team: str, members: Sequence[Person], days: tuple[date, date]
    ) -> Digest:
        known = {one.id: one for one in members}
        judged = [
            Judged(known[row[0].person_id], *row, is_shown=bool(unit.shares.why_shown(row[0].id)))
            for row in self._ended(unit, members, *days)
        ]
        return Digest(
            day=days[1],
            team=team,
            members=len(members),
            practised=len({one.person.id for one in judged}),
            practices=len(judged),
            mean=mean_of([one.card for one in judged]),
            serious=serious_of(judged)[:LISTED],
            stuck=self._stuck(unit, known)[:LISTED],
            best=best_line_of(judged),
            unreached=(),
            counts=self._counts(unit, list(known), days[1]),
        )

    def _unanswered(self, unit: UnitOfWork, team: str, day: date) -> Unanswered | None:
        waiting = unit.appeals.waiting(team=team, limit=_APPEALS)
        due = sorted(
            self.answer_time.due_at(one.at).astimezone(self.timing.zone).date() for one in waiting
        )
        late = sum(one < day for one in due)
        return Unanswered(len(due), due[0], late) if due else None

    def _ended(
        self, unit: UnitOfWork, people: Sequence[Person], first: date, last: date
    ) -> Sequence[tuple[Dialogue, Scorecard, Debrief]]:
        until = self._begin(last + timedelta(days=1))
        return unit.scorecards.ended_between([one.id for one in people], self._begin(first), until)

    def _stuck(self, unit: UnitOfWork, people: Mapping[str, Person]) -> tuple[Stuck, ...]:
        """Those whose ability does not come along, who tried most often first."""
        found = [
            Stuck(name, people[name].name, *record.stuck)
            for name, record in self.records(unit, list(people)).items()
            if record.stuck is not None
        ]
        return tuple(sorted(found, key=lambda one: (-one.times, one.person_id)))

    def _counts(self, unit: UnitOfWork, ids: Sequence[str], day: date) -> tuple[int, ...]:
        days = [day - timedelta(days=back) for back in reversed(range(DAYS))]
        ends = unit.figures.endings(ids, since=self._begin(days[0]))
        found = Counter(end.astimezone(self.timing.zone).date() for end in ends)
        return tuple(found[one] for one in days)

    def _begin(self, day: date) -> datetime:
        return moment(day, 0, self.timing.zone)


def looks_of(digest: Digest, viewer: Person, *, now: datetime) -> Sequence[Look]:
    """The traces that reading this digest leaves: one for each practice it quotes."""
    return [Look(viewer.id, person, dialogue, "digest", now) for person, dialogue in digest.quoted]
