"""Which talks people mark, what they marked, and how far each check is trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.dialogue import Dialogue, Mode
from core.domain.review import AuditTask, CheckTrust, Origin, Review
from core.domain.scorecard import Scorecard
from core.storage.memory.people import MemoryPeople
from core.storage.memory.practice import MemoryScorecards
from core.storage.memory.remarks import MemoryShares, in_team
from core.storage.memory.table import Journal, Table, utc


@dataclass(frozen=True, slots=True)
class _Drawn:
    task: AuditTask
    id: int


class MemoryAudits:
    """`Audits` in dictionaries."""

    def __init__(
        self,
        journal: Journal,
        scorecards: MemoryScorecards,
        shares: MemoryShares,
        people: MemoryPeople,
    ) -> None:
        self._scorecards = scorecards
        self._shares = shares
        self._people = people
        self._tasks: Table[str, _Drawn] = Table(journal)
        self._reviews: Table[tuple[str, str, str], Review] = Table(
            journal, dialogue=lambda review: review.dialogue_id
        )
        self._trusts: Table[str, CheckTrust] = Table(journal)

    def pool(
        self, *, team: str | None, since: datetime, limit: int
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        return [
            (dialogue, card)
            for judged_at, dialogue, card in self._scorecards.judged()
            if judged_at >= utc(since)
            and dialogue.mode is not Mode.MICRO
            and in_team(self._people, dialogue.person_id, team)
            and self._shares.why_shown(dialogue.id)
        ][:limit]

    def add_tasks(self, tasks: Sequence[AuditTask]) -> int:
        new = [task for task in tasks if self._tasks.get(task.dialogue_id) is None]
        for task in new:
            kept = replace(task, drawn_at=utc(task.drawn_at))
            self._tasks.put(task.dialogue_id, _Drawn(kept, self._tasks.new_id()))
        return len(new)

    def tasks(self, *, team: str | None, limit: int) -> Sequence[AuditTask]:
        rows = sorted(self._tasks.all(), key=lambda row: row.id)
        rows.sort(key=lambda row: row.task.drawn_at, reverse=True)
        return [row.task for row in rows if in_team(self._people, row.task.person_id, team)][:limit]

    def task(self, dialogue_id: str) -> AuditTask | None:
        row = self._tasks.get(dialogue_id)
        return None if row is None else row.task

    def fix(self, dialogue_ids: Sequence[str]) -> None:
        for dialogue_id in dialogue_ids:
            row = self._tasks.get(dialogue_id)
            if row is not None:
                self._tasks.put(dialogue_id, replace(row, task=replace(row.task, fixed=True)))

    def put_review(self, review: Review) -> None:
        key = (review.dialogue_id, review.rater_id, review.origin.value)
        self._reviews.put(key, replace(review, at=utc(review.at)))

    def reviews(self, *, team: str | None) -> Sequence[Review]:
        rows = _oldest(self._reviews.all())
        return [row for row in rows if in_team(self._people, row.person_id, team)]

    def reviews_of(self, dialogue_id: str) -> Sequence[Review]:
        return _oldest(self._reviews.by("dialogue", dialogue_id))

    def raters(self, *, team: str | None) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for review in self.reviews(team=team):
            if review.origin is Origin.AUDIT:
                found[review.dialogue_id].add(review.rater_id)
        return {dialogue_id: frozenset(raters) for dialogue_id, raters in found.items()}

    def trusts(self) -> Sequence[CheckTrust]:
        return sorted(self._trusts.all(), key=lambda trust: trust.check)

    def put_trust(self, trust: CheckTrust) -> None:
        self._trusts.put(trust.check, replace(trust, since=utc(trust.since)))


def _oldest(reviews: list[Review]) -> list[Review]:
    return sorted(reviews, key=lambda row: (row.at, row.dialogue_id, row.rater_id))
