"""A person's plan as every surface shows it: read from the store, made by the planner, in facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from core.domain.ability import Ability, Attempt
from core.domain.dialogue import Mode
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.practice_result import PracticeResult
from core.domain.training import Drill, Order, TrainingPlan
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.ports.storage import UnitOfWork
from core.services import progress
from training_plans import groups, planner
from training_plans.orders import Practised, assigned

CARDS = 200
"""How many scored practices stand behind a plan."""


@dataclass(frozen=True, slots=True)
class PlanDesk:
    """Makes plans. `zone` says which day it is."""

    content: ContentLibrary
    zone: tzinfo = UTC

    def today(self, now: datetime) -> date:
        """The local date."""
        return now.astimezone(self.zone).date()

    def plan(
        self, unit: UnitOfWork, person: Person, now: datetime, *, on: date | None = None
    ) -> TrainingPlan:
        """The person's plan for a local date, today unless given."""
        return self.plan_of(
            person,
            self.practised(unit, person),
            unit.orders.of_person(person.id),
            learned=groups.read(unit.fitted.get(groups.NAME)),
            now=now,
            on=on or self.today(now),
        )

    def plan_of(
        self,
        person: Person,
        practised: Sequence[Practised],
        orders: Sequence[Order],
        *,
        learned: groups.Learned,
        now: datetime,
        on: date,
        catalogue: planner.Catalogue | None = None,
    ) -> TrainingPlan:
        """The plan from what was read before; who plans for many hands the catalogue in."""
        return planner.plan(
            person.id,
            practised,
            orders,
            catalogue=catalogue or self.catalogue(person.language),
            on=on,
            now=now,
            chance=planner.chance_of(person.id, on),
            group=_group(learned, practised, now),
            gains=learned.gains,
            base=learned.base_of(_whole(practised)),
        )

    def assigned(self, unit: UnitOfWork, person: Person, scenario_id: str, now: datetime) -> str:
        """The id of the assignment that a practice begun now is for, "" where there is none."""
        order = assigned(
            scenario_id,
            self.practised(unit, person),
            unit.orders.of_person(person.id),
            on=self.today(now),
        )
        return order.id if order else ""

    def micro(
        self, unit: UnitOfWork, person: Person, now: datetime, ability: Ability
    ) -> Drill | None:
        """The person's next micro-drill of an ability (None: no case has a fitting line). The one
        of the day is in the plan."""
        practised = self.practised(unit, person)
        learned = groups.read(unit.fitted.get(groups.NAME))
        return planner.micro_drill(
            person.id,
            practised,
            unit.orders.of_person(person.id),
            catalogue=self.catalogue(person.language),
            ability=ability,
            on=self.today(now),
            now=now,
            base=learned.base_of(_whole(practised)),
        )

    def practised(self, unit: UnitOfWork, person: Person) -> list[Practised]:
        """The person's judged practices, newest first."""
        return self.practised_of(unit, [person.id])[person.id]

    def practised_of(
        self, unit: UnitOfWork, person_ids: Sequence[str]
    ) -> Mapping[str, list[Practised]]:
        """The same of several people (some hundreds at most)."""
        found = unit.scorecards.results(person_ids, limit=CARDS)
        names = {one.scenario_id for results in found.values() for one in results}
        cases = {name: self._case(name) for name in names}
        return {
            name: [self._practised(one, *cases[one.scenario_id]) for one in results]
            for name, results in found.items()
        }

    def catalogue(self, language: str) -> planner.Catalogue:
        """What can be planned in one language."""
        return planner.catalogue_of(
            self.content.scenarios(language), self.content.courses(language)
        )

    def facts(self, language: str, drill: Drill) -> dict[str, Json]:
        """A drill as plain data; `number` is the case's place in the list, which 练习 takes."""
        offered = self.content.scenarios(language)
        number, scenario = next(
            (place, one)
            for place, one in enumerate(offered, start=1)
            if one.id == drill.scenario_id
        )
        return {
            "scenario": drill.scenario_id,
            "number": number,
            "title": scenario.title,
            "reason": drill.reason.value,
            "ability": drill.ability.value,
            "group": drill.group,
            "due_on": drill.due_on.isoformat() if drill.due_on else None,
            "pass_mark": drill.pass_mark,
            "attempts_left": drill.attempts_left,
            "exam": drill.exam,
        }

    def plan_facts(self, language: str, plan: TrainingPlan) -> dict[str, Json]:
        """A plan as plain data."""
        items: list[Json] = [self.facts(language, drill) for drill in plan.drills]
        resources: list[Json] = [
            {
                "kind": one.kind.value,
                "title": one.title,
                "ref": one.ref,
                "ability": one.ability.value,
            }
            for one in plan.resources
        ]
        return {
            "on": plan.on.isoformat(),
            "items": items,
            "resources": resources,
            "micro": self.facts(language, plan.micro) if plan.micro else None,
        }

    def _practised(self, result: PracticeResult, difficulty: float, family: str) -> Practised:
        return Practised(
            scenario_id=result.scenario_id,
            attempt=progress.attempt(result, difficulty, family),
            overall=result.overall,
            on=self.today(result.at),
            exam=result.mode is Mode.EXAM,
            dialogue_id=result.dialogue_id,
            focus=result.focus,
        )

    def _case(self, scenario_id: str) -> tuple[float, str]:
        """Difficulty and family; the middle and nothing for a case whose pack is gone."""
        try:
            scenario = self.content.scenario(scenario_id)
        except NotFound:
            return 0.0, ""
        return scenario.difficulty.logit, scenario.family


def _group(learned: groups.Learned, practised: Sequence[Practised], now: datetime) -> str:
    """The person's group by the whole cases practised."""
    return learned.group_of(_whole(practised), now=now)


def _whole(practised: Sequence[Practised]) -> list[Attempt]:
    """Attempts at whole cases: micro-drills say too little of how somebody stands."""
    return [one.attempt for one in practised if one.focus is None]
