"""The company around a person: rosters, and the results of real contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from core.domain.list_change import ListImport, ListKind
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

    def remove(self, shifts: Sequence[Shift]) -> None:
        """Take away what stands for the same person and day."""
        ...


class Results(Protocol):
    """Business results as they came in."""

    def put(self, results: Sequence[BusinessResult]) -> None:
        """Keep, or replace what stands for the same person, metric, period and contact type."""
        ...

    def since(self, first: date) -> Sequence[BusinessResult]:
        """All results of periods that begin on `first` or later."""
        ...

    def remove(self, results: Sequence[BusinessResult]) -> None:
        """Take away what stands for the same person, metric, period and contact type."""
        ...


class ListImports(Protocol):
    """Lists that came in, to be taken back."""

    def add(self, one: ListImport) -> None: ...

    def last(self, kind: ListKind) -> ListImport | None:
        """The newest of this kind."""
        ...

    def drop(self, import_id: str) -> None: ...

    def drop_before(self, moment: datetime) -> None:
        """Forget what came in before then."""
        ...
