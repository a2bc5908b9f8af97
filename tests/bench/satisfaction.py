"""How well the statistical judge of satisfaction agrees with people it was not fitted on.

    PEILIAN_BENCH_SATISFACTION=labelled.jsonl python -m tests.bench.satisfaction

The file holds labelled dialogues in the form of `peilian satisfaction fit`. Five folds of whole
dialogues, fitted anew for each; per view: Spearman's correlation of every grade of a dialogue, by
how much a label rises where the prediction rises by one (1 is meant; less is boasting), how many
labels lie inside the margin (.80 is meant), and for customer turns with labels of few levels macro
F1 and quadratic kappa of the nearest level. PEILIAN_BENCH_SHIPPED=1 measures the shipped
model instead, which is fitted on none of it.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from core.errors import TranscriptError
from core.learned.satisfaction import OVERALL, SatisfactionModel, judge
from core.learned.satisfaction_features import View
from core.learned.satisfaction_file import Labelled, read_labelled
from core.learned.satisfaction_fit import fit_satisfaction
from ops.files import reading
from ops.satisfaction import shipped_model

FOLDS = 5
TURNS = "turns"


@dataclass(slots=True)
class Pairs:
    """Labels, predictions, and how often a label lay inside the margin."""

    truth: list[float] = field(default_factory=list)
    guess: list[float] = field(default_factory=list)
    inside: int = 0

    def add(self, truth: float, guess: float, margin: float) -> None:
        """One more."""
        self.truth.append(truth)
        self.guess.append(guess)
        self.inside += abs(truth - guess) <= margin


def main() -> int:
    """Measure and print."""
    path = Path(os.environ["PEILIAN_BENCH_SATISFACTION"])
    with reading(path) as lines:
        talks = [one for one in read_labelled(lines) if not isinstance(one, TranscriptError)]
    found: dict[tuple[View, str], Pairs] = defaultdict(Pairs)
    for model, held_out in _rounds(talks):
        for talk in held_out:
            for view in View:
                _add(found, model, talk, view)
    for (view, name), pairs in sorted(found.items()):
        print(f"{view.value:8} {name:10} {_figures(pairs, turns=name == TURNS)}")
    return 0


def _rounds(talks: Sequence[Labelled]) -> Iterator[tuple[SatisfactionModel, Sequence[Labelled]]]:
    if os.environ.get("PEILIAN_BENCH_SHIPPED"):
        yield shipped_model(), talks
        return
    order = list(range(len(talks)))
    Random(7).shuffle(order)
    for fold in range(FOLDS):
        inside = [talks[at] for number, at in enumerate(order) if number % FOLDS != fold]
        yield fit_satisfaction(inside), [talks[at] for at in order[fold::FOLDS]]


def _add(
    found: Mapping[tuple[View, str], Pairs], model: SatisfactionModel, talk: Labelled, view: View
) -> None:
    said = judge(model, talk.turns, view=view)
    if talk.overall is not None and said.overall is not None:
        found[view, OVERALL].add(talk.overall, said.overall.score, said.overall.margin)
    for name, label in talk.grades.items():
        one = said.grades.get(name, said.overall)
        if one is not None:
            found[view, name].add(label, one.score, one.margin)
    for seq, label in talk.by_turn.items():
        found[view, TURNS].add(label, said.turns[seq].score, said.turns[seq].margin)


def _figures(pairs: Pairs, *, turns: bool) -> str:
    told = f"n {len(pairs.truth)}  Spearman {_spearman(pairs.truth, pairs.guess):.3f}"
    slope = statistics.linear_regression(pairs.guess, pairs.truth).slope
    told += f"  rises by {slope:.2f}"
    told += f"  inside the margin {pairs.inside / len(pairs.truth):.2f}"
    if not turns:
        return told
    levels = sorted(set(pairs.truth))
    nearest = [min(levels, key=lambda level: abs(level - one)) for one in pairs.guess]
    f1 = statistics.fmean(_f1(pairs.truth, nearest, level) for level in levels)
    return f"{told}  macro F1 {f1:.3f}  quadratic kappa {_kappa(pairs.truth, nearest):.3f}"


def _f1(truth: Sequence[float], guess: Sequence[float], level: float) -> float:
    both = sum(a == b == level for a, b in zip(truth, guess, strict=True))
    return 2 * both / max(1, truth.count(level) + list(guess).count(level))


def _kappa(truth: Sequence[float], guess: Sequence[float]) -> float:
    apart = statistics.fmean((a - b) ** 2 for a, b in zip(truth, guess, strict=True))
    gap = statistics.fmean(truth) - statistics.fmean(guess)
    return 1 - apart / (statistics.pvariance(truth) + statistics.pvariance(guess) + gap**2)


def _spearman(left: Sequence[float], right: Sequence[float]) -> float:
    return statistics.correlation(_ranks(left), _ranks(right))


def _ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = defaultdict(list)
    for place, value in enumerate(sorted(values)):
        places[value].append(place)
    return [statistics.fmean(places[value]) for value in values]


if __name__ == "__main__":
    sys.exit(main())
