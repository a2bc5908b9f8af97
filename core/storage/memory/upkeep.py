"""Articles and cases, and what no article says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.upkeep import ArticleMark, Gap, GapState
from core.errors import NotFound
from core.storage.memory.table import Journal, Table, utc, utc_or_none
from core.storage.rules import NAME_CHARS, plain_name


class MemoryArticleMarks:
    """`ArticleMarks` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._marks: Table[tuple[str, str], ArticleMark] = Table(journal)

    def all(self) -> Sequence[ArticleMark]:
        return sorted(self._marks.all(), key=lambda mark: (mark.scenario_id, mark.article))

    def put(self, mark: ArticleMark) -> None:
        plain_name(mark.scenario_id, limit=NAME_CHARS)
        plain_name(mark.article, limit=NAME_CHARS)
        kept = replace(mark, changed_at=utc_or_none(mark.changed_at))
        self._marks.put((mark.scenario_id, mark.article), kept)


class MemoryGaps:
    """`Gaps` in dictionaries."""

    def __init__(self, journal: Journal) -> None:
        self._gaps: Table[str, Gap] = Table(journal)

    def add(self, gap: Gap) -> None:
        plain_name(gap.scenario_id, limit=NAME_CHARS)
        known = self._gaps.get(gap.key)
        fresh = replace(gap, last_at=utc(gap.last_at))
        if known is not None:
            times, claim = known.times + gap.times, gap.claim or known.claim
            fresh = replace(fresh, times=times, state=known.state, claim=claim)
        self._gaps.put(gap.key, fresh)

    def recent(self, *, state: GapState | None = None, limit: int) -> Sequence[Gap]:
        found = [gap for gap in self._gaps.all() if state in (None, gap.state)]
        found.sort(key=lambda gap: gap.key)
        found.sort(key=lambda gap: (gap.times, gap.last_at), reverse=True)
        return found[:limit]

    def settle(self, key: str, state: GapState) -> None:
        known = self._gaps.get(key)
        if known is None:
            raise NotFound(what="gap", name=key)
        self._gaps.put(key, replace(known, state=state))
