"""Everything that is kept of one person: handed out, or made nobody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.domain.messages import Json


class PersonalData(Protocol):
    """NotFound for somebody who is not known, or was erased before."""

    async def rows(self, person_id: str) -> Mapping[str, Sequence[Mapping[str, Json]]]:
        """Table -> the rows about this person, or written by them; tables without one are left
        out. What signs somebody in is not in them."""
        ...

    async def count(self, person_id: str) -> Mapping[str, int]:
        """Table -> how many such rows there are."""
        ...

    async def erase(self, person_id: str, *, alias: str) -> Mapping[str, int]:
        """Take words and identifiers out, all or nothing; table -> rows touched. Marks, times
        and figures stay under `alias`."""
        ...
