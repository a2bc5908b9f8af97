"""A response log -> the chance of each answer before it was seen, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from core.domain.messages import Json
from core.errors import TranscriptError
from training_plans.response_model import DAY_S, Answer, ResponseModel


def replayed(
    lines: Iterable[bytes], model: ResponseModel
) -> Iterator[dict[str, Json] | TranscriptError]:
    """One `{"user", "p"}` per line that can be read, or what is wrong with the line.

    People are replayed in file order, so earlier ones calibrate items for later ones; a line is
    one person, and no chance rests on an answer that comes later. Empty lines are skipped.
    Reasons: not_utf8, not_json, not_an_object, bad_user, bad_list, bad_lengths, bad_item,
    bad_result, bad_at.
    """
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8").removeprefix("\ufeff").strip()
            if text:
                user, answers = _person(text)
                chances: list[Json] = [round(chance, 5) for chance in model.replay(answers)]
                yield {"user": user, "p": chances}
        except UnicodeDecodeError:
            yield TranscriptError(line=number, reason="not_utf8")
        except TranscriptError as fault:
            yield fault.on_line(number)


def _person(text: str) -> tuple[Json, list[Answer]]:
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
    return user, list(zip(items, skills, map(float, results), days, strict=True))


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
