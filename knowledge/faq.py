"""Question lists: rows with a question, an answer, and what else their header names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from core.errors import DocumentFault, DocumentRefused
from knowledge.documents import Piece, PieceKind, validity_of

_COLUMNS = {
    "question": {"问题", "标准问题", "标准问", "问", "question", "q", "标题", "title", "主题"},
    "answer": {"答案", "回答", "标准答案", "答", "answer", "a", "内容", "text", "解答", "答复"},
    "aliases": {"相似问", "相似问法", "相似问题", "别名", "同义问", "扩展问", "aliases", "similar"},
    "section": {"分类", "类别", "目录", "模块", "category", "section"},
    "since": {"生效日期", "生效", "valid_from", "开始日期"},
    "until": {"失效日期", "失效", "valid_until", "结束日期", "截止日期"},
}
_HEADER_ROWS = 10
"""The header stands in one of the first rows that hold something."""

_BETWEEN = re.compile(r"[|｜;；\n]+")


def csv_rows(text: str) -> Iterator[list[str]]:
    """The cells of a CSV, whatever separates them. DocumentRefused for a broken one."""
    first = text[:4096]
    comma = max(",;\t", key=first.count)
    try:
        yield from csv.reader(text.splitlines(keepends=True), delimiter=comma)
    except csv.Error as error:
        raise DocumentRefused(DocumentFault.BROKEN) from error


def pairs_of(rows: Iterable[Sequence[object]]) -> Iterator[Piece]:
    """Q&A pairs below the header, each after its section's heading where that changes.

    DocumentRefused when no row among the first names a question and an answer column.
    """
    filled = (row for row in rows if any(_words(cell) for cell in row))
    columns: dict[str, int] = {}
    for number, row in enumerate(filled):
        columns = _columns_of(row)
        if "question" in columns and "answer" in columns:
            break
        if number + 1 == _HEADER_ROWS:
            raise DocumentRefused(DocumentFault.NO_COLUMNS)
    else:
        raise DocumentRefused(DocumentFault.NO_COLUMNS)
    section = ""
    for row in filled:
        cell = {name: row[at] for name, at in columns.items() if at < len(row)}
        question, answer = _words(cell.get("question")), _words(cell.get("answer"))
        if not question or not answer:
            continue
        named = _words(cell.get("section"))
        if named and named != section:
            section = named
            yield Piece(PieceKind.HEADING, section, level=1)
        yield Piece(
            PieceKind.QA,
            answer,
            question=question,
            aliases=tuple(
                filter(None, map(str.strip, _BETWEEN.split(_words(cell.get("aliases")))))
            ),
            validity=validity_of(cell.get("since"), cell.get("until")),
        )


def _columns_of(row: Sequence[object]) -> dict[str, int]:
    names = [_words(cell).lower() for cell in row]
    found: dict[str, int] = {}
    for column, spelled in _COLUMNS.items():
        at = next((at for at, name in enumerate(names) if name in spelled), None)
        if at is not None:
            found[column] = at
    return found


def _words(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
