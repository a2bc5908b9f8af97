"""Transcript files (JSON lines, UTF-8) -> what the judge works with."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import cast

from core.domain.dialogue import EndReason, Speaker, Turn
from core.domain.messages import Json, JsonObject
from core.domain.scenario import Scenario
from core.domain.transcript import Transcript
from core.errors import TranscriptError

_HAN = re.compile(r"[\u4e00-\u9fff]")


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
