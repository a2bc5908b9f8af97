"""Three scheduler processes on MariaDB and Redis; one is killed at the second at which everything
falls due, and started again at once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import redis

from bots.intake import JOBS_TOPIC
from bots.web.deps import address_of
from core.domain.jobs import JobKind, NewJob
from core.domain.people import Person, Role
from core.domain.worktime import DAY_MINUTES, Shift, Span
from core.ports.storage import UnitOfWork
from core.storage.unit_of_work import SqlTransactions, open_transactions
from ops.migrations import migrate
from tests.durability.databases import flush, fresh_database, rows
from tests.durability.product import ROOT

TRAINEES = [Person(f"p-{number}", f"学员{number}", Role.TRAINEE, "一组") for number in range(150)]
ZONE = ZoneInfo("Asia/Shanghai")
LATEST_S = 60.0
WAKE = "peilian:wake"


@dataclass(slots=True)
class Schedulers:
    """Processes that share a database."""

    folder: Path
    settings: Mapping[str, str]
    held: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """One more."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PEILIAN_")
        }
        environment |= {"PYTHONPATH": str(ROOT), "PEILIAN_DATA_DIR": str(self.folder)}
        with (self.folder / "log").open("ab") as log:
            command = (sys.executable, "-m", "ops", "serve", "--role", "scheduler")
            self.held.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=environment | dict(self.settings),
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                )
            )

    def kill(self, number: int) -> None:
        """As a power cut would."""
        self.held[number].kill()
        self.held[number].wait()

    def end(self) -> None:
        """End what still runs."""
        for one in self.held:
            one.kill()
            one.wait()


async def due_at_once(transactions: SqlTransactions, due: datetime) -> None:
    """Everybody's drill of the day, for the same second, with everybody at work all day."""
    day = due.astimezone(ZONE).date()
    all_day = Span(0, DAY_MINUTES)

    def work(unit: UnitOfWork) -> None:
        for person in TRAINEES:
            unit.people.add(person)
            conversation = unit.conversations.at(address_of(person))
            unit.conversations.set_person(conversation.id, person.id, "zh")
            payload = {
                "person_id": person.id,
                "day": day.isoformat(),
                "due_at": due.isoformat(),
            }
            job = NewJob(JobKind.DRILL, f"drill:{person.id}:{day}", due, payload)
            unit.jobs.add(job, now=transactions.clock.now())
        unit.rosters.put([Shift(one.id, day, all_day) for one in TRAINEES])

    await transactions.write(work)


async def until(met: Callable[[], bool], *, within_s: float, every_s: float = 0.5) -> None:
    """Wait for what other processes do: they ring no bell here."""
    async with asyncio.timeout(within_s):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(every_s)


def quiet_hours(now: datetime) -> str:
    """A minute on the other side of the day."""
    begin = now.astimezone(ZONE) + timedelta(hours=12)
    return f"{begin:%H:%M}-{begin + timedelta(minutes=1):%H:%M}"


@pytest.mark.service
@pytest.mark.timeout(150)
async def test_each_push_is_made_once_and_within_a_minute_though_one_dies_at_the_due_second(
    mysql_url: str, redis_url: str, tmp_path: Path
) -> None:
    url = await asyncio.to_thread(fresh_database, mysql_url, "bells")
    flush(redis_url)
    await asyncio.to_thread(migrate, url)
    transactions = open_transactions(url)
    await transactions.ping()
    settings = {
        "PEILIAN_DATABASE_URL": url,
        "PEILIAN_REDIS_URL": redis_url,
        # Nothing but what the test plans.
        "PEILIAN_PUSH_PER_WEEK": "0",
        "PEILIAN_PUSH_MICRO_PER_WEEK": "0",
        "PEILIAN_PUSH_QUIET": quiet_hours(transactions.clock.now()),
    }
    schedulers = Schedulers(tmp_path, settings)
    with ExitStack() as stack:
        stack.callback(schedulers.end)
        bell = stack.enter_context(redis.Redis.from_url(redis_url))
        for _ in range(3):
            schedulers.start()
        await until(lambda: bell.pubsub_numsub(WAKE)[0][1] == 3, within_s=60)
        due = transactions.clock.now() + timedelta(seconds=2)
        await due_at_once(transactions, due)
        await asyncio.sleep(max(0.0, (due - transactions.clock.now()).total_seconds()))
        bell.publish(WAKE, JOBS_TOPIC)
        claimed = "SELECT count(DISTINCT claimed_by) FROM jobs WHERE state = 'claimed'"
        await until(lambda: rows(url, tmp_path, claimed)[0][0] == 3, within_s=20, every_s=0.005)
        schedulers.kill(0)
        schedulers.start()
        unended = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"
        await until(lambda: rows(url, tmp_path, unended)[0][0] == 0, within_s=90)
    await transactions.close()

    pushed = rows(
        url,
        tmp_path,
        "SELECT c.person_id, o.code, o.created_at FROM outbox o"
        " JOIN conversations c ON c.id = o.conversation_id WHERE o.kind = 'push'",
    )
    twice = rows(url, tmp_path, "SELECT count(*) FROM jobs WHERE attempts > 1")[0][0]
    late_s = [(row[2].replace(tzinfo=due.tzinfo) - due).total_seconds() for row in pushed]

    assert Counter((row[0], row[1]) for row in pushed) == {(one.id, "drill"): 1 for one in TRAINEES}
    assert twice > 0  # what the dead one had claimed
    assert max(late_s) <= LATEST_S
