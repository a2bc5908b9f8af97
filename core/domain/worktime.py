"""When a person may be written to unasked: working days, shifts, quiet hours, peak blocks.

Days and times are those of the person's own zone; what comes out is UTC. No clock is read here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes of a day, `start` included and `end` not; after midnight they go on past 1440.

    ValueError where nothing lies between, or more than a day.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY_MINUTES and self.start < self.end <= 2 * DAY_MINUTES):
            raise ValueError(f"no span of a day: {self.start}-{self.end}")

    @classmethod
    def read(cls, text: str) -> Span:
        """`09:00-18:00`, or `22:00-06:00` over midnight; ValueError for anything else."""
        first, dash, last = text.strip().replace("~", "-").replace("：", ":").partition("-")
        if not dash:
            raise ValueError(f"no span: {text}")
        start, end = _minutes(first), _minutes(last)
        return cls(start, end if end > start else end + DAY_MINUTES)

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Holidays of a country: weekdays that are free, weekend days that are worked to make up for
    them, and the years this is known for. Other years go by Monday to Friday."""

    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether people work on `day`."""
        if day in self.worked:
            return True
        return day not in self.free and day.weekday() < 5

    def knows(self, day: date) -> bool:
        """Whether the holidays of that year were written down."""
        return day.year in self.years


@dataclass(frozen=True, slots=True)
class Shift:
    """What a roster says of one person and one day; no span is a day off."""

    person_id: str
    day: date
    span: Span | None


@dataclass(frozen=True, slots=True)
class PushRules:
    """A company's rules for unasked messages. `at` is the hour that is aimed at, in minutes."""

    at: int = 10 * 60
    hours: Span = field(default_factory=lambda: Span(9 * 60, 18 * 60))
    """Of people who are on no roster."""
    quiet: Span = field(default_factory=lambda: Span(21 * 60, 32 * 60))
    peaks: tuple[Span, ...] = ()
    jitter: timedelta = timedelta(minutes=8)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in UTC, `end` not included."""

    start: datetime
    end: datetime


def moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time. One that the clocks skip moves on by the skipped hour;
    one that they show twice is the first of both."""
    at = datetime.combine(day + timedelta(days=minutes // DAY_MINUTES), time.min)
    local = (at + timedelta(minutes=minutes % DAY_MINUTES)).replace(tzinfo=zone, fold=0)
    return local.astimezone(UTC)


def windows(
    day: date,
    *,
    rules: PushRules,
    calendar: WorkCalendar,
    zone: ZoneInfo,
    shift: Shift | None = None,
) -> tuple[Window, ...]:
    """The stretches of `day` in which this person may be written to, in order.

    A shift of the roster counts before the calendar: who works on a holiday may be reached then,
    and who is off on a Tuesday may not. It belongs to the day on which it begins.
    """
    span = shift.span if shift is not None else None
    if shift is None and calendar.is_working(day):
        span = rules.hours
    if span is None:
        return ()
    open_spans = [(span.start, span.end)]
    for closed in _closed(rules):
        open_spans = [part for one in open_spans for part in _without(one, closed)]
    return tuple(
        Window(moment(day, start, zone), moment(day, end, zone)) for start, end in open_spans
    )


def due_at(
    key: str, day: date, open_windows: Sequence[Window], *, rules: PushRules, zone: ZoneInfo
) -> datetime | None:
    """When a push of that key falls due: the hour aimed at, or the next open moment after it, or
    else the last window of the day; spread by `key` over `rules.jitter`, never out of its window.

    None where the day has no window.
    """
    if not open_windows:
        return None
    wanted = moment(day, rules.at, zone)
    window = next((one for one in open_windows if one.end > wanted), open_windows[-1])
    start = wanted if window.start <= wanted < window.end else window.start
    room = min(rules.jitter, window.end - start - timedelta(seconds=1))
    return start + max(timedelta(), room) * _share(key)


def next_open(now: datetime, open_windows: Iterable[Window]) -> datetime | None:
    """`now` where a window is open, else the start of the next one; None after the last."""
    later = [max(now, window.start) for window in open_windows if window.end > now]
    return min(later, default=None)


def is_open(now: datetime, open_windows: Iterable[Window]) -> bool:
    """Whether one of the windows is open at `now`."""
    return any(window.start <= now < window.end for window in open_windows)


def _closed(rules: PushRules) -> Iterable[tuple[int, int]]:
    """What is closed on a day and on the one after, into which a shift may reach."""
    for span in (rules.quiet, *rules.peaks):
        for offset in (-DAY_MINUTES, 0, DAY_MINUTES):
            yield span.start + offset, span.end + offset


def _without(span: tuple[int, int], closed: tuple[int, int]) -> Sequence[tuple[int, int]]:
    left = (span[0], min(span[1], closed[0]))
    right = (max(span[0], closed[1]), span[1])
    return [part for part in (left, right) if part[0] < part[1]]


def _share(key: str) -> float:
    digest = hashlib.blake2b(key.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def _minutes(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60 and int(hours) <= 24):
        raise ValueError(f"no time of day: {text.strip()}")
    found = int(hours) * 60 + int(minutes)
    if found > DAY_MINUTES:
        raise ValueError(f"no time of day: {text.strip()}")
    return found


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes % DAY_MINUTES, 60)
    return f"{hours:02d}:{rest:02d}"
