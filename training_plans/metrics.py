"""The business results a company measures: names, units, floors and goals, from a data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from core.domain.results import Metric
from core.errors import ContentError, ContentFault
from core.plain_yaml import load_plain

SHIPPED = Path(__file__).parent / "data" / "metrics.yaml"
FILE_NAME = "metrics.yaml"

_KNOWN = {"unit", "floor", "goal", "alone", "names"}


class Unit(StrEnum):
    """How a figure is written: a share of contacts, a duration, or any number."""

    SHARE = "share"
    SECONDS = "seconds"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class NamedMetric:
    """A metric with its unit and what a list may call it; the first name is for people."""

    metric: Metric
    unit: Unit
    names: tuple[str, ...]


def open_metrics(*folders: Path) -> Mapping[str, NamedMetric]:
    """Metrics by id: the shipped ones and those of `folders`, a later file counting more.

    ContentError names file, metric and what is wrong; a folder without the file is fine.
    """
    found = _read(SHIPPED)
    for folder in folders:
        path = folder / FILE_NAME
        if path.is_file():
            found |= _read(path)
    return found


def number_of(text: str, unit: Unit) -> float:
    """A figure as people write it: `85%`, `0.85` and `85` are one share, `5:30` and `330` one
    duration, `1,234` a number. ValueError for anything else."""
    plain = text.strip().replace(",", "").replace("，", "").replace("：", ":").replace("％", "%")
    if unit is Unit.SECONDS and ":" in plain:
        parts = [float(part) for part in plain.split(":")]
        if len(parts) > 3 or any(part < 0 for part in parts):
            raise ValueError(text)
        return sum(part * 60.0**place for place, part in enumerate(reversed(parts)))
    share = plain.removesuffix("%")
    value = float(share)
    if not abs(value) < 1e12:
        raise ValueError(text)
    if unit is not Unit.SHARE:
        if share != plain:
            raise ValueError(text)
        return value
    value = value / 100 if share != plain or value > 1 else value
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _read(path: Path) -> dict[str, NamedMetric]:
    try:
        data = load_plain(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _fault(path, f"not YAML: {str(error).splitlines()[0]}") from None
    entries = data.get("metrics") if isinstance(data, dict) else None
    if not isinstance(entries, dict):
        raise _fault(path, "`metrics:` with one entry per metric is missing")
    return {str(name): _metric(path, str(name), entry) for name, entry in entries.items()}


def _metric(path: Path, name: str, entry: Any) -> NamedMetric:  # noqa: ANN401 - checked here
    if not isinstance(entry, dict) or not entry.keys() <= _KNOWN:
        raise _fault(path, f"{name}: only {', '.join(sorted(_KNOWN))}")
    names = entry.get("names")
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise _fault(path, f"{name}: `names` is a list of what lists call it")
    floor, goal, alone = entry.get("floor"), entry.get("goal"), entry.get("alone", True)
    if not (isinstance(floor, int | float) and isinstance(goal, int | float)) or floor == goal:
        raise _fault(path, f"{name}: `floor` and `goal` are two different numbers")
    if entry.get("unit") not in list(Unit) or not isinstance(alone, bool):
        raise _fault(path, f"{name}: `unit` is share, seconds or number; `alone` true or false")
    metric = Metric(name, float(floor), float(goal), alone)
    return NamedMetric(metric, Unit(entry["unit"]), tuple(names))


def _fault(path: Path, text: str) -> ContentError:
    return ContentError([ContentFault(str(path), 1, text)])
