"""`peilian plan`: everybody's plan for a day, and what is fitted on everybody's practice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path

from bots import results
from bots.planning import PlanDesk
from core.catalogue import say
from core.domain.ability import Attempt
from core.domain.people import Person, Role
from core.ports.storage import Transactions, UnitOfWork
from ops.files import writing
from training_plans import groups
from training_plans.gathering import FEWEST, Gathered
from training_plans.groups import Learned
from training_plans.refit import History, Refit

BATCH = 200
"""People read in one transaction."""


@dataclass(frozen=True, slots=True)
class PlanRun:
    """Plans for all trainees of an installation. `tell` takes each sentence."""

    transactions: Transactions
    desk: PlanDesk
    language: str
    tell: Callable[[str], None]

    async def make(self, on: date | None, target: Path | None, *, now: datetime) -> int:
        """Plans of every trainee, as JSON lines in `target` or in words; how many there are."""
        people = await self._trainees()
        learned = groups.read(
            await self.transactions.read(lambda unit: unit.fitted.get(groups.NAME))
        )
        day = on or self.desk.today(now)
        lines: list[str] = []
        for batch in _batches(people):
            lines += await self.transactions.read(
                lambda unit, batch=batch: [  # type: ignore[misc]
                    self._line(unit, one, learned, day, now, as_json=target is not None)
                    for one in batch
                ]
            )
        if target is None:
            for line in lines:
                self.tell(line)
        else:
            with writing(target) as out:
                out.writelines(f"{line}\n".encode() for line in lines)
        return len(people)

    async def refit(self, *, now: datetime) -> Learned:
        """Fit everything on everybody's practice, and keep it."""
        learned = await self.fit(now=now)
        text = groups.text_of(learned)
        await self.transactions.write(lambda unit: unit.fitted.put(groups.NAME, text, now=now))
        return learned

    async def fit(self, *, now: datetime) -> Learned:
        """Groups, gains, the newcomers' levels and the cases, from everybody's practice; kept
        nowhere yet. Histories are read three times, batch by batch."""
        people = await self._trainees()
        former = groups.read(
            await self.transactions.read(lambda unit: unit.fitted.get(groups.NAME))
        )
        refit = Refit(former, now=now)
        await self._look(people, refit.begin)
        await self._look(people, refit.gather)
        refit.group(await asyncio.to_thread(_grouped, refit.gathered, former))
        await self._look(people, refit.move)
        return refit.learned()

    async def _look(self, people: Sequence[Person], look: Callable[[History], None]) -> None:
        for batch in _batches(people):
            histories = await self.transactions.read(
                lambda unit, batch=batch: [self._history(unit, one) for one in batch]  # type: ignore[misc]
            )
            for history in histories:
                look(history)

    async def _trainees(self) -> list[Person]:
        everyone = await self.transactions.read(lambda unit: unit.people.everyone())
        return [one for one in everyone if one.role is Role.TRAINEE and not one.erased]

    def _history(self, unit: UnitOfWork, person: Person) -> list[tuple[str, Attempt]]:
        whole = (one for one in self.desk.practised(unit, person) if one.focus is None)
        known = sorted(whole, key=lambda one: one.attempt.at)
        return [(one.scenario_id, one.attempt) for one in known]

    def _line(
        self,
        unit: UnitOfWork,
        person: Person,
        learned: Learned,
        on: date,
        now: datetime,
        *,
        as_json: bool,
    ) -> str:
        plan = self.desk.plan_of(
            person,
            self.desk.practised(unit, person),
            unit.orders.of_person(person.id),
            learned=learned,
            now=now,
            on=on,
        )
        facts = self.desk.plan_facts(person.language, plan)
        if as_json:
            return json.dumps({"person": person.id, **facts}, ensure_ascii=False)
        head = say(self.language, "plan.of", name=person.name, person=person.id, on=on)
        return "\n".join([head, *results.plan_lines(self.language, facts)])


def _grouped(gathered: Gathered, former: Learned) -> Learned:
    """Groups of the profiles, fitted in a process of its own: this one may be serving pages, and
    shall not hold scikit-learn. Where that is not installed, what can be said without it."""
    plain = Learned(means=gathered.means, scales=gathered.scales, people=gathered.people)
    if gathered.people < FEWEST:
        return plain
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        return beside.submit(_clustered, gathered, former).result() or plain


def _clustered(gathered: Gathered, former: Learned) -> Learned | None:
    try:
        from training_plans.clustering import fit
    except ImportError:
        return None
    return fit(gathered, former=former).learned


def _batches(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]
