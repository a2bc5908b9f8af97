"""A response log -> the chance of each answer before it was seen, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.domain.messages import Json
from core.errors import TranscriptError
from training_plans.response_model import DAY_S, Answer, ResponseModel


@dataclass(frozen=True, slots=True)
class Log:
    """The answers of one person, in order."""

    user: Json
    answers: list[Answer]

    @property
    def results(self) -> Sequence[float]:
        """How the answers were, 0..1."""
        return [answer[2] for answer in self.answers]


@dataclass(frozen=True, slots=True)
class Told:
    """A person's log with the chance of each answer before it was seen."""

    log: Log
    chances: list[float]

    @property
    def json(self) -> dict[str, Json]:
        """`{"user", "p"}`"""
        return {"user": self.log.user, "p": [round(chance, 5) for chance in self.chances]}


def replayed(lines: Iterable[bytes], model: ResponseModel) -> Iterator[Told | TranscriptError]:
    """Everybody whose line can be read, or what is wrong with the line (`logs_of`).

    People are replayed in file order, so earlier ones calibrate items for later ones; a line is
    one person, and no chance rests on an answer that comes later.
    """
    for log in logs_of(lines):
        if isinstance(log, TranscriptError):
            yield log
        else:
            yield Told(log, model.replay(log.answers))


def cross_validated(
    logs: Sequence[Log], fresh: Callable[[], ResponseModel], *, folds: int
) -> list[Told]:
    """Everybody by learner: each fold (every `folds`-th person) is told by a model that has
    learned from all people of the other folds first, and from nobody of this fold but as they
    come. In the order of `logs`. ValueError below two folds."""
    if folds < 2:
        raise ValueError("one fold leaves nobody to learn from")
    told: dict[int, Told] = {}
    for fold in range(folds):
        model = fresh()
        for place, log in enumerate(logs):
            if place % folds != fold:
                model.replay(log.answers)
        for place in range(fold, len(logs), folds):
            told[place] = Told(logs[place], model.replay(logs[place].answers))
    return [told[place] for place in range(len(logs))]


def logs_of(lines: Iterable[bytes]) -> Iterator[Log | TranscriptError]:
    """One person a line, or what is wrong with it; empty lines are skipped. Reasons: not_utf8,
    not_json, not_an_object, bad_user, bad_list, bad_lengths, bad_item, bad_result, bad_at."""
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8").removeprefix("\ufeff").strip()
            if text:
                yield _person(text)
        except UnicodeDecodeError:
            yield TranscriptError(line=number, reason="not_utf8")
        except TranscriptError as fault:
            yield fault.on_line(number)


def _person(text: str) -> Log:
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise TranscriptError(reason="not_json") from fault
    if not isinstance(kept, dict):
        raise TranscriptError(reason="not_an_object")
    user = kept.get("user")
    if isinstance(user, bool) or not isinstance(user, str | int) or user == "":
        raise TranscriptError(reason="bad_user")
    items, skills, results = (_list(kept, name) for name in ("items", "skills", "correct"))
    days = _days(kept["at"]) if kept.get("at") is not None else [None] * len(items)
    if not len(items) == len(skills) == len(results) == len(days):
        raise TranscriptError(reason="bad_lengths")
    if not all(isinstance(name, str | int) for name in (*items, *skills)):
        raise TranscriptError(reason="bad_item")
    if not all(_is_number(result) and 0 <= result <= 1 for result in results):
        raise TranscriptError(reason="bad_result")
    return Log(user, list(zip(items, skills, map(float, results), days, strict=True)))


def _list(kept: dict[str, Any], name: str) -> list[Any]:
    found = kept.get(name)
    if not isinstance(found, list):
        raise TranscriptError(reason="bad_list")
    return found


def _days(times: object) -> list[float | None]:
    """Seconds since any start, or ISO times, as days."""
    if not isinstance(times, list):
        raise TranscriptError(reason="bad_at")
    return [_day(time) for time in times]


def _day(time: object) -> float | None:
    if time is None:
        return None
    if _is_number(time):
        return float(time) / DAY_S  # type: ignore[arg-type]
    try:
        return datetime.fromisoformat(str(time)).timestamp() / DAY_S
    except (ValueError, OverflowError) as fault:
        raise TranscriptError(reason="bad_at") from fault


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18
