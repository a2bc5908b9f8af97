"""What the judge works with -> transcript and scorecard files (JSON lines, UTF-8)."""

from __future__ import annotations

from core.domain.messages import Json, JsonObject
from core.domain.qa_sheet import SheetView
from core.domain.scorecard import CheckMark, CriticalError, Pasted, Scorecard, Speed
from core.domain.transcript import Transcript

NOT_APPLICABLE = "not_applicable"


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
