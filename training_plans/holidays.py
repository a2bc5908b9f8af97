"""The holiday table: shipped years, and a company's own in a file beside its content packs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import yaml

from core.domain.worktime import WorkCalendar
from core.errors import ContentError, ContentFault
from core.plain_yaml import load_plain

SHIPPED = Path(__file__).parent / "data" / "holidays.yaml"
FILE_NAME = "holidays.yaml"

_EARLIEST, _LATEST = 2000, 2100


def open_calendar(*folders: Path) -> WorkCalendar:
    """The shipped table and those of `folders`, a later year replacing the same year before it.

    ContentError names file, year and what is wrong; a folder without the file is fine.
    """
    years = _years(SHIPPED)
    for folder in folders:
        path = folder / FILE_NAME
        if path.is_file():
            years |= _years(path)
    days = years.values()
    return WorkCalendar(
        free=frozenset(day for free, _ in days for day in free),
        worked=frozenset(day for _, worked in days for day in worked),
        years=frozenset(years),
    )


def _years(path: Path) -> dict[int, tuple[frozenset[date], frozenset[date]]]:
    try:
        data = load_plain(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise _fault(path, f"not YAML: {str(error).splitlines()[0]}") from None
    years = data.get("years") if isinstance(data, dict) else None
    if not isinstance(years, dict):
        raise _fault(path, "`years:` with one entry per year is missing")
    return {_year(path, year): _days(path, year, entry) for year, entry in years.items()}


def _year(path: Path, year: object) -> int:
    if not isinstance(year, int) or not _EARLIEST <= year <= _LATEST:
        raise _fault(path, f"{year} is no year")
    return year


def _days(path: Path, year: int, entry: object) -> tuple[frozenset[date], frozenset[date]]:
    if not isinstance(entry, dict) or not entry.keys() <= {"free", "worked"}:
        raise _fault(path, f"{year}: only `free` and `worked`, each a list of days")
    free = frozenset(_listed(path, year, entry.get("free") or ()))
    worked = frozenset(_listed(path, year, entry.get("worked") or ()))
    if both := sorted(free & worked):
        raise _fault(path, f"{both[0]} is both free and worked")
    return free, worked


def _listed(path: Path, year: int, days: object) -> Iterable[date]:
    if not isinstance(days, list | tuple):
        raise _fault(path, f"{year}: a list of days is needed, each on its own line with a dash")
    for day in days:
        if type(day) is not date or day.year != year:
            raise _fault(path, f"{day} is no day of {year} (write {year}-05-01)")
        yield day


def _fault(path: Path, text: str) -> ContentError:
    return ContentError([ContentFault(str(path), 1, text)])
