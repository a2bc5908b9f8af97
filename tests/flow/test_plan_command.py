"""`peilian plan`: everybody's plan in words or as JSON lines, the same when asked again."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from core.domain.people import Person, Role
from ops.plans import Source
from tests.flow.command import peilian
from tests.flow.histories import practised
from tests.flow.phone import open_rig

PEOPLE = "id,name,team\nA1,小王,甲组\nA2,小李,甲组\n"


def test_plans_come_in_words_and_as_lines_and_do_not_change(tmp_path: Path) -> None:
    people, first, again = (tmp_path / name for name in ("p.csv", "1.jsonl", "2.jsonl"))
    people.write_text(PEOPLE, encoding="utf-8")
    assert peilian("people", "import", people, data_dir=tmp_path).returncode == 0
    words = peilian("plan", "--date", "2026-12-01", data_dir=tmp_path)
    assert words.returncode == 0, words.stderr
    assert "小王（A1）2026-12-01" in words.stdout
    assert "先从这里认识你的起点" in words.stdout
    assert words.stdout.count("微练：") == 2
    for target in (first, again):
        done = peilian(
            "plan", "--date", "2026-12-01", "--refit", "--out", target, data_dir=tmp_path
        )
        assert done.returncode == 0, done.stderr
    assert first.read_bytes() == again.read_bytes()
    lines = [json.loads(line) for line in first.read_text(encoding="utf-8").splitlines()]
    assert {line["person"] for line in lines} == {"A1", "A2"}
    assert all(len(line["items"]) == 3 for line in lines)
    assert all(line["micro"]["title"] and line["micro"]["ability"] for line in lines)


async def test_processes_that_share_the_people_out_write_the_same_lines(tmp_path: Path) -> None:
    day, now = date(2026, 3, 9), datetime(2026, 3, 9, tzinfo=UTC)
    async with open_rig(tmp_path) as rig:
        for number in range(4):
            person = Person(f"A{number}", f"员{number}", Role.TRAINEE, "甲组")
            await practised(rig.house, person, 3 * number, 5.0 + number)
        settings = rig.house.settings
    source = Source(settings.database_url, settings.data_dir, (), "Asia/Shanghai", "zh")
    written = []
    for each in (2, 1000):
        run = replace(source.open(), worth_a_process=each)
        target = tmp_path / f"{each}.jsonl"
        assert await run.make(day, target, now=now, beside=source) == 4
        await run.transactions.close()
        written.append(target.read_bytes())
    assert written[0] == written[1]
    assert [json.loads(line)["person"] for line in written[0].splitlines()] == [
        f"A{number}" for number in range(4)
    ]
