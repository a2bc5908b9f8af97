"""`peilian satisfaction fit|predict`: people's labels become a model, a model judges dialogues."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from core.catalogue import say
from core.domain.transcript import Transcript
from core.errors import SettingsError, TranscriptError
from core.learned.satisfaction import SatisfactionModel, judge, model_text, read_model
from core.learned.satisfaction_features import View
from core.learned.satisfaction_file import Labelled, judgement_json, read_labelled
from core.readers.transcripts import read_lines
from ops.files import check_writable, reading, writing
from ops.judge_files import Tally, unpacked

One = TypeVar("One", Labelled, Transcript)
"""What a line holds."""

EVERY = 500
"""After so many dialogues the progress is told."""


@dataclass(frozen=True, slots=True)
class SatisfactionDesk:
    """Fits and predicts on files. `tell` takes each sentence for the person at the terminal."""

    language: str
    tell: Callable[[str], None]

    def fit(self, source: Path, target: Path) -> Tally:
        """Learn from the labelled dialogues that can be read, name the other lines.

        SettingsError when there are too few labels, or scikit-learn is not installed.
        """
        check_writable(target)
        talks: list[Labelled] = []
        faults = 0
        for one in self._read(source, read_labelled):
            if isinstance(one, TranscriptError):
                faults += 1
            else:
                talks.append(one)
        try:
            from core.learned.satisfaction_fit import FEWEST_LABELS, fit_satisfaction

            model = fit_satisfaction(talks, tell=self._fitting)
        except ImportError as fault:
            raise SettingsError([say(self.language, "satisfaction.no_library")]) from fault
        except ValueError as fault:
            needed = say(self.language, "satisfaction.too_few", needed=FEWEST_LABELS)
            raise SettingsError([f"{source}: {needed}"]) from fault
        with writing(target) as out:
            out.write(model_text(model).encode())
        return Tally(len(talks), faults)

    def predict(
        self, source: Path, target: Path, *, view: View, model_path: Path | None = None
    ) -> Tally:
        """Judge every dialogue that can be read, name the other lines."""
        model = shipped_model() if model_path is None else self._open(model_path)
        judged = faults = 0
        with writing(target) as out:
            for one in self._read(source, read_lines):
                if isinstance(one, TranscriptError):
                    faults += 1
                else:
                    judged += 1
                    found = judgement_json(one.id, judge(model, one.turns, view=view))
                    out.write(json.dumps(found, ensure_ascii=False).encode() + b"\n")
                if (judged + faults) % EVERY == 0:
                    self.tell(say(self.language, "judge.progress", done=judged + faults))
        return Tally(judged, faults)

    def _fitting(self, view: str, part: str) -> None:
        what = say(self.language, f"satisfaction.{part}")
        seen = say(self.language, f"satisfaction.{view}")
        self.tell(say(self.language, "satisfaction.fitting", view=seen, part=what))

    def _read(
        self, source: Path, read: Callable[[Iterable[bytes]], Iterator[One | TranscriptError]]
    ) -> Iterator[One | TranscriptError]:
        """All lines; each that cannot be read is named on the way."""
        with reading(source) as lines:
            try:
                for one in read(unpacked(lines)):
                    if isinstance(one, TranscriptError):
                        self._name(source, one)
                    yield one
            except TranscriptError as broken:
                self._name(source, broken)
                yield broken

    def _name(self, source: Path, fault: TranscriptError) -> None:
        room = "satisfaction" if fault.reason in _LABEL_FAULTS else "transcript"
        words = say(self.language, f"{room}.{fault.reason}")
        if fault.turn is not None:
            words = say(self.language, "transcript.at_turn", turn=fault.turn, why=words)
        self.tell(f"{source}:{fault.line}: {words}")

    def _open(self, path: Path) -> SatisfactionModel:
        try:
            with reading(path) as packed:
                return read_model(packed.read().decode())
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            said = say(self.language, "satisfaction.no_model", path=path)
            raise SettingsError([said]) from fault


_LABEL_FAULTS = frozenset({"bad_satisfaction", "bad_grades"})


@cache
def shipped_model() -> SatisfactionModel:
    """The model of the house, fitted on talks that were made for it."""
    source = files("core.learned").joinpath("data", "satisfaction", "default.json")
    return read_model(source.read_text(encoding="utf-8"))
