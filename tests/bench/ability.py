"""Replay of public response logs: AUC, RMSE, calibration error, microseconds per answer.

Cross-validated by learner: each fold is replayed alone by a house that has never seen its items,
with a mixer fitted on the other folds, replayed one by one and as one long log.
`python -m tests.bench.ability FILE [--fit OUT.json]`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from training_plans.response_model import Answer, Mixer, ResponseModel

FOLDS = 5
HIDDEN = 10
PASSES = 14


def read(path: Path) -> list[list[Answer]]:
    """One list of answers per person, in file order."""
    people: list[list[Answer]] = []
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            kept = json.loads(line)
            rows = zip(kept["items"], kept["skills"], kept["correct"], strict=True)
            people.append([(item, skill, float(result), None) for item, skill, result in rows])
    return people


def folds(people: Sequence[list[Answer]]) -> list[list[list[Answer]]]:
    """People at random, file order kept inside a fold."""
    order = list(range(len(people)))
    random.Random(1).shuffle(order)
    return [[people[place] for place in sorted(order[k::FOLDS])] for k in range(FOLDS)]


def inputs(people: Sequence[list[Answer]]) -> tuple[np.ndarray, np.ndarray]:
    """What the mixer sees of each answer, and how the answer was."""
    model = ResponseModel(Mixer((), (), (), 0.0))
    rows = [row for person in people for row in model.walk(person)]
    return np.array(rows), np.array([answer[2] for person in people for answer in person])


def fit(parts: Sequence[tuple[np.ndarray, np.ndarray]], *, seed: int = 0) -> Mixer:
    """A mixer on these folds; the scaling is folded into its weights."""
    seen, results = np.vstack([part[0] for part in parts]), np.hstack([p[1] for p in parts])
    scale = StandardScaler().fit(seen)
    net = MLPClassifier(
        (HIDDEN,),
        alpha=1e-3,
        max_iter=PASSES,
        batch_size=512,
        learning_rate_init=3e-3,
        random_state=seed,
    )
    net.fit(scale.transform(seen), results > 0.5)
    first = net.coefs_[0].T / scale.scale_
    biases = net.intercepts_[0] - first @ scale.mean_
    return Mixer(
        hidden=tuple(tuple(float(f"{w:.5g}") for w in row) for row in first),
        biases=tuple(float(f"{b:.5g}") for b in biases),
        output=tuple(float(f"{w:.5g}") for w in net.coefs_[1][:, 0]),
        output_bias=float(f"{net.intercepts_[1][0]:.5g}"),
    )


def figures(chances: np.ndarray, results: np.ndarray) -> tuple[float, float, float]:
    """AUC, RMSE, and the expected calibration error over ten bins of equal width."""
    bins = np.minimum((chances * 10).astype(int), 9)
    errors = [
        abs(chances[bins == k].mean() - results[bins == k].mean()) * (bins == k).mean()
        for k in range(10)
        if (bins == k).any()
    ]
    rmse = float(((chances - results) ** 2).mean() ** 0.5)
    return roc_auc_score(results > 0.5, chances), rmse, float(sum(errors))


def main() -> None:
    """Measure, and with --fit write the mixer fitted on everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--fit", type=Path)
    given = parser.parse_args()
    people = read(given.file)
    parted = folds(people)
    seen = [inputs(part) for part in parted]
    rows = []
    for k, part in enumerate(parted):
        others = [person for j in range(FOLDS) if j != k for person in parted[j]]
        mixer = fit([*(seen[j] for j in range(FOLDS) if j != k), inputs(others)])
        rows.append(_measured(mixer, [], part))
        print("held alone", k, *(f"{value:.4f}" for value in rows[-1][:3]), f"{rows[-1][3]:.1f} µs")
        after = _measured(mixer, others, part)
        print("after the others", k, *(f"{value:.4f}" for value in after[:3]))
        sys.stdout.flush()
    print("mean", *(f"{value:.4f}" for value in np.mean(rows, axis=0)))
    if given.fit:
        mixer = fit([*seen, inputs(people)])
        kept = {name: getattr(mixer, name) for name in Mixer.__slots__}
        given.fit.write_text(json.dumps(kept, indent=1) + "\n")


def _measured(
    mixer: Mixer, before: Sequence[list[Answer]], part: Sequence[list[Answer]]
) -> tuple[float, ...]:
    model = ResponseModel(mixer)
    for person in before:
        model.replay(person)
    results = np.array([answer[2] for person in part for answer in person])
    begun = time.process_time()
    chances = np.array([chance for person in part for chance in model.replay(person)])
    spent = (time.process_time() - begun) / len(results)
    return (*figures(chances, results), spent * 1e6)


if __name__ == "__main__":
    main()
