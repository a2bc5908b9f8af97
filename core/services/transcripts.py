"""Transcript and scorecard files (JSON lines, UTF-8) <-> what the judge works with."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias, cast

from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.messages import Json
from core.domain.qa_sheet import SheetView
from core.domain.scenario import Scenario
from core.domain.scorecard import CheckMark, CriticalError, Pasted, Scorecard, Speed
from core.domain.transcript import Transcript
from core.errors import TranscriptError

JsonObject: TypeAlias = dict[str, Json]
_HAN = re.compile(r"[\u4e00-\u9fff]")
NOT_APPLICABLE = "not_applicable"


def read_lines(
    lines: Iterable[bytes | str],
    *,
    scenario: Callable[[str, str], Scenario | None] = lambda *_: None,
    longest: int | None = None,
) -> Iterator[Transcript | TranscriptError]:
    """One transcript per line, or what is wrong with it; the good ones go on.

    `scenario` finds the case by the name and the version the line gives; an unknown case is no
    fault, the talk is then judged without it. Empty lines are skipped. `longest`: characters of
    one turn at most. Reasons: not_utf8, not_json, not_an_object, bad_id, no_turns, bad_turn,
    bad_speaker, bad_text, bad_time, long_text.
    """
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8") if isinstance(line, bytes) else line
            text = text.removeprefix("\ufeff").strip()
            if text:
                found = _transcript(_object(text), scenario)
                _check_lengths(found, longest)
                yield found
        except UnicodeDecodeError:
            yield TranscriptError(line=number, reason="not_utf8")
        except TranscriptError as fault:
            yield fault.on_line(number)


def transcript_json(transcript: Transcript) -> JsonObject:
    """The file form of a transcript."""
    turns: list[Json] = [
        {"speaker": turn.speaker.value, "text": turn.text}
        | ({"at": turn.at_s} if transcript.timed else {})
        for turn in transcript.turns
    ]
    found: JsonObject = {"id": transcript.id, "turns": turns}
    if transcript.scenario is not None:
        found["scenario"] = transcript.scenario.id
        found["scenario_version"] = transcript.scenario.version
    if transcript.end_reason is not None:
        found["end_reason"] = transcript.end_reason.value
    return found


def scorecard_json(card: Scorecard) -> JsonObject:
    """The file form of a scorecard. A check without a mark says in `why` what keeps it from
    having one: `not_applicable`, or the reason it could not be scored."""
    data: JsonObject = {
        "id": card.dialogue_id,
        "overall": card.overall,
        "abilities": {ability.value: score for ability, score in card.abilities},
        "checks": [_check_json(mark, card.version) for mark in card.marks],
        "critical": [_critical_json(error) for error in card.critical],
        "version": card.version,
    }
    if card.speed is not None:
        data["speed"] = speed_json(card.speed)
    if card.pasted:
        data["pasted"] = [pasted_json(one) for one in card.pasted]
    if card.sheet is not None:
        data["sheet"] = sheet_json(card.sheet)
    return data


def _critical_json(error: CriticalError) -> JsonObject:
    found: JsonObject = {
        "id": error.id,
        "turn": error.turn,
        "quote": error.quote,
        "source": error.source.value,
        "why": error.why,
        "confirmed": error.confirmed,
    }
    rule = dict(error.facts).get("rule")
    return {**found, "rule": rule} if rule else found


def speed_json(speed: Speed) -> JsonObject:
    """How soon a case was resolved, beside its reference; null where it was not."""
    return {
        "turns": speed.turns,
        "seconds": speed.seconds,
        "reference_turns": speed.reference_turns,
        "reference_seconds": speed.reference_seconds,
    }


def pasted_json(one: Pasted) -> JsonObject:
    """A line that looks pasted: where, what, and the signs."""
    return {"turn": one.turn, "quote": one.quote, "signs": [sign.value for sign in one.signs]}


def sheet_json(view: SheetView) -> JsonObject:
    """The file form of the company's own view of a card."""
    return {
        "version": view.version,
        "total": view.total,
        "waiting": view.waiting,
        "vetoed": list(view.vetoed),
        "items": [
            {"item": line.words, "points": line.points, "veto": line.veto, "score": line.score}
            for line in view.lines
        ],
    }


