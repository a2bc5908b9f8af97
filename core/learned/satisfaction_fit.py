"""Fits the judge of satisfaction: kernel ridge lines over the features, and for whole talks trees
over what the lines say. Numpy and scipy, which come with scikit-learn, are imported when needed."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TypeAlias

from core.learned.fit import Untyped, fit_border, fit_trees
from core.learned.satisfaction import (
    HIGHEST,
    LOWEST,
    OVERALL,
    SATISFIED,
    Head,
    Line,
    SatisfactionModel,
    Sight,
    between,
    joined,
)
from core.learned.satisfaction_features import Reads, Space, View, cut, learn_space
from core.learned.satisfaction_file import Labelled
from core.learned.trees import Tree, value_of

FOLDS = 5
FEWEST_LABELS = 20
MOST_PLACES = 6000
"""More places teach little and the solving grows with their cube: an even sample is taken."""

STRENGTH: Mapping[View, float] = {View.BOTH: 0.3, View.TRAINEE: 2.0}
SHORT_STRENGTH: Mapping[Reads, float] = {Reads.MESSAGES: 2.4, Reads.SENTENCES: 1.5}
"""Ridges; the trainee's side, one message or one sentence says less than a talk."""

BY_RANK: Mapping[View, float] = {View.BOTH: 0.5, View.TRAINEE: 0.7}
"""How far a line aims at a label's rank among all, the rest at the label itself: where people's
grades crowd in the middle, ranks tell them apart (found by cross-validation)."""

SLAB = 500
FEW_LEVELS = 5
COVERED = 0.8
STEPS = 60


@dataclass(frozen=True, slots=True)
class _Place:
    """A whole dialogue, or one up to a customer turn, with its labels by grade."""

    dialogue: int
    talk: Labelled
    upto: int | None
    labels: Mapping[str, float]


def fit_satisfaction(
    talks: Sequence[Labelled],
    *,
    note: str = "",
    seen_in: int = 2,
    tell: Callable[[str, str], None] | None = None,
) -> SatisfactionModel:
    """Learn from labelled dialogues, by n-grams that `seen_in` of them hold; `tell` hears (view,
    "dialogues" or "turns") before each part.

    ValueError when no grade and no satisfaction is carried by 20 dialogues or 20 turns.
    """
    wholes = _wholes(talks)
    turns = [
        _Place(at, talk, seq, {OVERALL: label})
        for at, talk in enumerate(talks)
        for seq, label in sorted(talk.by_turn.items())
    ]
    places = {"dialogues": wholes, "turns": turns}
    sights: dict[str, dict[View, Sight]] = {name: {} for name in places}
    for name, found in places.items():
        if not _enough(found):
            continue
        for view in View:
            if tell is not None:
                tell(view.value, name)
            sights[name][view] = _fit_sight(_thinned(found), view, seen_in)
    if not any(sights.values()):
        raise ValueError(f"fewer than {FEWEST_LABELS} labels of any kind")
    return SatisfactionModel(sights["dialogues"], sights["turns"], note)


def _wholes(talks: Sequence[Labelled]) -> list[_Place]:
    """Whole dialogues; where no overall is labelled, the grade `satisfied` stands for it, brought
    to 1..5 if it has another scale."""
    stand_in = [talk.grades[SATISFIED] for talk in talks if SATISFIED in talk.grades]
    wanted = bool(stand_in) and all(talk.overall is None for talk in talks)
    low, high = (min(stand_in), max(stand_in)) if wanted else (LOWEST, HIGHEST)
    if low >= LOWEST and high <= HIGHEST:
        low, high = LOWEST, HIGHEST
    found = []
    for at, talk in enumerate(talks):
        labels = dict(talk.grades)
        if talk.overall is not None:
            labels[OVERALL] = talk.overall
        elif wanted and SATISFIED in labels:
            labels[OVERALL] = LOWEST + (HIGHEST - LOWEST) * (labels[SATISFIED] - low) / (
                high - low or 1.0
            )
        if labels and talk.turns:
            found.append(_Place(at, talk, None, labels))
    return found


