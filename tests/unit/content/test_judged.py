"""A company's rubric and QA sheet beside its cases: read, used, and every fault with its line."""

from pathlib import Path

import pytest

from core.content.check import check
from core.content.library import open_library
from core.domain.ability import Ability
from core.domain.dialogue import Speaker, Turn
from core.domain.rubric import HOUSE_RUBRIC, Rubric
from core.domain.scorecard import CheckMark, Scorecard
from core.domain.transcript import Transcript
from core.errors import ContentError
from core.services.judging import judge
from tests.builders import NotedReader

RUBRIC = """\
version: "2026-03"
checks:
  - id: T01
    name: 报工号
    says: [工号 + 为您服务]
    where: first
  - id: T02
    name: 不说亲
    never: [亲亲]
  - id: T03
    name: 提醒带票
    says: [小票]
    when: [退货]
weights:
  Q4: {T01: 6, T02: 1, C01: 0}
  A3: {T03: 1}
"""
SHEET = """\
confirmed: true
items:
  - {item: 报工号, points: 60, checks: [T01]}
  - {item: 问候, points: 40, checks: [C01]}
"""
FAULTS = [
    ("says: [工号 + 为您服务]\n    where: first", "where: first", 3, "missing: T01 needs 'says'"),
    ("id: T02", "id: T01", 7, "id_twice: 'T01'"),
    ("id: T01", "id: X1", 3, "bad_text: checks.0.id is 'X1'"),
    ("  A3: {T03: 1}\n", "", 10, "unused: T03 has no weight"),
    ("C01: 0", "C99: 1", 15, "unknown_name: 'C99' is no check"),
    ("where: first", "where: middle", 6, "not_allowed: checks.0.where"),
    ('version: "2026-03"\n', "", 1, "missing: file needs 'version'"),
    (
        "weights:",
        "weight:",
        14,
        "unknown_key: 'weight' in file, allowed are checks, version, weights",
    ),
    (
        "where: first",
        "place: first",
        6,
        "unknown_key: 'place' in checks.0, allowed are id, name, never, says, when, where",
    ),
    ("Q4: {", "Q9: {", 15, "unknown_key: 'Q9' in weights, allowed are A1, A2, A3, Q1, Q2, Q3"),
]
SHEET_FAULTS = [
    ("confirmed: true", "confirmed: false", 1, "unconfirmed"),
    ("points: 60", "points: 50", 2, "not_hundred"),
    ("[C01]", "[C77]", 4, "unknown_name: 'C77'"),
]


def pack(folder: Path, rubric: str = RUBRIC, sheet: str = SHEET) -> Path:
    (folder / "rubric.yaml").write_text(rubric, encoding="utf-8")
    (folder / "qa_sheet.yaml").write_text(sheet, encoding="utf-8")
    return folder


def said(customer: str, *lines: str) -> Transcript:
    turns = [Turn(1, Speaker.CUSTOMER, customer, 0.0)]
    turns += [Turn(at, Speaker.TRAINEE, line, 10.0 * at) for at, line in enumerate(lines, start=2)]
    return Transcript(id="t", turns=tuple(turns), language="zh")


def card(rubric: Rubric, *lines: str) -> Scorecard:
    return judge(said("我要退货", *lines), reader=NotedReader(), rubric=rubric)


def mark(found: Scorecard, name: str) -> CheckMark:
    one = found.mark(name)
    assert one is not None
    return one


def test_a_teams_checks_weights_and_sheet_are_used_and_the_card_keeps_their_version(
    tmp_path: Path,
) -> None:
    rubric = open_library(pack(tmp_path)).rubric
    good = card(rubric, "工号1024为您服务", "请带上小票")
    assert good.version == "1.0+2026-03"
    assert [mark(good, name).mark for name in ("T01", "T02", "T03")] == [1, 1, 1]
    assert mark(good, "T01").quote == "工号1024为您服务"
    assert good.sheet is not None
    assert good.sheet.total == 60.0
    bad = card(rubric, "亲亲，在的", "工号1024为您服务")
    assert [mark(bad, name).mark for name in ("T01", "T02", "T03")] == [0, 0, 0]
    assert mark(bad, "T02").why == "team_said"
    low, high = bad.ability(Ability.COURTESY), good.ability(Ability.COURTESY)
    assert low is not None
    assert high is not None
    assert high > low + 5


def test_a_check_for_some_talks_does_not_apply_to_the_others(tmp_path: Path) -> None:
    rubric = open_library(pack(tmp_path)).rubric
    found = judge(said("网断了", "工号1024为您服务"), reader=NotedReader(), rubric=rubric)
    assert (mark(found, "T03").mark, mark(found, "T03").why) == (None, "team_not_asked")


def test_without_files_of_its_own_a_company_has_the_rubric_of_the_house() -> None:
    assert open_library().rubric == HOUSE_RUBRIC


@pytest.mark.parametrize(("old", "new", "line", "reason"), FAULTS)
def test_a_fault_of_the_rubric_is_named_with_its_line(
    old: str, new: str, line: int, reason: str, tmp_path: Path
) -> None:
    assert old in RUBRIC
    path = pack(tmp_path, rubric=RUBRIC.replace(old, new, 1)) / "rubric.yaml"
    found = [(fault.line, fault.reason) for fault in check(path)]
    assert any(at == line and why.startswith(reason) for at, why in found), found
    with pytest.raises(ContentError):
        open_library(tmp_path)


@pytest.mark.parametrize(("old", "new", "line", "reason"), SHEET_FAULTS)
def test_a_fault_of_the_sheet_is_named_with_its_line(
    old: str, new: str, line: int, reason: str, tmp_path: Path
) -> None:
    path = pack(tmp_path, sheet=SHEET.replace(old, new, 1)) / "qa_sheet.yaml"
    found = [(fault.line, fault.reason) for fault in check(path)]
    assert any(at == line and why.startswith(reason) for at, why in found), found
