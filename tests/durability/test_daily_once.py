"""Three schedulers on one MariaDB: every push is created once, whoever dies and however clocks
jump."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bots.web.deps import address_of
from core.content.library import open_library
from core.domain.people import Person, Role
from core.domain.worktime import Shift, Span
from core.ports.storage import UnitOfWork
from ops.daily import CLAIM, KINDS, DailyRunner
from ops.migrations import migrate
from ops.settings import read_settings
from ops.wiring import build
from tests.durability.databases import fresh_database, rows

TRAINEES = [Person(f"p-{number}", f"学员{number}", Role.TRAINEE, "一组") for number in range(24)]
BOSSES = [Person(f"s-{number}", f"主管{number}", Role.SUPERVISOR, "一组") for number in range(3)]
DAY = date(2026, 3, 3)
SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@dataclass
class Skewed:
    """A clock that goes before or behind the others."""

    base: list[datetime]
    skew: timedelta = timedelta()

    def now(self) -> datetime:
        return self.base[0] + self.skew


@dataclass
class Schedulers:
    """Three runners, the time they share, and their database."""

    runners: list[DailyRunner]
    clocks: list[Skewed]
    base: list[datetime]
    url: str

    def at(self, hour: int, minute: int = 0) -> None:
        """Shanghai's wall clock."""
        self.base[0] = datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=SHANGHAI)

    async def roster(self, shifts: Sequence[Shift]) -> None:
        """Who works when."""
        await self.runners[0].transactions.write(lambda unit: unit.rosters.put(shifts))

    def pushes(self, folder: Path) -> Counter[tuple[str, str]]:
        """How often each (person, code) was pushed."""
        query = (
            "SELECT c.person_id, o.code FROM outbox o JOIN conversations c"
            " ON c.id = o.conversation_id WHERE o.kind = 'push'"
        )
        return Counter((row[0], row[1]) for row in rows(self.url, folder, query))


@pytest.fixture
async def schedulers(mysql_url: str, tmp_path: Path) -> AsyncIterator[Schedulers]:
    async with opened(mysql_url, tmp_path) as found:
        # Some are off, and must stay so.
        work = Span.read("09:00-18:00")
        await found.roster([Shift(one.id, DAY, None) for one in TRAINEES[:4]])
        await found.roster([Shift(one.id, DAY, work) for one in TRAINEES[4:8]])
        yield found


@asynccontextmanager
async def opened(mysql_url: str, folder: Path, **given: object) -> AsyncIterator[Schedulers]:
    """Three runners on an empty database with everybody in it."""
    url = await asyncio.to_thread(fresh_database, mysql_url, "daily")
    await asyncio.to_thread(migrate, url)
    base = [datetime(2026, 3, 2, 16, tzinfo=UTC)]
    clocks = [Skewed(base) for _ in range(3)]
    content = open_library()
    async with AsyncExitStack() as stack:
        runners = []
        for clock in clocks:
            settings = read_settings(data_dir=folder, database_url=url, push_per_week=7, **given)
            house = build(settings, clock=clock, content=content)
            stack.push_async_callback(house.close)
            runners.append(house.daily)

        def work(unit: UnitOfWork) -> None:
            for person in (*TRAINEES, *BOSSES):
                unit.people.add(person)
                conversation = unit.conversations.at(address_of(person))
                unit.conversations.set_person(conversation.id, person.id, "zh")

        await runners[0].transactions.write(work)
        yield Schedulers(runners, clocks, base, url)


async def _drain_all(found: Schedulers) -> None:
    while any(await asyncio.gather(*(runner.drain_once() for runner in found.runners))):
        pass


