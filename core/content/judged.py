"""A company's own rubric (rubric.yaml) and QA sheet (qa_sheet.yaml) beside its scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.content.reasons import Why
from core.content.shape import wordings_of
from core.content.source import Place, Source
from core.domain.ability import Ability
from core.domain.qa_sheet import WHOLE, QaSheet, SheetItem
from core.domain.rubric import (
    CHECKS,
    CRITICAL,
    HOUSE_RUBRIC,
    RUBRIC_VERSION,
    WEIGHTS,
    Measure,
    Rubric,
    TeamCheck,
    Where,
)
from core.errors import ContentFault

RUBRIC_FILE = "rubric.yaml"
SHEET_FILE = "qa_sheet.yaml"
_HOUSE = frozenset({*(check.id for check in CHECKS), *Measure})


def read_rubric(source: Source) -> tuple[Rubric, list[ContentFault]]:
    """The house's rubric with a team's checks and weights; the file has its right shape.

    A weight replaces the house's own for that ability, 0 takes the check out of it.
    """
    data = _mapping(source)
    checks = tuple(_check(entry) for entry in data.get("checks", ()))
    own: Mapping[str, Mapping[str, float]] = data.get("weights", {})
    merged = {
        ability: MappingProxyType({**house, **own.get(ability.value, {})})
        for ability, house in WEIGHTS.items()
    }
    faults = [*_of_checks(source, checks, own), *_of_weights(source, checks, own, merged)]
    if faults:
        return HOUSE_RUBRIC, faults
    version = f"{RUBRIC_VERSION}+{data['version']}"
    return Rubric(version, MappingProxyType(merged), checks), []


def _of_checks(
    source: Source, checks: Sequence[TeamCheck], own: Mapping[str, Mapping[str, float]]
) -> Iterator[ContentFault]:
    for at, check in enumerate(checks):
        place: Place = ("checks", at, "id")
        if check.id in {other.id for other in checks[:at]}:
            yield source.fault(place, Why("id_twice", name=repr(check.id)))
        if not check.says and not check.never:
            yield source.fault(place, Why("missing.check", name=check.id))
        if not any(weights.get(check.id) for weights in own.values()):
            yield source.fault(place, Why("unused.check", name=check.id))


def _of_weights(
    source: Source,
    checks: Sequence[TeamCheck],
    own: Mapping[str, Mapping[str, float]],
    merged: Mapping[Ability, Mapping[str, float]],
) -> Iterator[ContentFault]:
    known = _HOUSE | {check.id for check in checks}
    for ability, weights in own.items():
        for name in weights.keys() - known:
            reason = Why("unknown_name.measure", name=repr(name))
            yield source.fault(("weights", ability, name), reason)
    for ability, weights in merged.items():
        if not any(weights.values()):
            reason = Why("empty.weights", name=ability.value)
            yield source.fault(("weights", ability.value), reason)


def read_sheet(source: Source) -> tuple[QaSheet | None, list[ContentFault]]:
    """A QA sheet whose checks the company has confirmed; the file has its right shape."""
    data = _mapping(source)
    entries: list[dict[str, Any]] = data["items"]
    items = tuple(
        SheetItem(
            words=entry["item"],
            points=float(entry["points"]),
            veto=entry.get("veto", False),
            checks=tuple(entry["checks"]),
            deducts=entry.get("deducts", False),
        )
        for entry in entries
    )
    faults = [
        source.fault(("items", at, "checks"), Why("unknown_name.check", name=repr(name)))
        for at, item in enumerate(items)
        for name in item.checks
        if name not in _HOUSE | set(CRITICAL) and not name.startswith("T")
    ]
    earned = sum(item.points for item in items if not item.veto and not item.deducts)
    if earned not in (0.0, WHOLE):
        reason = Why("not_hundred", points=f"{earned:g}")
        faults.append(source.fault(("items",), reason))
    if not data["confirmed"]:
        reason = Why("unconfirmed")
        faults.append(source.fault(("confirmed",), reason))
    return (None if faults else QaSheet(items)), faults


def _check(entry: dict[str, Any]) -> TeamCheck:
    return TeamCheck(
        id=entry["id"],
        name=entry["name"],
        says=wordings_of(entry.get("says", [])),
        never=wordings_of(entry.get("never", [])),
        where=Where(entry.get("where", Where.ANY)),
        when=wordings_of(entry.get("when", [])),
    )


def _mapping(source: Source) -> dict[str, Any]:
    if not isinstance(source.data, dict):
        raise TypeError("the shape is checked before anything is read")
    return source.data
