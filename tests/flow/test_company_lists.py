"""Rosters, results and the organisation come in as lists: CSV of any code page, or XLSX."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from openpyxl import Workbook

from core.domain.people import Role
from core.domain.results import BusinessResult
from core.domain.worktime import Shift, Span
from core.ports.storage import UnitOfWork
from core.storage.unit_of_work import open_transactions
from tests.flow.command import peilian, run_here

T = TypeVar("T")

PEOPLE = (
    "工号,姓名,团队,职场,供应商,技能组\n"
    "1001,林晓,一组,成都,甲方,退货、投诉\n1002,王芳,一组,成都,甲方,退货\n"
)
MENDED = BusinessResult("1002", "fcr", date(2026, 10, 1), 0.65, 80)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


class Company:
    """One installation with two people; commands run as a company would run them."""

    def __init__(self, folder: Path, printed: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._printed = printed
        (folder / "人员.csv").write_text(PEOPLE, encoding="utf-8")
        assert self.run("people", "import", "人员.csv").code == 0

    def run(self, *words: str) -> Outcome:
        """One command, in the company's folder."""
        code = run_here(*words)
        said = self._printed.readouterr()
        return Outcome(code, said.out, said.err)

    def given(self, name: str, text: str, *, encoding: str = "utf-8") -> str:
        """A file of that name."""
        (self.folder / name).write_text(text, encoding=encoding)
        return name

    def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """What the database holds."""

        async def look() -> T:
            transactions = open_transactions("", data_dir=self.folder / "var")
            try:
                return await transactions.read(work)
            finally:
                await transactions.close()

        return asyncio.run(look())

    def write(self, work: Callable[[UnitOfWork], None]) -> None:
        """Somebody else writes to it."""

        async def put() -> None:
            transactions = open_transactions("", data_dir=self.folder / "var")
            try:
                await transactions.write(work)
            finally:
                await transactions.close()

        asyncio.run(put())

    def results(self) -> list[BusinessResult]:
        return list(self.read(lambda unit: unit.results.since(date(2000, 1, 1))))

    def shifts(self) -> list[Shift]:
        return list(self.read(lambda unit: unit.rosters.between(MONDAY, TUESDAY)))


@pytest.fixture
def company(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Company:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path / "var"))
    return Company(tmp_path, capsys)


def test_a_roster_in_the_code_page_of_excel_is_taken_in_and_only_differences_change(
    company: Company,
) -> None:
    first = company.given(
        "排班.csv",
        "工号,日期,班次\n1001,2026/11/23,09:00-18:00\n1001,2026年11月24日,休\n"
        "1002,20261124,22:00-06:00\n",
        encoding="gbk",
    )
    second = company.given(
        "排班2.csv",
        "工号,日期,上班,下班\n1001,2026-11-23,09:00,18:00\n1001,2026-11-24,9:30,18:30\n",
    )

    said = [company.run("roster", "import", name).out for name in (first, first, second)]

    assert "新增 3 条，更新 0 条，没有变化 0 条" in said[0]
    assert "新增 0 条，更新 0 条，没有变化 3 条" in said[1]
    assert "新增 0 条，更新 1 条，没有变化 1 条" in said[2]
    assert company.shifts() == [
        Shift("1001", MONDAY, Span.read("09:00-18:00")),
        Shift("1001", TUESDAY, Span.read("09:30-18:30")),
        Shift("1002", TUESDAY, Span.read("22:00-06:00")),
    ]


def test_every_bad_line_of_a_roster_is_named_and_nothing_is_kept(company: Company) -> None:
    name = company.given(
        "排班.csv",
        "工号,日期,班次\n1001,2026-11-23,09:00-18:00\n1001,2026-11-31,休\n1001,2026-11-24,早班\n"
        "9999,2026-11-24,休\n1001,2026-11-23,休\n1002,,休\n",
    )

    outcome = company.run("roster", "import", name)

    assert outcome.code == 1
    for line in (
        "排班.csv:3: 不是日期（例如 2026-11-24）：2026-11-31",
        "排班.csv:4: 不是班次（例如 09:00-18:00、22:00-06:00 或 休）：早班",
        "排班.csv:5: 没有这个工号，请先导入人员：9999",
        "排班.csv:6: 这一条出现了两次，括号里是第一次出现的行号：1001 2026-11-23 (2)",
        "排班.csv:7: 这一列是空的：day",
        "有 5 处问题，一条都没有导入。",
    ):
        assert line in outcome.out
    assert company.shifts() == []


