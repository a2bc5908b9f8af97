"""Fits the model of `acts` to labelled lines, and measures it on lines it was not fitted to."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.domain.messages import Json
from core.domain.reading import TraineeAct
from core.learned.acts import model_form
from core.learned.fit import FOLDS, fit_labels
from core.learned.predict import TextModel

WEIGHTY = frozenset(
    {
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.SOLVE_STEP,
        TraineeAct.REFUSE_FLAT,
        TraineeAct.EMPATHY_SPECIFIC,
        TraineeAct.APOLOGY_OWNED,
        TraineeAct.TIME_COMMIT,
        TraineeAct.ASK_REPEAT,
        TraineeAct.TRANSFER,
    }
)
"""Acts that move the customer's mood most; hearing one that was not there is the worse fault."""

_SEED = 0
_WEIGHTY_PRECISION = 0.85
_PRECISION = 0.7
_ABSTAIN_BELOW = 0.45
_FEWEST_GUESSES = 8
"""Below this a precision says more about chance than about the model."""

_HEARINGS_LOST = 0.15
_LOST: Mapping[TraineeAct, float] = {
    TraineeAct.SOLVE_ACCEPT: 0.1,
    TraineeAct.SOLVE_STEP: 0.2,
    TraineeAct.REFUSE_FLAT: 0.25,
}
"""Share of right hearings that a doubt may cost, where it is not the usual: what patterns are
taken in by most costs more, what they miss most less."""

_DOUBT_AT_MOST = 0.5
"""What is more likely than not is never doubted."""

_ALL = 100_000
_BINS = 10


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """A trainee's line and everything it does."""

    text: str
    acts: frozenset[TraineeAct]


@dataclass(frozen=True, slots=True)
class Guessed:
    """What a model thought of a line it was not fitted to, and what the patterns `heard` in it."""

    line: LabelledLine
    chances: Mapping[str, float]
    heard: frozenset[TraineeAct]


def read_lines(path: Path) -> list[LabelledLine]:
    """The lines of a JSONL file; ValueError or KeyError for one that is none."""
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
    return [
        LabelledLine(row["text"], frozenset(TraineeAct(act) for act in row["acts"])) for row in rows
    ]


def digest(lines: Sequence[LabelledLine]) -> str:
    """Names a set of labelled lines, in this order."""
    told = json.dumps([[line.text, sorted(line.acts)] for line in lines], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def fit(lines: Sequence[LabelledLine]) -> TextModel:
    """One line per act over all character 1- to 3-grams that three of the lines hold.

    Nothing is selected, so the sigmoids see held-out lines as they will be.
    """
    return fit_labels(
        [model_form(line.text) for line in lines],
        [[act.value for act in line.acts] for line in lines],
        keep=_ALL,
        seen_in=3,
        note=f"lines {digest(lines)}",
    )


def cross_validate(
    lines: Sequence[LabelledLine], *, heard: Callable[[str], frozenset[TraineeAct]]
) -> list[Guessed]:
    """Every line as a model sees it that was fitted without the fold the line is in.

    `heard` gives the acts that the patterns hear in a line, none where they are silent.
    """
    order = list(range(len(lines)))
    random.Random(_SEED).shuffle(order)
    guessed = []
    for fold in range(FOLDS):
        held_out = set(order[fold::FOLDS])
        model = fit([line for at, line in enumerate(lines) if at not in held_out])
        for at in sorted(held_out):
            line = lines[at]
            chances = model.probabilities(model_form(line.text))
            guessed.append(Guessed(line, chances, heard(line.text)))
    return guessed


def figures(guessed: Sequence[Guessed], *, source: str) -> dict[str, Json]:
    """What was measured, as kept beside the model. `source` is the digest of the lines.

    Precision and recall of an act are those at probability .5, over all lines; its threshold is
    the lowest at which the guesses were right often enough among the lines on which the patterns
    are silent, for that is where the guess counts. None: no threshold gives that. The doubt of a
    weighty act is the highest probability below which a pattern that hears it may be disbelieved
    and still 85 of 100 right hearings are kept (of some acts more or fewer: `_LOST`).
    """
    acts: dict[str, Json] = {
        act.value: _act_figures(guessed, act)
        for act in TraineeAct
        if any(act in one.line.acts for one in guessed)
    }
    return {
        "digest": source,
        "lines": len(guessed),
        "silent_lines": sum(not one.heard for one in guessed),
        "macro_f1": round(macro_f1(guessed), 3),
        "reliability": _reliability(guessed),
        "acts": acts,
    }


def macro_f1(guessed: Sequence[Guessed], *, least: float = 0.5) -> float:
    """Mean F1 over the acts, an act counting as heard from probability `least`."""
    scores = []
    for act in TraineeAct:
        right, heard, meant = _counts(guessed, act, least)
        if meant:
            scores.append(2 * right / (heard + meant))
    return sum(scores) / len(scores)


def _act_figures(guessed: Sequence[Guessed], act: TraineeAct) -> dict[str, Json]:
    right, heard, meant = _counts(guessed, act, 0.5)
    wanted = _WEIGHTY_PRECISION if act in WEIGHTY else _PRECISION
    silent = [one for one in guessed if not one.heard]
    return {
        "lines": meant,
        "precision": round(right / max(1, heard), 3),
        "recall": round(right / meant, 3),
        "threshold": None if act is TraineeAct.INFORM else _threshold(silent, act, wanted),
        "doubt": _doubt(guessed, act) if act in WEIGHTY else None,
    }


def _counts(guessed: Sequence[Guessed], act: TraineeAct, least: float) -> tuple[int, int, int]:
    heard = [one for one in guessed if one.chances.get(act.value, 0.0) >= least]
    right = sum(act in one.line.acts for one in heard)
    return right, len(heard), sum(act in one.line.acts for one in guessed)


def _threshold(guessed: Sequence[Guessed], act: TraineeAct, precision: float) -> float | None:
    surest_first = sorted(guessed, key=lambda one: -one.chances.get(act.value, 0.0))
    lowest, right = None, 0
    for count, one in enumerate(surest_first, start=1):
        chance = one.chances.get(act.value, 0.0)
        if chance < _ABSTAIN_BELOW:
            break
        right += act in one.line.acts
        if count >= _FEWEST_GUESSES and right / count >= precision:
            lowest = round(chance, 4)
    return lowest


def _doubt(guessed: Sequence[Guessed], act: TraineeAct) -> float | None:
    rightly = sorted(
        one.chances.get(act.value, 0.0)
        for one in guessed
        if act in one.heard and act in one.line.acts
    )
    if len(rightly) < _FEWEST_GUESSES:
        return None
    lost = _LOST.get(act, _HEARINGS_LOST)
    return round(min(_DOUBT_AT_MOST, rightly[int(len(rightly) * lost)]), 4)


def _reliability(guessed: Sequence[Guessed]) -> list[Json]:
    """Per tenth of probability: mean probability, share that was true, how many (line, act)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for one in guessed:
        for act, chance in one.chances.items():
            place = min(_BINS - 1, int(chance * _BINS))
            bins[place].append((chance, TraineeAct(act) in one.line.acts))
    return [
        [
            round(sum(chance for chance, _ in pairs) / len(pairs), 3),
            round(sum(true for _, true in pairs) / len(pairs), 3),
            len(pairs),
        ]
        for pairs in bins
        if pairs
    ]
