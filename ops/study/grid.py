"""Which talks a study holds: trainees x scenarios x personas x repeats, each with its own seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from core.domain.messages import Json
from core.domain.persona import Persona
from core.domain.scenario import Scenario
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.services.scripted_trainee import Skill


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for on the command line."""

    trainees: int = 10
    scenarios: int = 7
    personas: int = 10
    repeats: int = 10
    industry: str = ""
    language: str = "zh"
    seed: int = 1
    engine: str = "agenda"
    style: str = ""

    def plain(self) -> dict[str, Json]:
        """The plan as JSON, to be compared when a study goes on."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Case:
    """One talk to hold. `number` counts from 0 in the order of the files."""

    number: int
    id: str
    trainee: str
    skill: Skill
    scenario_id: str
    persona_id: str
    seed: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The plan with what there is: fewer scenarios or personas than asked for is possible."""

    plan: Plan
    scenarios: tuple[Scenario, ...]
    personas: tuple[Persona, ...]

    def __len__(self) -> int:
        plan = self.plan
        return plan.trainees * len(self.scenarios) * len(self.personas) * plan.repeats

    def cases(self) -> Iterator[Case]:
        """All talks, in a fixed order."""
        number = 0
        for repeat in range(1, self.plan.repeats + 1):
            for scenario in self.scenarios:
                for persona in self.personas:
                    for at in range(self.plan.trainees):
                        trainee = f"t{at + 1:02}"
                        name = f"{scenario.id}.{persona.id}.{trainee}.r{repeat:02}"
                        yield Case(
                            number=number,
                            id=name,
                            trainee=trainee,
                            skill=Skill(at % len(Skill) + 1),
                            scenario_id=scenario.id,
                            persona_id=persona.id,
                            seed=_seed(self.plan.seed, name),
                        )
                        number += 1


def lay_out(plan: Plan, content: ContentLibrary) -> Grid:
    """The grid of a plan; NotFound when no scenario is of the industry asked for.

    Scenarios are taken so that families differ as long as there are new ones.
    """
    offered = [
        one
        for one in content.scenarios(plan.language)
        if not plan.industry or one.industry == plan.industry
    ]
    if not offered:
        raise NotFound(what="industry", name=plan.industry or plan.language)
    return Grid(
        plan=plan,
        scenarios=tuple(_spread(offered)[: plan.scenarios]),
        personas=tuple(content.personas(plan.language))[: plan.personas],
    )


def _spread(scenarios: Sequence[Scenario]) -> list[Scenario]:
    seen: set[str] = set()
    first: list[Scenario] = []
    again: list[Scenario] = []
    for scenario in scenarios:
        (again if scenario.family in seen else first).append(scenario)
        seen.add(scenario.family)
    return [*first, *again]


def _seed(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).digest(), "big")
