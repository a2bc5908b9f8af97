"""Practices, their turns and marks, and what is said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.dialogue import Dialogue, Mode, Speaker, Status, Turn
from core.domain.practice_result import PracticeResult, result_of
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import Debrief, Scorecard
from core.errors import NotFound, StorageError
from core.storage.memory.table import Journal, Table, utc, utc_or_none


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn; `position` counts the turns one inbox row made one speaker say."""

    dialogue_id: str
    turn: Turn
    position: int


@dataclass(frozen=True, slots=True)
class _Judged:
    card: Scorecard
    debrief: Debrief
    person_id: str
    judged_at: datetime


class MemoryDialogues:
    """`Dialogues` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._dialogues: Table[str, Dialogue] = Table(
            journal,
            person=lambda dialogue: dialogue.person_id,
            status=lambda dialogue: dialogue.status,
        )
        self._turns: Table[tuple[str, int], _Said] = Table(
            journal, dialogue=lambda said: said.dialogue_id, source=_source
        )

    def add(self, dialogue: Dialogue) -> None:
        if self._dialogues.get(dialogue.id) is not None:
            raise StorageError("a dialogue is added once")
        self._dialogues.put(dialogue.id, _own(dialogue))

    def save(self, dialogue: Dialogue) -> None:
        self.get(dialogue.id)
        self._dialogues.put(dialogue.id, _own(dialogue))

    def get(self, dialogue_id: str) -> Dialogue:
        dialogue = self._dialogues.get(dialogue_id)
        if dialogue is None:
            raise NotFound(what="dialogue", name=dialogue_id)
        return _own(dialogue)

    def has(self, dialogue_id: str) -> bool:
        """Whether there is such a dialogue."""
        return self._dialogues.get(dialogue_id) is not None

    def add_turns(self, dialogue_id: str, turns: Sequence[Turn]) -> None:
        said: Counter[tuple[int | None, Speaker]] = Counter()
        for turn in turns:
            source = (turn.inbox_id, turn.speaker)
            self._add_turn(_Said(dialogue_id, turn, position=said[source]))
            said[source] += 1

    def _add_turn(self, said: _Said) -> None:
        key = (said.dialogue_id, said.turn.seq)
        source = _source(said)
        taken = source is not None and self._turns.one("source", source) is not None
        if not self.has(said.dialogue_id) or taken or self._turns.get(key) is not None:
            raise StorageError("a turn belongs to a dialogue and is added once")
        self._turns.put(key, said)

    def turns(self, dialogue_id: str) -> Sequence[Turn]:
        said = self._turns.by("dialogue", dialogue_id)
        return sorted((one.turn for one in said), key=lambda turn: turn.seq)

    def recent(
        self, person_id: str, *, limit: int, statuses: Sequence[Status] = (), whole: bool = True
    ) -> Sequence[Dialogue]:
        theirs = [
            _own(dialogue)
            for dialogue in self._dialogues.by("person", person_id)
            if (not statuses or dialogue.status in statuses) and not (whole and _is_micro(dialogue))
        ]
        theirs.sort(key=lambda dialogue: (dialogue.started_at, dialogue.id), reverse=True)
        return theirs[:limit]

    def lines_read(self, person_id: str, *, dialogues: int) -> Sequence[str]:
        return [
            turn.text
            for dialogue in self.recent(person_id, limit=dialogues, whole=False)
            for turn in self.turns(dialogue.id)
            if turn.speaker is Speaker.CUSTOMER
        ]

    def written_before(
        self, texts: Sequence[str], *, than: Dialogue, dialogues: int
    ) -> frozenset[str]:
        earlier = [
            one
            for one in self._dialogues.all()
            if one.scenario_id == than.scenario_id
            and one.person_id != than.person_id
            and one.started_at < utc(than.started_at)
        ]
        earlier.sort(key=lambda one: one.started_at, reverse=True)
        wanted = set(texts)
        return frozenset(
            turn.text
            for one in earlier[:dialogues]
            for turn in self.turns(one.id)
            if turn.speaker is Speaker.TRAINEE and turn.text in wanted
        )

    def idle(
        self,
        *,
        before: datetime,
        statuses: Sequence[Status],
        limit: int,
        unnudged: bool = False,
    ) -> Sequence[str]:
        silent = [
            (dialogue.last_turn_at, dialogue.id)
            for status in statuses
            for dialogue in self._dialogues.by("status", status)
            if dialogue.last_turn_at < utc(before) and not (unnudged and dialogue.nudged)
        ]
        return [id_ for _, id_ in sorted(silent)[:limit]]


class MemoryScorecards:
    """`Scorecards` in dictionaries."""

    def __init__(self, journal: Journal, dialogues: MemoryDialogues) -> None:
        self._dialogues = dialogues
        self._rows: Table[str, _Judged] = Table(journal, person=lambda judged: judged.person_id)
        self._former: Table[int, Scorecard] = Table(journal, dialogue=lambda card: card.dialogue_id)

    def put(self, card: Scorecard, debrief: Debrief, *, person_id: str, now: datetime) -> None:
        if not self._dialogues.has(card.dialogue_id):
            raise StorageError("a scorecard belongs to a dialogue")
        before = self._rows.get(card.dialogue_id)
        if before is not None and before.card != card:
            self._former.put(self._former.new_id(), before.card)
        self._rows.put(card.dialogue_id, _Judged(card, debrief, person_id, utc(now)))

    def get(self, dialogue_id: str) -> tuple[Scorecard, Debrief] | None:
        judged = self._rows.get(dialogue_id)
        return None if judged is None else (judged.card, judged.debrief)

    def of_person(
        self, person_id: str, *, limit: int, whole: bool = True
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        theirs = self._rows.by("person", person_id)
        theirs.sort(key=lambda judged: (judged.judged_at, judged.card.dialogue_id), reverse=True)
        pairs = [(self._dialogues.get(one.card.dialogue_id), one.card) for one in theirs]
        return [pair for pair in pairs if not (whole and _is_micro(pair[0]))][:limit]

    def results(
        self, person_ids: Sequence[str], *, limit: int
    ) -> Mapping[str, Sequence[PracticeResult]]:
        return {
            name: [result_of(*pair) for pair in self.of_person(name, limit=limit, whole=False)]
            for name in person_ids
        }

    def tallies(self, *, since: datetime) -> Mapping[str, tuple[int, float | None]]:
        marks: dict[str, list[float | None]] = {}
        for one in self._rows.all():
            if one.judged_at >= utc(since) and not _is_micro(
                self._dialogues.get(one.card.dialogue_id)
            ):
                marks.setdefault(one.person_id, []).append(one.card.overall)
        known = {name: [mark for mark in held if mark is not None] for name, held in marks.items()}
        return {
            name: (len(held), sum(known[name]) / len(known[name]) if known[name] else None)
            for name, held in marks.items()
        }

    def ended_between(
        self, person_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[tuple[Dialogue, Scorecard, Debrief]]:
        found = []
        for judged in self._rows.all():
            dialogue = self._dialogues.get(judged.card.dialogue_id)
            ended = dialogue.ended_at
            if judged.person_id not in person_ids or _is_micro(dialogue) or ended is None:
                continue
            if utc(first) <= ended < utc(last):
                found.append((ended, dialogue, judged.card, judged.debrief))
        found.sort(key=lambda row: (row[0], row[1].id), reverse=True)
        return [row[1:] for row in found]

    def former(self, dialogue_id: str) -> Sequence[Scorecard]:
        return self._former.by("dialogue", dialogue_id)

    def judged(self) -> Sequence[tuple[datetime, Dialogue, Scorecard]]:
        """All cards with when they were made, newest first."""
        rows = sorted(
            self._rows.all(), key=lambda row: (row.judged_at, row.card.dialogue_id), reverse=True
        )
        return [
            (row.judged_at, self._dialogues.get(row.card.dialogue_id), row.card) for row in rows
        ]


class MemoryRemarks:
    """`Remarks` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[int, Remark] = Table(journal, kind=lambda remark: remark.kind)

    def add(self, remark: Remark) -> int:
        kept = replace(remark, id=self._rows.new_id(), at=utc(remark.at))
        self._rows.put(kept.id, kept)
        return kept.id

    def recent(self, kind: RemarkKind, *, limit: int) -> Sequence[Remark]:
        remarks = self._rows.by("kind", kind)
        return sorted(remarks, key=lambda remark: remark.id, reverse=True)[:limit]

    def get(self, remark_id: int) -> Remark | None:
        """The remark of this id."""
        return self._rows.get(remark_id)


def _is_micro(dialogue: Dialogue) -> bool:
    return dialogue.mode is Mode.MICRO


def _source(said: _Said) -> tuple[int, Speaker, int] | None:
    """What makes a turn unique beside its number: the message it came from."""
    if said.turn.inbox_id is None:
        return None
    return said.turn.inbox_id, said.turn.speaker, said.position


def _own(dialogue: Dialogue) -> Dialogue:
    """A copy that shares nothing that can change, in UTC."""
    return replace(
        dialogue,
        wrap_up=dict(dialogue.wrap_up),
        started_at=utc(dialogue.started_at),
        last_turn_at=utc(dialogue.last_turn_at),
        clock_since=utc_or_none(dialogue.clock_since),
        ended_at=utc_or_none(dialogue.ended_at),
    )
