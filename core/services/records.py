"""Everybody's record for the pages and reports that look at many people at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.domain.practice_record import PracticeRecord, record_of
from core.ports.content import ContentLibrary
from core.ports.figures import Stamp
from core.ports.storage import UnitOfWork
from core.services import progress

CARDS = 200
"""Judged practices of one person that count, the newest first."""

AT_ONCE = 500
MOST_HELD = 20_000
"""People whose records are kept between two looks: some kilobytes each."""


@dataclass(frozen=True, slots=True)
class Records:
    """Reads records. What was read is kept in this process as long as nothing new was judged: the
    practices of a large company take seconds to read, to see that none is new takes milliseconds.
    """

    content: ContentLibrary
    _held: dict[str, tuple[Stamp, PracticeRecord]] = field(default_factory=dict)

    def of(self, unit: UnitOfWork, person_ids: Sequence[str]) -> Mapping[str, PracticeRecord]:
        """Of those of these people who have a judged practice."""
        stamps = unit.figures.stamps(person_ids)
        found: dict[str, PracticeRecord] = {}
        unread = []
        for name, stamp in stamps.items():
            held = self._held.get(name)
            if held is not None and held[0] == stamp:
                found[name] = held[1]
            else:
                unread.append(name)
        for first in range(0, len(unread), AT_ONCE):
            part = self._read(unit, unread[first : first + AT_ONCE])
            found |= part
            self._hold(stamps, part)
        return found

    def _read(self, unit: UnitOfWork, person_ids: Sequence[str]) -> Mapping[str, PracticeRecord]:
        found = {}
        difficulties: dict[str, float] = {}
        for name, results in unit.scorecards.results(person_ids, limit=CARDS).items():
            for one in results:
                if one.scenario_id not in difficulties:
                    found_in = progress.logit_of(self.content, one.scenario_id)
                    difficulties[one.scenario_id] = found_in
            attempts = [progress.attempt(one, difficulties[one.scenario_id]) for one in results]
            record = record_of(name, results, attempts)
            found[name] = replace(record, is_cut=len(results) == CARDS)
        return found

    def _hold(self, stamps: Mapping[str, Stamp], records: Mapping[str, PracticeRecord]) -> None:
        if len(self._held) + len(records) > MOST_HELD:
            self._held.clear()
        self._held.update({name: (stamps[name], record) for name, record in records.items()})
