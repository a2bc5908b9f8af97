"""`peilian judge`: a file of transcripts -> a file of scorecards, line by line."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, TypeAlias

from core.catalogue import say
from core.domain.model_verdict import Usage
from core.domain.rubric import HOUSE_RUBRIC, CriticalKind, Rubric
from core.domain.scenario import Scenario
from core.domain.scorecard import Scorecard
from core.domain.transcript import Transcript
from core.errors import NotFound, TranscriptError
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.readers.transcripts import read_lines
from core.services.checks.prepare import prepare
from core.services.file_claims import FileClaims
from core.services.judging import critical_kinds, judge
from core.services.model_judge import ModelJudge
from core.services.transcripts import scorecard_json
from ops.files import reading, writing

EVERY = 500
"""After so many lines the progress is told."""
AT_ONCE = 4
"""Talks the judge model is asked about together."""
TELL_EVERY_S = 5.0
LONGEST_TEXT = 5000
"""Characters of one message. Reading a line takes time with the square of its length, and nobody
says as much at once: such a line is a whole file that went astray."""

_Judged: TypeAlias = tuple[Scorecard, Usage, int]
"""A card, what the judge model cost for it, and how many claims are wrong."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines were judged, and how many could not be read; what the judge model cost, and
    how many claims the articles or the case's rules contradict."""

    judged: int
    faults: int
    usage: Usage = field(default_factory=Usage)
    against: int = 0
    erred: Mapping[CriticalKind, int] = field(default_factory=dict)
    """How many talks hold a confirmed critical error of a kind."""

    def accuracy(self, kind: CriticalKind) -> float:
        """Share of the talks, in percent, without a critical error of this kind."""
        return 100.0 * (1 - self.erred.get(kind, 0) / self.judged) if self.judged else 100.0


@dataclass(frozen=True, slots=True)
class FileJudge:
    """Judges files. `tell` takes each sentence for the person at the terminal; `model` is asked
    as well where there is one, and `claims` hold what is claimed against the articles."""

    reader: LineReader
    content: ContentLibrary
    language: str
    tell: Callable[[str], None]
    rubric: Rubric = HOUSE_RUBRIC
    model: ModelJudge | None = None
    claims: FileClaims | None = None

    def run(self, source: Path, target: Path) -> Tally:
        """Judge every line that can be read, name the others. Raises OSError."""
        return asyncio.run(self.work(source, target))

    async def work(self, source: Path, target: Path) -> Tally:
        """The same within a loop that runs."""
        judged = faults = against = 0
        usage, told_at = Usage(), monotonic()
        erred: Counter[CriticalKind] = Counter()
        with reading(source) as lines, writing(target) as out:
            async for found in self._judged(self._read(lines)):
                if isinstance(found, TranscriptError):
                    faults += 1
                    self.tell(f"{source}:{found.line}: {self._why(found)}")
                else:
                    judged += 1
                    card, cost, wrong = found
                    usage = usage.plus(cost)
                    against += wrong
                    erred.update(critical_kinds(card.critical))
                    out.write(json.dumps(scorecard_json(card), ensure_ascii=False).encode() + b"\n")
                if (judged + faults) % EVERY == 0:
                    self.tell(say(self.language, "judge.progress", done=judged + faults))
                if self.model is not None and monotonic() - told_at > TELL_EVERY_S:
                    told_at = monotonic()
                    counts = {"calls": usage.calls, "cached": usage.cached}
                    self.tell(say(self.language, "judge.model_progress", done=judged, **counts))
        return Tally(judged, faults, usage, against, erred)

    async def _judged(
        self, found: Iterator[Transcript | TranscriptError]
    ) -> AsyncIterator[_Judged | TranscriptError]:
        """Cards in the order of the lines; with a model some lines are under way together."""
        if self.model is None:
            for one in found:
                yield one if isinstance(one, TranscriptError) else await self._card(one)
            return
        under_way: deque[asyncio.Task[_Judged] | TranscriptError] = deque()
        for one in found:
            if isinstance(one, TranscriptError):
                under_way.append(one)
            else:
                under_way.append(asyncio.create_task(self._card(one)))
            if len(under_way) >= AT_ONCE:
                first = under_way.popleft()
                yield first if isinstance(first, TranscriptError) else await first
        for rest in under_way:
            yield rest if isinstance(rest, TranscriptError) else await rest

    async def _card(self, transcript: Transcript) -> _Judged:
        if self.claims is not None:
            transcript = await self.claims.checked(transcript)
        wrong = sum(turn.correction is not None for turn in transcript.turns)
        card = judge(transcript, reader=self.reader, rubric=self.rubric)
        if self.model is None:
            return card, Usage(), wrong
        asked = await self.model.ask(prepare(transcript, reader=self.reader), card)
        card = judge(transcript, reader=self.reader, verdicts=asked.verdicts, rubric=self.rubric)
        return card, asked.usage, wrong

    def _read(self, lines: IO[bytes]) -> Iterator[Transcript | TranscriptError]:
        try:
            yield from read_lines(unpacked(lines), scenario=self._scenario, longest=LONGEST_TEXT)
        except TranscriptError as broken:
            yield broken

    def _why(self, fault: TranscriptError) -> str:
        words = say(self.language, f"transcript.{fault.reason}", limit=LONGEST_TEXT)
        if fault.turn is None:
            return words
        return say(self.language, "transcript.at_turn", turn=fault.turn, why=words)

    def _scenario(self, name: str, version: str) -> Scenario | None:
        try:
            return self.content.scenario(name, version)
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
