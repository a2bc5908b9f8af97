"""What people decided about plans, and what was fitted on everybody's practice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.training import Order


class Orders(Protocol):
    """Decisions about plans."""

    def put(self, orders: Sequence[Order]) -> None:
        """Keep, or replace the order of the same id."""
        ...

    def of_person(self, person_id: str) -> Sequence[Order]:
        """All that are not withdrawn, oldest first."""
        ...

    def of_people(self, person_ids: Sequence[str]) -> Sequence[Order]:
        """The same of several people (some hundreds at most), oldest first."""
        ...

    def get(self, order_id: str) -> Order:
        """NotFound when there is none."""
        ...

    def open_orders(self) -> Sequence[Order]:
        """Everybody's that are not withdrawn, oldest first."""
        ...


class Fitted(Protocol):
    """Small fitted models as text, each under its name; the newest counts."""

    def put(self, name: str, text: str, *, now: datetime) -> None: ...

    def get(self, name: str) -> str | None: ...
