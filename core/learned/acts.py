"""Guesses the acts of a trainee's line: a linear model, how sure it must be of each act, and
from where on it doubts one that a pattern hears.

The model and its figures lie in `data/`, made by `python -m ops.fit_acts` from the lines beside
them; `data/README.md` says how the lines were written and labelled.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from core.domain.reading import TraineeAct
from core.learned.predict import TextModel, load

DATA = Path(__file__).parent / "data"
_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")


def model_form(text: str) -> str:
    """How the model sees a line: half width, lower case, no spaces, every digit 0, and a mark at
    both ends, since "好的" at the start says something else than in the middle."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return f"^{_DIGIT.sub('0', _SPACE.sub('', plain))}$"


class LinearActGuesser:
    """ActGuesser over a fitted model. `thresholds`: act -> least probability at which it counts;
    an act without one is never guessed. `doubts`: act -> probability below which a pattern that
    hears it is not believed; an act without one is always believed. Safe to share between threads.
    """

    def __init__(
        self,
        model: TextModel,
        thresholds: Mapping[TraineeAct, float],
        doubts: Mapping[TraineeAct, float],
    ) -> None:
        self._model = model
        self._thresholds = dict(thresholds)
        self._doubts = dict(doubts)

    def __call__(self, text: str) -> Mapping[TraineeAct, float]:
        """Act -> probability, for the acts the model is sure enough of."""
        chances = self._model.probabilities(model_form(text))
        return {
            act: chances[act.value]
            for act, least in self._thresholds.items()
            if chances[act.value] >= least
        }

    def doubted(self, text: str, acts: Collection[TraineeAct]) -> frozenset[TraineeAct]:
        """Those of `acts` whose probability is below what a pattern needs beside it."""
        weighed = self._doubts.keys() & set(acts)
        if not weighed:
            return frozenset()
        chances = self._model.probabilities(model_form(text), [act.value for act in weighed])
        return frozenset(act for act in weighed if chances[act.value] < self._doubts[act])


@cache
def chinese_guesser() -> LinearActGuesser:
    """The guesser for Chinese lines that comes with the product, loaded once."""
    model = load((DATA / "acts.zh.json").read_text(encoding="utf-8"))
    measured = json.loads((DATA / "acts.zh.measured.json").read_text(encoding="utf-8"))
    thresholds, doubts = (
        {
            TraineeAct(act): figures[name]
            for act, figures in measured["acts"].items()
            if figures[name] is not None
        }
        for name in ("threshold", "doubt")
    )
    return LinearActGuesser(model, thresholds, doubts)
