"""The study as an operator runs it: a folder of files, a report, and a sheet for people."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean, pstdev

import pytest

from core.domain.messages import JsonObject
from core.errors import SettingsError
from ops.options import make_parser
from ops.settings import Settings
from ops.study.command import simulate
from ops.style import fit_style, open_style

SMALL = ("--trainees", "5", "--scenarios", "3", "--personas", "2", "--repeats", "1")


def run(folder: Path, *options: str) -> str:
    """What the sub-command tells after running with these options."""
    parser = make_parser("zh", defaultdict(lambda: lambda _: 0))
    arguments = parser.parse_args(["simulate", "--out", str(folder), *SMALL, *options])
    return "\n".join(simulate(arguments, Settings()))


def rows(path: Path) -> list[JsonObject]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished small study; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("study")
    run(folder)
    return folder


def copy_of(study: Path, folder: Path) -> Path:
    for name in ("study.json", "dialogues.jsonl", "scorecards.jsonl", "realism.jsonl"):
        (folder / name).write_bytes((study / name).read_bytes())
    return folder


def test_every_talk_of_the_grid_has_a_line_in_each_file(study: Path) -> None:
    ids = [row["id"] for row in rows(study / "dialogues.jsonl")]

    assert len(ids) == len(set(ids)) == 5 * 3 * 2
    assert [row["id"] for row in rows(study / "scorecards.jsonl")] == ids
    assert [row["id"] for row in rows(study / "realism.jsonl")] == ids


def test_a_line_says_who_spoke_and_how_it_ended(study: Path) -> None:
    line = rows(study / "dialogues.jsonl")[0]

    assert set(line) >= {"id", "turns", "scenario", "persona", "emotion", "engine", "end_reason"}
    assert line["engine"] == "agenda"
    assert line["turns"][0]["speaker"] == "customer"  # type: ignore[index,call-overload]
    assert line["end_reason"] in {"solved", "given_up", "escalated", "finished_by_trainee"}


def test_the_seven_measures_are_there_and_signed(study: Path) -> None:
    for row in rows(study / "realism.jsonl"):
        grades = [
            row[name]
            for name in (
                "consistency",
                "human_likeness",
                "engagement",
                "quality",
                "safety",
                "correctness",
                "overall",
            )
        ]
        assert row["by"] == "machine"
        assert all(isinstance(grade, float) and 0 <= grade <= 10 for grade in grades)


def test_the_measures_tell_talks_apart(study: Path) -> None:
    """They once stood at 9.9 of 10 whatever the talk."""
    found = rows(study / "realism.jsonl")
    for name, most in (("human_likeness", 9.0), ("engagement", 9.0), ("overall", 9.6)):
        grades = [float(str(row[name])) for row in found]
        assert mean(grades) <= most
        assert pstdev(grades) >= 0.2


def test_the_report_says_how_each_figure_is_computed(study: Path) -> None:
    for page in ("report.md", "report.html"):
        words = (study / page).read_text(encoding="utf-8")
        assert "指标如何计算" in words
        assert "真实的中文对话按同样算法得 7.7" in words
        assert "对服务好坏有反应" in words
    tables = (study / "report.md").read_text(encoding="utf-8")
    for group in ("按引擎", "按场景", "按客户群"):
        part = tables.partition(f"## {group}")[2].partition("## ")[0]
        assert re.search(r"\| \d\.\d\d ± \d\.\d\d \|", part)


def test_the_same_study_writes_the_same_files(study: Path, tmp_path: Path) -> None:
    run(tmp_path)

    for name in ("dialogues.jsonl", "scorecards.jsonl", "realism.jsonl", "report.md"):
        assert (tmp_path / name).read_bytes() == (study / name).read_bytes()


def test_no_trainee_reads_a_long_line_again(study: Path) -> None:
    read: dict[object, list[str]] = defaultdict(list)
    for row in rows(study / "dialogues.jsonl"):
        turns = row["turns"]
        assert isinstance(turns, list)
        lines = [turn["text"] for turn in turns if turn["speaker"] == "customer"]  # type: ignore[index,call-overload]
        read[row["trainee"]].extend(str(line) for line in lines if len(str(line)) >= 8)

    assert sum(map(len, read.values())) >= 100
    assert all(len(lines) == len(set(lines)) for lines in read.values())


def test_better_trainees_score_higher_and_leave_calmer_customers(study: Path) -> None:
    scores = {row["id"]: row["overall"] for row in rows(study / "scorecards.jsonl")}
    levels: dict[int, list[tuple[float, float]]] = {level: [] for level in range(1, 6)}
    for row in rows(study / "dialogues.jsonl"):
        score, heat, level = scores[row["id"]], row["heat_end"], row["skill"]
        assert isinstance(score, float)
        assert isinstance(heat, float)
        assert isinstance(level, int)
        levels[level].append((score, heat))
    mean = {
        level: tuple(sum(pair[at] for pair in pairs) / len(pairs) for at in (0, 1))
        for level, pairs in levels.items()
    }

    assert mean[5][0] > mean[3][0] > mean[1][0]
    assert mean[1][1] - mean[5][1] >= 0.4


def test_a_study_that_was_cut_off_goes_on_to_the_same_talks(study: Path, tmp_path: Path) -> None:
    copy_of(study, tmp_path)
    for name, kept in (("dialogues.jsonl", 9), ("scorecards.jsonl", 8), ("realism.jsonl", 7)):
        lines = (tmp_path / name).read_bytes().splitlines(keepends=True)
        # The next line was half written when the power went.
        (tmp_path / name).write_bytes(b"".join(lines[:kept]) + lines[kept][:20])

    run(tmp_path, "--resume")

    for name in ("dialogues.jsonl", "scorecards.jsonl", "realism.jsonl"):
        assert (tmp_path / name).read_bytes() == (study / name).read_bytes()


def test_a_folder_with_a_study_is_not_written_over(study: Path, tmp_path: Path) -> None:
    copy_of(study, tmp_path)

    with pytest.raises(SettingsError, match="--resume"):
        run(tmp_path)


def test_a_study_goes_on_only_with_the_options_it_began_with(study: Path, tmp_path: Path) -> None:
    copy_of(study, tmp_path)

    with pytest.raises(SettingsError, match="other options"):
        run(tmp_path, "--resume", "--seed", "2")


def test_another_seed_gives_other_talks(study: Path, tmp_path: Path) -> None:
    run(tmp_path, "--seed", "2")

    assert (tmp_path / "dialogues.jsonl").read_bytes() != (study / "dialogues.jsonl").read_bytes()


def test_the_report_shows_the_table_beside_the_published_one(study: Path) -> None:
    words = (study / "report.md").read_text(encoding="utf-8")
    page = (study / "report.html").read_text(encoding="utf-8")

    assert "| 拟人 |" in words
    assert "7.1 / 4.4 / 6.3" in words
    assert "30 / 30 段对话" in words
    assert "提前泄露的事实 0 处" in words
    assert page.startswith("<!doctype html>")
    assert "7.1 / 4.4 / 6.3" in page


def test_people_grade_a_sample_and_the_report_shows_the_agreement(
    study: Path, tmp_path: Path
) -> None:
    copy_of(study, tmp_path)
    with (study / "spot_check.csv").open(encoding="utf-8-sig", newline="") as lines:
        sheet = list(csv.DictReader(lines))
    assert len(sheet) == 30
    assert "A: " in sheet[0]["talk"]
    assert "B: " in sheet[0]["talk"]
    machine = {row["id"]: row for row in rows(study / "realism.jsonl")}
    for at, line in enumerate(sheet):
        line["human_likeness"] = str(5 + at % 3)
        line["engagement"] = str(machine[line["id"]]["engagement"])
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(sheet[0]))
        writer.writeheader()
        writer.writerows(sheet)

    told = run(tmp_path, "--spot-check", str(filled))
    run(tmp_path, "--spot-check", str(filled))

    assert "30 段对话" in told
    people = [row for row in rows(tmp_path / "realism.jsonl") if row["by"] == "person"]
    assert len(people) == 30
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| 拟人 | 30 | 6.0 |" in report
    (agreed,) = re.findall(r"\| 投入 \| 30 \| [\d. |]+(1\.00 \[.*)", report)
    assert agreed.endswith("| 100% |")


def test_a_sheet_with_a_grade_that_is_none_is_named_and_nothing_is_read(
    study: Path, tmp_path: Path
) -> None:
    copy_of(study, tmp_path)
    known = rows(study / "dialogues.jsonl")[0]["id"]
    bad = tmp_path / "bad.csv"
    bad.write_text(f"id,quality\n{known},eleven\nnobody,3\n", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        run(tmp_path, "--spot-check", str(bad))

    assert caught.value.faults == (
        f"{bad}:2: quality = 'eleven': 0..10",
        f"{bad}: nobody",
    )
    assert all(row["by"] == "machine" for row in rows(tmp_path / "realism.jsonl"))


@pytest.mark.timeout(180)
def test_a_style_pack_that_fails_against_a_reference_is_marked_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, pack = tmp_path / "lines.jsonl", tmp_path / "pack.json"
    texts = ("在吗", "我的快递怎么还没有到", "好的", "麻烦你帮我催一下吧，着急用")
    lines = [
        json.dumps({"dialogue": f"d{at // 6}", "turn": at % 6, "text": texts[at % 4]})
        for at in range(300)
    ]
    reference.write_text("\n".join(lines), encoding="utf-8")
    fit_style(reference, pack)
    monkeypatch.setenv("PEILIAN_STYLE", str(pack))

    told = run(tmp_path / "out", "--scenarios", "2", "--reference", str(reference))

    assert "有一道关口没有通过" in told
    assert "auc_window" in open_style(pack, language="zh", trial=True).failed
    assert run(tmp_path / "again", "--scenarios", "1", "--personas", "1")
