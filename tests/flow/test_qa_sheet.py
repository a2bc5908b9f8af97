"""A company's QA sheet: XLSX in, YAML to confirm, its own view beside ours."""

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from openpyxl import Workbook

from core.customer.line_reader import PatternLineReader
from core.domain.appeal import Ruling
from core.domain.qa_sheet import QaSheet, SheetItem
from core.domain.transcript import Transcript
from core.readers.transcripts import read_lines
from core.services.judging import judge
from core.services.qa_sheet import lay
from ops.qa_sheet import take_in
from tests.flow.command import peilian

Rows: TypeAlias = list[list[object]]

TALK: dict[str, Any] = {
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
        "vetoed": [],
        "items": [
            {"item": "开场问候语", "points": 30.0, "veto": False, "score": 30.0},
            {"item": "系统操作熟练度", "points": 70.0, "veto": False, "score": None},
            {"item": "辱骂客户", "points": 0.0, "veto": True, "score": 0.0},
        ],
    }


def read(talk: dict[str, Any]) -> Transcript:
    found = next(iter(read_lines([json.dumps(talk).encode()])))
    assert isinstance(found, Transcript)
    return found


TITLED: Rows = [
    ["2026年在线客服质检评分表"],
    ["适用部门：在线客服部", None, None, "版本V3"],
    ["类别", "质检项", "评分标准", "分值"],
    ["服务规范", "开场问候规范", "使用标准问候语", 5],
    [None, "自报工号/姓名", None, "5分"],
    [None, "系统操作熟练", None, 10],
    ["业务能力", "解答正确、业务准确", None, 50],
    [None, "复述确认客户需求", None, 30],
    ["合计", None, None, 100],
    ["一票否决项（出现任意一项，当通0分）"],
    [None, "辱骂、顶撞客户", None, "一票否决"],
    [None, "泄露客户隐私信息", None, None],
    ["备注：抽检比例3%"],
]
DEDUCTING: Rows = [
    ["序号", "检查内容", "扣分", "是否一票否决"],
    [1, "未使用问候语", -2, "否"],
    [2, "重复询问客户已提供的信息", "扣5分", None],
    [3, "恶意挂断", -100, "是"],
    [None, "总计扣完为止"],
]
GROUPED: Rows = [
    ["客户服务质量考核"],
    [],
    ["一级指标", "二级指标", "满分"],
    ["服务态度", "问候客户", "20分"],
    [None, "感谢来电", None],
    ["解决", "答复准确", "80分"],
    ["致命错误", "误导客户，答复错误", "一票否决"],
    [None, "违规办理", "一票否决"],
]
LAYOUTS: dict[str, tuple[Rows, list[str], list[tuple[str, object, str]]]] = {
    "titled": (
        TITLED,
        ["A1:D1", "A4:A6", "A7:A8", "A10:D10"],
        [
            ("开场问候规范", 5, "C01"),
            ("自报工号/姓名", 5, "C02"),
            ("系统操作熟练", 10, ""),
            ("解答正确、业务准确", 50, "C13"),
            ("复述确认客户需求", 30, "C08"),
            ("辱骂、顶撞客户", "veto", "K4"),
            ("泄露客户隐私信息", "veto", "K1"),
        ],
    ),
    "deducting": (
        DEDUCTING,
        [],
        [
            ("未使用问候语", -2, "C01"),
            ("重复询问客户已提供的信息", -5, "C07"),
            ("恶意挂断", "veto", "K6"),
        ],
    ),
    "grouped": (
        GROUPED,
        ["A1:C1", "A4:A5", "C4:C5", "A7:A8"],
        [
            ("问候客户；感谢来电", 20, "C01 C23"),
            ("答复准确", 80, "C13"),
            ("误导客户，答复错误", "veto", "K5"),
            ("违规办理", "veto", "K8"),
        ],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_sheets_as_contact_centres_lay_them_out_are_read(name: str, tmp_path: Path) -> None:
    rows, merged, items = LAYOUTS[name]
    made = Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    for cells in merged:
        page.merge_cells(cells)
    source, target = tmp_path / "qa.xlsx", tmp_path / "qa.yaml"
    made.save(source)
    take_in(source, target, language="zh")
    found = [
        (
            item["item"],
            "veto" if item["veto"] else -item["points"] if "deducts" in item else item["points"],
            " ".join(item["checks"]),
        )
        for item in yaml.safe_load(target.read_text(encoding="utf-8"))["items"]
    ]
    assert found == items


def test_points_that_are_only_taken_off_leave_the_rest_of_a_hundred() -> None:
    card = judge(read(TALK), reader=PatternLineReader())
    sheet = QaSheet(
        (
            SheetItem("未使用问候语", 2, checks=("C01",), deducts=True),
            SheetItem("未复述", 10, checks=("C08",), deducts=True),
            SheetItem("语速适中", 5, deducts=True),
            SheetItem("误导客户", 0, veto=True, checks=("K5",)),
        )
    )
    view = lay(sheet, card)
    assert [line.score for line in view.lines] == [0, -10, None, None]
    assert (view.total, view.waiting, view.vetoed) == (90, 5, ())


def test_a_veto_leaves_nothing_and_is_named() -> None:
    turns = [*TALK["turns"], {"speaker": "trainee", "text": "你有病吧"}]
    talk = read(TALK | {"turns": turns})
    ruling = Ruling(confirmed=frozenset({("K4", 3)}))
    card = judge(talk, reader=PatternLineReader(), ruling=ruling)
    items = (SheetItem("问候", 100, checks=("C01",)), SheetItem("辱骂", 0, True, ("K4",)))
    view = lay(QaSheet(items), card)
    assert (view.total, view.vetoed) == (0, ("辱骂",))


def test_faults_are_named_by_cell_and_nothing_is_written(tmp_path: Path) -> None:
    source = book(tmp_path / "qa.xlsx", (None, 30), ("礼貌", "很多"))
    done = peilian("sheet", "--in", source, "--out", tmp_path / "qa.yaml", data_dir=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{source} A2：缺少评分项的名称",
        f"{source} B3：分值应是不小于 0 的数，例如 5 或 5分",
    ]
    assert not (tmp_path / "qa.yaml").exists()


def test_sheets_off_a_hundred_points_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    source = book(tmp_path / "qa.xlsx", ("开场问候", 90))
    done = peilian("sheet", "--in", source, "--out", tmp_path / "o", data_dir=tmp_path)
    assert "各项合计 90 分，应是 100 分" in done.stderr
    source.write_text("no spreadsheet")
    done = peilian("sheet", "--in", source, "--out", tmp_path / "o", data_dir=tmp_path)
    assert (done.returncode, "不是能用的质检表" in done.stderr) == (2, True)
