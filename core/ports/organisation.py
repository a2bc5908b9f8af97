"""The company around a person: rosters, and the results of real contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from core.domain.results import BusinessResult
from core.domain.worktime import Shift


class Rosters(Protocol):
    """Who works when."""

    def put(self, shifts: Sequence[Shift]) -> None:
        """Keep, or replace what stands for the same person and day."""
        ...

    def of_day(self, day: date) -> Mapping[str, Shift]:
        """Person id -> shift, for those on the roster of that day."""
        ...

    def between(self, first: date, last: date) -> Sequence[Shift]:
        """All shifts of these days, both included, by person and day."""
        ...


class Results(Protocol):
    """Business results as they came in."""

    def put(self, results: Sequence[BusinessResult]) -> None:
        """Keep, or replace what stands for the same person, metric, period and contact type."""
        ...

    def since(self, first: date) -> Sequence[BusinessResult]:
        """All results of periods that begin on `first` or later."""
        ...
