"""Who is pushed what on a day: the rhythm of a week, and a year without a broken rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from core.domain.jobs import JobKind
from core.domain.people import Person, Role
from core.domain.worktime import PushRules, Shift, Span
from training_plans.holidays import open_calendar
from training_plans.push import (
    Rhythm,
    Timing,
    drills_of_day,
    reports_of_day,
    turns,
    work_week,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = open_calendar()
TIMING = Timing(SHANGHAI, CALENDAR, PushRules(peaks=(Span.read("11:30-13:30"),)))
MONDAY = date(2026, 11, 23)
WORKDAYS = [MONDAY + timedelta(days=number) for number in range(5)]


def trainee(number: int) -> Person:
    return Person(f"p-{number}", f"学员{number}", Role.TRAINEE, "一组")


def test_three_days_a_week_are_spread_and_differ_between_people() -> None:
    chosen = [turns(trainee(number), WORKDAYS, TIMING) for number in range(50)]

    assert all(len(days) == 3 for days in chosen)
    assert len(set(chosen)) == 5
    assert all(
        not {day, day + timedelta(days=1), day + timedelta(days=2)} <= days
        for days in chosen
        for day in WORKDAYS[:3]
    )


@pytest.mark.parametrize(("wanted", "days", "count"), [(3, 2, 2), (0, 5, 0), (7, 5, 5), (1, 5, 1)])
def test_never_more_days_than_are_worked_or_wanted(wanted: int, days: int, count: int) -> None:
    timing = Timing(SHANGHAI, CALENDAR, rhythm=Rhythm(drills_per_week=wanted))

    assert len(turns(trainee(1), WORKDAYS[:days], timing)) == count


def test_reports_go_to_whom_they_are_for_and_on_working_days_only() -> None:
    people = [
        trainee(1),
        Person("g", "游客", Role.TRAINEE, "", guest=True),
        Person("s", "主管", Role.SUPERVISOR, "一组"),
        Person("a", "管理员", Role.ADMIN, ""),
        Person("w", "作者", Role.AUTHOR, ""),
    ]

    def kinds(day: date) -> list[tuple[JobKind, str]]:
        jobs = reports_of_day(people, day, timing=TIMING)
        return [(job.kind, str(job.payload["person_id"])) for job in jobs]

    assert kinds(MONDAY) == [(JobKind.DIGEST, "s"), (JobKind.WEEKLY, "a")]
    assert kinds(MONDAY + timedelta(days=4)) == [(JobKind.NOTE, "p-1"), (JobKind.DIGEST, "s")]
    assert kinds(MONDAY + timedelta(days=5)) == []
    # A Saturday that is worked to make up for a holiday.
    assert kinds(date(2026, 10, 10)) == [(JobKind.DIGEST, "s")]


def test_a_year_of_pushes_for_two_hundred_people_breaks_no_rule() -> None:
    chance = Random(7)
    people = [trainee(number) for number in range(200)]
    rostered = {person.id for person in people[:100]}
    shifts_on_offer = [
        None,
        *map(Span.read, ("08:00-16:00", "12:00-21:00", "22:00-06:00", "09:00-18:00")),
    ]
    per_week: Counter[tuple[str, date, JobKind]] = Counter()
    per_day: Counter[tuple[str, date]] = Counter()
    seen: set[str] = set()
    total = 0
    for week in range(52):
        monday = date(2026, 1, 5) + timedelta(days=7 * week)
        roster = {
            (person, monday + timedelta(days=day)): Shift(
                person, monday + timedelta(days=day), chance.choice(shifts_on_offer)
            )
            for person in rostered
            for day in range(7)
        }
        weeks = {person.id: work_week(monday, person, roster, TIMING) for person in people}
        for day in (monday + timedelta(days=number) for number in range(7)):
            shifts = {person: shift for (person, on), shift in roster.items() if on == day}
            jobs = drills_of_day(people, day, week=_of(weeks), shifts=shifts, timing=TIMING)
            for job in jobs:
                person = str(job.payload["person_id"])
                per_week[person, monday, job.kind] += 1
                per_day[person, day] += 1
                _holds(job.due_at, day, shifts.get(person))
                assert job.key not in seen
                seen.add(job.key)
                total += 1

    most = {
        kind: max(count for (*_, one), count in per_week.items() if one is kind)
        for kind in (JobKind.DRILL, JobKind.MICRO)
    }
    assert most == {JobKind.DRILL: 3, JobKind.MICRO: 2}
    assert set(per_day.values()) == {1}
    assert total > 200 * 52 * 2


def _of(weeks: dict[str, Sequence[date]]) -> Callable[[Person], Sequence[date]]:
    return lambda person: weeks[person.id]


def _holds(due: datetime, day: date, shift: Shift | None) -> None:
    """The hour is in the shift or the working day, and neither quiet nor a peak."""
    local = due.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    if shift is None:
        assert CALENDAR.is_working(day)
        assert 9 * 60 <= minute < 18 * 60
    else:
        assert shift.span is not None
        past = minute if local.date() == day else minute + 1440
        assert shift.span.start <= past < shift.span.end
    assert 8 * 60 <= minute < 21 * 60
    assert not 11 * 60 + 30 <= minute < 13 * 60 + 30
