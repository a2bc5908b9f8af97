"""Fits the small models of `predict`, with scikit-learn, which is imported when it is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.learned.predict import Line, TextModel
from core.learned.trees import Tree

Untyped: TypeAlias = Any
"""A thing of scikit-learn, which ships no types; none leaves this module."""

FOLDS = 5
TREES = 100
BORDER_STRENGTH = 3.0
SURE = 9.0
"""Log odds where only one side of a border was seen."""


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How well held-out texts can be told apart: area under the ROC curve, .5 = not at all.

    `texts` counts both sides; `telling` are the n-grams that speak most for the first side.
    """

    auc: float
    texts: int
    telling: tuple[str, ...]


def fit_labels(
    texts: Sequence[str],
    labels: Sequence[Collection[str]],
    *,
    shortest: int = 1,
    longest: int = 3,
    strength: float = 10.0,
    keep: int = 400,
    seen_in: int = 2,
    note: str = "",
) -> TextModel:
    """One calibrated line per label over character n-grams that `seen_in` texts hold.

    `strength` is scikit-learn's C. A first fit names the `keep` heaviest n-grams of each label;
    the model proper knows only these. The sigmoid is fitted on predictions for held-out folds.
    A label with fewer positive texts than folds is left out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    plain = [text.lower() for text in texts]
    truths = {label: [label in held for held in labels] for label in sorted(set().union(*labels))}
    truths = {label: truth for label, truth in truths.items() if sum(truth) >= FOLDS}
    settings = {"analyzer": "char", "ngram_range": (shortest, longest), "sublinear_tf": True}
    wide: Untyped = TfidfVectorizer(min_df=seen_in, **settings)
    matrix = wide.fit_transform(plain)
    names = wide.get_feature_names_out()
    heavy = sorted({str(names[at]) for at in _heaviest(matrix, truths, strength, keep)})
    narrow: Untyped = TfidfVectorizer(vocabulary=heavy, **settings)
    matrix = narrow.fit_transform(plain)
    return TextModel(
        shortest=shortest,
        longest=longest,
        grams=tuple(heavy),
        idf=tuple(float(value) for value in narrow.idf_),
        lines={label: _line(matrix, truth, strength) for label, truth in truths.items()},
        note=note,
    )


def _heaviest(
    matrix: Untyped, truths: Mapping[str, Sequence[bool]], strength: float, keep: int
) -> set[int]:
    import numpy as np

    found: set[int] = set()
    for truth in truths.values():
        weights = _regression(strength).fit(matrix, truth).coef_[0]
        found.update(int(at) for at in np.argsort(-np.abs(weights))[:keep])
    return found


def _line(matrix: Untyped, truth: Sequence[bool], strength: float) -> Line:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    held_out = cross_val_predict(
        _regression(strength), matrix, truth, cv=folds, method="decision_function"
    )
    sigmoid: Untyped = LogisticRegression(C=1e6).fit(held_out.reshape(-1, 1), truth)
    model = _regression(strength).fit(matrix, truth)
    return Line(
        weights=tuple(float(weight) for weight in model.coef_[0]),
        bias=float(model.intercept_[0]),
        slope=-float(sigmoid.coef_[0][0]),
        offset=-float(sigmoid.intercept_[0]),
    )


def _regression(strength: float) -> Untyped:
    from sklearn.linear_model import LogisticRegression

    # liblinear needs a fiftieth of the time of the default here, and its seed makes it repeatable.
    return LogisticRegression(
        C=strength, max_iter=1000, class_weight="balanced", solver="liblinear", random_state=0
    )


def discriminate(
    first: Sequence[tuple[str, str]], second: Sequence[tuple[str, str]], *, longest: int = 4
) -> Discrimination:
    """Tell two sets of (group, text) apart by character 1- to `longest`-grams.

    Five folds, no group in two of them; the larger side is thinned to the size of the smaller
    before. Deterministic.
    """
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline

    chance = np.random.default_rng(0)
    size = min(len(first), len(second))
    sides = [
        [side[at] for at in sorted(chance.choice(len(side), size, replace=False))]
        for side in (first, second)
    ]
    texts = [text for side in sides for _, text in side]
    groups = [f"{number}:{group}" for number, side in enumerate(sides) for group, _ in side]
    truth = np.array([1] * size + [0] * size)
    judge: Untyped = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, longest), min_df=2, sublinear_tf=True),
        LogisticRegression(max_iter=1000),
    )
    guesses = np.zeros(len(texts))
    for train, held_out in GroupKFold(FOLDS, shuffle=True, random_state=0).split(
        texts, truth, groups
    ):
        judge.fit([texts[at] for at in train], truth[train])
        guesses[held_out] = judge.predict_proba([texts[at] for at in held_out])[:, 1]
    judge.fit(texts, truth)
    names = judge[0].get_feature_names_out()
    order = np.argsort(-judge[1].coef_[0])[:20]
    return Discrimination(
        auc=float(roc_auc_score(truth, guesses)),
        texts=len(texts),
        telling=tuple(str(names[at]) for at in order),
    )


def fit_border(matrix: Untyped, above: Untyped) -> tuple[Untyped, float]:
    """A logistic line (weights, bias) for what lies above a border, both sides counting alike."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if above.all() or not above.any():
        return np.zeros(matrix.shape[1]), SURE if above.all() else -SURE
    line: Untyped = LogisticRegression(
        C=BORDER_STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
    ).fit(matrix, above)
    return line.coef_[0], float(line.intercept_[0])


def fit_trees(inputs: Untyped, aim: Untyped) -> list[Tree]:
    """Small boosted trees over dense inputs (n, columns) for an aim (n,) of mean 0; their values
    add up. The same ones every time."""
    from sklearn.ensemble import GradientBoostingRegressor

    grown: Untyped = GradientBoostingRegressor(
        n_estimators=TREES,
        learning_rate=0.06,
        max_leaf_nodes=6,
        min_samples_leaf=20,
        subsample=0.7,
        max_features=0.2,
        random_state=0,
    ).fit(inputs, aim)
    return [_tree(one.tree_, 0, grown.learning_rate) for (one,) in grown.estimators_]


def _tree(grown: Untyped, node: int, rate: float) -> Tree:
    below, above = int(grown.children_left[node]), int(grown.children_right[node])
    if below == above:
        return rate * float(grown.value[node][0][0])
    column, border = int(grown.feature[node]), float(grown.threshold[node])
    return column, border, _tree(grown, below, rate), _tree(grown, above, rate)
