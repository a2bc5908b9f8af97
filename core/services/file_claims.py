"""What trainees claim in talks of a file, held against the case's rules and the articles.

In a practice this happens line by line while the talk goes on; a transcript that comes in has
nothing of it yet. Without a case only the company's own articles are asked: the shipped ones are
examples, and nobody knows whether they hold for the contact at hand.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date

from core.domain.claims import Verdict
from core.domain.correction import Correction
from core.domain.knowledge import DEFAULT_COLLECTION, Reader
from core.domain.transcript import Transcript
from core.ports.line_reader import LineReader
from core.readers.claims import LANGUAGES, statements
from core.services.checks.prepare import prepare
from core.services.knowledge_help import Asker, KnowledgeHelp


@dataclass(frozen=True, slots=True)
class FileClaims:
    """Checks claims. `help` opens the articles where the first claim needs them; `day` is the one
    on which an article must hold."""

    help: Callable[[], Awaitable[KnowledgeHelp]]
    reader: LineReader
    day: date

    async def checked(self, transcript: Transcript) -> Transcript:
        """The talk with what is wrong noted at its lines; the same where nothing is claimed.
        Raises StorageError where the articles cannot be read."""
        if transcript.language not in LANGUAGES or not any(
            one.points
            for turn in transcript.trainee_turns
            if turn.correction is None
            for one in statements(turn.text, claimed=True)
        ):
            return transcript
        knows = await self.help()
        case = transcript.scenario
        asker = Asker(
            Reader(every_team=True), self.day, collection=None if case else DEFAULT_COLLECTION
        )
        found: dict[int, Correction] = {}
        for line in prepare(transcript, reader=self.reader).lines:
            if line.turn.correction is None:
                wrong = await knows.correction(line.reading, case, asker)
                if wrong is not None and wrong.verdict is Verdict.CONTRADICTED:
                    found[line.turn.seq] = wrong
        turns = tuple(
            replace(turn, correction=found[turn.seq]) if turn.seq in found else turn
            for turn in transcript.turns
        )
        return replace(transcript, turns=turns)
