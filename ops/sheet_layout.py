"""Finds the items of a QA sheet in the ways contact centres lay one out.

Title rows come before the heads, which may take two rows; a category or the points of several
rows stand in one merged cell; points are written as 5, 5分, -5, ５, 5% or 扣5分; vetoes have a
column, a section at the end, or the words 一票否决 where the points stand; totals and notes come
last. Which column is which is told by its head and by what stands below it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ops.sheet_pages import Page

LATEST_HEADS = 20
JOINED = "；"
"""Between the items whose points stand in one merged cell."""
NEARLY = 0.7
"""A column names the items if it has this share of the different words the fullest one has; a
column of groups has fewer."""
LONGEST_POINTS = 20
_VETO = re.compile(
    r"一票否[决定]|致命|红线|零容忍|(?:直接|[单通]|整单|计|得)\s*[0零]分|veto|auto[- ]?fail|fatal",
    re.I,
)
_BONUS = re.compile(r"^(?:加分|附加分|奖励分|bonus)|加分项", re.I)
_NOT = frozenset(("", "否", "不是", "非", "no", "n", "false", "0", "×", "x", "无", "/", "-", "—"))
_TOTAL = re.compile(
    r"(?:合计|总计|总分|小计|满分|总得分|total|sum)(?:[\s:：(（\d分得].*)?|总计扣完.*", re.I | re.S
)
_NOTE = re.compile(
    r"(?:备注|说明|注意(?:事项)?|注|质检(?:员|组长|人员?)|签[字名]|审[核批]|编制|制表|日期|[评考]\S?人|被检\S*"
    r"|note|remark|signature|date)\w{0,2}\s*(?:[:：\d].*)?|[※*＊].*",
    re.I | re.S,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NUMBERED = re.compile(r"^[一二三四五六七八九十]+[、.．]")
_COUNTING = re.compile(r"[\d.、]+")
_LISTED = re.compile(r"^[(（]?\d{1,2}[)）、.．]\s*")
_POINTS = (
    "分值",
    "分数",
    "满分",
    "标准分",
    "基准分",
    "配分",
    "权重",
    "比重",
    "占比",
    "扣分",
    "points",
    "score",
    "weight",
)
_NAMES = (
    "质检项",
    "评分项",
    "检查项",
    "考核项",
    "细项",
    "小项",
    "二级指标",
    "评分要点",
    "检查内容",
    "考核内容",
    "质检内容",
    "指标名称",
    "评分细则",
    "内容",
    "项目",
    "指标",
    "item",
    "criterion",
    "criteria",
)
"""Words of heads; earlier ones win."""
_OTHER_NAMES = re.compile(r"项|要点|描述|行为|差错|细则|要求")
_STANDARDS = re.compile(r"标准|说明|规则|依据|方法|standard|description", re.I)
_SECTIONS = re.compile(r"类|维度|大项|模块|环节|等级|一级|category|section|group|dimension", re.I)
_ASIDE = re.compile(r"序号|编号|得分|备注|评语|^no\.?$|remark|comment", re.I)


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the sheet has it; `cell` names its first cell, `points` None where none that
    can be read stands there. `of_group`: it has no words but those of its group, so it may be the
    sum of what follows; `bonus`: its points come on top, which no view of ours has a place for."""

    words: str
    points: float | None
    veto: bool
    deducts: bool
    cell: str
    points_cell: str
    hidden: bool = False
    of_group: bool = False
    bonus: bool = False


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the items begin and what each column is."""

    first: int
    texts: Sequence[str]
    words: int
    points: int
    veto: int | None
    sections: Sequence[int]


def find_heads(page: Page) -> Heads | None:
    """The heads; None where no row names items and points that stand below it."""
    for at, row in enumerate(page.rows[:LATEST_HEADS]):
        if sum(map(bool, row)) < 2:
            continue
        first, texts = _head_texts(page, at)
        points = _points_column(page.rows[first:], texts)
        if points is None:
            continue
        veto = next((c for c, text in enumerate(texts) if _VETO.search(text) and c != points), None)
        words = _words_column(page.rows[first:], texts, points=points, veto=veto)
        if words is not None:
            sections = [c for c in range(words) if c != veto and not _ASIDE.search(texts[c])]
            return Heads(first, texts, words, points, veto, sections)
    return None


def _head_texts(page: Page, at: int) -> tuple[int, Sequence[str]]:
    """The row after the heads, and each column's whole head: a merged one stands over all it
    covers, and where one goes down two rows the others are read from both."""
    width = len(page.rows[at])
    last = min(max(page.last(at, column)[0] for column in range(width)), at + 2)
    texts = [""] * width
    for row in range(at, last + 1):
        for column, text in enumerate(page.rows[row]):
            for under in range(column, min(page.last(row, column)[1] + 1, width)):
                texts[under] = f"{texts[under]} {text}".strip()
    return last + 1, texts


def _points_column(rows: Sequence[Sequence[str]], texts: Sequence[str]) -> int | None:
    """The column with a head of points and the most numbers below it. Half of what stands there
    must be points: a column of standards ("每次扣2分…") holds numbers as well."""
    found: list[tuple[int, int, int]] = []
    for column, text in enumerate(texts):
        named = [at for at, word in enumerate(_POINTS) if word in text.lower()]
        cells = [row[column] for row in rows if row[column]]
        points = sum(points_in(cell) is not None or bool(_VETO.search(cell)) for cell in cells)
        if named and points and not _ASIDE.search(text) and 2 * points >= len(cells):
            found.append((-points, named[0], column))
    return min(found)[2] if found else None


def _words_column(
    rows: Sequence[Sequence[str]], texts: Sequence[str], *, points: int, veto: int | None
) -> int | None:
    """The column that names the items: nearly the fullest of those that may (the same words again
    and again are a group), and of these the one with the clearest head."""
    scored = [
        row for row in rows if points_in(row[points]) is not None and not _VETO.search(row[points])
    ]
    ranks = {
        column: rank
        for column, text in enumerate(texts)
        if column not in (points, veto) and (rank := _rank(text)) is not None
    }
    kept = scored if any(row[column] for row in scored for column in ranks) else rows
    counted = {column: len({row[column] for row in kept} - {""}) for column in ranks}
    most = max(counted.values(), default=0)
    fit = [column for column, count in counted.items() if count and count >= NEARLY * most]
    return min(fit, key=lambda column: (ranks[column], column), default=None)


def _rank(head: str) -> int | None:
    """How clearly a head says that its column names the items, least first; None: not at all."""
    said = head.lower()
    if not said or _ASIDE.search(said):
        return None
    if _SECTIONS.search(said):
        return 90
    named = next((at for at, word in enumerate(_NAMES) if word in said), None)
    if named is not None:
        return named
    if _STANDARDS.search(said):
        return 80
    return 50 if _OTHER_NAMES.search(said) else None


def items_of(page: Page, heads: Heads) -> Iterator[Row]:
    """The items below the heads, in order."""
    group: dict[int, str] = {}
    unfollowed: Row | None = None  # a head of vetoes that names none below it is one itself
    in_vetoes = ended = False
    skip = -1
    for at in range(heads.first, len(page.rows)):
        texts = page.rows[at]
        if at <= skip or not any(texts):
            continue
        if _is_aside(texts, heads):
            ended = ended or bool(_TOTAL.fullmatch(_first(texts)))
            continue
        if _is_section(page, at, heads, in_vetoes=in_vetoes):
            if unfollowed:
                yield unfollowed
            in_vetoes, group = bool(_VETO.search(_first(texts))), {}
            unfollowed = _row(page, at, heads, _first(texts), veto=True) if in_vetoes else None
            continue
        _remember(group, texts, heads)
        item = _item(page, at, heads, tuple(group.values()), in_vetoes=in_vetoes)
        if item.points is None and not item.veto and (ended or not item.words):
            continue
        unfollowed = None if item.veto else unfollowed
        skip = at if item.veto else page.last(at, heads.points)[0]
        yield from _listed(item) if item.veto else [_joined(page, at, skip, heads, item)]
    if unfollowed:
        yield unfollowed


def _first(texts: Sequence[str]) -> str:
    return next(text for text in texts if text)


def _is_aside(texts: Sequence[str], heads: Heads) -> bool:
    """Totals, notes, and heads that are repeated."""
    said = texts[heads.points]
    if _TOTAL.fullmatch(_first(texts)) or said == heads.texts[heads.points]:
        return True
    return points_in(said) is None and bool(_NOTE.fullmatch(_first(texts)))


def _is_section(page: Page, at: int, heads: Heads, *, in_vetoes: bool) -> bool:
    """Whether the only filled cell of a row heads the rows below it."""
    (column, text), *more = ((c, text) for c, text in enumerate(page.rows[at]) if text)
    if more or (in_vetoes and _LISTED.match(text)):
        return False
    if _VETO.search(text) or _NUMBERED.match(text):
        return True
    return not in_vetoes and column != heads.words and not _NUMBER.search(text)


def _remember(group: dict[int, str], texts: Sequence[str], heads: Heads) -> None:
    """A group's name counts until the next; a new one on the left ends those to its right."""
    for place, column in enumerate(heads.sections):
        if texts[column]:
            for inner in heads.sections[place:]:
                group.pop(inner, None)
            group[column] = texts[column]


