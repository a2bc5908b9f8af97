"""Which talks people mark, what they marked, and how far each check is trusted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from core.domain.dialogue import Dialogue, Mode
from core.domain.review import AuditTask, CheckTrust, Origin, Review
from core.domain.scorecard import Scorecard
from core.storage.mapping import card_of, dialogue_of
from core.storage.repositories.remarks import SHOWN, of_team
from core.storage.repositories.statements import insert_if_new, replace_row
from core.storage.review_mapping import (
    review_of,
    review_values,
    task_of,
    task_values,
    trust_of,
    trust_values,
)
from core.storage.tables import audit_tasks, check_trusts, dialogues, reviews, scorecards

_S = scorecards.c
_T = audit_tasks.c
_V = reviews.c
_C = check_trusts.c

_POOL = (
    select(dialogues, _S.card)
    .join(scorecards, _S.dialogue_id == dialogues.c.id)
    .where(
        _S.judged_at >= bindparam("since"),
        dialogues.c.mode != Mode.MICRO.value,
        SHOWN,
        of_team(dialogues.c.person_id),
    )
    .order_by(_S.judged_at.desc(), _S.dialogue_id.desc())
    .limit(bindparam("limit"))
)
_ADD_TASK = insert_if_new(audit_tasks)
_TASK_COLUMNS = (_T.dialogue_id, _T.person_id, _T.whys, _T.twice, _T.drawn_at, _T.fixed)
_TASKS = (
    select(*_TASK_COLUMNS)
    .where(of_team(_T.person_id))
    .order_by(_T.drawn_at.desc(), _T.id)
    .limit(bindparam("limit"))
)
_TASK = select(*_TASK_COLUMNS).where(_T.dialogue_id == bindparam("dialogue_id"))
_FIX = (
    update(audit_tasks)
    .where(_T.dialogue_id.in_(bindparam("ids", expanding=True)))
    .values(fixed=True)
)
_DROP_REVIEW = delete(reviews).where(
    _V.dialogue_id == bindparam("dialogue"),
    _V.rater_id == bindparam("rater"),
    _V.origin == bindparam("kind"),
)
_ADD_REVIEW = insert(reviews)
_REVIEWS = select(reviews).where(of_team(_V.person_id)).order_by(_V.at, _V.dialogue_id, _V.rater_id)
_REVIEWS_OF = (
    select(reviews).where(_V.dialogue_id == bindparam("dialogue_id")).order_by(_V.at, _V.rater_id)
)
_RATERS = select(_V.dialogue_id, _V.rater_id).where(
    _V.origin == Origin.AUDIT.value, of_team(_V.person_id)
)
_REPLACE_TRUST = (
    update(check_trusts)
    .where(_C.check_id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in _C if column.name != "check_id"})
)
_ADD_TRUST = insert(check_trusts)
_TRUSTS = select(check_trusts).order_by(_C.check_id)


class SqlAudits:
    """`Audits` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pool(
        self, *, team: str | None, since: datetime, limit: int
    ) -> Sequence[tuple[Dialogue, Scorecard]]:
        where = {"team": team, "since": since, "limit": limit}
        rows = self._connection.execute(_POOL, where)
        return [(dialogue_of(row), card_of(row[-1])) for row in rows]

    def add_tasks(self, tasks: Sequence[AuditTask]) -> int:
        return sum(
            self._connection.execute(_ADD_TASK, task_values(task)).rowcount for task in tasks
        )

    def tasks(self, *, team: str | None, limit: int) -> Sequence[AuditTask]:
        rows = self._connection.execute(_TASKS, {"team": team, "limit": limit})
        return [task_of(row) for row in rows]

    def task(self, dialogue_id: str) -> AuditTask | None:
        row = self._connection.execute(_TASK, {"dialogue_id": dialogue_id}).first()
        return None if row is None else task_of(row)

    def fix(self, dialogue_ids: Sequence[str]) -> None:
        self._connection.execute(_FIX, {"ids": list(dialogue_ids)})

    def put_review(self, review: Review) -> None:
        same = {
            "dialogue": review.dialogue_id,
            "rater": review.rater_id,
            "kind": review.origin.value,
        }
        self._connection.execute(_DROP_REVIEW, same)
        self._connection.execute(_ADD_REVIEW, review_values(review))

    def reviews(self, *, team: str | None) -> Sequence[Review]:
        return [review_of(row) for row in self._connection.execute(_REVIEWS, {"team": team})]

    def reviews_of(self, dialogue_id: str) -> Sequence[Review]:
        rows = self._connection.execute(_REVIEWS_OF, {"dialogue_id": dialogue_id})
        return [review_of(row) for row in rows]

    def raters(self, *, team: str | None) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for dialogue_id, rater_id in self._connection.execute(_RATERS, {"team": team}):
            found[dialogue_id].add(rater_id)
        return {dialogue_id: frozenset(raters) for dialogue_id, raters in found.items()}

    def trusts(self) -> Sequence[CheckTrust]:
        return [trust_of(row) for row in self._connection.execute(_TRUSTS)]

    def put_trust(self, trust: CheckTrust) -> None:
        values = trust_values(trust)
        replace_row(
            self._connection,
            values,
            replace=_REPLACE_TRUST,
            add=_ADD_TRUST,
            here={"of": trust.check},
        )
