"""Settings -> when people are written to unasked, and what they are then offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bots.planning import PlanDesk
from core.domain.messages import Json
from core.domain.people import Person
from core.domain.worktime import PushRules, Span
from core.ports.storage import UnitOfWork
from ops.settings import Settings
from training_plans.holidays import open_calendar
from training_plans.push import Rhythm, Timing


def company_timing(settings: Settings) -> Timing:
    """The company's hours, holidays and rhythm. ContentError for a faulty holiday table."""
    return Timing(
        zone=ZoneInfo(settings.timezone),
        calendar=open_calendar(*settings.packs),
        rules=PushRules(
            at=_minutes(settings.push_at),
            hours=Span.read(settings.work_hours),
            quiet=Span.read(settings.push_quiet),
            peaks=tuple(Span.read(part) for part in settings.push_peaks.split(",") if part),
        ),
        rhythm=Rhythm(
            drills_per_week=settings.push_per_week,
            micro_per_week=settings.push_micro_per_week,
            digest_at=_minutes(settings.digest_at),
        ),
    )


def drill_of_the_day(
    plans: PlanDesk, unit: UnitOfWork, person: Person, now: datetime
) -> Mapping[str, Json]:
    """The first line of a person's plan of the day, as facts of a message; empty when there is
    nothing to practise."""
    drills = plans.plan(unit, person, now).drills
    return plans.facts(person.language, drills[0]) if drills else {}


def due_by_tomorrow(
    plans: PlanDesk, unit: UnitOfWork, person: Person, now: datetime
) -> Sequence[Mapping[str, Json]]:
    """What of a person's plan falls due by tomorrow, as facts; not what was put off for today."""
    last = plans.today(now) + timedelta(days=1)
    drills = plans.plan(unit, person, now).drills
    return [
        plans.facts(person.language, one) for one in drills if one.due_on and one.due_on <= last
    ]


def micro_between_calls(
    plans: PlanDesk, unit: UnitOfWork, person: Person, now: datetime
) -> Mapping[str, Json]:
    """A person's next micro-drill as facts of a message; empty when there is none."""
    drill = plans.plan(unit, person, now).micro
    return plans.facts(person.language, drill) if drill else {}


def _minutes(text: str) -> int:
    return Span.read(f"{text}-24:00").start
