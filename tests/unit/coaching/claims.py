"""The labelled claims over the sample articles, and how the checker does on them.

`tests/data/claims.zh.jsonl` and `claims.en.jsonl` were written and labelled before the checker;
the part `dev` served to build it, of the part `held` only these figures were looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.content.library import company_values
from core.domain.claims import Verdict
from core.domain.knowledge import Reader
from core.services.knowledge_help import Asker, KnowledgeHelp
from knowledge.memory import MemoryKnowledgeBase
from knowledge.sample import sample_passages

DATA = Path(__file__).parents[2] / "data"
ASKER = Asker(Reader(), date(2026, 6, 1))


@dataclass(frozen=True)
class Claim:
    """A clerk's sentence and what the articles say of it."""

    text: str
    label: Verdict


@dataclass(frozen=True)
class Figures:
    """Counts of (label, verdict)."""

    counts: Counter[tuple[Verdict, Verdict]]

    def precision(self, verdict: Verdict) -> float:
        given = sum(n for (_, found), n in self.counts.items() if found is verdict)
        return self.counts[verdict, verdict] / given

    def recall(self, verdict: Verdict) -> float:
        there = sum(n for (label, _), n in self.counts.items() if label is verdict)
        return self.counts[verdict, verdict] / there


def read_claims(part: str, language: str = "zh") -> Sequence[Claim]:
    """The claims of one part, `dev` or `held`."""
    file = DATA / f"claims.{language}.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Claim(row["text"], Verdict(row["label"])) for row in rows if row["part"] == part]


def sample_help() -> KnowledgeHelp:
    """Help over the shipped articles."""
    return KnowledgeHelp(MemoryKnowledgeBase(sample_passages(company_values())))


async def measured(claims: Sequence[Claim]) -> Figures:
    """What the checker says of them."""
    knows = sample_help()
    found = [(one.label, (await knows.verdict(one.text, None, ASKER)).verdict) for one in claims]
    return Figures(Counter(found))
