"""What is said about practices and marks, what came of it, and who may read and has read what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.appeal import AppealOutcome
from core.domain.dialogue import Mode
from core.domain.remark import Remark, RemarkAnswer, RemarkKind
from core.domain.review import Look, ShownWhy
from core.errors import NotFound
from core.storage.memory.people import MemoryPeople
from core.storage.memory.practice import MemoryDialogues, MemoryRemarks
from core.storage.memory.table import Journal, Table, utc

_ALL = 10**9


def in_team(people: MemoryPeople, person_id: str, team: str | None) -> bool:
    """Whether this person belongs to the team; anybody does where it is None."""
    if team is None:
        return True
    try:
        return people.get(person_id).team == team
    except NotFound:
        return False


class MemoryAppeals:
    """`Appeals` in dictionaries."""

    def __init__(self, journal: Journal, remarks: MemoryRemarks, people: MemoryPeople) -> None:
        self._remarks = remarks
        self._people = people
        self._outcomes: Table[int, AppealOutcome] = Table(journal)

    def get(self, remark_id: int) -> Remark:
        found = self._remarks.get(remark_id)
        if found is None or found.kind is not RemarkKind.APPEAL:
            raise NotFound(what="appeal", name=str(remark_id))
        return found

    def waiting(self, *, team: str | None, limit: int) -> Sequence[Remark]:
        return [one for one in self._all(team) if self._outcomes.get(one.id) is None][:limit]

    def settled(self, *, team: str | None, limit: int) -> Sequence[tuple[Remark, AppealOutcome]]:
        pairs = [(one, self._outcomes.get(one.id)) for one in self._all(team)]
        found = [(one, outcome) for one, outcome in pairs if outcome is not None]
        found.sort(key=lambda pair: (pair[1].ruled_at, pair[0].id), reverse=True)
        return found[:limit]

    def of_dialogue(self, dialogue_id: str) -> Sequence[tuple[Remark, AppealOutcome | None]]:
        return [
            (one, self._outcomes.get(one.id))
            for one in self._all(None)
            if one.dialogue_id == dialogue_id
        ]

    def settle(self, outcome: AppealOutcome) -> bool:
        self.get(outcome.remark_id)
        if self._outcomes.get(outcome.remark_id) is not None:
            return False
        self._outcomes.put(outcome.remark_id, replace(outcome, ruled_at=utc(outcome.ruled_at)))
        return True

    def _all(self, team: str | None) -> list[Remark]:
        appeals = reversed(self._remarks.recent(RemarkKind.APPEAL, limit=_ALL))
        return [one for one in appeals if in_team(self._people, one.person_id, team)]


class MemoryFeedback:
    """`Feedback` in dictionaries."""

    def __init__(self, journal: Journal, remarks: MemoryRemarks, people: MemoryPeople) -> None:
        self._remarks = remarks
        self._people = people
        self._answers: Table[int, RemarkAnswer] = Table(journal)

    def recent(
        self, *, team: str | None, limit: int
    ) -> Sequence[tuple[Remark, RemarkAnswer | None]]:
        return [
            (one, self._answers.get(one.id))
            for one in self._remarks.recent(RemarkKind.FEEDBACK, limit=_ALL)
            if in_team(self._people, one.person_id, team)
        ][:limit]

    def answer(self, answer: RemarkAnswer) -> bool:
        if self._answers.get(answer.remark_id) is not None:
            return False
        self._answers.put(answer.remark_id, replace(answer, at=utc(answer.at)))
        return True


class MemoryShares:
    """`Shares` in dictionaries."""

    def __init__(
        self, journal: Journal, dialogues: MemoryDialogues, appeals: MemoryAppeals
    ) -> None:
        self._dialogues = dialogues
        self._appeals = appeals
        self._shared: Table[str, datetime] = Table(journal)

    def add(self, dialogue_id: str, *, now: datetime) -> None:
        self._dialogues.get(dialogue_id)
        self._shared.put(dialogue_id, utc(now))

    def drop(self, dialogue_id: str) -> None:
        self._shared.drop(dialogue_id)

    def why_shown(self, dialogue_id: str) -> Sequence[ShownWhy]:
        if not self._dialogues.has(dialogue_id):
            return []
        dialogue = self._dialogues.get(dialogue_id)
        there = (
            dialogue.mode is Mode.EXAM,
            self._shared.get(dialogue_id) is not None,
            bool(self._appeals.of_dialogue(dialogue_id)),
            dialogue.order_id is not None,
        )
        return [why for why, true in zip(ShownWhy, there, strict=True) if true]


class MemoryLooks:
    """`Looks` in dictionaries."""

    def __init__(self, journal: Journal, people: MemoryPeople) -> None:
        self._people = people
        self._rows: Table[int, Look] = Table(journal, dialogue=lambda look: look.dialogue_id)

    def add(self, looks: Sequence[Look]) -> None:
        for look in looks:
            kept = replace(look, id=self._rows.new_id(), at=utc(look.at))
            self._rows.put(kept.id, kept)

    def of_dialogue(self, dialogue_id: str, *, limit: int) -> Sequence[Look]:
        return _newest(self._rows.by("dialogue", dialogue_id))[:limit]

    def recent(self, *, team: str | None, limit: int) -> Sequence[Look]:
        rows = _newest(self._rows.all())
        return [look for look in rows if in_team(self._people, look.person_id, team)][:limit]


def _newest(looks: list[Look]) -> list[Look]:
    return sorted(looks, key=lambda look: look.id, reverse=True)
