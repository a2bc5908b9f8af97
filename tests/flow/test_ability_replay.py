"""`peilian ability replay`: packed or not, bad lines named, the output whole."""

import gzip
import json
from pathlib import Path

from tests.flow.command import peilian


def test_a_packed_log_is_replayed_and_bad_lines_are_named(tmp_path: Path) -> None:
    good = {"user": "王", "items": ["a", "b", "a"], "skills": ["x", "x", "y"], "correct": [1, 0, 1]}
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl.gz"
    lines = [json.dumps(good), "{", json.dumps({**good, "user": 2, "correct": [1, 0, 3]})]
    source.write_bytes(gzip.compress("\n".join(lines).encode()))
    done = peilian("ability", "replay", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"{source}:2: 不是 JSON",
        f"{source}:3: correct 里只能是 0 到 1 的数",
        f"已重放 1 人，读不了 2 行；结果在 {target}",
    ]
    (one,) = [json.loads(line) for line in gzip.decompress(target.read_bytes()).splitlines()]
    assert one["user"] == "王"
    assert all(0 < chance < 1 for chance in one["p"])
    assert len(one["p"]) == 3
