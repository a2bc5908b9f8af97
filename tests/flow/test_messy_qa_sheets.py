"""QA sheets as they come: columns in any order, formulas, hidden rows, notes, several pages."""

from pathlib import Path
from typing import TypeAlias

import pytest
import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from core.errors import SettingsError
from ops.qa_sheet import take_in
from tests.flow.command import peilian

Rows: TypeAlias = list[list[object]]

TELECOM: Rows = [
    ["客户服务中心在线客服质量监控评分表（2026版）"],
    ["适用范围：在线组", None, None, None, "编制：质检组"],
    [],
    ["序号", "项目", "评分内容", "评分标准", "分值", "得分", "备注"],
    [1, "服务规范（３０分）", "开头语规范，问候客户", "未问候扣5分", " １０ "],
    [2, None, "用语礼貌、语气亲切", "出现1次扣2分", "10分"],
    [3, None, "结束语规范，感谢客户", "未使用扣10分", 10],
    [4, "业务能力（70分）", "说明办理流程，解答准确", "每错一处扣10分", 70],
    [None, "总分", None, None, "=SUM(E5:E8)"],
    ["申诉须在结果公布后提出，逾期不受理。"],
    ["致命差错（以下任一项发生，该单计0分）"],
    [1, "辱骂、讽刺客户", None, None, "一票否决"],
    [2, "虚假承诺", None, None, "0分"],
    ["注：1. 每人每月抽检不少于10条"],
    ["质检组长：", None, "审核："],
]
SHOP: Rows = [
    ["旗舰店客服打分表"],
    ["质检维度", None, "质检细项", "评分说明", "权重", "是否红线"],
    ["一级", "二级"],
    ["响应", "速度", "首次响应≤30秒", "超过扣完", 0.4, "否"],
    ["专业", "解决问题", "商品知识解答正确", None, 0.6, "/"],
    ["红线", None, "与客户争吵", "直接0分", None, "√"],
]
BANK: Rows = [
    ["服务质量差错扣分标准"],
    ["总分100分，按以下标准扣减，扣完为止"],
    ["差错等级", "差错描述", "扣分项", "扣分值"],
    ["一般差错", "未按规范使用开场白", "规范", "2分/次"],
    [None, "（已停用）语速过快", "规范", "1分"],
    ["较大差错", "未告知时限", "跟进", "５～10分"],
    ["致命差错", "泄露客户账户信息", "合规", "100分（一票否决）"],
    [None, "违规操作", "合规", 100],
    ["加分项", "客户书面表扬", "加分", "+2"],
    ["说明：扣分可累计。"],
]
LISTED: Rows = [
    ["评分大项", "大项分值", "评分小项", "小项分值"],
    ["态度", 40, "礼貌问候", 20],
    [None, None, "感谢来电", 20],
    ["业务小计", None, None, 60],
    ["业务", 60, "解答准确", 60],
    ["一票否决项"],
    [None, None, "1. 辱骂客户\n2. 主动挂断"],
]
MESSY: dict[str, tuple[Rows, list[str], list[tuple[str, object, str]]]] = {
    "telecom": (
        TELECOM,
        ["A1:G1", "B5:B7", "A11:G11", "A14:G14"],
        [
            ("开头语规范，问候客户", 10, "C01"),
            ("用语礼貌、语气亲切", 10, ""),
            ("结束语规范，感谢客户", 10, "C23"),
            ("说明办理流程，解答准确", 70, "C13"),
            ("辱骂、讽刺客户", "veto", "K4"),
            ("虚假承诺", "veto", "K3"),
        ],
    ),
    "shop": (
        SHOP,
        ["A1:F1", "A2:B2", "C2:C3", "D2:D3", "E2:E3", "F2:F3"],
        [
            ("首次响应≤30秒", 40, "C25"),
            ("商品知识解答正确", 60, "C13"),
            ("与客户争吵", "veto", "K4"),
        ],
    ),
    "bank": (
        BANK,
        ["A1:D1", "A2:D2", "A4:A5", "A7:A8"],
        [
            ("未按规范使用开场白", -2, "C01"),
            ("未告知时限", -10, "C18"),
            ("泄露客户账户信息", "veto", "K1"),
            ("违规操作", "veto", "K8"),
        ],
    ),
    "listed": (
        LISTED,
        ["A2:A3", "B2:B3"],
        [
            ("礼貌问候", 20, "C01"),
            ("感谢来电", 20, "C23"),
            ("解答准确", 60, "C13"),
            ("辱骂客户", "veto", "K4"),
            ("主动挂断", "veto", "K6"),
        ],
    ),
}


