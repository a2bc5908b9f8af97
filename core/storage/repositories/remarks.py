"""What is said about practices and marks, what came of it, and who may read and has read what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
)

from core.domain.appeal import AppealOutcome
from core.domain.dialogue import Mode
from core.domain.remark import Remark, RemarkAnswer, RemarkKind
from core.domain.review import Look, ShownWhy
from core.errors import NotFound
from core.storage.mapping import remark_of
from core.storage.repositories.statements import insert_if_new
from core.storage.review_mapping import answer_of, look_of, outcome_of, outcome_values
from core.storage.tables import (
    appeal_outcomes,
    dialogues,
    looks,
    people,
    remark_answers,
    remarks,
    shares,
)

_R = remarks.c
_O = appeal_outcomes.c
_A = remark_answers.c
_K = looks.c
_P = people.c

_REMARK = (_R.id, _R.person_id, _R.dialogue_id, _R.kind, _R.text, _R.turn, _R.at)
_WIDTH = len(_REMARK)


def of_team(person_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the row belongs to somebody of `team`; to anybody where that is NULL."""
    team: BindParameter[str | None] = bindparam("team")
    theirs = select(_P.id).where(_P.id == person_id, _P.team == team).exists()
    return or_(team.is_(None), theirs)


SHARED = exists().where(shares.c.dialogue_id == dialogues.c.id)
APPEALED = exists().where(_R.dialogue_id == dialogues.c.id, _R.kind == RemarkKind.APPEAL.value)
ASSIGNED = dialogues.c.order_id.is_not(None)
SHOWN = or_(dialogues.c.mode == Mode.EXAM.value, SHARED, APPEALED, ASSIGNED)
"""Whether a dialogue may be read by those who watch over its trainee."""

_IS_APPEAL = _R.kind == RemarkKind.APPEAL.value
_APPEAL = select(*_REMARK).where(_IS_APPEAL, _R.id == bindparam("id"))
_WAITING = (
    select(*_REMARK)
    .outerjoin(appeal_outcomes, _O.remark_id == _R.id)
    .where(_IS_APPEAL, _O.remark_id.is_(None), of_team(_R.person_id))
    .order_by(_R.id)
    .limit(bindparam("limit"))
)
_SETTLED = (
    select(*_REMARK, *_O)
    .join(appeal_outcomes, _O.remark_id == _R.id)
    .where(_IS_APPEAL, of_team(_R.person_id))
    .order_by(_O.ruled_at.desc(), _R.id.desc())
    .limit(bindparam("limit"))
)
_OF_DIALOGUE = (
    select(*_REMARK, *_O)
    .outerjoin(appeal_outcomes, _O.remark_id == _R.id)
    .where(_IS_APPEAL, _R.dialogue_id == bindparam("dialogue_id"))
    .order_by(_R.id)
)
_SETTLE = insert_if_new(appeal_outcomes)
_FEEDBACK = (
    select(*_REMARK, *_A)
    .outerjoin(remark_answers, _A.remark_id == _R.id)
    .where(_R.kind == RemarkKind.FEEDBACK.value, of_team(_R.person_id))
    .order_by(_R.id.desc())
    .limit(bindparam("limit"))
)
_ANSWER = insert_if_new(remark_answers)
_SHARE = insert_if_new(shares)
_UNSHARE = delete(shares).where(shares.c.dialogue_id == bindparam("dialogue_id"))
_WHY_SHOWN = select(
    dialogues.c.mode == Mode.EXAM.value,
    SHARED.label("shared"),
    APPEALED.label("appealed"),
    ASSIGNED.label("assigned"),
).where(dialogues.c.id == bindparam("dialogue_id"))
_ADD_LOOKS = insert(looks)
_LOOKS_AT = (
    select(looks)
    .where(_K.dialogue_id == bindparam("dialogue_id"))
    .order_by(_K.id.desc())
    .limit(bindparam("limit"))
)
_RECENT_LOOKS = (
    select(looks).where(of_team(_K.person_id)).order_by(_K.id.desc()).limit(bindparam("limit"))
)


