"""How satisfied a customer is: JSON weights in, scores with their margins and reasons out.

One `Head` for each view, place (a whole dialogue, or up to a customer turn) and grade: a ridge line
over `satisfaction_features`, and a monotone map fitted on held-out folds. Needs no library.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from core.domain.dialogue import Speaker, Turn
from core.domain.messages import Json
from core.learned.satisfaction_features import Features, Space, View

FORMAT = "peilian-satisfaction-1"
LOWEST, HIGHEST = 1.0, 5.0
OVERALL = "overall"
SATISFIED = "satisfied"
"""The grade that stands for the overall where no overall was labelled."""

SAID_REASONS = 3
"""So many turns are named as having moved a prediction most."""


@dataclass(frozen=True, slots=True)
class Head:
    """One grade's line: a weight per column of the space, and the map from its raw score to the
    scale of the labels (`knots`: rising pairs, straight between them, flat outside).

    `margin`: four of five held-out labels lay no further from the prediction.
    """

    weights: tuple[float, ...]
    bias: float
    knots: tuple[tuple[float, float], ...]
    margin: float
    lowest: float
    highest: float

    def raw(self, features: Features) -> float:
        """The line's own score, before the map."""
        return self.bias + sum(self.weights[at] * value for at, value in features.values.items())

    def score(self, raw: float) -> float:
        """On the scale of the labels, inside their range."""
        return min(self.highest, max(self.lowest, between(self.knots, raw)))


@dataclass(frozen=True, slots=True)
class Sight:
    """What one view knows of one place: the columns, and a head for each grade."""

    space: Space
    heads: Mapping[str, Head]


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
    return {name: _estimate(head, features) for name, head in sight.heads.items()}


def _estimate(head: Head, features: Features) -> Estimate:
    raw = head.raw(features)
    score = head.score(raw)
    pulls: dict[int, float] = {}
    for (turn, at), value in features.shares.items():
        pulls[turn] = pulls.get(turn, 0.0) + head.weights[at] * value
    moved = sorted(
        ((turn, score - head.score(raw - pull)) for turn, pull in pulls.items()),
        key=lambda one: (-abs(one[1]), one[0]),
    )
    strongest = tuple((turn, by) for turn, by in moved[:SAID_REASONS] if by)
    return Estimate(score=score, margin=head.margin, moved=strongest)


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
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"not a satisfaction model ({FORMAT})")
    return SatisfactionModel(
        dialogues={View(name): _sight(one) for name, one in data["dialogues"].items()},
        turns={View(name): _sight(one) for name, one in data["turns"].items()},
        note=data["note"],
    )


def _sight_json(sight: Sight) -> dict[str, Json]:
    heads: dict[str, Json] = {
        name: {
            "weights": [round(weight, 4) for weight in head.weights],
            "bias": head.bias,
            "knots": [list(knot) for knot in head.knots],
            "margin": head.margin,
            "range": [head.lowest, head.highest],
        }
        for name, head in sight.heads.items()
    }
    return {"space": sight.space.data(), "heads": heads}


def _sight(data: Mapping[str, Json]) -> Sight:
    heads = {}
    for name, one in cast(dict[str, dict[str, list[float]]], data["heads"]).items():
        lowest, highest = one["range"]
        heads[name] = Head(
            weights=tuple(one["weights"]),
            bias=cast(float, one["bias"]),
            knots=tuple((x, y) for x, y in cast(list[list[float]], one["knots"])),
            margin=cast(float, one["margin"]),
            lowest=lowest,
            highest=highest,
        )
    return Sight(space=Space.of(cast(dict[str, Json], data["space"])), heads=heads)
