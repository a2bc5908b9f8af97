"""A company's QA sheet: XLSX in, YAML to confirm, its own view beside ours."""

import json
from pathlib import Path

import yaml
from openpyxl import Workbook

from tests.flow.command import peilian

TALK = {
    "id": "a",
    "turns": [
        {"speaker": "customer", "text": "我的网断了三天了！"},
        {"speaker": "trainee", "text": "您好，请问您遇到了什么情况？"},
    ],
}


def book(path: Path, *rows: tuple[object, ...]) -> Path:
    made = Workbook()
    page = made.active
    assert page is not None
    for row in (("评分项", "分值", "一票否决"), *rows):
        page.append(list(row))
    made.save(path)
    return path


def test_a_sheet_is_suggested_confirmed_and_laid_beside_our_card(tmp_path: Path) -> None:
    rows = [("开场问候语", 30, None), ("系统操作熟练度", 70, None), ("辱骂客户", None, "是")]
    source, sheet = book(tmp_path / "qa.xlsx", *rows), tmp_path / "qa.yaml"
    done = peilian("sheet", "--in", source, "--out", sheet, data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    written = yaml.safe_load(sheet.read_text(encoding="utf-8"))
    assert [item["checks"] for item in written["items"]] == [["C01"], [], ["K4"]]
    talk, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    talk.write_text(json.dumps(TALK, ensure_ascii=False), encoding="utf-8")
    judge = ("judge", "--in", talk, "--out", out, "--sheet", sheet)
    early = peilian(*judge, data_dir=tmp_path)
    assert (early.returncode, out.exists()) == (2, False)
    assert "还没有确认" in early.stderr
    sheet.write_text(yaml.safe_dump(written | {"confirmed": True}, allow_unicode=True))
    assert peilian(*judge, data_dir=tmp_path).returncode == 0
    assert json.loads(out.read_text(encoding="utf-8"))["sheet"] == {
        "version": written["version"],
        "total": 30.0,
        "waiting": 70.0,
        "items": [
            {"item": "开场问候语", "points": 30.0, "score": 30.0},
            {"item": "系统操作熟练度", "points": 70.0, "score": None},
            {"item": "辱骂客户", "points": 0.0, "score": 0.0},
        ],
    }


def test_faults_are_named_by_cell_and_nothing_is_written(tmp_path: Path) -> None:
    source = book(tmp_path / "qa.xlsx", (None, 30), ("礼貌", "很多"))
    done = peilian("sheet", "--in", source, "--out", tmp_path / "qa.yaml", data_dir=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{source} A2：缺少评分项的名称",
        f"{source} B3：分值应是不小于 0 的数",
    ]
    assert not (tmp_path / "qa.yaml").exists()


def test_sheets_off_a_hundred_points_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    source = book(tmp_path / "qa.xlsx", ("开场问候", 90))
    done = peilian("sheet", "--in", source, "--out", tmp_path / "o", data_dir=tmp_path)
    assert "各项合计 90 分，应是 100 分" in done.stderr
    source.write_text("no spreadsheet")
    done = peilian("sheet", "--in", source, "--out", tmp_path / "o", data_dir=tmp_path)
    assert (done.returncode, "不是能用的质检表" in done.stderr) == (2, True)
