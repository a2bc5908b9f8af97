"""`peilian judge`: a file of transcripts -> a file of scorecards, line by line."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.catalogue import say
from core.domain.scenario import Scenario
from core.domain.transcript import Transcript
from core.errors import NotFound, TranscriptError
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.services.judging import judge
from core.services.qa_sheet import QaSheet, sheet_json
from core.services.transcripts import read_lines, scorecard_json
from ops.files import reading, writing

EVERY = 500
"""After so many lines the progress is told."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines were judged, and how many could not be read."""

    judged: int
    faults: int


@dataclass(frozen=True, slots=True)
class FileJudge:
    """Judges files. `tell` takes each sentence for the person at the terminal."""

    reader: LineReader
    content: ContentLibrary
    language: str
    tell: Callable[[str], None]
    sheet: QaSheet | None = None

    def run(self, source: Path, target: Path) -> Tally:
        """Judge every line that can be read, name the others. Raises OSError."""
        judged = faults = 0
        with reading(source) as lines, writing(target) as out:
            for read in self._read(lines):
                if isinstance(read, TranscriptError):
                    faults += 1
                    self.tell(f"{source}:{read.line}: {self._why(read)}")
                else:
                    judged += 1
                    found = judge(read, reader=self.reader)
                    card = scorecard_json(found)
                    if self.sheet is not None:
                        card["sheet"] = sheet_json(self.sheet, found)
                    out.write(json.dumps(card, ensure_ascii=False).encode() + b"\n")
                if (judged + faults) % EVERY == 0:
                    self.tell(say(self.language, "judge.progress", done=judged + faults))
        return Tally(judged, faults)

    def _read(self, lines: IO[bytes]) -> Iterator[Transcript | TranscriptError]:
        try:
            yield from read_lines(unpacked(lines), scenario=self._scenario)
        except TranscriptError as broken:
            yield broken

    def _why(self, fault: TranscriptError) -> str:
        words = say(self.language, f"transcript.{fault.reason}")
        if fault.turn is None:
            return words
        return say(self.language, "transcript.at_turn", turn=fault.turn, why=words)

    def _scenario(self, name: str) -> Scenario | None:
        try:
            return self.content.scenario(name)
        except NotFound:
            return None


def unpacked(lines: IO[bytes]) -> Iterator[bytes]:
    """All lines. Raises TranscriptError where the packing breaks off."""
    read = 0
    try:
        for line in lines:
            read += 1
            yield line
    except (EOFError, OSError, zlib.error) as fault:
        raise TranscriptError(line=read + 1, reason="broken_file") from fault
