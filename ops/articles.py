"""Looks after the articles: what changed marks its cases, and who failed there gets a drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bots.intake import JOBS_TOPIC
from core.domain.jobs import JobKind, NewJob
from core.domain.knowledge import COMPANY, Reader
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.upkeep import ArticleMark
from core.domain.worktime import next_open
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
from core.services.knowledge_help import KnowledgeHelp
from core.services.upkeep import concerned, mark_changes, versions_now
from training_plans.push import Timing

log = structlog.get_logger("ops")

AHEAD_DAYS = 14
"""How far ahead a day is looked for on which the person may be written to."""


@dataclass(frozen=True, slots=True)
class ArticleWatch:
    """Compares the articles with what was seen last; safe to ring as often as one likes."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    content: ContentLibrary
    knows: KnowledgeHelp
    timing: Timing

    async def review(self) -> None:
        """Mark cases whose articles changed, and make the drills."""
        now = self.clock.now()
        day = now.astimezone(self.timing.zone).date()
        held = await self.transactions.read(
            lambda unit: unit.knowledge.stats(reader=Reader(every_team=True))
        )
        teams = sorted({one.team for one in held} - {COMPANY})
        found = await versions_now(self.content, self.knows, day, teams)

        def work(unit: UnitOfWork) -> int:
            changed = mark_changes(unit, found, now)
            jobs = [
                job
                for mark in changed
                for person in concerned(unit, mark, found)
                for job in self._drills(unit, mark, person, now)
            ]
            return sum(unit.jobs.add(job, now=now) for job in jobs) if changed else 0

        drills = await self.transactions.write(work)
        if drills:
            log.info("articles_changed", drills=drills)
            await self.live.publish(JOBS_TOPIC)

    def _drills(
        self, unit: UnitOfWork, mark: ArticleMark, person: Person, now: datetime
    ) -> Sequence[NewJob]:
        """One, where there is a moment for it."""
        due = self._due(unit, person, now)
        return [] if due is None else [self._drill(mark, person, due)]

    def _due(self, unit: UnitOfWork, person: Person, now: datetime) -> datetime | None:
        """The next moment at which the person may be written to unasked."""
        today = now.astimezone(self.timing.zone).date()
        for ahead in range(AHEAD_DAYS):
            day = today + timedelta(days=ahead)
            shift = unit.rosters.of_day(day).get(person.id)
            due = next_open(now, self.timing.windows(day, shift))
            if due is not None:
                return due
        return None

    def _drill(self, mark: ArticleMark, person: Person, due: datetime) -> NewJob:
        case = self.content.scenario(mark.scenario_id)
        offered = [one.id for one in self.content.scenarios(case.language)]
        facts: dict[str, Json] = {
            "title": case.title,
            "number": offered.index(case.id) + 1,
            "ability": "A2",
            "reason": "article_changed",
        }
        return NewJob(
            kind=JobKind.DRILL,
            key=f"article:{mark.scenario_id}:{mark.version or 'gone'}:{person.id}",
            due_at=due,
            payload={
                "person_id": person.id,
                "day": due.astimezone(self.timing.zone).date().isoformat(),
                "due_at": due.isoformat(),
                "case": facts,
            },
        )
