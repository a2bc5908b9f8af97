"""Practices, their turns and marks, and what is said about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from core.domain.dialogue import Dialogue, Mode, Speaker, Status, Turn
from core.domain.practice_result import PracticeResult
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import Debrief, Scorecard
from core.errors import NotFound
from core.storage.mapping import (
    card_of,
    card_texts,
    debrief_of,
    dialogue_of,
    dialogue_values,
    practice_result_of,
    remark_of,
    turn_of,
    turn_values,
)
from core.storage.repositories.statements import new_id, parts_of, replace_row
from core.storage.tables import dialogues, former_scorecards, remarks, scorecards, turns

_D = dialogues.c
_T = turns.c
_S = scorecards.c
_R = remarks.c

_ADD = insert(dialogues)
_SAVE = (
    update(dialogues)
    .where(_D.id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _D if column.name != "id"})
)
_GET = select(dialogues).where(_D.id == bindparam("id"))
_ADD_TURNS = insert(turns)
_TURNS = (
    select(_T.seq, _T.speaker, _T.text, _T.at_s, _T.inbox_id, _T.engine, _T.notes)
    .where(_T.dialogue_id == bindparam("dialogue_id"))
    .order_by(_T.seq)
)
_RECENT = (
    select(dialogues)
    .where(_D.person_id == bindparam("person_id"))
    .order_by(_D.started_at.desc(), _D.id.desc())
    .limit(bindparam("limit"))
)
_NEWEST = _RECENT.with_only_columns(_D.id).subquery()
_READ = (
    select(_T.text)
    .join(_NEWEST, _NEWEST.c.id == _T.dialogue_id)
    .where(_T.speaker == Speaker.CUSTOMER.value)
)
_EARLIER = (
    select(_D.id)
    .where(
        _D.scenario_id == bindparam("scenario_id"),
        _D.person_id != bindparam("person_id"),
        _D.started_at < bindparam("before"),
    )
    .order_by(_D.started_at.desc())
    .limit(bindparam("limit"))
    .subquery()
)
_WRITTEN = (
    select(_T.text)
    .join(_EARLIER, _EARLIER.c.id == _T.dialogue_id)
    .where(_T.speaker == Speaker.TRAINEE.value, _T.text.in_(bindparam("texts", expanding=True)))
)
_WHOLE = _D.mode != Mode.MICRO.value
_IN = _D.status.in_(bindparam("statuses", expanding=True))
_RECENT_OF = {
    (whole, named): _RECENT.where(*([_WHOLE] if whole else []), *([_IN] if named else []))
    for whole in (True, False)
    for named in (True, False)
}
_IDLE = (
    select(_D.id)
    .where(
        _D.status.in_(bindparam("statuses", expanding=True)),
        _D.last_turn_at < bindparam("before"),
    )
    .order_by(_D.last_turn_at, _D.id)
    .limit(bindparam("limit"))
)
_IDLE_UNNUDGED = _IDLE.where(_D.nudged.is_(False))
_REPLACE_CARD = (
    update(scorecards)
    .where(_S.dialogue_id == bindparam("of"))
    .values(
        {
            name: bindparam(name)
            for name in ("person_id", "judged_at", "version", "overall", "card", "debrief")
        }
    )
)
_ADD_CARD = insert(scorecards)
_ADD_FORMER = insert(former_scorecards)
_FORMER = (
    select(former_scorecards.c.card)
    .where(former_scorecards.c.dialogue_id == bindparam("dialogue_id"))
    .order_by(former_scorecards.c.id)
)
_CARD = select(_S.card, _S.debrief).where(_S.dialogue_id == bindparam("dialogue_id"))
_CARDS_OF = (
    select(dialogues, _S.card)
    .join(scorecards, _S.dialogue_id == _D.id)
    .where(_S.person_id == bindparam("person_id"))
    .order_by(_S.judged_at.desc(), _S.dialogue_id.desc())
    .limit(bindparam("limit"))
)
_WHOLE_CARDS_OF = _CARDS_OF.where(_WHOLE)
# A card is made after its practice has ended, so the index of that time cuts off the older ones.
_ENDED_BETWEEN = (
    select(dialogues, _S.card, _S.debrief)
    .join(scorecards, _S.dialogue_id == _D.id)
    .where(
        _S.person_id.in_(bindparam("people", expanding=True)),
        _WHOLE,
        _S.judged_at >= bindparam("first"),
        _D.ended_at >= bindparam("first"),
        _D.ended_at < bindparam("last"),
    )
)
_RESULTS = (
    select(
        _S.person_id,
        _S.dialogue_id,
        _D.scenario_id,
        _D.mode,
        _D.started_at,
        _D.ended_at,
        _D.hints,
        _D.focus,
        _D.replay_of,
        # Nine tenths of a card are its marks: the database leaves them where they are.
        func.json_remove(_S.card, "$.marks"),
    )
    .join(dialogues, _S.dialogue_id == _D.id)
    .where(_S.person_id.in_(bindparam("people", expanding=True)))
    .order_by(_S.person_id, _S.judged_at.desc(), _S.dialogue_id.desc())
)
_TALLIES = (
    select(_S.person_id, func.count(), func.avg(_S.overall))
    .join(dialogues, _S.dialogue_id == _D.id)
    .where(_S.judged_at >= bindparam("since"), _WHOLE)
    .group_by(_S.person_id)
)
_ADD_REMARK = insert(remarks)
_REMARKS = (
    select(_R.id, _R.person_id, _R.dialogue_id, _R.kind, _R.text, _R.turn, _R.at)
    .where(_R.kind == bindparam("kind"))
    .order_by(_R.id.desc())
    .limit(bindparam("limit"))
)


class SqlDialogues:
    """`Dialogues` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, dialogue: Dialogue) -> None:
        self._connection.execute(_ADD, dialogue_values(dialogue))

    def save(self, dialogue: Dialogue) -> None:
        values = dialogue_values(dialogue)
        values["of"] = values.pop("id")
        if self._connection.execute(_SAVE, values).rowcount != 1:
            raise NotFound(what="dialogue", name=dialogue.id)

    def get(self, dialogue_id: str) -> Dialogue:
        row = self._connection.execute(_GET, {"id": dialogue_id}).first()
        if row is None:
            raise NotFound(what="dialogue", name=dialogue_id)
        return dialogue_of(row)

    def add_turns(self, dialogue_id: str, turns: Sequence[Turn]) -> None:
        said: Counter[tuple[int | None, Speaker]] = Counter()
        values = []
        for turn in turns:
            source = (turn.inbox_id, turn.speaker)
            values.append(turn_values(dialogue_id, turn, position=said[source]))
            said[source] += 1
        if values:
            self._connection.execute(_ADD_TURNS, values)

    def turns(self, dialogue_id: str) -> Sequence[Turn]:
        rows = self._connection.execute(_TURNS, {"dialogue_id": dialogue_id})
        return [turn_of(row) for row in rows]

    def recent(
        self, person_id: str, *, limit: int, statuses: Sequence[Status] = (), whole: bool = True
    ) -> Sequence[Dialogue]:
        where: dict[str, object] = {"person_id": person_id, "limit": limit}
        if statuses:
            where["statuses"] = [status.value for status in statuses]
        rows = self._connection.execute(_RECENT_OF[whole, bool(statuses)], where)
        return [dialogue_of(row) for row in rows]

    def lines_read(self, person_id: str, *, dialogues: int) -> Sequence[str]:
        return (
            self._connection.execute(_READ, {"person_id": person_id, "limit": dialogues})
            .scalars()
            .all()
        )

    def written_before(
        self, texts: Sequence[str], *, than: Dialogue, dialogues: int
    ) -> frozenset[str]:
        if not texts:
            return frozenset()
        where = {
            "scenario_id": than.scenario_id,
            "person_id": than.person_id,
            "before": than.started_at,
            "limit": dialogues,
            "texts": list(texts),
        }
        return frozenset(self._connection.execute(_WRITTEN, where).scalars())

    def idle(
        self,
        *,
        before: datetime,
        statuses: Sequence[Status],
        limit: int,
        unnudged: bool = False,
    ) -> Sequence[str]:
        where = {
            "before": before,
            "statuses": [status.value for status in statuses],
            "limit": limit,
        }
        query = _IDLE_UNNUDGED if unnudged else _IDLE
        return [row[0] for row in self._connection.execute(query, where)]


