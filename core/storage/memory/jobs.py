"""The one table of timed things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.jobs import Job, JobKind, NewJob
from core.errors import NotFound
from core.storage.mapping import json_object, json_text
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import key_of, storable


@dataclass(frozen=True, slots=True)
class _Kept:
    """A job; nothing is left to do once `due_at` is None."""

    id: int
    kind: JobKind
    key: str
    payload: str
    due_at: datetime | None
    attempts: int = 0


class MemoryJobs:
    """`Jobs` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._rows: Table[int, _Kept] = Table(
            journal,
            key=lambda job: job.key,
            open=lambda job: job.kind if job.due_at else None,
        )

    def add(self, job: NewJob, *, now: datetime) -> bool:
        key = key_of(storable(job.key))
        if self._rows.one("key", key) is not None:
            return False
        kept = _Kept(self._rows.new_id(), job.kind, key, json_text(job.payload), utc(job.due_at))
        self._rows.put(kept.id, kept)
        return True

    def claim_due(
        self, kinds: Sequence[JobKind], *, owner: str, now: datetime, ttl: timedelta, limit: int
    ) -> Sequence[Job]:
        due = [
            (job.due_at, job.id, job)
            for kind in kinds
            for job in self._rows.by("open", kind)
            if job.due_at is not None and job.due_at <= utc(now)
        ]
        return [self._claim(job, utc(now) + ttl) for _, _, job in sorted(due)[:limit]]

    def _claim(self, job: _Kept, until: datetime) -> Job:
        claimed = replace(job, attempts=job.attempts + 1, due_at=until)
        self._rows.put(job.id, claimed)
        return Job(job.id, job.kind, job.key, json_object(job.payload), claimed.attempts)

    def done(self, job_id: int, *, now: datetime) -> bool:
        return self._settle(job_id, due_at=None)

    def retry(self, job_id: int, *, due_at: datetime, error: str) -> None:
        self._settle(job_id, due_at=utc(due_at))

    def fail(self, job_id: int, *, now: datetime, error: str) -> bool:
        return self._settle(job_id, due_at=None)

    def _settle(self, job_id: int, *, due_at: datetime | None) -> bool:
        job = self._rows.get(job_id)
        if job is None:
            raise NotFound(what="job", name=str(job_id))
        if job.due_at is None:
            return False
        self._rows.put(job_id, replace(job, due_at=due_at))
        return True
