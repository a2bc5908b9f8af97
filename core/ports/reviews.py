"""What people do with judged talks, kept: shares, looks, appeals, audits; and the judge model's
verdicts.

Where a method takes `team`, it finds what belongs to people of that team only; None is every
team, for those who watch over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.appeal import AppealOutcome
from core.domain.dialogue import Dialogue
from core.domain.model_verdict import ModelJudgement, ModelVerdict, Usage
from core.domain.remark import Remark, RemarkAnswer
from core.domain.review import AuditTask, CheckTrust, Look, Review, ShownWhy
from core.domain.scorecard import Scorecard


class Shares(Protocol):
    """Which practices may be read by those who watch over the trainee."""

    def add(self, dialogue_id: str, *, now: datetime) -> None:
        """The trainee shows this practice; twice is once."""
        ...

    def drop(self, dialogue_id: str) -> None:
        """The trainee takes the permission back."""
        ...

    def why_shown(self, dialogue_id: str) -> Sequence[ShownWhy]:
        """Why this dialogue may be read, in the order of `ShownWhy`; empty: it may not."""
        ...


class Looks(Protocol):
    """Every look at a person's words."""

    def add(self, looks: Sequence[Look]) -> None: ...

    def of_dialogue(self, dialogue_id: str, *, limit: int) -> Sequence[Look]:
        """Newest first."""
        ...

    def recent(self, *, team: str | None, limit: int) -> Sequence[Look]:
        """Looks at the words of people of this team, newest first."""
        ...


class Appeals(Protocol):
    """Appeals and their outcomes. The appeals themselves are remarks."""

    def get(self, remark_id: int) -> Remark:
        """NotFound when there is none."""
        ...

    def waiting(self, *, team: str | None, limit: int) -> Sequence[Remark]:
        """Without an outcome, oldest first."""
        ...

    def settled(self, *, team: str | None, limit: int) -> Sequence[tuple[Remark, AppealOutcome]]:
        """With an outcome, the newest outcome first."""
        ...

    def of_dialogue(self, dialogue_id: str) -> Sequence[tuple[Remark, AppealOutcome | None]]:
        """Oldest first."""
        ...

    def settle(self, outcome: AppealOutcome) -> bool:
        """Keep the outcome; False (and nothing changed) if the appeal has one already."""
        ...


class Feedback(Protocol):
    """Opinions and what was done about them. The opinions themselves are remarks."""

    def recent(
        self, *, team: str | None, limit: int
    ) -> Sequence[tuple[Remark, RemarkAnswer | None]]:
        """Newest first."""
        ...

    def answer(self, answer: RemarkAnswer) -> bool:
        """Keep what was done; False (and nothing changed) if that was said before."""
        ...


class Audits(Protocol):
    """Which talks people mark, what they marked, and what follows for each check."""

    def pool(
        self, *, team: str | None, since: datetime, limit: int
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        """Judged since then and open to be read (exam, shared or appealed), newest first."""
        ...

    def add_tasks(self, tasks: Sequence[AuditTask]) -> int:
        """Keep those whose dialogue has none yet; how many were new."""
        ...

    def tasks(self, *, team: str | None, limit: int) -> Sequence[AuditTask]:
        """Newest draw first, in the order they were added."""
        ...

    def task(self, dialogue_id: str) -> AuditTask | None: ...

    def fix(self, dialogue_ids: Sequence[str]) -> None:
        """These talks are the ones by which drift is measured."""
        ...

    def put_review(self, review: Review) -> None:
        """Keep, or replace what the same rater said of the same dialogue in the same way."""
        ...

    def reviews(self, *, team: str | None) -> Sequence[Review]:
        """All of them, oldest first."""
        ...

    def reviews_of(self, dialogue_id: str) -> Sequence[Review]:
        """Oldest first."""
        ...

    def raters(self, *, team: str | None) -> Mapping[str, frozenset[str]]:
        """Who has marked which dialogue blindly; dialogues nobody has marked are not in it."""
        ...

    def trusts(self) -> Sequence[CheckTrust]:
        """In the order of the checks' ids."""
        ...

    def put_trust(self, trust: CheckTrust) -> None:
        """Keep, or replace that of the same check."""
        ...


class ModelVerdicts(Protocol):
    """What the judge model said, by content, and what it cost."""

    def find(self, keys: Sequence[str]) -> Mapping[str, ModelVerdict]:
        """Those that are known, by key."""
        ...

    def keep(self, key: str, verdict: ModelVerdict, *, now: datetime) -> None:
        """The first one counts."""
        ...

    def spend(self, day: str, model: str, usage: Usage) -> None:
        """Add to what this model cost on this day (ISO, UTC)."""
        ...

    def spent(self) -> Mapping[str, Usage]:
        """All that was spent, by model."""
        ...

    def put_judgement(self, judgement: ModelJudgement, *, now: datetime) -> None:
        """Keep, or replace that of the same dialogue."""
        ...

    def judgement(self, dialogue_id: str) -> ModelJudgement | None: ...