class SqlScorecards:
    """`Scorecards` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, card: Scorecard, debrief: Debrief, *, person_id: str, now: datetime) -> None:
        card_text, debrief_text = card_texts(card, debrief)
        before = self._connection.execute(_CARD, {"dialogue_id": card.dialogue_id}).first()
        if before is not None and before[0] != card_text:
            kept = {"dialogue_id": card.dialogue_id, "replaced_at": now, "card": before[0]}
            self._connection.execute(_ADD_FORMER, kept)
        values = {
            "dialogue_id": card.dialogue_id,
            "person_id": person_id,
            "judged_at": now,
            "version": card.version,
            "overall": card.overall,
            "card": card_text,
            "debrief": debrief_text,
        }
        replace_row(
            self._connection,
            values,
            replace=_REPLACE_CARD,
            add=_ADD_CARD,
            here={"of": card.dialogue_id},
        )

    def get(self, dialogue_id: str) -> tuple[Scorecard, Debrief] | None:
        row = self._connection.execute(_CARD, {"dialogue_id": dialogue_id}).first()
        return None if row is None else (card_of(row[0]), debrief_of(row[1]))

    def of_person(
        self, person_id: str, *, limit: int, whole: bool = True
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        query = _WHOLE_CARDS_OF if whole else _CARDS_OF
        rows = self._connection.execute(query, {"person_id": person_id, "limit": limit})
        return [(dialogue_of(row), card_of(row[-1])) for row in rows]

    def results(
        self, person_ids: Sequence[str], *, limit: int
    ) -> Mapping[str, Sequence[PracticeResult]]:
        found: dict[str, list[PracticeResult]] = {name: [] for name in person_ids}
        for row in self._connection.execute(_RESULTS, {"people": list(person_ids)}):
            theirs = found[row[0]]
            if len(theirs) < limit:
                theirs.append(practice_result_of(row))
        return found

    def tallies(self, *, since: datetime) -> Mapping[str, tuple[int, float | None]]:
        rows = self._connection.execute(_TALLIES, {"since": since})
        return {row[0]: (row[1], row[2]) for row in rows}

    def ended_between(
        self, person_ids: Sequence[str], first: datetime, last: datetime
    ) -> Sequence[tuple[Dialogue, Scorecard, Debrief]]:
        found = []
        for people in parts_of(person_ids):
            where = {"people": people, "first": first, "last": last}
            for row in self._connection.execute(_ENDED_BETWEEN, where):
                found.append((dialogue_of(row), card_of(row[-2]), debrief_of(row[-1])))
        found.sort(key=lambda held: (held[0].ended_at, held[0].id), reverse=True)
        return found

    def former(self, dialogue_id: str) -> Sequence[Scorecard]:
        rows = self._connection.execute(_FORMER, {"dialogue_id": dialogue_id})
        return [card_of(row[0]) for row in rows]


class SqlRemarks:
    """`Remarks` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, remark: Remark) -> int:
        values = {
            "person_id": remark.person_id,
            "dialogue_id": remark.dialogue_id,
            "kind": remark.kind.value,
            "text": remark.text,
            "turn": remark.turn,
            "at": remark.at,
        }
        return new_id(self._connection.execute(_ADD_REMARK, values))

    def recent(self, kind: RemarkKind, *, limit: int) -> Sequence[Remark]:
        rows = self._connection.execute(_REMARKS, {"kind": kind.value, "limit": limit})
        return [remark_of(row) for row in rows]