def _item(page: Page, at: int, heads: Heads, group: Sequence[str], *, in_vetoes: bool) -> Row:
    texts = page.rows[at]
    words = texts[heads.words]
    veto = in_vetoes or any(_VETO.search(text) for text in group)
    item = _row(page, at, heads, words, veto=veto)
    bonus = any(_BONUS.search(text) for text in (*group, words))
    if words or (item.points is None and not item.veto):
        return replace(item, bonus=item.bonus or bonus)
    # Below the head of the vetoes the words often stand in another column than above it.
    near = [text for text in texts[: heads.points] if text and not _COUNTING.fullmatch(text)]
    words = near[-1] if near else ""
    return replace(item, words=words, of_group=bool(near) and not item.veto, bonus=bonus)


def _row(page: Page, at: int, heads: Heads, words: str, *, veto: bool) -> Row:
    texts = page.rows[at]
    said = unicodedata.normalize("NFKC", texts[heads.points])
    marked = texts[heads.veto].lower() if heads.veto is not None else ""
    return Row(
        words=words,
        points=points_in(said),
        veto=veto or marked not in _NOT or bool(_VETO.search(said)),
        deducts="扣" in heads.texts[heads.points] or said.startswith("-") or "扣" in said,
        cell=f"{_letter(heads.words)}{at + 1}",
        points_cell=f"{_letter(heads.points)}{at + 1}",
        hidden=at in page.hidden,
        bonus=said.startswith("+") or "加" in said,
    )


