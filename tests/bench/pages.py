"""What a supervisor's pages cost in a large team.

    python -m tests.bench.pages [--people 2000] [--drills 50]

Makes an SQLite file with that many trainees in one team, each with so many judged practices (full
scorecards of 26 marks) and six months of business results, opens each page twice and prints its CPU
time and wall time. The first line is what the process does once, at its start: it reads what
everybody's practices come to. Fails where a page takes more than a second of CPU time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aiohttp.test_utils import TestServer

from bots.web.deps import address_of
from core.domain.people import Person, Role
from core.domain.results import BusinessResult
from core.ports.storage import UnitOfWork
from ops.company import company_metrics
from ops.serve import web_app
from ops.settings import read_settings
from ops.wiring import House, build
from tests.bench.plans import END, fill
from tests.flow.web.visit import HandClock, Site

MOST_S = 1.0
PRACTISED_ON = (END - timedelta(days=3)).date()
"""The day of everybody's last practice: the longest digest."""

BOSS = Person("s-boss", "王主管", Role.SUPERVISOR, "大组")
MONTHS = (6, 7, 8, 9, 10, 11)
PAGES = (
    "/console",
    "/console/map",
    "/api/v1/pictures/map.png",
    "/console/digest",
    f"/console/digest?day={PRACTISED_ON}",
    "/console/evidence",
    "/console/organisation",
)


class Then(HandClock):
    """The afternoon after the last practices."""

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(END.year, END.month, END.day, 9, tzinfo=UTC)


def main() -> int:
    """Measure; 1 when a page is too slow."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--drills", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), people=given.people, drills=given.drills)
        slowest = asyncio.run(_measure(Path(folder)))
    return int(slowest > MOST_S)


async def _measure(folder: Path) -> float:
    """The CPU seconds of the slowest page."""
    clock = Then()
    settings = read_settings(data_dir=folder, training_only=False)
    house = build(settings, clock=clock)
    slowest = 0.0
    try:
        people = await _one_team(house, sorted(company_metrics(settings))[:2])
        begun = time.process_time()
        names = [one.id for one in people]
        await house.transactions.read(lambda unit: house.records.of(unit, names))
        _tell("at the start", time.process_time() - begun)
        server = TestServer(web_app(house))
        async with server, Site(house, server, clock).browser(BOSS) as browser:
            for page in (*PAGES, *PAGES):
                cpu, wall = time.process_time(), time.monotonic()
                answer = await browser.client.get(page)
                size = len(await answer.read())
                assert answer.status == 200, page
                cpu = time.process_time() - cpu
                slowest = max(slowest, cpu)
                _tell(f"{page} {answer.status} {size} bytes", cpu, time.monotonic() - wall)
    finally:
        await house.close()
    return slowest


async def _one_team(house: House, metrics: Sequence[str]) -> Sequence[Person]:
    """Everybody in the supervisor's team, with an address and results of their own."""
    chance = random.Random(2)

    def work(unit: UnitOfWork) -> Sequence[Person]:
        people = [replace(one, team=BOSS.team) for one in unit.people.everyone()]
        for person in people:
            unit.people.add(person)
            unit.conversations.set_person(
                unit.conversations.at(address_of(person)).id, person.id, "zh"
            )
        unit.results.put(
            [
                BusinessResult(
                    one.id,
                    metric,
                    date(2026, month, 1),
                    chance.uniform(0.5, 0.95),
                    chance.randrange(40, 400),
                )
                for one in people
                for month in MONTHS
                for metric in metrics
            ]
        )
        return people

    return await house.transactions.write(work)


def _tell(what: str, cpu: float, wall: float | None = None) -> None:
    waited = "" if wall is None else f", {wall:.2f} s wall"
    sys.stdout.write(f"{what}: {cpu:.2f} s CPU{waited}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
