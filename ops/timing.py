"""Settings -> when people are written to unasked, and what they are then offered."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from core.domain.messages import Json
from core.domain.people import Person
from core.domain.worktime import PushRules, Span
from core.ports.content import ContentLibrary
from core.ports.storage import UnitOfWork
from core.services import progress
from ops.settings import Settings
from training_plans.holidays import open_calendar
from training_plans.push import Rhythm, Timing

CARDS = 50


def company_timing(settings: Settings) -> Timing:
    """The company's hours, holidays and rhythm. ContentError for a faulty holiday table."""
    return Timing(
        zone=ZoneInfo(settings.timezone),
        calendar=open_calendar(*settings.folders),
        rules=PushRules(
            at=_minutes(settings.push_at),
            hours=Span.read(settings.work_hours),
            quiet=Span.read(settings.push_quiet),
            peaks=tuple(Span.read(part) for part in settings.push_peaks.split(",") if part),
        ),
        rhythm=Rhythm(
            drills_per_week=settings.push_per_week, digest_at=_minutes(settings.digest_at)
        ),
    )


def drill_of_the_day(
    content: ContentLibrary, unit: UnitOfWork, person: Person
) -> Mapping[str, Json]:
    """The case that is most useful for a person now, as facts of a message."""
    cards = unit.scorecards.of_person(person.id, limit=CARDS)
    scenarios = content.scenarios(person.language)

    def logit(name: str) -> float:
        found = content.find_scenario(name, person.language)
        return found.difficulty.logit if found else 0.0

    levels = progress.profile(person.id, cards, logit)
    recent = [dialogue.scenario_id for dialogue, _ in cards]
    scenario, ability, reason = progress.next_scenarios(levels, scenarios, recent)[0]
    return {
        "number": [one.id for one in scenarios].index(scenario.id) + 1,
        "title": scenario.title,
        "reason": reason,
        "ability": ability.value,
    }


def _minutes(text: str) -> int:
    return Span.read(f"{text}-24:00").start
