"""What everybody's plans cost: `peilian plan --out` over a company of trainees.

    python -m tests.bench.plans [--people 100000] [--drills 10]

Makes an SQLite file with that many trainees, each with so many judged practices (full scorecards of
26 marks), and three named groups, runs the command as a process, and prints its wall time, the CPU
time of it and its children, and the most memory that one of them held. Fails above 60 s and 1 GiB
for 100,000 people (in proportion for fewer). Wall times mean something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from core.content.library import open_library
from core.domain.ability import Ability
from core.domain.dialogue import EndReason, Status
from core.domain.people import Person, Role
from core.domain.scorecard import CheckMark, Debrief, MarkSource, Outcome, Scorecard
from core.storage.engines import database_url, make_engine
from core.storage.mapping import card_texts, dialogue_values, person_values
from core.storage.tables import dialogues, fitted, people, scorecards
from ops.migrations import migrate
from ops.settings import read_settings
from tests.builders import dialogue
from training_plans import groups
from training_plans.features import FEATURES

ROOT = Path(__file__).resolve().parents[2]
MOST_S, MOST_GIB = 60.0, 1.0
FULL = 100_000
VARIETY = 2000
"""Different scorecards; people share them, as making a million would take longer than planning."""

BATCH = 500
END = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
_LONG = "这个我先帮您核对一下，最晚周四中午前给您回电，您看可以吗"


def main() -> int:
    """Measure; 1 when the aim is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=FULL)
    parser.add_argument("--drills", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), people=given.people, drills=given.drills)
        wall, cpu, gib, lines = measured(Path(folder))
    limit = MOST_S * given.people / FULL
    sys.stdout.write(
        f"{given.people} people, {given.drills} drills each: {wall:.1f} s wall, {cpu:.1f} s CPU "
        f"(limit {limit:.1f} s wall), at most {gib:.2f} GiB in a process, {lines} plans\n"
    )
    return int(wall > limit or gib > MOST_GIB or lines != given.people)


def measured(folder: Path) -> tuple[float, float, float, int]:
    """Wall and CPU seconds, GiB of the largest process, and how many plans were written."""
    target = folder / "plans.jsonl"
    command = [sys.executable, "-m", "ops", "plan", "--date", "2026-11-27", "--out", str(target)]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PEILIAN_DATA_DIR": str(folder)}, check=True
    )
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with target.open("rb") as lines:
        return wall, cpu, after.ru_maxrss / 2**20, sum(1 for _ in lines)


def fill(folder: Path, *, people: int, drills: int) -> None:
    """A company with a past."""
    settings = read_settings(data_dir=folder)
    migrate(settings.database_url, data_dir=folder)
    chance = random.Random(1)
    cards = [_card(chance) for _ in range(VARIETY)]
    cases = [one.id for one in open_library().scenarios("zh")]
    engine = make_engine(database_url(settings.database_url, data_dir=folder))
    with engine.begin() as connection:
        for start in range(0, people, BATCH):
            _add(connection, range(start, min(people, start + BATCH)), drills, chance, cards, cases)
        text = groups.text_of(_learned(cases))
        connection.execute(insert(fitted), {"name": groups.NAME, "text": text, "at": END})
    engine.dispose()


def _learned(cases: Sequence[str]) -> groups.Learned:
    """Three named groups as a refit leaves them, so that everybody's is looked up."""
    codes = [f"g{number}" for number in range(3)]
    width = len(FEATURES)
    return groups.Learned(
        stage="named",
        groups=tuple(
            groups.Group(
                code,
                tuple(1.5 * (place == at) for place in range(width)),
                (1.0,) * width,
                1 / 3,
                ((FEATURES[at], 1.0),),
            )
            for at, code in enumerate(codes)
        ),
        means=(0.0,) * width,
        scales=(1.0,) * width,
        gains={(code, case): 0.1 * (at % 5 - 2) for code in codes for at, case in enumerate(cases)},
        priors=tuple(
            groups.Prior(code, 1 / 3, (0.1 * at,) * len(Ability), (0.5,) * len(Ability))
            for at, code in enumerate(codes)
        ),
        people=FULL,
        stability=0.9,
    )


def _add(
    connection: Connection,
    numbers: range,
    drills: int,
    chance: random.Random,
    cards: Sequence[tuple[Scorecard, str, str]],
    cases: Sequence[str],
) -> None:
    practised = []
    for number in numbers:
        for drill in range(drills):
            ended = END - timedelta(days=3 * (drills - drill), minutes=chance.randrange(600))
            practised.append((number, drill, ended, chance.choice(cards)))
    connection.execute(
        insert(people),
        [
            person_values(Person(f"p{n}", f"学员{n}", Role.TRAINEE, f"team-{n % 300}"))
            for n in numbers
        ],
    )
    connection.execute(
        insert(dialogues),
        [
            dialogue_values(
                replace(
                    dialogue(),
                    id=f"d{number}-{drill}",
                    person_id=f"p{number}",
                    scenario_id=chance.choice(cases),
                    status=Status.ENDED,
                    end_reason=EndReason.SOLVED,
                    started_at=ended - timedelta(minutes=5),
                    ended_at=ended,
                )
            )
            for number, drill, ended, _ in practised
        ],
    )
    connection.execute(
        insert(scorecards),
        [
            {
                "dialogue_id": f"d{number}-{drill}",
                "person_id": f"p{number}",
                "judged_at": ended,
                "version": "1",
                "overall": card.overall,
                "card": text,
                "debrief": told,
            }
            for number, drill, ended, (card, text, told) in practised
        ],
    )


def _card(chance: random.Random) -> tuple[Scorecard, str, str]:
    """A scorecard as large as a real one; its dialogue's id is not read by plans."""
    abilities = tuple(
        (one, None if chance.random() < 0.2 else round(chance.uniform(3, 10), 2)) for one in Ability
    )
    marks = tuple(
        CheckMark(
            check=f"C{n:02}",
            mark=chance.choice((1.0, 0.5, 0.0)),
            turn=n,
            quote=_LONG,
            source=MarkSource.RULE,
            why="because_of_this",
        )
        for n in range(1, 27)
    )
    card = Scorecard(
        dialogue_id="d",
        version="1",
        overall=round(chance.uniform(3, 10), 2),
        abilities=abilities,
        marks=marks,
        critical=(),
        outcome=Outcome(True, 0.2, 0.1, 8, 300.0),
        phrase_score=7.0,
    )
    text, told = card_texts(card, Debrief("d", (), (), (), ()))
    return card, text, told


if __name__ == "__main__":
    sys.exit(main())
