"""`peilian judge`: good lines are judged, every other one is named by number and reason."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.flow.command import peilian, run_here

ACCURATE = "没有严重错误的对话：合规 100.0%，客户 100.0%，业务 100.0%"


def talk(name: str = "t-1", **more: object) -> str:
    turns = [
        {"speaker": "customer", "text": "我的网断了三天了！", "at": 0},
        {"speaker": "trainee", "text": "您好，断网三天太耽误您了，请问账号尾号是多少？", "at": 9},
        {"speaker": "customer", "text": "3327", "at": 15},
        {"speaker": "trainee", "text": "我已经派单，今天18:00前师傅给您回电。", "at": 30},
    ]
    return json.dumps({"id": name, "turns": turns, **more}, ensure_ascii=False)


BROKEN = [
    ("不是 JSON", "不是 JSON"),
    ("[]", "应是一个 JSON 对象 {…}"),
    ('{"turns": []}', "id 应是不为空的文字或整数"),
    ('{"id": "x"}', "缺少 turns，应是一个列表"),
    ('{"id": "x", "turns": [3]}', "第 1 句：应是一个对象，含 speaker 和 text"),
    (
        '{"id": "x", "turns": [{"speaker": "agent", "text": "hi"}]}',
        "第 1 句：speaker 只能是 trainee 或 customer",
    ),
    ('{"id": "x", "turns": [{"speaker": "trainee", "text": 3}]}', "第 1 句：text 应是文字"),
    (
        '{"id": "x", "turns": [{"speaker": "trainee", "text": "%s"}]}' % ("好" * 400_000),
        "第 1 句：text 太长，最多 5000 字；一句一条，不要把整段记录放进一句",
    ),
    (
        '{"id": "x", "turns": [{"speaker": "trainee", "text": "a", "at": 5},'
        ' {"speaker": "customer", "text": "b", "at": 4}]}',
        "第 2 句：at 应是从开头算起的秒数，不小于 0，也不能比上一句早",
    ),
]


def cards(path: Path) -> list[dict[str, Any]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in data.decode().splitlines()]


def test_good_lines_become_scorecards_and_the_last_line_says_how_many(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\ufeff" + talk("a") + "\n\n" + talk("b", scenario="broadband-outage") + "\n")
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{ACCURATE}\n已评分 2 段，读不了 0 行；结果在 {target}\n"
    first, second = cards(target)
    assert [first["id"], second["id"]] == ["a", "b"]
    assert set(first) == {"id", "overall", "abilities", "checks", "critical", "version", "speed"}
    # Without its case nobody knows how soon is soon enough.
    assert first["speed"]["reference_turns"] is None
    assert {check["id"] for check in first["checks"]} == {f"C{n:02}" for n in range(1, 27)}
    # The case is known by its name, so more of the second can be judged.
    assert sum(c["mark"] is not None for c in second["checks"]) > sum(
        c["mark"] is not None for c in first["checks"]
    )


def test_an_upset_customer_of_a_real_contact_is_to_be_answered_as_one(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    said = {
        "upset": "打了好几次电话都说在处理，到底还要等到什么时候",
        "calm": "投诉电话是多少，我记一下，不着急",
    }
    cold = {"speaker": "trainee", "text": "订单号发我。"}
    rows = [
        {"id": name, "turns": [{"speaker": "customer", "text": text}, cold]}
        for name, text in said.items()
    ]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    assert run_here("judge", "--in", source, "--out", target) == 0
    marks = {
        card["id"]: next(check["mark"] for check in card["checks"] if check["id"] == "C09")
        for card in cards(target)
    }
    assert marks == {"upset": 0, "calm": None}


def test_every_bad_line_is_named_and_the_good_ones_are_still_judged(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [talk("first"), *(line for line, _ in BROKEN), talk("last")]
    source.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n")
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        *(f"{source}:{number}: {why}" for number, (_, why) in enumerate(BROKEN, start=2)),
        f"{source}:{len(BROKEN) + 3}: 不是 UTF-8 文字",
        ACCURATE,
        f"已评分 2 段，读不了 {len(BROKEN) + 1} 行；结果在 {target}",
    ]
    assert [card["id"] for card in cards(target)] == ["first", "last"]


def test_a_file_without_talks_is_given_no_share_without_errors(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n")
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.stderr == f"已评分 0 段，读不了 0 行；结果在 {target}\n"


def test_reasons_are_worded_in_the_language_that_is_set(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("nonsense\n")
    done = peilian(
        "judge", "--in", source, "--out", tmp_path / "out", data_dir=tmp_path, language="en"
    )
    assert done.stderr.splitlines()[0] == f"{source}:1: is not JSON"


def test_packed_files_are_read_and_written(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl.gz"
    source.write_bytes(gzip.compress(talk("a").encode()))
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 0
    assert [card["id"] for card in cards(target)] == ["a"]


@pytest.mark.parametrize("kept", ["cut off", "no packing at all"])
def test_packing_that_breaks_off_costs_only_what_is_behind_it(tmp_path: Path, kept: str) -> None:
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    many = "\n".join(talk(str(number)) for number in range(200)).encode()
    packed = gzip.compress(many)
    source.write_bytes(packed[: len(packed) - 9] if kept == "cut off" else many)
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 1
    assert "压缩文件从这里断了，往下都读不了" in done.stderr
    judged = cards(target)
    assert [card["id"] for card in judged] == [str(number) for number in range(len(judged))]
    assert f"已评分 {len(judged)} 段，读不了 1 行" in done.stderr


def test_long_files_show_that_they_go_on(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(talk(str(number)) for number in range(1001)))
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.stderr.splitlines() == [
        "已处理 500 段……",
        "已处理 1000 段……",
        ACCURATE,
        f"已评分 1001 段，读不了 0 行；结果在 {target}",
    ]


def test_a_target_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(talk())
    missing = tmp_path / "no such folder" / "out.jsonl"
    done = peilian("judge", "--in", source, "--out", missing, data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("文件读写不了：")
    assert "Traceback" not in done.stderr
    gone = peilian("judge", "--in", tmp_path / "none", "--out", source, data_dir=tmp_path)
    assert gone.returncode == 1
    assert source.read_text() == talk()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_the_input_may_be_its_own_target(tmp_path: Path) -> None:
    path = tmp_path / "same.jsonl"
    path.write_text(talk("a"))
    assert peilian("judge", "--in", path, "--out", path, data_dir=tmp_path).returncode == 0
    assert [card["id"] for card in cards(path)] == ["a"]


def test_scorecards_may_flow_into_a_pipe(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(talk("a"))
    done = peilian("judge", "--in", source, "--out", "/dev/stdout", data_dir=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["id"] == "a"


def claim(text: str, name: str = "c", **more: object) -> str:
    turns = [
        {"speaker": "customer", "text": "我上周买的现在降价了，能退差价吗"},
        {"speaker": "trainee", "text": "您好，我是客服小林，请问订单尾号是多少？"},
        {"speaker": "customer", "text": "8812"},
        {"speaker": "trainee", "text": text},
    ]
    return json.dumps({"id": name, "turns": turns, **more}, ensure_ascii=False)


def test_what_is_claimed_in_a_file_is_held_against_the_articles_of_its_case(
    tmp_path: Path,
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    case = "price-protection"
    wrong, right = "价保期是30天的，您放心", "您签收15天内都在价保期，差价可以退"
    lines = [claim(wrong, "wrong", scenario=case), claim(right, "right", scenario=case)]
    # Whose contact this is nobody knows: the shipped articles are examples, and say nothing of it.
    source.write_text("\n".join([*lines, claim(wrong, "stranger")]))
    done = peilian("judge", "--in", source, "--out", target, data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("和场景的规定或文章对不上的说法：1 处")
    found = {card["id"]: card for card in cards(target)}
    (error,) = (one for one in found["wrong"]["critical"] if one["id"] == "K2")
    assert (error["turn"], error["confirmed"], error["quote"]) == (4, False, wrong)
    assert "价保期为签收后15天" in error["rule"]
    checks = {one["id"]: one for one in found["wrong"]["checks"]}
    assert (checks["C13"]["mark"], checks["C13"]["quote"]) == (0, wrong)
    for name in ("right", "stranger"):
        assert found[name]["critical"] == []


def test_a_companys_own_articles_are_held_against_contacts_of_no_case(tmp_path: Path) -> None:
    article, source = tmp_path / "价保.md", tmp_path / "in.jsonl"
    article.write_text("# 价保规则\n\n本店价保期为签收后15天，须同店同款。\n", encoding="utf-8")
    data = tmp_path / "data"
    done = peilian("knowledge", "ingest", article, data_dir=data)
    assert done.returncode == 0, done.stderr
    source.write_text(claim("本店价保期是签收后30天的，您放心"))
    done = peilian("judge", "--in", source, "--out", tmp_path / "out.jsonl", data_dir=data)
    assert done.returncode == 0, done.stderr
    (card,) = cards(tmp_path / "out.jsonl")
    assert [(one["id"], one["confirmed"]) for one in card["critical"]] == [("K2", False)]
    assert "签收后15天" in card["critical"][0]["rule"]