def _joined(page: Page, at: int, last: int, heads: Heads, item: Row) -> Row:
    """The item with the words of all rows that its points are merged over."""
    below = (page.rows[other][heads.words] for other in range(at + 1, last + 1))
    words = JOINED.join(text for text in (item.words, *below) if text)
    return replace(item, words=_on_one_line(words))


def _listed(item: Row) -> Iterator[Row]:
    """A veto, or each of those that are counted up in one cell."""
    lines = item.words.split("\n")
    if len(lines) > 1 and all(_LISTED.match(one) for one in lines):
        for one in lines:
            yield replace(item, words=_LISTED.sub("", one))
    else:
        yield replace(item, words=_on_one_line(_LISTED.sub("", item.words)))


def _on_one_line(words: str) -> str:
    return words.replace("\n", " ")


def points_in(said: str) -> float | None:
    """The points of a cell; of several numbers ("每次2分，最多10分", "5～10分") the largest."""
    said = unicodedata.normalize("NFKC", said)
    numbers = [float(one) for one in _NUMBER.findall(said)]
    return max(numbers) if numbers and len(said) <= LONGEST_POINTS else None


def _letter(column: int) -> str:
    return (
        chr(ord("A") + column)
        if column < 26
        else f"{_letter(column // 26 - 1)}{_letter(column % 26)}"
    )
