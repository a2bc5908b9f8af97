"""The map of a team: business results across, ability up, an action for each cell.

Cuts are the same for everybody and every month; nobody is ranked. Whoever has too few drills or
contacts has no place on the map, only what is still missing for one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.results import ENOUGH, Standing

CUTS = (60.0, 80.0)
DRILLS = 10
"""Scored drills below which nobody is placed."""


class Band(StrEnum):
    """Where a figure of 0..100 lies between the two cuts."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"

    @classmethod
    def of(cls, points: float) -> Band:
        """The band of a figure; a cut belongs to the band above it."""
        if points < CUTS[0]:
            return cls.LOW
        return cls.MIDDLE if points < CUTS[1] else cls.HIGH


@dataclass(frozen=True, slots=True)
class AbilityPoint:
    """A person's ability 0..100, its standard error, and the drills behind it. None: too few."""

    person_id: str
    points: float | None
    error: float
    drills: int


@dataclass(frozen=True, slots=True)
class Place:
    """A person on the map: both figures 0..100 with their standard errors, the contacts and drills
    behind them, the points of each metric before shrinkage, and the cell."""

    person_id: str
    results: float
    results_error: float
    ability: float
    ability_error: float
    contacts: int
    drills: int
    by_metric: Mapping[str, float]

    @property
    def cell(self) -> tuple[Band, Band]:
        """(results, ability); the catalogue has an action for each."""
        return Band.of(self.results), Band.of(self.ability)

    @property
    def is_near_a_cut(self) -> bool:
        """Whether the error reaches over a cut, so that the cell may be the neighbour's."""
        figures = ((self.results, self.results_error), (self.ability, self.ability_error))
        return any(Band.of(value - error) is not Band.of(value + error) for value, error in figures)


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody without a place, and what is missing: drills and contacts, 0 where enough."""

    person_id: str
    drills: int
    contacts: int


@dataclass(frozen=True, slots=True)
class TeamMap:
    """Who stands where, in the order of the people given, and who cannot be placed yet."""

    places: tuple[Place, ...]
    missing: tuple[Missing, ...]

    def cells(self) -> Mapping[tuple[Band, Band], tuple[str, ...]]:
        """Person ids by cell, for the cells that hold somebody."""
        found: dict[tuple[Band, Band], tuple[str, ...]] = {}
        for place in self.places:
            found[place.cell] = (*found.get(place.cell, ()), place.person_id)
        return found


def team_map(abilities: Sequence[AbilityPoint], standings: Mapping[str, Standing]) -> TeamMap:
    """The map of these people; `standings` by person id, see `core.domain.results`."""
    places: list[Place] = []
    missing: list[Missing] = []
    for one in abilities:
        standing = standings.get(one.person_id)
        contacts = standing.contacts if standing else 0
        if one.points is None or one.drills < DRILLS or standing is None or not standing.is_shown:
            lacks = max(0, DRILLS - one.drills), max(0, ENOUGH - contacts)
            missing.append(Missing(one.person_id, *lacks))
            continue
        places.append(
            Place(
                one.person_id,
                standing.points,
                standing.error,
                one.points,
                one.error,
                contacts=standing.contacts,
                drills=one.drills,
                by_metric=standing.by_metric,
            )
        )
    return TeamMap(tuple(places), tuple(missing))
