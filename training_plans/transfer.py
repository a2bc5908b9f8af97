"""Proof of transfer: do results of real contacts move with practice?

People begin to practise at different times, so those who have not begun yet show what would have
happened anyway. For everybody who began, the change of their results from before to after is held
against the change, over the same months, of those who had not begun (difference in differences over
staggered starts; each beginner counts once). The interval is a bootstrap over people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from core.domain.results import BusinessResult, Metric

MONTHS = 3
"""Before and after the month in which somebody began; that month itself counts on no side."""

ENOUGH_PEOPLE = 8
ENOUGH_CONTACTS = 20
"""In a month, below which that month of a person is left out."""

DRAWS = 500


@dataclass(frozen=True, slots=True)
class Transfer:
    """Points 0..100 gained beyond those who had not begun, with a 95 % interval. `effect` is None
    where there is not enough: `begun` and `waiting` people who could be compared."""

    effect: float | None
    low: float
    high: float
    begun: int
    waiting: int

    @property
    def is_shown(self) -> bool:
        """Whether both sides hold people enough."""
        return self.effect is not None


def transfer(
    results: Iterable[BusinessResult],
    metrics: Sequence[Metric],
    starts: Mapping[str, date],
    *,
    chance: Random,
) -> Transfer:
    """`starts`: person id -> the day of the first practice; who is missing has not begun."""
    monthly = _monthly(results, metrics)
    begun = {person: _month(day) for person, day in starts.items() if person in monthly}
    waiting = {start: _waiting(start, begun, monthly) for start in set(begun.values())}
    sides = Sides(
        {
            person: (start, own)
            for person, start in begun.items()
            if waiting[start] and (own := _change(monthly[person], start)) is not None
        },
        waiting,
    )
    others = {other for start, _ in sides.begun.values() for other in waiting[start]}
    if len(sides.begun) < ENOUGH_PEOPLE or len(others) < ENOUGH_PEOPLE:
        return Transfer(None, 0.0, 0.0, len(sides.begun), len(others))
    people = sorted(set(sides.begun) | others)
    draws = sorted(
        found
        for _ in range(DRAWS)
        if (found := _effect(sides, chance.choices(people, k=len(people)))) is not None
    )
    effect = _effect(sides, people)
    low, high = draws[int(0.025 * len(draws))], draws[int(0.975 * len(draws)) - 1]
    return Transfer(effect, low, high, len(sides.begun), len(others))


@dataclass(frozen=True, slots=True)
class Sides:
    """`begun`: person -> the month of the start, and the own change. `waiting`: that month -> the
    changes over the same months of those who had not begun, by person; they are the same for all
    who began in it."""

    begun: Mapping[str, tuple[int, float]]
    waiting: Mapping[int, Mapping[str, float]]


def _waiting(
    start: int, begun: Mapping[str, int], monthly: Mapping[str, Mapping[int, float]]
) -> Mapping[str, float]:
    return {
        other: change
        for other, months in monthly.items()
        if begun.get(other, start + MONTHS + 1) > start + MONTHS
        and (change := _change(months, start)) is not None
    }


def _change(months: Mapping[int, float], start: int) -> float | None:
    before = [months[m] for m in range(start - MONTHS, start) if m in months]
    after = [months[m] for m in range(start + 1, start + MONTHS + 1) if m in months]
    return _mean(after) - _mean(before) if before and after else None


def _effect(sides: Sides, drawn: Sequence[str]) -> float | None:
    """The mean over the beginners drawn, each against those drawn who were waiting."""
    count_of = Counter(drawn).get
    expected: dict[int, float] = {}
    for start, waiting in sides.waiting.items():
        held = [(n, change) for other, change in waiting.items() if (n := count_of(other))]
        if held:
            expected[start] = _mean_of(held)
    own = [
        (n, change - expected[start])
        for person, (start, change) in sides.begun.items()
        if start in expected and (n := count_of(person))
    ]
    return _mean_of(own) if own else None


def _mean_of(weighed: Sequence[tuple[int, float]]) -> float:
    return sum(n * value for n, value in weighed) / sum(n for n, _ in weighed)


def _monthly(
    results: Iterable[BusinessResult], metrics: Sequence[Metric]
) -> Mapping[str, Mapping[int, float]]:
    """Person -> month -> mean points over the metrics, where there are contacts enough."""
    known = {metric.id: metric for metric in metrics}
    cells: dict[tuple[str, int], dict[str, list[tuple[float, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in results:
        if row.metric in known and row.contacts:
            cell = cells[row.person_id, _month(row.period)]
            cell[row.metric].append((row.value, row.contacts))
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for (person, month), by_metric in cells.items():
        if max(sum(n for _, n in rows) for rows in by_metric.values()) < ENOUGH_CONTACTS:
            continue
        points = [
            known[name].points(_mean_of([(n, v) for v, n in rows]))
            for name, rows in by_metric.items()
        ]
        found[person][month] = _mean(points)
    return found


def _month(day: date) -> int:
    return day.year * 12 + day.month


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