def test_results_come_from_a_book_and_a_preview_names_what_is_replaced(company: Company) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["工号", "月份", "业务类型", "接待量", "一次解决率", "满意", "平均处理时长"])
    sheet.append([1001, datetime(2026, 11, 1), "退货", 180, 0.72, "91%", "5:30"])  # noqa: DTZ001
    sheet.append([1002, "2026-11", None, "1,200", 68, None, 410])
    book.save(company.folder / "业绩.xlsx")
    mended = company.given("业绩.csv", "工号,周期,业务类型,接待量,fcr\n1001,2026-11,退货,190,75%\n")

    first = company.run("kpi", "import", "业绩.xlsx", "--map", "满意=csat")
    tried = company.run("kpi", "import", mended, "--dry-run")
    before = company.results()
    kept = company.run("kpi", "import", mended)

    november = date(2026, 11, 1)
    assert "新增 5 条" in first.out
    assert before == [
        BusinessResult("1001", "aht", november, 330.0, 180, "退货"),
        BusinessResult("1001", "csat", november, 0.91, 180, "退货"),
        BusinessResult("1001", "fcr", november, 0.72, 180, "退货"),
        BusinessResult("1002", "aht", november, 410.0, 1200),
        BusinessResult("1002", "fcr", november, 0.68, 1200),
    ]
    assert "1001 2026-11-01 一次解决率：0.72 (180) → 0.75 (190)" in tried.out
    assert "检查通过，还没有导入" in tried.out
    assert kept.code == 0
    assert BusinessResult("1001", "fcr", november, 0.75, 190, "退货") in company.results()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1001,2026-11,80,170%", "不是能用的数字：一次解决率 170%"),
        ("1001,2026-11,80,很好", "不是能用的数字：一次解决率 很好"),
        ("1001,2026-11,-3,70%", "不是能用的数字：-3"),
        ("1001,十一月,80,70%", "不是日期（例如 2026-11-24）：十一月"),
        ("4711,2026-11,80,70%", "没有这个工号，请先导入人员：4711"),
    ],
)
def test_a_bad_figure_is_named_with_its_line(company: Company, row: str, why: str) -> None:
    name = company.given("业绩.csv", f"工号,周期,接待量,一次解决率\n{row}\n")

    outcome = company.run("kpi", "import", name)

    assert outcome.code == 1
    assert f"业绩.csv:2: {why}" in outcome.out
    assert company.results() == []


def test_a_list_without_a_known_metric_says_what_would_be_one(company: Company) -> None:
    name = company.given("业绩.csv", "工号,周期,接待量,开心指数\n1001,2026-11,80,7\n")

    plain = company.run("kpi", "import", name)
    mapped = company.run("kpi", "import", name, "--map", "开心指数=joy")

    assert (plain.code, mapped.code) == (1, 2)
    assert "缺少一列：一次解决率 / 满意度" in plain.out
    assert "没有指标 joy。可用：aht, callback_kept, complaint_share" in mapped.err


def test_what_is_no_book_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "假.xlsx").write_bytes(b"PK\x03\x04nothing")

    outcome = peilian("kpi", "import", "假.xlsx", data_dir=tmp_path)

    assert outcome.returncode == 2
    assert outcome.stderr == ("假.xlsx：不是能打开的 XLSX 文件；加密的请先去掉密码，或另存为 CSV\n")


def test_the_template_can_be_filled_and_taken_in(company: Company) -> None:
    template = company.run("kpi", "template").out
    head, line = template.strip().splitlines()
    cells = line.split(",")
    cells[head.split(",").index("满意度")] = "92%"
    name = company.given("业绩.csv", f"{head}\n{','.join(cells)}\n")

    assert company.run("kpi", "import", name).code == 0
    assert company.results() == [BusinessResult("1001", "csat", date(2026, 11, 1), 0.92, 180)]


def test_a_people_list_without_a_column_leaves_what_is_known_there(company: Company) -> None:
    name = company.given("人员2.csv", "工号,姓名,团队\n1001,林晓,二组\n")

    company.run("people", "import", name)

    person = company.read(lambda unit: unit.people.get("1001"))
    assert (person.team, person.site, person.vendor) == ("二组", "成都", "甲方")
    assert person.skills == ("退货", "投诉")
    assert person.role is Role.TRAINEE


def test_a_roster_tells_what_it_replaces_and_is_taken_back_but_for_what_changed_since(
    company: Company,
) -> None:
    head = "工号,日期,班次\n"
    first = company.given("一.csv", f"{head}1001,2026-11-23,09:00-18:00\n1001,2026-11-24,休\n")
    second = company.given(
        "二.csv",
        f"{head}1001,2026-11-23,22:00-06:00\n1001,2026-11-24,10:00-19:00\n1002,2026-11-24,休\n",
    )
    third = company.given("三.csv", f"{head}1001,2026-11-24,12:00-20:00\n")
    company.run("roster", "import", first)
    before = company.shifts()
    looked = company.run("roster", "import", second, "--dry-run")
    company.run("roster", "import", second)
    company.run("roster", "import", third)
    tried = company.run("roster", "undo", "--dry-run")
    standing = company.shifts()
    undone = [company.run("roster", "undo") for _ in range(4)]

    assert "1001 2026-11-23：09:00-18:00 → 22:00-06:00" in looked.out
    assert "1001 2026-11-24：休 → 10:00-19:00" in looked.out
    assert "会恢复 1 条，去掉 0 条" in tried.out
    assert Shift("1001", TUESDAY, Span.read("12:00-20:00")) in standing
    assert [one.code for one in undone] == [0, 0, 0, 1]
    assert "恢复 2 条，去掉 1 条，另有 0 条" in undone[1].out
    assert "恢复 0 条，去掉 2 条" in undone[2].out
    assert "没有可以收回的导入" in undone[3].out
    assert len(before) == 2
    assert company.shifts() == []


def test_results_are_taken_back_and_what_somebody_mended_since_stays(company: Company) -> None:
    head = "工号,周期,接待量,一次解决率\n"
    company.run("kpi", "import", company.given("一.csv", f"{head}1001,2026-10,100,70%\n"))
    company.run(
        "kpi",
        "import",
        company.given("二.csv", f"{head}1001,2026-10,100,7%\n1002,2026-10,80,60%\n"),
    )

    company.write(lambda unit: unit.results.put([MENDED]))
    undone = company.run("kpi", "undo")

    assert "1001 2026-10-01" in undone.out
    assert "0.07 (100) → 0.7 (100)" in undone.out
    assert "后来又改过，没有动：1002 2026-10-01" in undone.out
    assert "恢复 1 条，去掉 0 条，另有 1 条" in undone.out
    assert company.results() == [
        BusinessResult("1001", "fcr", date(2026, 10, 1), 0.7, 100),
        MENDED,
    ]
