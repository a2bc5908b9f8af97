"""`peilian plan`: everybody's plan in words or as JSON lines, the same when asked again."""

import json
from pathlib import Path

from tests.flow.command import peilian

PEOPLE = "id,name,team\nA1,小王,甲组\nA2,小李,甲组\n"


def test_plans_come_in_words_and_as_lines_and_do_not_change(tmp_path: Path) -> None:
    people, first, again = (tmp_path / name for name in ("p.csv", "1.jsonl", "2.jsonl"))
    people.write_text(PEOPLE, encoding="utf-8")
    assert peilian("people", "import", people, data_dir=tmp_path).returncode == 0
    words = peilian("plan", "--date", "2026-12-01", data_dir=tmp_path)
    assert words.returncode == 0, words.stderr
    assert "小王（A1）2026-12-01" in words.stdout
    assert "先从这里认识你的起点" in words.stdout
    for target in (first, again):
        done = peilian(
            "plan", "--date", "2026-12-01", "--refit", "--out", target, data_dir=tmp_path
        )
        assert done.returncode == 0, done.stderr
    assert first.read_bytes() == again.read_bytes()
    lines = [json.loads(line) for line in first.read_text(encoding="utf-8").splitlines()]
    assert {line["person"] for line in lines} == {"A1", "A2"}
    assert all(len(line["items"]) == 3 for line in lines)
