"""The study's figures: means with intervals, by group, and how far people agree with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from pathlib import Path
from statistics import StatisticsError, correlation, mean, stdev

from core.domain.messages import Json, JsonObject
from ops.study.files import DIALOGUES, REALISM, SCORECARDS, read_rows
from ops.study.realism import MEASURES

Z_95 = 1.96

GROUPS = ("engine", "scenario", "persona", "skill")
"""What the measures are broken down by: keys of a dialogue's line."""

PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    "consistency": (9.3, 8.9, 9.5),
    "human_likeness": (7.1, 4.4, 6.3),
    "engagement": (6.1, 5.6, 5.2),
    "quality": (9.1, 8.2, 8.6),
    "safety": (9.7, 9.8, 9.8),
    "correctness": (8.5, 9.4, 8.2),
    "overall": (8.3, 7.5, 8.4),
}
"""The three rows printed in the published study (doi 10.11959/j.issn.1000-0801.2025061), graded
by a large model; ours are graded by counting, so the columns stand side by side, not against
each other."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the half width of its 95 % interval (normal approximation) over `n` talks."""

    n: int
    mean: float
    half_width: float


@dataclass(frozen=True, slots=True)
class SkillRow:
    """What the talks of one skill level came to; shares are of talks."""

    skill: int
    score: Estimate
    heat_end: Estimate
    solved: float
    given_up: float
    escalated: float
    lines: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """People's grades beside the machine's for one measure, over talks that both graded.

    `rank_correlation` is Spearman's, with its 95 % interval (Fisher), None where either side
    never varies; `within_one` is the share of talks no more than one point apart.
    """

    measure: str
    n: int
    people: float
    machine: float
    rank_correlation: tuple[float, float, float] | None
    within_one: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a report shows."""

    talks: int
    messages: int
    leaked: int
    contradicted: int
    overall: Mapping[str, Estimate]
    groups: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    skills: tuple[SkillRow, ...]
    ends: Mapping[str, int]
    agreement: tuple[Agreement, ...]


def read_figures(folder: Path) -> Figures:
    """All figures of a study's folder."""
    dialogues = {str(row["id"]): row for row in read_rows(folder / DIALOGUES)}
    scores = {str(row["id"]): row["overall"] for row in read_rows(folder / SCORECARDS)}
    graded = [row for row in read_rows(folder / REALISM) if str(row["id"]) in dialogues]
    machine = [row for row in graded if row.get("by") == "machine"]
    people = [row for row in graded if row.get("by") == "person"]
    return Figures(
        talks=len(machine),
        messages=sum(_customer_messages(row) for row in dialogues.values()),
        leaked=sum(_length(row.get("leaked")) for row in machine),
        contradicted=sum(_length(row.get("contradicted")) for row in machine),
        overall=_estimates(machine),
        groups={name: _group(name, machine, dialogues) for name in GROUPS},
        skills=tuple(
            _skill_row(skill, rows, scores)
            for skill, rows in _by(dialogues.values(), lambda row: row.get("skill"))
        ),
        ends=Counter(str(row.get("end_reason")) for row in dialogues.values()),
        agreement=_agreement(machine, people),
    )


def _group(
    name: str, machine: Sequence[JsonObject], dialogues: Mapping[str, JsonObject]
) -> dict[str, dict[str, Estimate]]:
    grouped = _by(machine, lambda row: dialogues[str(row["id"])].get(name))
    return {key: _estimates(rows) for key, rows in grouped}


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval; an interval of 0 where there is one value or none."""
    if not values:
        return Estimate(0, 0.0, 0.0)
    spread = stdev(values) if len(values) > 1 else 0.0
    return Estimate(len(values), mean(values), Z_95 * spread / sqrt(len(values)))


def _estimates(rows: Sequence[JsonObject]) -> dict[str, Estimate]:
    return {name: estimate(_numbers(row.get(name) for row in rows)) for name in MEASURES}


def _skill_row(skill: str, rows: Sequence[JsonObject], scores: Mapping[str, Json]) -> SkillRow:
    ends = Counter(str(row.get("end_reason")) for row in rows)
    lines = [_messages(row, "trainee") for row in rows]
    return SkillRow(
        skill=int(skill),
        score=estimate(_numbers(scores.get(str(row["id"])) for row in rows)),
        heat_end=estimate(_numbers(row.get("heat_end") for row in rows)),
        solved=ends["solved"] / len(rows),
        given_up=ends["given_up"] / len(rows),
        escalated=ends["escalated"] / len(rows),
        lines=mean(lines),
    )


def _agreement(
    machine: Sequence[JsonObject], people: Sequence[JsonObject]
) -> tuple[Agreement, ...]:
    by_machine = {str(row["id"]): row for row in machine}
    found = []
    for name in MEASURES:
        grades: dict[str, list[float]] = defaultdict(list)
        for row in people:
            grades[str(row["id"])].extend(_numbers([row.get(name)]))
        pairs = [
            (mean(given), theirs)
            for talk, given in grades.items()
            if given and talk in by_machine
            for theirs in _numbers([by_machine[talk].get(name)])
        ]
        if pairs:
            found.append(_agree(name, pairs))
    return tuple(found)


def _agree(name: str, pairs: Sequence[tuple[float, float]]) -> Agreement:
    people, machine = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Agreement(
        measure=name,
        n=len(pairs),
        people=mean(people),
        machine=mean(machine),
        rank_correlation=rank_correlation(people, machine),
        within_one=sum(abs(a - b) <= 1 for a, b in pairs) / len(pairs),
    )


def rank_correlation(
    left: Sequence[float], right: Sequence[float]
) -> tuple[float, float, float] | None:
    """Spearman's coefficient with its 95 % interval; None below four pairs or without spread."""
    if len(left) < 4:
        return None
    try:
        found = correlation(_ranks(left), _ranks(right))
    except StatisticsError:
        return None
    edge = Z_95 / sqrt(len(left) - 3)
    at = atanh(max(-0.999999, min(0.999999, found)))
    return found, tanh(at - edge), tanh(at + edge)


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, ties sharing their mean (Python 3.11 has no ranked correlation)."""
    order = sorted(values)
    return [order.index(value) + (order.count(value) + 1) / 2 for value in values]


def _by(
    rows: Iterable[JsonObject], key: Callable[[JsonObject], Json]
) -> list[tuple[str, list[JsonObject]]]:
    groups: dict[str, list[JsonObject]] = defaultdict(list)
    for row in rows:
        groups[str(key(row))].append(row)
    return sorted(groups.items())


def _numbers(values: Iterable[Json]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float)]


def _customer_messages(row: JsonObject) -> int:
    return _messages(row, "customer")


def _messages(row: JsonObject, speaker: str) -> int:
    turns = row.get("turns")
    if not isinstance(turns, list):
        return 0
    return sum(isinstance(turn, dict) and turn.get("speaker") == speaker for turn in turns)


def _length(value: Json) -> int:
    return len(value) if isinstance(value, list) else 0