class SqlAppeals:
    """`Appeals` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, remark_id: int) -> Remark:
        row = self._connection.execute(_APPEAL, {"id": remark_id}).first()
        if row is None:
            raise NotFound(what="appeal", name=str(remark_id))
        return remark_of(row)

    def waiting(self, *, team: str | None, limit: int) -> Sequence[Remark]:
        rows = self._connection.execute(_WAITING, {"team": team, "limit": limit})
        return [remark_of(row) for row in rows]

    def settled(self, *, team: str | None, limit: int) -> Sequence[tuple[Remark, AppealOutcome]]:
        rows = self._connection.execute(_SETTLED, {"team": team, "limit": limit})
        return [(remark_of(row[:_WIDTH]), outcome_of(row[_WIDTH:])) for row in rows]

    def of_dialogue(self, dialogue_id: str) -> Sequence[tuple[Remark, AppealOutcome | None]]:
        rows = self._connection.execute(_OF_DIALOGUE, {"dialogue_id": dialogue_id})
        return [
            (
                remark_of(row[:_WIDTH]),
                None if row[_WIDTH] is None else outcome_of(row[_WIDTH:]),
            )
            for row in rows
        ]

    def settle(self, outcome: AppealOutcome) -> bool:
        self.get(outcome.remark_id)
        return self._connection.execute(_SETTLE, outcome_values(outcome)).rowcount == 1


class SqlFeedback:
    """`Feedback` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recent(
        self, *, team: str | None, limit: int
    ) -> Sequence[tuple[Remark, RemarkAnswer | None]]:
        rows = self._connection.execute(_FEEDBACK, {"team": team, "limit": limit})
        return [
            (remark_of(row[:_WIDTH]), None if row[_WIDTH] is None else answer_of(row[_WIDTH:]))
            for row in rows
        ]

    def answer(self, answer: RemarkAnswer) -> bool:
        values = {
            "remark_id": answer.remark_id,
            "author_id": answer.author_id,
            "text": answer.text,
            "at": answer.at,
        }
        return self._connection.execute(_ANSWER, values).rowcount == 1


class SqlShares:
    """`Shares` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, dialogue_id: str, *, now: datetime) -> None:
        if self._connection.execute(_WHY_SHOWN, {"dialogue_id": dialogue_id}).first() is None:
            raise NotFound(what="dialogue", name=dialogue_id)
        self._connection.execute(_SHARE, {"dialogue_id": dialogue_id, "at": now})

    def drop(self, dialogue_id: str) -> None:
        self._connection.execute(_UNSHARE, {"dialogue_id": dialogue_id})

    def why_shown(self, dialogue_id: str) -> Sequence[ShownWhy]:
        row = self._connection.execute(_WHY_SHOWN, {"dialogue_id": dialogue_id}).first()
        return [why for why, there in zip(ShownWhy, row or (), strict=False) if there]


class SqlLooks:
    """`Looks` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, looks: Sequence[Look]) -> None:
        values = [
            {
                "viewer_id": look.viewer_id,
                "person_id": look.person_id,
                "dialogue_id": look.dialogue_id,
                "why": look.why,
                "at": look.at,
            }
            for look in looks
        ]
        if values:
            self._connection.execute(_ADD_LOOKS, values)

    def of_dialogue(self, dialogue_id: str, *, limit: int) -> Sequence[Look]:
        rows = self._connection.execute(_LOOKS_AT, {"dialogue_id": dialogue_id, "limit": limit})
        return [look_of(row) for row in rows]

    def recent(self, *, team: str | None, limit: int) -> Sequence[Look]:
        rows = self._connection.execute(_RECENT_LOOKS, {"team": team, "limit": limit})
        return [look_of(row) for row in rows]
