"""Former versions of scenarios: kept when a new one is published, found by (id, version).

A dialogue that was begun with a version goes on, is judged and is replayed with that one. They lie
as `<language>/versions/<id>@<version>.yaml`, with the values of `policy.yaml` written out, since
those may change too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.content.pack import SHIPPED, Placed, read_packs
from core.content.shape import Kind, order_of, scenario_of, shape_faults
from core.content.source import read_source
from core.errors import ContentFault

FOLDER = "versions"
FIRST = "1"


@dataclass(frozen=True, slots=True)
class Published:
    """Where a scenario was written, its version, and where the version before it lies now."""

    file: Path
    version: str
    former: Path | None


@dataclass(frozen=True, slots=True)
class Former:
    """Former versions by (id, version), and what is wrong with those that cannot be read."""

    scenarios: Mapping[tuple[str, str], Placed]
    faults: Sequence[ContentFault]


def read_former(roots: Sequence[Path]) -> Former:
    """All former versions below these folders; later folders win."""
    scenarios: dict[tuple[str, str], Placed] = {}
    faults: list[ContentFault] = []
    for root in roots:
        for file in sorted(root.rglob(f"{FOLDER}/*.yaml")):
            source, wrong = read_source(file)
            wrong = shape_faults(source, Kind.SCENARIO) if source is not None else wrong
            faults.extend(wrong)
            if source is not None and not wrong:
                scenario = scenario_of(source)
                placed = Placed(scenario, source, order_of(source))
                scenarios[scenario.id, scenario.version] = placed
    return Former(scenarios, faults)


def base(version: str) -> str:
    """The author's version, without the digest of the company's values: `2+9f3a01cc` is 2."""
    return version.partition("+")[0]


def offered(root: Path, scenario_id: str) -> Placed | None:
    """The scenario of this id as it is offered now, from the folder or as shipped; None if new."""
    roots = [SHIPPED, root] if root.is_dir() and any(root.rglob("*.yaml")) else [SHIPPED]
    return read_packs(roots).scenarios.get(scenario_id)


def publish(root: Path, data: Mapping[str, Any]) -> Published:
    """Write the scenario into the pack folder under the next version; the former one is kept.

    `data` has the shape of the scenario schema; its `version` is replaced. The former version is
    written first, so that a crash in between loses none. Raises OSError.
    """
    scenario_id, language = str(data["id"]), str(data["language"])
    before = offered(root, scenario_id)
    former = None
    version = FIRST
    if before is not None:
        former = _keep(root, before)
        version = _next(before.scenario.version)
    file = root / language / "scenarios" / f"{scenario_id}.yaml"
    _write(file, {**data, "version": version})
    return Published(file=file, version=version, former=former)


def _keep(root: Path, before: Placed) -> Path:
    scenario = before.scenario
    name = f"{scenario.id}@{scenario.version}.yaml"
    file = root / scenario.language / FOLDER / name
    if not isinstance(before.source.data, dict):
        raise TypeError("the shape is checked before anything is offered")
    _write(file, before.source.data)
    return file


def _next(version: str) -> str:
    number = re.search(r"\d+$", base(version))
    if number is None:
        return f"{base(version)}.2"
    return f"{base(version)[: number.start()]}{int(number.group()) + 1}"


def _write(file: Path, data: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(written(data), encoding="utf-8")
    part.replace(file)


def written(data: Mapping[str, Any]) -> str:
    """The scenario as YAML, in the order of its keys."""
    return yaml.dump(dict(data), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes everything out: references are not read."""

    def ignore_aliases(self, data: object) -> bool:
        return True
