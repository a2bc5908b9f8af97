"""How satisfied a customer is: JSON weights in, scores with their margins and reasons out.

One `Head` for each view, place (a whole dialogue, or up to a customer turn) and grade: a line over
`satisfaction_features`, or one for each border between levels; for whole talks small trees over
what all lines say and the facts; a monotone map fitted on held-out folds. Needs no library.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from core.domain.dialogue import Speaker, Turn
from core.domain.messages import Json
from core.learned.satisfaction_features import Space, View
from core.learned.trees import Tree, read_tree, tree_json, value_of

FORMAT = "peilian-satisfaction-2"
READABLE = ("peilian-satisfaction-1", FORMAT)
"""Heads of the first form have one line and no trees."""

LOWEST, HIGHEST = 1.0, 5.0
OVERALL = "overall"
SATISFIED = "satisfied"
"""The grade that stands for the overall where no overall was labelled."""

SAID_REASONS = 3
"""So many turns are named as having moved a prediction most."""


@dataclass(frozen=True, slots=True)
class Line:
    """A weight per column of the space, and the sum where all columns are 0."""

    weights: tuple[float, ...]
    bias: float

    def pull(self, values: Mapping[int, float]) -> float:
        """By how much these values of columns raise or lower the line."""
        return sum(self.weights[at] * value for at, value in values.items())


@dataclass(frozen=True, slots=True)
class Head:
    """One grade's lines, trees that add up to a second opinion, and the map from the raw score to
    the scale of the labels (`knots`: rising pairs, straight between them, flat outside).

    Several lines are log odds that the label lies above one border each, the lowest border first.
    `margin`: four of five held-out labels lay no further from the prediction.
    """

    lines: tuple[Line, ...]
    knots: tuple[tuple[float, float], ...]
    margin: float
    lowest: float
    highest: float
    trees: tuple[Tree, ...] = ()

    def said(self, values: Mapping[int, float]) -> list[float]:
        """What each line says of these columns."""
        return [line.bias + line.pull(values) for line in self.lines]

    def score(self, line: float, inputs: Sequence[float]) -> float:
        """On the scale of the labels, inside their range: half by the line, half by the trees."""
        raw = line
        if self.trees:
            raw = (line + sum(value_of(tree, inputs) for tree in self.trees)) / 2
        return min(self.highest, max(self.lowest, between(self.knots, raw)))


def joined(sums: Sequence[float]) -> float:
    """One line's own sum; of several, how many borders the label is expected to lie above."""
    if len(sums) == 1:
        return sums[0]
    return math.fsum(0.5 + 0.5 * math.tanh(one / 2) for one in sums)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one view knows of one place: the columns, and a head for each grade."""

    space: Space
    heads: Mapping[str, Head]

    def scores(
        self, said: Mapping[str, Sequence[float]], facts: Sequence[float]
    ) -> dict[str, float]:
        """Grade -> score. Trees read the facts first, then the lines of all grades in order."""
        lines = {name: joined(one) for name, one in said.items()}
        inputs = [*facts, *lines.values()]
        return {name: head.score(lines[name], inputs) for name, head in self.heads.items()}

    def scores_without(
        self, said: Mapping[str, Sequence[float]], facts: Sequence[float], part: Mapping[int, float]
    ) -> dict[str, float]:
        """The same where part of some columns is left out."""
        less = {
            name: [one - line.pull(part) for one, line in zip(said[name], head.lines, strict=True)]
            for name, head in self.heads.items()
        }
        columns = self.space.fact_columns
        return self.scores(
            less, [one - part.get(at, 0.0) for at, one in zip(columns, facts, strict=True)]
        )


@dataclass(frozen=True, slots=True)
class SatisfactionModel:
    """View -> what judges a dialogue, and what judges a customer turn; one of both may lack."""

    dialogues: Mapping[View, Sight]
    turns: Mapping[View, Sight]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score, how far the truth lies off at most in four of five cases, and the turns (from 1)
    that moved it up or down by so much, the strongest first."""

    score: float
    margin: float
    moved: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Overall 1..5, further grades on the scale of their labels, and customer turn -> 1..5. No
    overall where the model learned none, only other grades."""

    overall: Estimate | None
    grades: Mapping[str, Estimate]
    turns: Mapping[int, Estimate]


def judge(model: SatisfactionModel, turns: Sequence[Turn], *, view: View) -> Judgement:
    """Judge one dialogue. What was never labelled is read off its neighbour: turns by the line for
    dialogues up to there, a dialogue by its last customer turn."""
    whole, local = model.dialogues.get(view), model.turns.get(view)
    found = _estimates(whole, turns) if whole else {}
    asked = [turn.seq for turn in turns if turn.speaker is Speaker.CUSTOMER]
    by_turn = {}
    for seq in asked:
        if local:
            by_turn[seq] = _estimates(local, turns, upto=seq)[OVERALL]
        elif whole and OVERALL in whole.heads:
            by_turn[seq] = _estimates(whole, turns[:seq])[OVERALL]
    overall = found.get(OVERALL)
    if overall is None and local:
        overall = by_turn[asked[-1]] if asked else _estimates(local, turns)[OVERALL]
    return Judgement(
        overall=overall,
        grades={name: one for name, one in found.items() if name != OVERALL},
        turns=by_turn,
    )


def _estimates(
    sight: Sight, turns: Sequence[Turn], *, upto: int | None = None
) -> dict[str, Estimate]:
    features = sight.space.features(turns, upto=upto)
    said = {name: head.said(features.values) for name, head in sight.heads.items()}
    facts = [features.values[at] for at in sight.space.fact_columns]
    scores = sight.scores(said, facts)
    brought: dict[int, dict[int, float]] = defaultdict(dict)
    for (turn, at), value in features.shares.items():
        brought[turn][at] = value
    moved: dict[str, list[tuple[int, float]]] = {name: [] for name in scores}
    for turn, part in brought.items():
        for name, left in sight.scores_without(said, facts, part).items():
            moved[name].append((turn, scores[name] - left))
    return {
        name: Estimate(score, sight.heads[name].margin, _strongest(moved[name]))
        for name, score in scores.items()
    }


def _strongest(moved: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    by_size = sorted(moved, key=lambda one: (-abs(one[1]), one[0]))
    return tuple((turn, by) for turn, by in by_size[:SAID_REASONS] if by)


def between(knots: Sequence[tuple[float, float]], at: float) -> float:
    """The rising line through the knots at this point; flat before the first and after the last."""
    after = bisect_right(knots, at, key=lambda knot: knot[0])
    if after == 0:
        return knots[0][1]
    if after == len(knots):
        return knots[-1][1]
    (left, low), (right, high) = knots[after - 1], knots[after]
    return low + (high - low) * (at - left) / (right - left)


def model_text(model: SatisfactionModel) -> str:
    """The model as JSON, weights to four digits."""
    data: dict[str, Json] = {
        "format": FORMAT,
        "note": model.note,
        "dialogues": {view.value: _sight_json(sight) for view, sight in model.dialogues.items()},
        "turns": {view.value: _sight_json(sight) for view, sight in model.turns.items()},
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_model(text: str) -> SatisfactionModel:
    """The model of a file's text; ValueError, KeyError or TypeError for anything else."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") not in READABLE:
        raise ValueError(f"not a satisfaction model ({FORMAT})")
    return SatisfactionModel(
        dialogues={View(name): _sight(one) for name, one in data["dialogues"].items()},
        turns={View(name): _sight(one) for name, one in data["turns"].items()},
        note=data["note"],
    )


