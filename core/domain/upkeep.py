"""What the articles owe the cases: cases whose articles changed, and what no article says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """An article a case rests on, as it was seen last. `version` is empty where the article is
    gone or holds no more; `changed_at` is when it last became another one, None until then, and
    None again once an author has looked at the case (`checked`)."""

    scenario_id: str
    article: str
    version: str
    changed_at: datetime | None = None

    def seen(self, version: str, now: datetime) -> ArticleMark:
        """The mark once the article is found in this version."""
        if version == self.version:
            return self
        return ArticleMark(self.scenario_id, self.article, version, now)

    def checked(self) -> ArticleMark:
        """The mark once an author has looked at the case."""
        return ArticleMark(self.scenario_id, self.article, self.version)


class GapState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something a talk was about that no article says: a proposal for the author.

    `question` is what the simulated customer wanted; `claim` what the trainee said to it, only
    where their words may be read anyway (exams), else empty. `times` counts talks.
    """

    scenario_id: str
    language: str
    question: str
    last_at: datetime
    claim: str = ""
    times: int = 1
    state: GapState = GapState.OPEN

    @property
    def key(self) -> str:
        """The same for the same question of the same case."""
        said = f"{self.scenario_id}\n{''.join(self.question.split()).lower()}"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
