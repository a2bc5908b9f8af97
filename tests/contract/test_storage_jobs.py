"""The one table of timed things, through every store."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from core.domain.jobs import Job, JobKind, NewJob
from core.errors import NotFound, StorageError
from tests.contract.stores import MINUTE, NOON, SECOND, Store


async def added(
    store: Store, key: str, *, due_at: datetime = NOON, kind: JobKind = JobKind.JUDGE
) -> bool:
    job = NewJob(kind=kind, key=key, due_at=due_at, payload={"dialogue_id": key, "词": "😀"})
    return await store.do(lambda unit: unit.jobs.add(job, now=NOON))


async def claimed(
    store: Store,
    *,
    now: datetime = NOON,
    kinds: Sequence[JobKind] = (JobKind.JUDGE,),
    limit: int = 10,
    owner: str = "j-1",
) -> Sequence[Job]:
    return await store.do(
        lambda unit: unit.jobs.claim_due(kinds, owner=owner, now=now, ttl=MINUTE, limit=limit)
    )


async def test_a_job_is_kept_once_under_its_key(store: Store) -> None:
    assert await added(store, "judge:d-1") is True
    assert await added(store, "judge:d-1", kind=JobKind.TIME_UP) is False
    assert await added(store, "judge:D-1") is True
    assert await added(store, "judge:d-1 ") is True
    assert await added(store, "j" * 300) is True
    assert await added(store, "j" * 300) is False


async def test_a_due_job_is_claimed_with_its_payload_and_counted(store: Store) -> None:
    await added(store, "judge:d-1")

    (job,) = await claimed(store)

    assert job == Job(
        id=job.id,
        kind=JobKind.JUDGE,
        key="judge:d-1",
        payload={"dialogue_id": "judge:d-1", "词": "😀"},
        attempt=1,
    )
    assert await claimed(store, owner="j-2") == []


async def test_jobs_are_claimed_in_the_order_of_their_time_over_all_kinds(store: Store) -> None:
    await added(store, "third", due_at=NOON - SECOND)
    await added(store, "first", due_at=NOON - MINUTE, kind=JobKind.TIME_UP)
    await added(store, "second", due_at=NOON - 30 * SECOND)
    await added(store, "later", due_at=NOON + SECOND)

    two = await claimed(store, kinds=[JobKind.JUDGE, JobKind.TIME_UP], limit=2)
    rest = await claimed(store, kinds=[JobKind.JUDGE, JobKind.TIME_UP])

    assert [job.key for job in two] == ["first", "second"]
    assert [job.key for job in rest] == ["third"]


async def test_a_claim_that_ran_out_may_be_claimed_again(store: Store) -> None:
    await added(store, "judge:d-1")
    await claimed(store)

    assert await claimed(store, owner="j-2", now=NOON + 59 * SECOND) == []
    (again,) = await claimed(store, owner="j-2", now=NOON + MINUTE)
    assert again.attempt == 2


async def test_a_job_to_be_tried_again_waits_for_its_time(store: Store) -> None:
    await added(store, "judge:d-1")
    (job,) = await claimed(store)
    later = NOON + 8 * SECOND

    await store.do(lambda unit: unit.jobs.retry(job.id, due_at=later, error="x" * 900))

    assert await claimed(store, now=NOON + 7 * SECOND) == []
    (again,) = await claimed(store, now=later)
    assert again.attempt == 2


async def test_a_finished_job_stays_finished_whatever_is_said_of_it_later(store: Store) -> None:
    await added(store, "done")
    await added(store, "failed")
    done, failed = await claimed(store)
    await store.do(lambda unit: unit.jobs.done(done.id, now=NOON))
    await store.do(lambda unit: unit.jobs.fail(failed.id, now=NOON, error="KeyError"))

    await store.do(lambda unit: unit.jobs.retry(done.id, due_at=NOON, error="late"))
    await store.do(lambda unit: unit.jobs.retry(failed.id, due_at=NOON, error="late"))

    assert await claimed(store, now=NOON + MINUTE) == []
    assert await added(store, "done") is False


async def test_a_job_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.jobs.done(999_999_999, now=NOON))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.jobs.retry(999_999_999, due_at=NOON, error=""))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.jobs.fail(999_999_999, now=NOON, error=""))


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    zoneless = NOON.replace(tzinfo=None)

    with pytest.raises(StorageError):
        await added(store, "judge:d-1", due_at=zoneless)

    assert await claimed(store, now=NOON + MINUTE) == []
