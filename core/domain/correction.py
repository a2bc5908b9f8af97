"""What was wrong with a trainee's line, and where it says so."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.claims import Verdict


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage as it is named to people: `place` is its section, page or second."""

    title: str
    place: str = ""
    link: str = ""
    passage_id: int = 0


@dataclass(frozen=True, slots=True)
class Correction:
    """A claim of a trainee that a rule of the case or a passage contradicts, or (NOT_FOUND) one
    that nobody wrote anything about.

    `claim` is the trainee's own clause, `rule` the words that decide, `limit` the key of the
    policy limit that was broken, empty where a passage decides.
    """

    verdict: Verdict
    claim: str
    rule: str = ""
    citation: Citation | None = None
    limit: str = ""

    def repeats(self, other: Correction) -> bool:
        """Whether both say the same to the trainee."""
        return (self.verdict, self.limit, self.rule) == (other.verdict, other.limit, other.rule)
