"""Finds the items of a QA sheet in the ways contact centres lay one out.

Title rows come before the heads; a category or the points of several rows stand in one merged
cell; points are written as 5, 5分, -5 or 扣5分; vetoes have a column, a section at the end, or the
words 一票否决 where the points stand; totals and notes come last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

Cell: TypeAlias = object
Grid: TypeAlias = Sequence[Sequence[Cell]]
"""Rows of cell values; what a merged range holds stands in its first cell, None in the others."""
Spans: TypeAlias = Mapping[tuple[int, int], int]
"""(row, column) of the first cell of a merged range -> its last row; all from 0."""

LATEST_HEADS = 20
JOINED = "；"
"""Between the items whose points stand in one merged cell."""
_VETO = re.compile(r"一票否决|一票否定|致命|红线|veto|auto[- ]?fail|fatal", re.IGNORECASE)
_NOT = ("", "否", "no", "n", "false", "0", "×", "x", "无")
_TOTAL = re.compile(r"^(?:合计|总计|总分|小计|满分|总计扣完|total|sum)", re.IGNORECASE)
_NOTE = re.compile(
    r"^(?:备注|说明|注[:：]|注意|质检员|签字|日期|note|remark|signature)", re.IGNORECASE
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_HEADS: Mapping[str, tuple[str, ...]] = {
    "veto": ("一票否决", "致命", "红线", "veto", "fatal"),
    "points": ("分值", "分数", "满分", "权重", "扣分", "标准分", "points", "score", "weight"),
    "words": (
        "质检项",
        "评分项",
        "检查项",
        "考核项",
        "二级指标",
        "评分要点",
        "检查内容",
        "考核内容",
        "质检内容",
        "指标名称",
        "评分细则",
        "项目",
        "内容",
        "指标",
        "item",
        "criterion",
        "criteria",
    ),
    "section": ("类别", "大类", "维度", "一级指标", "模块", "环节", "category", "section"),
}
"""Words of a column's head; earlier kinds and words win."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the sheet has it; `cell` names its first cell, `points` None where none that
    can be read stands there."""

    words: str
    points: float | None
    veto: bool
    deducts: bool
    cell: str
    points_cell: str


def find_heads(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """The row of the heads and what each column is; None where no row names items and points."""
    for at, row in enumerate(grid[:LATEST_HEADS]):
        columns: dict[str, int] = {}
        for kind, words in _HEADS.items():
            fitting = (
                column
                for word in words
                for column, cell in enumerate(row)
                if word in _text(cell).lower() and column not in columns.values()
            )
            found = next(fitting, None)
            if found is not None:
                columns[kind] = found
        if {"words", "points"} <= columns.keys():
            return at, columns
    return None


def items_of(grid: Grid, spans: Spans, heads: int, columns: Mapping[str, int]) -> Iterator[Row]:
    """The items below the heads, in order."""
    deducting = "扣" in _text(grid[heads][columns["points"]])
    section, in_vetoes = "", False
    skip = -1
    for at in range(heads + 1, len(grid)):
        row = grid[at]
        texts = [_text(cell) for cell in row]
        filled = [text for text in texts if text]
        if at <= skip or not filled or _TOTAL.match(filled[0]) or _NOTE.match(filled[0]):
            continue
        section = texts[columns["section"]] or section if "section" in columns else ""
        words = texts[columns["words"]]
        if len(filled) == 1 and _is_section(filled[0], of_an_item=bool(words)):
            in_vetoes = bool(_VETO.search(filled[0]))
            continue
        item = _row(at, texts, columns, deducting=deducting)
        veto = item.veto or in_vetoes or bool(_VETO.search(section))
        last = spans.get((at, columns["points"]), at)
        if last > at and not veto:
            below = [_text(grid[other][columns["words"]]) for other in range(at + 1, last + 1)]
            joined = JOINED.join(text for text in (item.words, *below) if text)
            item, skip = replace(item, words=joined), last
        yield replace(item, veto=veto)


def _row(at: int, texts: Sequence[str], columns: Mapping[str, int], *, deducting: bool) -> Row:
    said = texts[columns["points"]]
    marked = texts[columns["veto"]].lower() if "veto" in columns else ""
    number = _NUMBER.search(said)
    value = float(number.group()) if number else None
    return Row(
        words=texts[columns["words"]],
        points=None if value is None else abs(value),
        veto=marked not in _NOT or bool(_VETO.search(said)),
        deducts=deducting or (value is not None and value < 0) or "扣" in said,
        cell=f"{_letter(columns['words'])}{at + 1}",
        points_cell=f"{_letter(columns['points'])}{at + 1}",
    )


def _is_section(text: str, *, of_an_item: bool) -> bool:
    """Whether the only filled cell of a row heads the rows below it."""
    numbered = re.match(r"^[一二三四五六七八九十]+[、.．]", text)
    return bool(_VETO.search(text) or numbered) or not (of_an_item or _NUMBER.search(text))


def _text(cell: Cell) -> str:
    if cell is None or isinstance(cell, bool):
        return ""
    return re.sub(r"\s+", " ", f"{cell:g}" if isinstance(cell, float) else str(cell)).strip()


def _letter(column: int) -> str:
    return (
        chr(ord("A") + column)
        if column < 26
        else f"{_letter(column // 26 - 1)}{_letter(column % 26)}"
    )