def _enough(places: Sequence[_Place]) -> list[str]:
    grades = sorted({grade for place in places for grade in place.labels})
    return [
        grade for grade in grades if sum(grade in place.labels for place in places) >= FEWEST_LABELS
    ]


def _thinned(places: Sequence[_Place]) -> Sequence[_Place]:
    if len(places) <= MOST_PLACES:
        return places
    return [places[at * len(places) // MOST_PLACES] for at in range(MOST_PLACES)]


def _fit_sight(places: Sequence[_Place], view: View, seen_in: int) -> Sight:
    """The columns and heads of one view."""
    import numpy as np

    slices = [cut(place.talk.turns, upto=place.upto) for place in places]
    space = learn_space(slices, view, seen_in=seen_in)
    folds = np.array(_folds([place.dialogue for place in places]))
    aims = {grade: _Aim.of(places, grade, view) for grade in _enough(places)}
    strength = SHORT_STRENGTH.get(space.reads, STRENGTH[view])
    columns = _Columns(*_matrices(space, places), strength)
    by_borders = space.reads is Reads.MESSAGES and all(aim.few for aim in aims.values())
    learner: _Learner = columns.borders if by_borders else columns.ridge()
    held = {grade: _held_out(columns, learner, aim, folds) for grade, aim in aims.items()}
    trees: dict[str, Sequence[Tree]] = {}
    if view is View.BOTH and space.reads is Reads.TALKS:
        inputs = np.column_stack([columns.numbers[:, : len(space.means)], *held.values()])
        for grade, aim in aims.items():
            trees[grade] = fit_trees(inputs[aim.rows], aim.values)
            held[grade] = (held[grade] + _grown(inputs, aim, folds)) / 2
    heads = {}
    for grade, aim in aims.items():
        lines = [
            Line(tuple(weights.tolist()), bias)
            for weights, bias in learner(aim, np.arange(len(aim.rows)))
        ]
        heads[grade] = _head(lines, trees.get(grade, ()), held[grade][aim.rows], aim.truth)
    return Sight(space, heads)


@dataclass(frozen=True, slots=True)
class _Aim:
    """What one grade's lines are fitted to: the places that carry the grade, their labels, and
    these standardised and, where there are many levels, partly turned into ranks."""

    rows: Untyped
    truth: Untyped
    values: Untyped
    few: bool

    @classmethod
    def of(cls, places: Sequence[_Place], grade: str, view: View) -> _Aim:
        """The aim at all places that carry this grade."""
        import numpy as np
        from scipy.stats import rankdata

        rows = np.array([at for at, place in enumerate(places) if grade in place.labels])
        truth = np.array([places[at].labels[grade] for at in rows])
        few = 1 < len(set(truth.tolist())) <= FEW_LEVELS
        share = 0.0 if few else BY_RANK[view]
        parts = ((1.0 - share, truth), (share, rankdata(truth)))
        values = sum(part * (one - one.mean()) / (one.std() or 1.0) for part, one in parts)
        return cls(rows, truth, values, few)


_Lines: TypeAlias = Sequence[tuple[Untyped, float]]
"""Weights (columns,) and a bias each."""
_Learner: TypeAlias = Callable[[_Aim, Untyped], _Lines]
"""An aim and which of its labels to learn from -> lines."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """All places in the columns of a space: n-grams, sparse (places, n-grams), and the others,
    dense (places, rest); `strength` of the ridge."""

    words: Untyped
    numbers: Untyped
    strength: float

    def ridge(self) -> _Learner:
        """Learns one line, from every place times every other."""
        import numpy as np

        kernel = _kernel(self.words, self.numbers)

        def learn(aim: _Aim, which: Untyped) -> _Lines:
            rows = aim.rows[which]
            duals, bias = _solve(kernel, rows, aim.values[which], self.strength)
            weights = (self.words[rows].T @ duals, self.numbers[rows].T @ duals)
            return [(np.concatenate(weights), bias)]

        return learn

    def borders(self, aim: _Aim, which: Untyped) -> _Lines:
        """Learns a line for each border between two levels."""
        from scipy.sparse import csr_matrix, hstack

        rows, truth = aim.rows[which], aim.truth[which]
        matrix = hstack([self.words[rows], csr_matrix(self.numbers[rows])], format="csr")
        levels = sorted(set(aim.truth.tolist()))
        return [fit_border(matrix, truth >= level) for level in levels[1:]]

    def said(self, lines: _Lines, rows: Untyped) -> Untyped:
        """What the lines together say of these places."""
        import numpy as np

        words, numbers = self.words[rows], self.numbers[rows]
        border = words.shape[1]
        sums = [
            words @ weights[:border] + numbers @ weights[border:] + bias for weights, bias in lines
        ]
        return np.array([joined(one) for one in zip(*sums, strict=True)])


def _matrices(space: Space, places: Sequence[_Place]) -> tuple[Untyped, Untyped]:
    """The n-gram columns, sparse (places, n-grams), and the others, dense (places, rest)."""
    import numpy as np
    from scipy.sparse import csr_matrix

    border = sum(len(one.grams) for one in space.fields.values())
    numbers = np.zeros((len(places), space.width - border))
    held, columns, ends = array("d"), array("i"), array("i", [0])
    for row, place in enumerate(places):
        for column, value in space.features(place.talk.turns, upto=place.upto).values.items():
            if column < border:
                columns.append(column)
                held.append(value)
            else:
                numbers[row, column - border] = value
        ends.append(len(columns))
    parts = np.frombuffer(held), np.frombuffer(columns, "i"), np.frombuffer(ends, "i")
    return csr_matrix(parts, shape=(len(places), border)), numbers


def _kernel(words: Untyped, numbers: Untyped) -> Untyped:
    """Every place times every other, (places, places): by slabs and in single precision, so that
    thousands of places fit into a small machine."""
    import numpy as np

    kernel = np.empty((len(numbers), len(numbers)), dtype=np.float32)
    for start in range(0, len(numbers), SLAB):
        slab = slice(start, start + SLAB)
        kernel[slab] = (words[slab] @ words.T).toarray() + numbers[slab] @ numbers.T
    return kernel


def _folds(dialogues: Sequence[int]) -> list[int]:
    """A fold for each place; all of a dialogue in one."""
    names = sorted(set(dialogues))
    Random(0).shuffle(names)
    fold = {name: at % FOLDS for at, name in enumerate(names)}
    return [fold[name] for name in dialogues]


def _solve(kernel: Untyped, rows: Untyped, aim: Untyped, strength: float) -> tuple[Untyped, float]:
    """The dual weights of these rows of the kernel, and the bias."""
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    bias = float(aim.mean())
    ridge = kernel[np.ix_(rows, rows)].T
    ridge[np.diag_indices_from(ridge)] += strength
    factor = cho_factor(ridge, overwrite_a=True, check_finite=False)
    return cho_solve(factor, (aim - bias).astype(ridge.dtype), check_finite=False), bias


def _held_out(columns: _Columns, learner: _Learner, aim: _Aim, folds: Untyped) -> Untyped:
    """What lines say of every place, those of its fold being left out of the learning."""
    import numpy as np

    raw = np.zeros(len(folds))
    for inside, outside in _rounds(aim, folds):
        raw[outside] = columns.said(learner(aim, inside), outside)
    return raw


def _grown(inputs: Untyped, aim: _Aim, folds: Untyped) -> Untyped:
    """What trees say of every place, those of its fold being left out of the growing."""
    import numpy as np

    raw = np.zeros(len(folds))
    for inside, outside in _rounds(aim, folds):
        trees = fit_trees(inputs[aim.rows[inside]], aim.values[inside])
        raw[outside] = [
            sum(value_of(tree, row) for tree in trees) for row in inputs[outside].tolist()
        ]
    return raw


def _rounds(aim: _Aim, folds: Untyped) -> Iterator[tuple[Untyped, Untyped]]:
    """For each fold the labels outside of it, by their order in the aim, and all places inside."""
    import numpy as np

    for fold in sorted(set(folds.tolist())):
        yield np.flatnonzero(folds[aim.rows] != fold), np.flatnonzero(folds == fold)


def _head(lines: Sequence[Line], trees: Sequence[Tree], raw: Untyped, truth: Untyped) -> Head:
    """The head of these lines and trees; `raw` is what they said of the truth unseen."""
    import numpy as np

    levels = sorted(set(truth.tolist()))
    knots = _stairs(raw, truth, levels) if 1 < len(levels) <= FEW_LEVELS else _slope(raw, truth)
    scores = np.array([between(knots, value) for value in raw.tolist()])
    return Head(
        lines=tuple(lines),
        knots=knots,
        margin=float(np.quantile(np.abs(scores - truth), COVERED)),
        lowest=levels[0],
        highest=levels[-1],
        trees=tuple(trees),
    )


def _slope(raw: Untyped, truth: Untyped) -> tuple[tuple[float, float], ...]:
    """A straight line for labels on a fine scale (least squares on the held-out scores)."""
    spread = float(raw.var())
    centre, mean = float(raw.mean()), float(truth.mean())
    slope = float(((raw - centre) * (truth - mean)).mean()) / spread if spread else 0.0
    reach = 10.0 * spread**0.5
    if slope <= 0 or not reach:
        return ((centre, mean),)
    return ((centre - reach, mean - slope * reach), (centre + reach, mean + slope * reach))


def _stairs(
    raw: Untyped, truth: Untyped, levels: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """For labels of few levels: the borders that tell the levels apart best lie half-way between
    two of them, so that the nearest level is the best guess, of rare levels too."""
    import numpy as np

    ranks = np.searchsorted(np.array(levels), truth)
    shares = np.cumsum(np.bincount(ranks, minlength=len(levels)))[:-1] / len(truth)
    borders = [float(np.quantile(raw, share)) for share in shares]
    grid = np.quantile(raw, np.linspace(0.01, 0.99, STEPS)).tolist()
    for _ in range(3):
        for at in range(len(borders)):
            low = borders[at - 1] if at else float("-inf")
            high = borders[at + 1] if at + 1 < len(borders) else float("inf")
            tried = [
                [*borders[:at], value, *borders[at + 1 :]] for value in grid if low < value < high
            ]
            borders = max([borders, *tried], key=lambda one: _agreement(raw, ranks, one))
    edges = [float(raw.min()), *borders, float(raw.max())]
    middles = [(low + high) / 2 for low, high in pairwise(levels)]
    knots = [(edges[0] - 1e-6, levels[0]), (edges[-1] + 1e-6, levels[-1])]
    knots += zip(borders, middles, strict=True)
    for at in range(1, len(levels) - 1):
        knots.append(((edges[at] + edges[at + 1]) / 2, levels[at]))
    return tuple(sorted(knots))


def _agreement(raw: Untyped, ranks: Untyped, borders: Sequence[float]) -> float:
    """Macro F1 plus quadratic kappa of the levels that these borders give."""
    import numpy as np

    size = len(borders) + 1
    guessed = np.searchsorted(np.array(borders), raw)
    table = np.bincount(ranks * size + guessed, minlength=size * size).reshape(size, size)
    rows, columns = table.sum(1), table.sum(0)
    f1 = float(np.mean(2 * np.diag(table) / np.maximum(1, rows + columns)))
    apart = (np.arange(size)[:, None] - np.arange(size)) ** 2
    chance = float((np.outer(rows, columns) * apart).sum()) / len(raw)
    return f1 + 1.0 - float((table * apart).sum()) / (chance or 1.0)
