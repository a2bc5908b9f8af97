"""The one table of timed things."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from sqlalchemy import Connection, bindparam, select, update

from core.domain.jobs import Job, JobKind, JobState, NewJob
from core.errors import NotFound
from core.storage.mapping import AnyRow, json_object, json_text, short
from core.storage.repositories.statements import insert_if_new
from core.storage.rules import key_of
from core.storage.tables import jobs

_J = jobs.c

_ADD = insert_if_new(jobs)
# One kind at a time: then the index gives the rows in the order of their time, and a long queue
# of another kind costs nothing.
_DUE = (
    select(_J.id, _J.kind, _J.key, _J.payload, _J.attempts, _J.due_at)
    .where(_J.kind == bindparam("kind"), _J.due_at <= bindparam("now"))
    .order_by(_J.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(jobs)
    .where(_J.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=JobState.CLAIMED.value,
        attempts=_J.attempts + 1,
        claimed_by=bindparam("owner"),
        due_at=bindparam("until"),
    )
)
_SETTLE = (
    update(jobs)
    .where(_J.id == bindparam("of"), _J.due_at.is_not(None))
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("due"),
        finished_at=bindparam("now"),
        error=bindparam("why"),
    )
)
_EXISTS = select(_J.id).where(_J.id == bindparam("id"))


class SqlJobs:
    """`Jobs` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job: NewJob, *, now: datetime) -> bool:
        values = {
            "kind": job.kind.value,
            "key": key_of(job.key),
            "payload": json_text(job.payload),
            "state": JobState.WAITING.value,
            "due_at": job.due_at,
            "created_at": now,
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def claim_due(
        self, kinds: Sequence[JobKind], *, owner: str, now: datetime, ttl: timedelta, limit: int
    ) -> Sequence[Job]:
        due: list[AnyRow] = []
        for kind in kinds:
            where = {"kind": kind.value, "now": now, "limit": limit}
            due += self._connection.execute(_DUE, where)
        due.sort(key=itemgetter(5, 0))
        claimed = due[:limit]
        if claimed:
            ids = sorted(row[0] for row in claimed)
            self._connection.execute(_CLAIM, {"ids": ids, "owner": owner, "until": now + ttl})
        return [
            Job(
                id=row[0],
                kind=JobKind(row[1]),
                key=row[2],
                payload=json_object(row[3]),
                attempt=row[4] + 1,
            )
            for row in claimed
        ]

    def done(self, job_id: int, *, now: datetime) -> bool:
        return self._settle(job_id, JobState.DONE, now=now)

    def retry(self, job_id: int, *, due_at: datetime, error: str) -> None:
        self._settle(job_id, JobState.WAITING, due_at=due_at, error=error)

    def fail(self, job_id: int, *, now: datetime, error: str) -> bool:
        return self._settle(job_id, JobState.FAILED, now=now, error=error)

    def _settle(
        self,
        job_id: int,
        state: JobState,
        *,
        now: datetime | None = None,
        due_at: datetime | None = None,
        error: str = "",
    ) -> bool:
        values = {
            "of": job_id,
            "new_state": state.value,
            "due": due_at,
            "now": now,
            "why": short(error),
        }
        if self._connection.execute(_SETTLE, values).rowcount == 1:
            return True
        if self._connection.execute(_EXISTS, {"id": job_id}).first() is None:
            raise NotFound(what="job", name=str(job_id))
        return False
