"""`peilian knowledge check`: a file of claims -> a file of verdicts, line by line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.domain.claims import Verdict
from core.domain.knowledge import Reader
from core.domain.scenario import Scenario
from core.errors import NotFound, TranscriptError
from core.ports.content import ContentLibrary
from core.services.claim_check import Found
from core.services.knowledge_help import Asker, KnowledgeHelp
from ops.files import reading, writing


@dataclass(frozen=True, slots=True)
class ClaimTally:
    """How many lines were checked, what was found by verdict, and what could not be read."""

    checked: int
    found: Mapping[str, int]
    faults: tuple[TranscriptError, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the file."""

    id: str
    text: str
    scenario: str


async def check_claims(
    source: Path,
    target: Path,
    *,
    knows: KnowledgeHelp,
    content: ContentLibrary,
    collection: str | None = None,
) -> ClaimTally:
    """Check every line that can be read (`{"id","text","scenario"?}`), name the others. Raises
    OSError. Lines of the result: `{"id","verdict","passage","quote"}`; `passage` is the
    document's name, empty like `quote` where nothing is found."""
    asker = Asker(Reader(every_team=True), datetime.now(UTC).date(), collection)
    counts = Counter({verdict.value: 0 for verdict in Verdict})
    faults: list[TranscriptError] = []
    with reading(source) as lines, writing(target) as out:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                claim = _claim(line)
            except TranscriptError as fault:
                faults.append(fault.on_line(number))
                continue
            found = await knows.verdict(claim.text, _scenario(content, claim.scenario), asker)
            counts[found.verdict.value] += 1
            out.write(json.dumps(_json(claim, found), ensure_ascii=False).encode() + b"\n")
    return ClaimTally(sum(counts.values()), counts, tuple(faults))


def _claim(line: bytes) -> Claim:
    """Reasons: not_utf8, not_json, not_an_object, bad_id, bad_text."""
    try:
        raw = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TranscriptError(reason="not_utf8") from error
    except ValueError as error:
        raise TranscriptError(reason="not_json") from error
    if not isinstance(raw, dict):
        raise TranscriptError(reason="not_an_object")
    if not isinstance(raw.get("id"), str | int) or isinstance(raw["id"], bool):
        raise TranscriptError(reason="bad_id")
    if not isinstance(raw.get("text"), str):
        raise TranscriptError(reason="bad_text")
    return Claim(str(raw["id"]), raw["text"], str(raw.get("scenario") or ""))


def _scenario(content: ContentLibrary, name: str) -> Scenario | None:
    """The case; a claim of an unknown one is checked without it."""
    try:
        return content.scenario(name) if name else None
    except NotFound:
        return None


def _json(claim: Claim, found: Found) -> dict[str, str]:
    passage = found.passage.document.name if found.passage is not None else ""
    return {
        "id": claim.id,
        "verdict": found.verdict.value,
        "passage": passage,
        "quote": found.quote,
    }
