"""Every shipped scenario held as a practice: a good clerk solves it, a rude one does not."""

import asyncio
from functools import cache
from statistics import mean

import pytest

from core.content.library import open_library
from core.customer.agenda_engine import AgendaEngine
from core.customer.line_reader import PatternLineReader
from core.domain.dialogue import EndReason
from core.domain.scenario import Scenario
from core.ports.line_reader import LineContext
from core.services.scripted_trainee import Skill
from ops.study.audit import audit
from ops.study.grid import Case
from ops.study.talks import Stage, Talk

LIBRARY = open_library()
READER = PatternLineReader()
STAGE = Stage(LIBRARY, READER, AgendaEngine())
SHIPPED = [one for language in ("zh", "en") for one in LIBRARY.scenarios(language)]
TALKS = 6
EVERYDAY = {
    "zh": (
        "好的，我帮您查一下，请稍等。",
        "您的心情我特别理解，这事换我也着急。",
        "请问您还有其他问题吗？",
        "不好意思让您久等了。",
        "我这边给您反馈一下。",
        "您放心，我一定尽力。",
        "我们会尽快处理的。",
        "这个没办法，系统就是这样规定的。",
        "感谢您的耐心等待。",
    ),
    "en": (
        "Let me check that for you.",
        "I completely understand how you feel.",
        "Is there anything else I can do?",
        "Thanks for waiting.",
        "I will take care of it right away.",
        "Someone will contact you soon.",
        "I will pass this on to the team.",
    ),
}
each_scenario = pytest.mark.parametrize("scenario", SHIPPED, ids=lambda one: one.id)


@cache
def talks(scenario_id: str, skill: Skill) -> tuple[Talk, ...]:
    """Six practices of one scenario, each with the next of its customer groups."""
    people = LIBRARY.scenario(scenario_id).personas
    cases = [
        Case(
            number=number,
            id=f"{scenario_id}.{number}",
            trainee="t01",
            skill=skill,
            scenario_id=scenario_id,
            persona_id=people[number % len(people)],
            seed=number,
        )
        for number in range(TALKS)
    ]

    async def hold() -> tuple[Talk, ...]:
        return tuple([await STAGE.hold(case) for case in cases])

    return asyncio.run(hold())


def marks(held: tuple[Talk, ...]) -> list[float]:
    return [talk.card.overall or 0.0 for talk in held]


@each_scenario
def test_a_good_clerk_solves_it_and_scores_high(scenario: Scenario) -> None:
    held = talks(scenario.id, Skill.EXPERT)
    # Even the best clerk loses a hot or cold customer now and then.
    assert sum(talk.dialogue.end_reason is EndReason.SOLVED for talk in held) >= TALKS / 2
    assert mean(marks(held)) >= 7.0


@each_scenario
def test_a_rude_clerk_does_not_solve_it(scenario: Scenario) -> None:
    held = talks(scenario.id, Skill.POOR)
    # One line in six of this clerk is right, so once in a while a patient customer is served.
    assert sum(talk.dialogue.end_reason is EndReason.SOLVED for talk in held) <= 1
    assert mean(marks(held)) <= mean(marks(talks(scenario.id, Skill.EXPERT))) - 2.5


@each_scenario
def test_no_fact_is_told_before_its_time_or_told_twice_differently(scenario: Scenario) -> None:
    held = (*talks(scenario.id, Skill.EXPERT), *talks(scenario.id, Skill.POOR))
    found = [(talk.case.id, audit(talk.turns, scenario)) for talk in held]
    assert [(name, one.leaked, one.contradicted) for name, one in found if one.faults] == []


@each_scenario
def test_everyday_phrases_settle_and_promise_nothing(scenario: Scenario) -> None:
    read = {
        line: READER.read(line, LineContext(scenario.language, scenario))
        for line in EVERYDAY[scenario.language]
    }
    assert [(line, one.settled) for line, one in read.items() if one.settled] == []
    assert [(line, one.breached) for line, one in read.items() if one.breached] == []
