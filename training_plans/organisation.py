"""The company as a tree (site, vendor, team) with the figures of each node, and who is not reached.

A node's figure is a mean over people, each counting alike, and is there only where people enough
stand behind it: a mean of two would tell of one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain.digest import WhyUnreached
from core.domain.people import Person

FEWEST = 5
"""People behind a figure."""


class Level(StrEnum):
    """What a node is."""

    COMPANY = "company"
    SITE = "site"
    VENDOR = "vendor"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Member:
    """One trainee: practices of late, their mean (0..10), the ability level (0..10) where it may
    be shown, and why no push arrives. `asked`: whether the last two were looked up."""

    person: Person
    practices: int = 0
    mean: float | None = None
    level: float | None = None
    unreached: WhyUnreached | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean 0..10 with its standard error over `people`."""

    value: float
    error: float
    people: int


@dataclass(frozen=True, slots=True)
class Node:
    """One node; `name` is empty where it is not known. `mean` and `level` are None below FEWEST
    people, `unreached` is None where not everybody was looked up."""

    level_of: Level
    name: str
    people: int
    practised: int
    practices: int
    mean: Figure | None
    level: Figure | None
    unreached: tuple[Member, ...] | None
    children: tuple[Node, ...] = ()


def tree(members: Sequence[Member]) -> Node:
    """The whole company; children by name, those without one last."""
    return _node(members, "", (Level.COMPANY, Level.SITE, Level.VENDOR, Level.TEAM))


def _node(members: Sequence[Member], name: str, levels: tuple[Level, ...]) -> Node:
    level_of, *below = levels
    children: tuple[Node, ...] = ()
    if below:
        parts: dict[str, list[Member]] = {}
        for member in members:
            parts.setdefault(_NAMES[below[0]](member.person), []).append(member)
        ordered = sorted(parts.items(), key=lambda part: (not part[0], part[0]))
        children = tuple(_node(held, name, tuple(below)) for name, held in ordered)
    return Node(
        level_of=level_of,
        name=name,
        people=len(members),
        practised=sum(1 for one in members if one.practices),
        practices=sum(one.practices for one in members),
        mean=_figure([one.mean for one in members]),
        level=_figure([one.level for one in members]),
        unreached=tuple(one for one in members if one.unreached is not None)
        if all(one.asked for one in members)
        else None,
        children=children,
    )


_NAMES: Mapping[Level, Callable[[Person], str]] = {
    Level.SITE: lambda person: person.site,
    Level.VENDOR: lambda person: person.vendor,
    Level.TEAM: lambda person: person.team,
}


def _figure(values: Sequence[float | None]) -> Figure | None:
    known = [value for value in values if value is not None]
    if len(known) < FEWEST:
        return None
    mean = sum(known) / len(known)
    spread = sum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return Figure(mean, math.sqrt(spread / len(known)), len(known))


def thinned(node: Node) -> Node:
    """The tree without steps that say nothing: a site, vendor or company with one nameless part
    has that part's children at once."""
    children = tuple(thinned(child) for child in node.children)
    while len(children) == 1 and not children[0].name and children[0].children:
        children = children[0].children
    return replace(node, children=children)
