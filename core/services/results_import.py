"""A list of business results (CSV) -> the results to keep, or every line that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.domain.list_change import ListChange
from core.domain.results import BusinessResult
from core.ports.storage import UnitOfWork
from core.services.list_file import (
    BadLine,
    Changes,
    ListFault,
    ListRow,
    differences,
    read_day,
    read_list,
)

_COLUMNS = {
    "id": ("id", "工号", "编号", "员工号", "账号"),
    "period": ("period", "周期", "月份", "日期", "date"),
    "contacts": ("contacts", "接待量", "服务量", "通话量", "会话量"),
    "contact_type": ("contact_type", "业务类型", "类型", "渠道", "技能组"),
}
_LONGEST_TYPE = 64


@dataclass(frozen=True, slots=True)
class MetricColumn:
    """A metric as a list may hold it: what the head may call it, in lower case, and how a figure
    is read (ValueError for one that is none)."""

    names: tuple[str, ...]
    read: Callable[[str], float]


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """A file as it was read: results with the number of their line, and faults."""

    results: tuple[tuple[int, BusinessResult], ...]
    faults: tuple[BadLine, ...]


def read_results(data: bytes, metrics: Mapping[str, MetricColumn]) -> ResultsFile:
    """One line per person, period and kind of contact, with a column for each metric.

    `metrics`: id -> how it is found and read; a list without any of them is a fault, an empty cell
    is no result. A period is a day or a month (2026-11). See `read_list` for the rest.
    """
    columns: dict[str, Sequence[str]] = {
        **_COLUMNS,
        **{name: (name, *column.names) for name, column in metrics.items()},
    }
    read = read_list(data, columns, needed=("id", "period", "contacts"))
    faults = list(read.faults)
    if not faults and not set(metrics) & set(read.columns):
        names = " / ".join(column.names[0] for column in metrics.values())
        faults.append(BadLine(1, ListFault.NO_COLUMN, names))
    found: dict[tuple[str, str, date, str], tuple[int, BusinessResult]] = {}
    for row in read.rows:
        for one in _results(row, metrics):
            if isinstance(one, BadLine):
                faults.append(one)
                continue
            key = result_key(one)
            if key in found:
                about = f"{one.person_id} {one.period} ({found[key][0]})"
                faults.append(BadLine(row.line, ListFault.LINE_TWICE, about))
            else:
                found[key] = row.line, one
    return ResultsFile(tuple(found.values()), tuple(sorted(faults, key=lambda bad: bad.line)))


def preview(
    unit: UnitOfWork, given: Sequence[BusinessResult]
) -> tuple[Changes, tuple[ListChange, ...]]:
    """What keeping these results would change, and those that differ from what is kept."""
    if not given:
        return Changes(0, 0, 0), ()
    since = unit.results.since(min(row.period for row in given))
    kept = {result_key(row): row for row in since}
    return differences(kept, {result_key(row): row for row in given})


def result_key(result: BusinessResult) -> tuple[str, str, date, str]:
    """Under which a result stands: person, metric, period, kind of contact."""
    return result.person_id, result.metric, result.period, result.contact_type


def _results(
    row: ListRow, metrics: Mapping[str, MetricColumn]
) -> Sequence[BusinessResult | BadLine]:
    values = row.values
    told = values["period"]
    period = read_day(told) or read_day(f"{told.rstrip('月')}-01")
    if period is None:
        return [BadLine(row.line, ListFault.BAD_DAY, told)]
    contacts = values["contacts"].replace(",", "").removesuffix(".0")
    if not contacts.isdecimal() or len(contacts) > 9:
        return [BadLine(row.line, ListFault.BAD_NUMBER, values["contacts"])]
    kind = values.get("contact_type", "")
    if len(kind) > _LONGEST_TYPE:
        return [BadLine(row.line, ListFault.TOO_LONG, "contact_type")]
    found: list[BusinessResult | BadLine] = []
    for name, column in metrics.items():
        text = values.get(name, "")
        if not text:
            continue
        try:
            value = column.read(text)
        except ValueError:
            found.append(BadLine(row.line, ListFault.BAD_NUMBER, f"{column.names[0]} {text}"))
        else:
            person = values["id"]
            found.append(BusinessResult(person, name, period, value, int(contacts), kind))
    return found
