"""`peilian ability replay`: a file of response logs -> chances, and how good they were."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from core.catalogue import has, say
from core.errors import TranscriptError
from ops.files import reading, writing
from ops.judge_files import Tally, unpacked
from training_plans.foresight import Foresight
from training_plans.replay import Log, Told, cross_validated, logs_of, replayed
from training_plans.response_model import ResponseModel, shipped_mixer

_Read = TypeVar("_Read", Log, Told)


@dataclass(frozen=True, slots=True)
class Replay:
    """Replays files. `tell` takes each sentence for the person at the terminal."""

    language: str
    tell: Callable[[str], None]

    def run(
        self, source: Path, target: Path, *, after: Sequence[Path] = (), folds: int = 1
    ) -> Tally:
        """Replay every line that can be read and name the others. `after`: logs that are learned
        from before, and of which nothing is written; with `folds`, each fold of the people is told
        after the others. Raises OSError."""
        people, faults, seen = 0, 0, Foresight()
        begun = time.process_time()
        with writing(target) as out:
            for path, one in self._told(source, after, folds):
                if isinstance(one, TranscriptError):
                    faults += 1
                    self.tell(f"{path}:{one.line}: {_why(one, self.language)}")
                    continue
                people += 1
                seen.add(one.chances, one.log.results)
                out.write(json.dumps(one.json, ensure_ascii=False).encode() + b"\n")
        # With folds everybody is replayed in each of them.
        self._tell_figures(seen, (time.process_time() - begun) / folds)
        return Tally(people, faults)

    def _told(
        self, source: Path, after: Sequence[Path], folds: int
    ) -> Iterator[tuple[Path, Told | TranscriptError]]:
        before: list[Log] = []
        for path in after:
            yield from ((path, one) for one in _sorted(path, before))
        if folds > 1:
            logs: list[Log] = []
            yield from ((source, one) for one in _sorted(source, logs))
            told = cross_validated(logs, lambda: _learned(before), folds=folds)
            yield from ((source, one) for one in told)
            return
        model = _learned(before)
        with reading(source) as lines:
            yield from ((source, one) for one in _whole(lines, lambda held: replayed(held, model)))

    def _tell_figures(self, seen: Foresight, spent_s: float) -> None:
        auc = seen.auc()
        if auc is None:
            return
        figures = {"auc": auc, "rmse": seen.rmse(), "calibration": seen.calibration()}
        shown = {name: f"{value:.4f}" for name, value in figures.items()}
        micros = f"{1e6 * spent_s / seen.count:.1f}"
        self.tell(
            say(self.language, "response_log.figures", count=seen.count, micros=micros, **shown)
        )


def _learned(logs: Sequence[Log]) -> ResponseModel:
    """A model that has seen these people."""
    model = ResponseModel(shipped_mixer())
    for log in logs:
        model.replay(log.answers)
    return model


def _sorted(path: Path, logs: list[Log]) -> Iterator[TranscriptError]:
    """The people of a file go into `logs`; its faults come out."""
    with reading(path) as lines:
        for one in _whole(lines, logs_of):
            if isinstance(one, Log):
                logs.append(one)
            else:
                yield one


def _whole(
    lines: IO[bytes], read: Callable[[Iterator[bytes]], Iterator[_Read | TranscriptError]]
) -> Iterator[_Read | TranscriptError]:
    """What can be read until the packing breaks off, which is one more fault."""
    try:
        yield from read(unpacked(lines))
    except TranscriptError as broken:
        yield broken


def _why(fault: TranscriptError, language: str) -> str:
    key = f"response_log.{fault.reason}"
    return say(language, key if has(language, key) else f"transcript.{fault.reason}")