def _check_json(mark: CheckMark, version: str) -> JsonObject:
    why = mark.why
    if mark.mark is None:
        why = mark.unscored.value if mark.unscored else NOT_APPLICABLE
    return {
        "id": mark.check,
        "mark": _whole(mark.mark),
        "turn": mark.turn,
        "quote": mark.quote,
        "source": mark.source.value,
        "why": why,
        "version": mark.version or version,
    }


def _whole(mark: float | None) -> int | float | None:
    return int(mark) if mark is not None and mark == int(mark) else mark


def _object(text: str) -> JsonObject:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise TranscriptError(reason="not_json") from fault
    if not isinstance(found, dict):
        raise TranscriptError(reason="not_an_object")
    return cast(JsonObject, found)


def _transcript(found: JsonObject, scenario: Callable[[str, str], Scenario | None]) -> Transcript:
    written = found.get("turns")
    if not isinstance(written, list):
        raise TranscriptError(reason="no_turns")
    times = [turn.get("at") if isinstance(turn, dict) else None for turn in written]
    timed = bool(written) and all(at is not None for at in times)
    turns = tuple(_turn(turn, at, timed=timed) for at, turn in enumerate(written, start=1))
    late = (later.seq for turn, later in pairwise(turns) if timed and later.at_s < turn.at_s)
    if (seq := next(late, None)) is not None:
        raise TranscriptError(reason="bad_time", turn=seq)
    name = found.get("scenario")
    version = str(found.get("scenario_version", ""))
    case = scenario(name, version) if isinstance(name, str) and name else None
    return Transcript(
        id=_id(found.get("id")),
        turns=turns,
        language=case.language if case else _language(turns),
        scenario=case,
        end_reason=_end(found.get("end_reason")),
        timed=timed,
    )


def _check_lengths(found: Transcript, longest: int | None) -> None:
    long = (turn.seq for turn in found.turns if longest and len(turn.text) > longest)
    if (seq := next(long, None)) is not None:
        raise TranscriptError(reason="long_text", turn=seq)


def _id(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise TranscriptError(reason="bad_id")
    return _clean(str(value), "bad_id")


def _turn(written: Json, seq: int, *, timed: bool) -> Turn:
    if not isinstance(written, dict):
        raise TranscriptError(reason="bad_turn", turn=seq)
    speaker = written.get("speaker")
    if speaker not in ("trainee", "customer"):
        raise TranscriptError(reason="bad_speaker", turn=seq)
    text = written.get("text")
    if not isinstance(text, str):
        raise TranscriptError(reason="bad_text", turn=seq)
    return Turn(
        seq=seq,
        speaker=Speaker(speaker),
        text=_clean(text, "bad_text", seq),
        at_s=_seconds(written.get("at"), seq) if timed else 0.0,
    )


def _seconds(value: Json, seq: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TranscriptError(reason="bad_time", turn=seq)
    # A written integer may be larger than any float.
    seconds = float(value) if abs(value) < 1e12 else math.inf
    if not math.isfinite(seconds) or seconds < 0:
        raise TranscriptError(reason="bad_time", turn=seq)
    return seconds


def _clean(text: str, reason: str, seq: int | None = None) -> str:
    """The text, if it can be written out again as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise TranscriptError(reason=reason, turn=seq) from fault
    return text


def _end(value: Json) -> EndReason | None:
    """The named end; other systems' names for it say nothing here."""
    try:
        return EndReason(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _language(turns: tuple[Turn, ...]) -> str:
    text = "".join(turn.text for turn in turns)
    return "zh" if not text or _HAN.search(text) else "en"