def _sight_json(sight: Sight) -> dict[str, Json]:
    heads: dict[str, Json] = {
        name: {
            "lines": [
                {"weights": [round(weight, 4) for weight in line.weights], "bias": line.bias}
                for line in head.lines
            ],
            "knots": [list(knot) for knot in head.knots],
            "margin": head.margin,
            "range": [head.lowest, head.highest],
            "trees": [tree_json(tree) for tree in head.trees],
        }
        for name, head in sight.heads.items()
    }
    return {"space": sight.space.data(), "heads": heads}


def _sight(data: Mapping[str, Json]) -> Sight:
    heads = {}
    for name, one in cast(dict[str, dict[str, list[float]]], data["heads"]).items():
        lowest, highest = one["range"]
        lines = cast(list[dict[str, list[float]]], one.get("lines", [one]))
        heads[name] = Head(
            lines=tuple(Line(tuple(line["weights"]), cast(float, line["bias"])) for line in lines),
            knots=tuple((x, y) for x, y in cast(list[list[float]], one["knots"])),
            margin=cast(float, one["margin"]),
            lowest=lowest,
            highest=highest,
            trees=tuple(map(read_tree, one.get("trees", []))),
        )
    return Sight(space=Space.of(cast(dict[str, Json], data["space"])), heads=heads)
