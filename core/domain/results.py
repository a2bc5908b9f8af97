"""Business results (业绩): what a person's real contacts brought, as points of a goal.

A result counts how far a metric is on its way from a floor to a goal, after what the kind of
contact makes easy or hard is taken out; few contacts say little and are pulled to the team's mean.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

SHRINK = 50
"""Contacts at which a person's own figure and the team's count alike."""

ENOUGH = 50
"""Contacts below which no figure of a person is shown."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the business. `floor` gives 0 points and `goal` 100, whichever is higher; a
    metric that is not `alone` gives no points to somebody who has no other."""

    id: str
    floor: float
    goal: float
    alone: bool = True

    def points(self, value: float) -> float:
        """0..100 on the way from floor to goal."""
        return 100 * min(1.0, max(0.0, (value - self.floor) / (self.goal - self.floor)))


@dataclass(frozen=True, slots=True)
class BusinessResult:
    """One metric of one person over the contacts of one kind in one period (its first day)."""

    person_id: str
    metric: str
    period: date
    value: float
    contacts: int
    contact_type: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's results 0..100 with their standard error, from `contacts`; `by_metric` holds
    the points, before shrinkage, of the metrics that have contacts enough to be shown."""

    person_id: str
    points: float
    error: float
    contacts: int
    by_metric: Mapping[str, float]

    @property
    def is_shown(self) -> bool:
        """Whether there are contacts enough for a figure."""
        return self.contacts >= ENOUGH


def standings(
    results: Iterable[BusinessResult], metrics: Sequence[Metric], *, teams: Mapping[str, str]
) -> Mapping[str, Standing]:
    """Everybody's results. `teams`: person id -> team, to whose mean few contacts are pulled.

    Rows of unknown metrics and rows without contacts count nothing.
    """
    known = {metric.id: metric for metric in metrics}
    rows = [row for row in results if row.metric in known and row.contacts > 0]
    shifts = _shifts(rows)
    own: dict[str, dict[str, list[tuple[float, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        value = row.value - shifts[row.metric, row.contact_type]
        own[row.person_id][row.metric].append((value, row.contacts))
    raw = {person: found for person, of in own.items() if (found := _raw(person, of, known))}
    means = _team_means(raw.values(), teams)
    return {person: _shrunk(one, means[teams.get(person, "")]) for person, one in raw.items()}


def _shifts(rows: Iterable[BusinessResult]) -> Mapping[tuple[str, str], float]:
    """How far the contacts of a kind lie from all contacts, per metric."""
    kinds: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for row in rows:
        kinds[row.metric, row.contact_type].append((row.value, row.contacts))
    everything: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for (metric, _), values in kinds.items():
        everything[metric] += values
    return {
        (metric, kind): _mean(values) - _mean(everything[metric])
        for (metric, kind), values in kinds.items()
    }


def _raw(
    person: str, of: Mapping[str, Sequence[tuple[float, int]]], metrics: Mapping[str, Metric]
) -> Standing | None:
    points = {name: metrics[name].points(_mean(values)) for name, values in of.items()}
    if not any(metrics[name].alone for name in points):
        return None
    contacts = {name: sum(count for _, count in values) for name, values in of.items()}
    mean = sum(points.values()) / len(points)
    told = {name: points[name] for name, count in contacts.items() if count >= ENOUGH}
    return Standing(person, mean, 0.0, max(contacts.values()), told)


def _shrunk(one: Standing, team: float) -> Standing:
    weight = one.contacts / (one.contacts + SHRINK)
    points = team + weight * (one.points - team)
    # Points are a share of the goal reached: the error is that of a share of n contacts.
    share = min(0.95, max(0.05, points / 100))
    error = 100 * weight * math.sqrt(share * (1 - share) / one.contacts)
    return Standing(one.person_id, points, error, one.contacts, one.by_metric)


def _team_means(raw: Iterable[Standing], teams: Mapping[str, str]) -> Mapping[str, float]:
    per_team: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for one in raw:
        per_team[teams.get(one.person_id, "")].append((one.points, one.contacts))
    return {team: _mean(values) for team, values in per_team.items()}


def _mean(values: Sequence[tuple[float, int]]) -> float:
    return sum(value * count for value, count in values) / sum(count for _, count in values)
