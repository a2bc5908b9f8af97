"""Files of labelled dialogues, and of predictions (JSON lines) <-> what the judge works with."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core.domain.dialogue import Speaker, Turn
from core.domain.messages import Json, JsonObject
from core.domain.transcript import Transcript
from core.errors import TranscriptError
from core.learned.satisfaction import HIGHEST, LOWEST, Estimate, Judgement
from core.readers.transcripts import read_lines


@dataclass(frozen=True, slots=True)
class Labelled:
    """A dialogue with the labels people gave it: overall 1..5, further grades on their own scales,
    and customer turn (from 1) -> 1..5. Any of them may lack."""

    id: str
    turns: tuple[Turn, ...]
    overall: float | None = None
    grades: Mapping[str, float] = field(default_factory=dict)
    by_turn: Mapping[int, float] = field(default_factory=dict)


def read_labelled(lines: Iterable[bytes]) -> Iterator[Labelled | TranscriptError]:
    """One dialogue per line, or what is wrong with the line. Reasons: those of transcripts, and
    bad_satisfaction, bad_grades.

    `satisfaction` of a dialogue is a number, or {"overall", "turns": [{"turn", "score"}]}; a turn
    may carry `satisfaction` of its own. A turn's label counts only where the customer speaks.
    """
    for number, line in enumerate(lines, start=1):
        for read in read_lines([line]):
            if isinstance(read, TranscriptError):
                yield read.on_line(number)
                continue
            try:
                yield _labelled(read, json.loads(line.decode("utf-8-sig")))
            except TranscriptError as fault:
                yield fault.on_line(number)


def _labelled(talk: Transcript, found: JsonObject) -> Labelled:
    written = found.get("satisfaction")
    overall, listed = written, None
    if isinstance(written, dict):
        overall, listed = written.get("overall"), written.get("turns")
    turns = found["turns"]
    own = enumerate(turns if isinstance(turns, list) else (), start=1)
    by_turn = {seq: _label(turn, "satisfaction", seq) for seq, turn in own}
    if listed is not None:
        by_turn |= _listed(listed)
    customers = {turn.seq for turn in talk.turns if turn.speaker is Speaker.CUSTOMER}
    return Labelled(
        id=talk.id,
        turns=talk.turns,
        overall=None if overall is None else _satisfaction(overall),
        grades=_grades(found.get("grades")),
        by_turn={
            seq: label for seq, label in by_turn.items() if label is not None and seq in customers
        },
    )


def _listed(rows: Json) -> dict[int, float | None]:
    if not isinstance(rows, list):
        raise TranscriptError(reason="bad_satisfaction")
    found: dict[int, float | None] = {}
    for row in rows:
        seq = row.get("turn") if isinstance(row, dict) else None
        if not isinstance(seq, int) or isinstance(seq, bool):
            raise TranscriptError(reason="bad_satisfaction")
        found[seq] = _label(row, "score", seq)
    return found


def _label(row: Json, key: str, seq: int) -> float | None:
    value = row.get(key) if isinstance(row, dict) else None
    return None if value is None else _satisfaction(value, seq)


def _satisfaction(value: Json, seq: int | None = None) -> float:
    number = _number(value)
    if number is None or not LOWEST <= number <= HIGHEST:
        raise TranscriptError(reason="bad_satisfaction", turn=seq)
    return number


def _grades(written: Json) -> dict[str, float]:
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise TranscriptError(reason="bad_grades")
    found = {}
    for name, value in written.items():
        number = _number(value)
        if value is not None and (number is None or not name):
            raise TranscriptError(reason="bad_grades")
        if number is not None:
            found[name] = number
    return found


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9:
        return None
    return float(value) if math.isfinite(value) else None


def judgement_json(name: str, found: Judgement) -> JsonObject:
    """The file form of a prediction: `margin` is how far the truth lies off at most in four of
    five cases, `moved` the turns that raised or lowered it most; each message and each grade has
    its own. `overall` is null where the model learned only other grades."""
    turns: list[Json] = [
        {"turn": seq, "score": round(one.score, 3), **_grounds(one)}
        for seq, one in sorted(found.turns.items())
    ]
    data: JsonObject = {"id": name, "overall": None, "turns": turns}
    if found.overall is not None:
        data |= {"overall": round(found.overall.score, 3), **_grounds(found.overall)}
    grades = sorted(found.grades.items())
    if grades:
        data["grades"] = {grade: round(one.score, 3) for grade, one in grades}
        data["grade_margins"] = {grade: _grounds(one)["margin"] for grade, one in grades}
        data["grade_moved"] = {grade: _grounds(one)["moved"] for grade, one in grades}
    return data


def _grounds(one: Estimate) -> JsonObject:
    moved: list[Json] = [{"turn": turn, "by": round(by, 3)} for turn, by in one.moved]
    return {"margin": round(one.margin, 3), "moved": moved}
