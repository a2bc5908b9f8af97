"""`peilian ability replay`: packed or not, bad lines named, the output whole."""

import gzip
import json
import re
from pathlib import Path

from tests.flow.command import peilian


def test_a_packed_log_is_replayed_and_bad_lines_are_named(tmp_path: Path) -> None:
    good = {"user": "王", "items": ["a", "b", "a"], "skills": ["x", "x", "y"], "correct": [1, 0, 1]}
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl.gz"
    lines = [json.dumps(good), "{", json.dumps({**good, "user": 2, "correct": [1, 0, 3]})]
    source.write_bytes(gzip.compress("\n".join(lines).encode()))
    done = peilian("ability", "replay", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 1
    told = done.stderr.splitlines()
    assert told[:2] == [f"{source}:2: 不是 JSON", f"{source}:3: correct 里只能是 0 到 1 的数"]
    assert re.fullmatch(r"3 次作答：AUC [01]\.\d{4}，RMSE 0\.\d{4}，校准误差.*微秒.*", told[2])
    assert told[3:] == [f"已重放 1 人，读不了 2 行；结果在 {target}"]
    (one,) = [json.loads(line) for line in gzip.decompress(target.read_bytes()).splitlines()]
    assert one["user"] == "王"
    assert all(0 < chance < 1 for chance in one["p"])
    assert len(one["p"]) == 3


def test_other_peoples_answers_come_first_or_in_folds(tmp_path: Path) -> None:
    hard = {"items": ["hard"], "skills": ["s"], "correct": [0]}
    others = "\n".join(json.dumps({"user": n, **hard}) for n in range(30))
    one = json.dumps({"user": "new", **hard})
    (tmp_path / "others.jsonl").write_text(others)
    (tmp_path / "one.jsonl").write_text(one)
    (tmp_path / "all.jsonl").write_text(f"{one}\n{others}")

    def chance(name: str, *more: str | Path) -> float:
        target = tmp_path / "out.jsonl"
        given = ("--in", tmp_path / name, "--out", target, *more)
        assert peilian("ability", "replay", *given, data_dir=tmp_path).returncode == 0
        first = json.loads(target.read_text().splitlines()[0])
        assert first["user"] == "new"
        return float(first["p"][0])

    alone = chance("one.jsonl")
    assert chance("all.jsonl") == alone
    assert chance("one.jsonl", "--after", tmp_path / "others.jsonl") < alone - 0.1
    assert chance("all.jsonl", "--folds", "5") < alone - 0.1