@pytest.mark.service
async def test_three_schedulers_create_each_push_and_each_digest_once(
    schedulers: Schedulers, tmp_path: Path
) -> None:
    for hour, minute in ((0, 5), (9, 0), (10, 9)):
        schedulers.at(hour, minute)
        await asyncio.gather(*(runner.plan() for runner in schedulers.runners))
        await _drain_all(schedulers)
    # One claims a batch and dies; the others wait for its claims to run out.
    schedulers.at(18, 9)
    dead = schedulers.runners[0]
    claimed = await dead.transactions.write(
        lambda unit: unit.jobs.claim_due(
            KINDS, owner="dead", now=dead.clock.now(), ttl=CLAIM, limit=2
        )
    )
    await _drain_all(schedulers)
    before = schedulers.pushes(tmp_path)
    schedulers.base[0] += CLAIM + timedelta(seconds=1)
    await _drain_all(schedulers)
    found = schedulers.pushes(tmp_path)

    assert len(claimed) == 2
    assert sum(code == "digest" for _, code in before) == 1
    assert found == {
        **{(one.id, "drill"): 1 for one in TRAINEES[4:]},
        **{(one.id, "digest"): 1 for one in BOSSES},
    }


@pytest.mark.service
async def test_clocks_an_hour_off_and_overlapping_claims_double_nothing(
    schedulers: Schedulers, tmp_path: Path
) -> None:
    schedulers.clocks[1].skew = timedelta(hours=1)
    schedulers.clocks[2].skew = timedelta(hours=-1)
    for minute in range(0, 180, 20):
        schedulers.at(9 + minute // 60, minute % 60)
        # A claim of one that is ahead looks run out to one that is behind, and the other way.
        await asyncio.gather(*(runner.plan() for runner in schedulers.runners))
        await _drain_all(schedulers)
        for runner in schedulers.runners:
            runner._made.clear()  # as after a restart
    found = schedulers.pushes(tmp_path)

    assert found == {(one.id, "drill"): 1 for one in TRAINEES[4:]}


@pytest.mark.service
async def test_the_same_job_worked_by_two_at_once_is_one_message(
    schedulers: Schedulers, tmp_path: Path
) -> None:
    schedulers.at(10, 9)
    first, second, _ = schedulers.runners
    await first.plan()
    now = first.clock.now()
    jobs = await first.transactions.write(
        lambda unit: unit.jobs.claim_due(KINDS, owner="a", now=now, ttl=CLAIM, limit=50)
    )
    later = now + CLAIM + timedelta(seconds=1)
    again = await second.transactions.write(
        lambda unit: unit.jobs.claim_due(KINDS, owner="b", now=later, ttl=CLAIM, limit=50)
    )
    assert {job.id for job in again} == {job.id for job in jobs}
    pairs = [*((first, job) for job in jobs), *((second, job) for job in again)]
    await asyncio.gather(*(runner._work(job) for runner, job in pairs))

    assert schedulers.pushes(tmp_path) == {(one.id, "drill"): 1 for one in TRAINEES[4:]}


@pytest.mark.service
@pytest.mark.parametrize(
    ("day", "push_at", "first", "last"),
    [
        # Half past two is skipped: the drill comes at half past three, summer time.
        (date(2026, 3, 8), "02:30", "07:30", "07:40"),
        # Half past one comes twice: the drill goes out at the first.
        (date(2026, 11, 1), "01:30", "05:30", "05:40"),
    ],
    ids=["an hour is skipped", "an hour comes twice"],
)
async def test_on_a_day_on_which_clocks_change_each_push_goes_out_once_at_its_hour(
    mysql_url: str, tmp_path: Path, day: date, push_at: str, first: str, last: str
) -> None:
    given = {"timezone": "America/New_York", "push_at": push_at, "push_quiet": "12:00-12:01"}
    async with opened(mysql_url, tmp_path, **given) as found:
        await found.roster([Shift(one.id, day, Span(0, 12 * 60)) for one in TRAINEES])
        found.base[0] = datetime(day.year, day.month, day.day, 4, 1, tzinfo=UTC)
        while found.base[0].hour < 10:
            await asyncio.gather(*(runner.plan() for runner in found.runners))
            await _drain_all(found)
            for runner in found.runners:
                runner._made.clear()  # as after a restart
            found.base[0] += timedelta(minutes=2 if found.base[0].hour == int(first[:2]) else 20)
        asked = "SELECT min(finished_at), max(finished_at) FROM jobs WHERE kind = 'drill'"
        ((begun, ended),) = rows(found.url, tmp_path, asked)

        assert found.pushes(tmp_path) == {(one.id, "drill"): 1 for one in TRAINEES}
        assert first <= f"{begun:%H:%M}" <= f"{ended:%H:%M}" <= last