def page_of(book: Workbook, title: str, rows: Rows, merged: list[str] | None = None) -> Worksheet:
    page: Worksheet = book.create_sheet(title)
    for row in rows:
        page.append(row)
    for cells in merged or ():
        page.merge_cells(cells)
    return page


def empty_book() -> Workbook:
    made = Workbook()
    for page in list(made.worksheets):
        made.remove(page)
    return made


def read(source: Path) -> tuple[list[tuple[str, object, str]], str]:
    """What is written, and what is said of it."""
    target = source.with_suffix(".yaml")
    try:
        page = take_in(source, target, language="zh")
    except SettingsError as wrong:
        assert not target.exists()
        return [], "\n".join(wrong.faults)
    return items_in(target), "；".join(page.left_out)


def items_in(target: Path) -> list[tuple[str, object, str]]:
    items = yaml.safe_load(target.read_text(encoding="utf-8"))["items"]
    return [
        (
            item["item"],
            "veto" if item["veto"] else -item["points"] if "deducts" in item else item["points"],
            " ".join(item["checks"]),
        )
        for item in items
    ]


@pytest.mark.parametrize("name", MESSY)
def test_messy_sheets_are_read_as_their_companies_mean_them(name: str, tmp_path: Path) -> None:
    rows, merged, items = MESSY[name]
    made, source = empty_book(), tmp_path / "qa.xlsx"
    page_of(made, "修订记录", [["版本", "修订内容"], ["V1", "新建"]])
    page_of(made, "旧版", [["检查项", "扣分"], ["旧的问候", 10]]).sheet_state = "hidden"
    page = page_of(made, "质检表", rows, merged)
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell.value, float):
                cell.number_format = "0%"
            if cell.row and "已停用" in str(cell.value):
                page.row_dimensions[cell.row].hidden = True
    made.save(source)
    found, said = read(source)
    assert found == items
    for left_out in ("已停用", "表扬", "业务小计"):
        assert (left_out in said) == (left_out in str(rows))


def test_of_several_sheets_one_is_chosen_by_name(tmp_path: Path) -> None:
    made, source = empty_book(), tmp_path / "qa.xlsx"
    page_of(made, "电话", [["质检项", "分值"], ["问候", 100]])
    page_of(made, "在线", [["质检项", "分值"], ["首次响应", 0.4], ["解答正确", 0.6]])
    made.save(source)
    assert "电话、在线；请用 --page 选一页" in read(source)[1]
    target = tmp_path / "chosen.yaml"
    order = ("sheet", "--in", source, "--out", target, "--page", "在线")
    assert peilian(*order, data_dir=tmp_path).returncode == 0
    assert items_in(target) == [("首次响应", 40, "C25"), ("解答正确", 60, "C13")]


OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500)
NOT_SHEETS = {
    "old": (OLD_EXCEL, "另存为 .xlsx"),
    "csv": ("评分项,分值\n问候,100\n".encode("gbk"), "CSV"),
    "empty": (b"", "文件是空的"),
}


@pytest.mark.parametrize("name", NOT_SHEETS)
def test_a_file_of_another_kind_is_told_what_to_do(name: str, tmp_path: Path) -> None:
    source = tmp_path / "qa.xlsx"
    source.write_bytes(NOT_SHEETS[name][0])
    assert NOT_SHEETS[name][1] in read(source)[1]


def test_points_that_do_not_add_up_and_unworked_formulas_are_named(tmp_path: Path) -> None:
    made, source = empty_book(), tmp_path / "qa.xlsx"
    page_of(made, "质检", [["评分项目", "分值"], ["问候", 30], ["结束语", "=B2*2"]])
    made.save(source)
    assert "B3：这一格是公式" in read(source)[1]
    made = load_workbook(source)
    made["质检"]["B3"] = 60
    made.save(source)
    assert "各项合计 90 分，应是 100 分；读到的是：问候 30、结束语 60" in read(source)[1]
