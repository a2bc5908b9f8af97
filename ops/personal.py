"""`peilian export` and `peilian erase`: all about one person, handed out or made nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bots import personal
from bots.web.personal_desk import new_alias
from core.catalogue import say
from core.errors import NotFound
from core.ports.personal_data import PersonalData
from ops.files import writing


@dataclass(frozen=True, slots=True)
class PersonalDesk:
    """`tell` takes each sentence for the terminal."""

    store: PersonalData
    language: str
    tell: Callable[[str], None]

    async def export(self, person_id: str, out: Path) -> bool:
        """A zip at `out`; False where nobody of that id is known."""
        try:
            rows = await self.store.rows(person_id)
        except NotFound:
            return self._unknown(person_id)
        with writing(out) as file:
            file.write(personal.archive(rows, language=self.language))
        self._count({table: len(found) for table, found in rows.items()})
        self.tell(say(self.language, "personal.exported", path=out))
        return True

    async def erase(self, person_id: str, *, confirmed: bool) -> bool:
        """Only the counts, until it is confirmed; False where nobody of that id is known."""
        try:
            if not confirmed:
                self._count(await self.store.count(person_id))
                self.tell(say(self.language, "personal.would_erase", person=person_id))
                return True
            alias = new_alias()
            self._count(await self.store.erase(person_id, alias=alias))
        except NotFound:
            return self._unknown(person_id)
        self.tell(say(self.language, "personal.erased", alias=alias))
        return True

    def _count(self, counts: Mapping[str, int]) -> None:
        for line in personal.count_lines(self.language, counts):
            self.tell(line)

    def _unknown(self, person_id: str) -> bool:
        self.tell(say(self.language, "personal.unknown", person=person_id))
        return False
