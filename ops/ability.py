"""`peilian ability replay`: a file of response logs -> a file of chances."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from core.catalogue import has, say
from core.domain.messages import Json
from core.errors import TranscriptError
from ops.files import reading, writing
from ops.judge_files import Tally, unpacked
from training_plans.replay import replayed
from training_plans.response_model import ResponseModel, shipped_mixer


def replay_file(source: Path, target: Path, *, language: str, tell: Callable[[str], None]) -> Tally:
    """Replay every line that can be read, name the others. Raises OSError."""
    people = faults = 0
    model = ResponseModel(shipped_mixer())
    with reading(source) as lines, writing(target) as out:
        for one in _read(lines, model):
            if isinstance(one, TranscriptError):
                faults += 1
                tell(f"{source}:{one.line}: {_why(one, language)}")
                continue
            people += 1
            out.write(json.dumps(one, ensure_ascii=False).encode() + b"\n")
    return Tally(people, faults)


def _read(lines: IO[bytes], model: ResponseModel) -> Iterator[dict[str, Json] | TranscriptError]:
    try:
        yield from replayed(unpacked(lines), model)
    except TranscriptError as broken:
        yield broken


def _why(fault: TranscriptError, language: str) -> str:
    key = f"response_log.{fault.reason}"
    return say(language, key if has(language, key) else f"transcript.{fault.reason}")
