"""Working days, shifts, quiet hours and peaks: when somebody may be written to unasked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.worktime import (
    DAY_MINUTES,
    PushRules,
    Shift,
    Span,
    Window,
    WorkCalendar,
    due_at,
    is_open,
    moment,
    windows,
)
from core.errors import ContentError
from training_plans.holidays import open_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CALENDAR = open_calendar()
RULES = PushRules()
STILL = PushRules(jitter=timedelta())
TUESDAY = date(2026, 11, 24)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 11, 28), False),
        (TUESDAY, True),
        (date(2025, 9, 28), True),
    ],
)
def test_holidays_and_the_saturdays_worked_for_them(day: date, *, works: bool) -> None:
    assert CALENDAR.is_working(day) is works
    assert CALENDAR.knows(day)


def test_a_year_nobody_wrote_down_goes_by_the_week_and_says_so() -> None:
    assert not CALENDAR.knows(date(2031, 5, 1))
    assert CALENDAR.is_working(date(2031, 5, 1))
    assert not CALENDAR.is_working(date(2031, 5, 3))


def test_a_company_writes_its_own_year_over_the_shipped_one(tmp_path: Path) -> None:
    file = tmp_path / "holidays.yaml"
    file.write_text("years:\n  2026:\n    free: [2026-11-24]\n  2027:\n    worked: [2027-02-06]\n")

    calendar = open_calendar(tmp_path)

    assert not calendar.is_working(TUESDAY)
    assert calendar.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2027, 2, 6))
    assert not calendar.is_working(date(2025, 10, 1))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("years: [2026]", "one entry per year"),
        ("years: {soon: {}}", "soon is no year"),
        ("years: {2026: {off: [2026-01-01]}}", "only `free` and `worked`"),
        ("years: {2026: {free: [2025-01-01]}}", "2025-01-01 is no day of 2026"),
        ("years: {2026: {free: 2026-01-01}}", "a list of days"),
        ("years: {2026: {free: [2026-01-04], worked: [2026-01-04]}}", "both free and worked"),
        ("years: {2026: {free: [2026-02-30]}}", "not YAML"),
        ("years: {", "not YAML"),
    ],
)
def test_a_faulty_table_is_named_with_what_is_wrong(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "holidays.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ContentError) as caught:
        open_calendar(tmp_path)

    assert "holidays.yaml" in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("09:00-18:00", (540, 1080)), ("22:00-06:00", (1320, 1800)), ("00:00-24:00", (0, 1440))],
)
def test_spans_are_read_over_midnight_too(text: str, minutes: tuple[int, int]) -> None:
    assert Span.read(text) == Span(*minutes)


@pytest.mark.parametrize("text", ["", "9", "9-18", "25:00-26:00", "09:60-10:00", "24:30-25:00"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (span|time)"):
        Span.read(text)


def test_people_on_no_roster_are_reached_in_the_hours_of_a_working_day() -> None:
    found = windows(TUESDAY, rules=RULES, calendar=CALENDAR, zone=SHANGHAI)

    assert found == (Window(utc(2026, 11, 24, 1), utc(2026, 11, 24, 10)),)
    assert windows(date(2026, 11, 28), rules=RULES, calendar=CALENDAR, zone=SHANGHAI) == ()


def test_a_roster_counts_before_the_calendar() -> None:
    holiday = Shift("a", date(2026, 10, 1), Span.read("12:00-20:00"))
    off = Shift("a", TUESDAY, None)

    open_then = windows(holiday.day, rules=RULES, calendar=CALENDAR, zone=SHANGHAI, shift=holiday)

    assert open_then == (Window(utc(2026, 10, 1, 4), utc(2026, 10, 1, 12)),)
    assert windows(TUESDAY, rules=RULES, calendar=CALENDAR, zone=SHANGHAI, shift=off) == ()


def test_quiet_hours_and_peaks_are_cut_out_of_a_night_shift() -> None:
    rules = PushRules(peaks=(Span.read("19:30-20:30"),))
    night = Shift("a", TUESDAY, Span.read("18:00-09:00"))

    found = windows(TUESDAY, rules=rules, calendar=CALENDAR, zone=SHANGHAI, shift=night)

    assert found == (
        Window(utc(2026, 11, 24, 10), utc(2026, 11, 24, 11, 30)),
        Window(utc(2026, 11, 24, 12, 30), utc(2026, 11, 24, 13)),
        Window(utc(2026, 11, 25, 0), utc(2026, 11, 25, 1)),
    )


def test_the_hour_aimed_at_moves_to_the_next_open_moment() -> None:
    peak = PushRules(peaks=(Span.read("09:30-11:00"),), jitter=timedelta())
    late = Shift("a", TUESDAY, Span.read("13:00-21:00"))
    early = Shift("a", TUESDAY, Span.read("08:00-09:30"))

    def at(rules: PushRules, shift: Shift | None = None) -> datetime | None:
        open_then = windows(TUESDAY, rules=rules, calendar=CALENDAR, zone=SHANGHAI, shift=shift)
        return due_at("x", TUESDAY, open_then, rules=rules, zone=SHANGHAI)

    assert at(STILL) == utc(2026, 11, 24, 2)
    assert at(peak) == utc(2026, 11, 24, 3)
    assert at(STILL, late) == utc(2026, 11, 24, 5)
    # The quiet night ends at eight; who leaves at half past nine is reached before ten.
    assert at(STILL, early) == utc(2026, 11, 24, 0)
    assert at(STILL, Shift("a", TUESDAY, None)) is None


def test_the_spread_is_the_same_for_the_same_key_and_stays_within_eight_minutes() -> None:
    open_then = windows(TUESDAY, rules=RULES, calendar=CALENDAR, zone=SHANGHAI)
    times = {
        due_at(f"person-{n}", TUESDAY, open_then, rules=RULES, zone=SHANGHAI) for n in range(200)
    }

    assert len(times) > 150
    assert all(time and utc(2026, 11, 24, 2) <= time < utc(2026, 11, 24, 2, 8) for time in times)


def test_an_hour_the_clocks_skip_moves_on_and_one_shown_twice_comes_once() -> None:
    half_past_two, half_past_one = 2 * 60 + 30, 60 + 30

    assert moment(date(2026, 3, 8), half_past_two, NEW_YORK) == utc(2026, 3, 8, 7, 30)
    assert moment(date(2026, 11, 1), half_past_one, NEW_YORK) == utc(2026, 11, 1, 5, 30)


_SPANS = st.builds(
    lambda start, length: Span(start, start + length),
    st.integers(0, DAY_MINUTES - 1),
    st.integers(1, 14 * 60),
)


@given(
    day=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    span=_SPANS,
    quiet=_SPANS,
    peaks=st.lists(_SPANS, max_size=2),
    at=st.integers(0, DAY_MINUTES - 1),
    zone=st.sampled_from([SHANGHAI, NEW_YORK]),
)
def test_no_push_falls_outside_of_a_shift_or_into_a_closed_hour(
    day: date, span: Span, quiet: Span, peaks: list[Span], at: int, zone: ZoneInfo
) -> None:
    rules = PushRules(at=at, quiet=quiet, peaks=tuple(peaks))
    shift = Shift("a", day, span)
    open_then = windows(day, rules=rules, calendar=WorkCalendar(), zone=zone, shift=shift)

    time = due_at("a", day, open_then, rules=rules, zone=zone)

    if time is None:
        assert open_then == ()
        return
    assert is_open(time, open_then)
    assert moment(day, span.start, zone) <= time < moment(day, span.end, zone)
    local = time.astimezone(zone)
    minute = local.hour * 60 + local.minute
    skipped = local.utcoffset() != moment(day, 0, zone).astimezone(zone).utcoffset()
    for closed in (quiet, *peaks):
        inside = any(closed.start <= minute + turn < closed.end for turn in (0, DAY_MINUTES))
        assert skipped or not inside
