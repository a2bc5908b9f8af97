"""The bell and the runner: what is due is done once, what fails is tried again and then named."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bots import heartbeat
from core.domain.jobs import Job, JobKind, NewJob
from core.domain.messages import NoticeCode
from core.errors import StorageUnavailable
from core.storage.live_state import LocalLiveState
from ops.jobs import CLAIM, MAX_ATTEMPTS
from ops.scheduler import Line, Scheduler
from tests.flow.phone import HandClock, Phone, Rig, codes, open_rig

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


async def ended_but_unjudged(rig: Rig, phone: Phone) -> None:
    """A practice whose judge job waits."""
    await phone.type("练习 1 seed=7")
    await phone.type("您好，很抱歉影响您了，请问手机尾号是多少")
    await phone.house.intake.keep(phone.message("结束"))
    await rig.house.worker.drain()


async def claimed_by_the_dead(rig: Rig) -> Sequence[Job]:
    """A runner takes what is due and is never heard of again."""
    now = rig.clock.now()
    return await rig.house.transactions.write(
        lambda unit: unit.jobs.claim_due([JobKind.JUDGE], owner="dead", now=now, ttl=CLAIM, limit=9)
    )


async def test_a_debrief_is_written_once_however_often_the_job_is_worked(rig: Rig) -> None:
    phone = rig.phone()
    await ended_but_unjudged(rig, phone)
    assert await rig.house.jobs.drain_once() == 1
    assert await rig.house.jobs.drain_once() == 0
    assert codes(await phone.read()).count(NoticeCode.DEBRIEF) == 1


async def test_a_slow_runner_whose_claim_ran_out_does_not_write_the_debrief_again(
    rig: Rig,
) -> None:
    phone = rig.phone()
    await ended_but_unjudged(rig, phone)
    (slow,) = await claimed_by_the_dead(rig)
    rig.clock.advance(seconds=61)
    assert await rig.house.jobs.drain_once() == 1
    await rig.house.jobs._work(slow)
    assert codes(await phone.read()).count(NoticeCode.DEBRIEF) == 1


async def test_the_claim_of_a_runner_that_died_is_taken_over(rig: Rig) -> None:
    phone = rig.phone()
    await ended_but_unjudged(rig, phone)
    assert [job.attempt for job in await claimed_by_the_dead(rig)] == [1]
    assert await rig.house.jobs.drain_once() == 0
    rig.clock.advance(seconds=61)
    assert await rig.house.jobs.drain_once() == 1
    assert NoticeCode.DEBRIEF in codes(await phone.read())


async def test_a_job_that_kills_its_runner_each_time_is_given_up_and_the_trainee_is_told(
    rig: Rig,
) -> None:
    phone = rig.phone()
    await ended_but_unjudged(rig, phone)
    await phone.read()
    for _ in range(MAX_ATTEMPTS):
        assert len(await claimed_by_the_dead(rig)) == 1
        rig.clock.advance(seconds=61)
    assert await rig.house.jobs.drain_once() == 1
    told = await phone.read()
    assert codes(told) == [NoticeCode.NOT_JUDGED]
    rig.clock.advance(days=1)
    assert await rig.house.jobs.drain_once() == 0


async def test_a_job_about_a_dialogue_that_is_gone_is_given_up_at_once(rig: Rig) -> None:
    job = NewJob(JobKind.JUDGE, "judge:gone", rig.clock.now(), {"dialogue_id": "gone"})
    await rig.house.transactions.write(lambda unit: unit.jobs.add(job, now=rig.clock.now()))
    assert await rig.house.jobs.drain_once() == 1
    rig.clock.advance(days=1)
    assert await rig.house.jobs.drain_once() == 0


async def test_a_job_that_fails_is_tried_again_later_and_given_up_by_name(rig: Rig) -> None:
    phone = rig.phone()
    await ended_but_unjudged(rig, phone)
    await phone.read()
    job = NewJob(JobKind.JUDGE, "judge:broken", rig.clock.now(), {"dialogue": "no such field"})
    await rig.house.transactions.write(lambda unit: unit.jobs.add(job, now=rig.clock.now()))
    worked = []
    for _ in range(MAX_ATTEMPTS + 1):
        worked.append(await rig.house.jobs.drain_once())
        rig.clock.advance(minutes=1)
    # The good one is not held back by it, and the broken one is tried five times.
    assert worked == [2, 1, 1, 1, 1, 0]
    assert codes(await phone.read()) == [NoticeCode.DEBRIEF]


def scheduler(live: LocalLiveState, clock: HandClock, *lines: Line, owner: str = "a") -> Scheduler:
    return Scheduler(live, clock, ZONE, owner, lines)


async def run_until(bell: Scheduler, done: asyncio.Event) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(bell.run(stop))
    await asyncio.wait_for(done.wait(), timeout=10)
    stop.set()
    await running


async def test_the_bell_shows_a_heartbeat_as_soon_as_it_runs() -> None:
    live, clock, rung = LocalLiveState(), HandClock(), asyncio.Event()

    async def ring() -> None:
        rung.set()

    assert await heartbeat.silent_for_s(live, now=clock.now()) is None
    await run_until(scheduler(live, clock, Line("x", timedelta(seconds=0.05), ring)), rung)
    clock.advance(seconds=7)
    assert await heartbeat.silent_for_s(live, now=clock.now()) == 7


async def test_a_line_that_fails_is_rung_again_at_its_next_time() -> None:
    live, again = LocalLiveState(), asyncio.Event()
    rings = 0

    async def ring() -> None:
        nonlocal rings
        rings += 1
        if rings == 1:
            raise StorageUnavailable
        again.set()

    await run_until(scheduler(live, HandClock(), Line("x", timedelta(seconds=0.05), ring)), again)
    assert rings >= 2


async def test_of_two_schedulers_one_rings_a_line() -> None:
    live, done = LocalLiveState(), asyncio.Event()
    rung: list[str] = []

    def ring(name: str) -> Line:
        async def note() -> None:
            rung.append(name)
            await asyncio.sleep(0.3)
            done.set()

        return Line("the same", timedelta(seconds=1), note)

    bells = [scheduler(live, HandClock(), ring(name), owner=name) for name in ("a", "b")]
    stop = asyncio.Event()
    running = [asyncio.create_task(bell.run(stop)) for bell in bells]
    await asyncio.wait_for(done.wait(), timeout=10)
    stop.set()
    await asyncio.gather(*running)
    assert len(rung) == 1


def test_cron_lines_are_read_in_the_installation_s_time_zone() -> None:
    async def nothing() -> None:
        return

    trigger = Line("digest", "30 18 * * mon-fri", nothing).trigger(ZONE)
    friday_evening = datetime(2026, 3, 6, 18, 31, tzinfo=ZONE)
    following = trigger.get_next_fire_time(None, friday_evening)
    assert following is not None
    assert following.astimezone(UTC) == datetime(2026, 3, 9, 10, 30, tzinfo=UTC)


def test_days_of_the_week_as_numbers_are_refused_since_cron_and_the_library_differ() -> None:
    async def nothing() -> None:
        return

    with pytest.raises(ValueError, match="mon, tue"):
        Line("digest", "30 18 * * 1-5", nothing).trigger(ZONE)
