"""`peilian plan`: everybody's plan for a day, and what is fitted on everybody's practice."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from bots import results
from bots.planning import PlanDesk
from core.catalogue import say
from core.content.library import open_library
from core.domain.people import Person, Role
from core.domain.training import Order, TrainingPlan
from core.ports.storage import Transactions, UnitOfWork
from core.storage.unit_of_work import open_transactions
from ops.files import writing
from training_plans import groups
from training_plans.gathering import FEWEST, Gathered
from training_plans.groups import Learned
from training_plans.orders import Practised
from training_plans.refit import History, Refit

BATCH = 200
"""People read in one transaction."""

WORTH_A_PROCESS = 1000
"""Fewer people than this for each process are planned sooner than it starts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What plans are made for: which day, seen from when, as JSON or in words."""

    on: date
    now: datetime
    as_json: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where an installation keeps what plans need, for a process that opens it anew."""

    database_url: str
    data_dir: Path
    packs: tuple[Path, ...]
    timezone: str
    language: str

    def open(self, tell: Callable[[str], None] = lambda line: None) -> PlanRun:
        """Connects when it first reads."""
        transactions = open_transactions(self.database_url, data_dir=self.data_dir)
        desk = PlanDesk(open_library(*self.packs), ZoneInfo(self.timezone))
        return PlanRun(transactions, desk, self.language, tell)


@dataclass(frozen=True, slots=True)
class PlanRun:
    """Plans for all trainees of an installation. `tell` takes each sentence."""

    transactions: Transactions
    desk: PlanDesk
    language: str
    tell: Callable[[str], None]
    worth_a_process: int = WORTH_A_PROCESS

    async def make(
        self, on: date | None, target: Path | None, *, now: datetime, beside: Source | None = None
    ) -> int:
        """Plans of every trainee, as JSON lines in `target` or in words; how many there are.
        `beside`: where other processes find the same, so that many people are shared out."""
        people = await self._trainees()
        day = on or self.desk.today(now)
        asked = Asked(day, now, as_json=target is not None)
        workers = min(os.cpu_count() or 1, len(people) // self.worth_a_process)
        if target is None:
            async for line in self._planned(people, asked):
                self.tell(line)
            return len(people)
        with writing(target) as out:
            if beside is not None and workers > 1:
                for lines in _shared_out(people, asked, beside, workers):
                    out.writelines(f"{line}\n".encode() for line in lines)
            else:
                async for line in self._planned(people, asked):
                    out.write(f"{line}\n".encode())
        return len(people)

    async def _planned(self, people: Sequence[Person], asked: Asked) -> AsyncIterator[str]:
        for batch in _batches(people):
            for line in await self.lines(batch, asked):
                yield line

    async def lines(self, batch: Sequence[Person], asked: Asked) -> list[str]:
        """The plans of some hundred people, in their order."""
        return await self.transactions.read(lambda unit: self._lines(unit, batch, asked))

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
            histories = await self.transactions.read(partial(self._histories, people=batch))
            for history in histories:
                look(history)

    async def _trainees(self) -> list[Person]:
        everyone = await self.transactions.read(lambda unit: unit.people.everyone())
        return [one for one in everyone if one.role is Role.TRAINEE and not one.erased]

    def _histories(self, unit: UnitOfWork, people: Sequence[Person]) -> list[History]:
        practised = self.desk.practised_of(unit, [one.id for one in people])
        return [_history(practised[one.id]) for one in people]

    def _lines(self, unit: UnitOfWork, batch: Sequence[Person], asked: Asked) -> list[str]:
        ids = [one.id for one in batch]
        practised = self.desk.practised_of(unit, ids)
        orders: dict[str, list[Order]] = {}
        for order in unit.orders.of_people(ids):
            orders.setdefault(order.person_id, []).append(order)
        learned = groups.read(unit.fitted.get(groups.NAME))
        languages = {one.language for one in batch}
        offered = {language: self.desk.catalogue(language) for language in languages}
        found = []
        for one in batch:
            plan = self.desk.plan_of(
                one,
                practised[one.id],
                orders.get(one.id, []),
                learned=learned,
                now=asked.now,
                on=asked.on,
                catalogue=offered[one.language],
            )
            found.append(self._line(one, plan, asked))
        return found

    def _line(self, person: Person, plan: TrainingPlan, asked: Asked) -> str:
        facts = self.desk.plan_facts(person.language, plan)
        if asked.as_json:
            return json.dumps({"person": person.id, **facts}, ensure_ascii=False)
        head = say(self.language, "plan.of", name=person.name, person=person.id, on=asked.on)
        return "\n".join([head, *results.plan_lines(self.language, facts)])


def _history(practised: Sequence[Practised]) -> History:
    """Whole cases with their attempts, oldest first."""
    whole = (one for one in practised if one.focus is None)
    known = sorted(whole, key=lambda one: one.attempt.at)
    return [(one.scenario_id, one.attempt) for one in known]


def _shared_out(
    people: Sequence[Person], asked: Asked, source: Source, workers: int
) -> Iterator[list[str]]:
    """The lines of everybody, batch by batch in their order, made by processes of their own."""
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(source,)
    ) as beside:
        yield from beside.map(partial(_made_beside, asked=asked), _batches(people))


_RUN: list[tuple[asyncio.Runner, PlanRun]] = []
"""What a process that was begun for plans has open."""


def _begin(source: Source) -> None:
    _RUN.append((asyncio.Runner(), source.open()))
    # What was imported and read for good is not looked through for garbage again and again.
    gc.freeze()


def _made_beside(batch: Sequence[Person], *, asked: Asked) -> list[str]:
    runner, run = _RUN[0]
    return runner.run(run.lines(batch, asked))


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
