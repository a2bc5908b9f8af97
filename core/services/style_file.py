"""Files of customers' lines and of style packs <-> what the rest works with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, fields
from typing import cast

from core.domain.messages import Json, JsonObject
from core.domain.style import StylePack, Utterance
from core.errors import TranscriptError

FORMAT = "peilian-style-1"


def read_utterances(lines: Iterable[str]) -> Iterator[Utterance | TranscriptError]:
    """One message per line ({"dialogue", "turn", "text"}), or what is wrong with the line.

    `dialog` is taken for `dialogue`. Empty lines and messages without text are skipped. Reasons:
    not_json, not_an_object, bad_id, bad_turn, bad_text.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = _utterance(line)
        except TranscriptError as fault:
            yield fault.on_line(number)
            continue
        if found.text.strip():
            yield found


def _utterance(line: str) -> Utterance:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise TranscriptError(reason="not_json") from fault
    if not isinstance(row, dict):
        raise TranscriptError(reason="not_an_object")
    name, turn, text = row.get("dialogue", row.get("dialog")), row.get("turn", 0), row.get("text")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise TranscriptError(reason="bad_id")
    if not isinstance(turn, int) or isinstance(turn, bool):
        raise TranscriptError(reason="bad_turn")
    if not isinstance(text, str):
        raise TranscriptError(reason="bad_text")
    return Utterance(dialogue=str(name), turn=turn, text=text)


def pack_json(pack: StylePack) -> JsonObject:
    """The file form of a style pack."""
    return cast(JsonObject, {"format": FORMAT} | asdict(pack))


def read_pack(text: str) -> StylePack:
    """The pack of a file's text; ValueError says what is wrong with it."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"not a style pack ({FORMAT})")
    known = {field.name: field for field in fields(StylePack)}
    wanted = known.keys() & data.keys()
    missing = sorted(
        name
        for name in known.keys() - wanted
        if known[name].default is MISSING and known[name].default_factory is MISSING
    )
    if missing:
        raise ValueError(f"a style pack without {', '.join(missing)}")
    figures: Mapping[str, Json] = {name: data[name] for name in wanted}
    return StylePack(**{name: _frozen(value) for name, value in figures.items()})  # type: ignore[arg-type]


def _frozen(value: Json) -> object:
    return tuple(value) if isinstance(value, list) else value
