"""Articles and cases, and what no article says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from core.domain.upkeep import ArticleMark, Gap, GapState
from core.errors import NotFound
from core.storage.repositories.statements import replace_row
from core.storage.rules import NAME_CHARS, plain_name
from core.storage.tables import article_marks, knowledge_gaps

_M = article_marks.c
_G = knowledge_gaps.c

_ALL = select(article_marks).order_by(_M.scenario_id, _M.article)
_REPLACE = (
    update(article_marks)
    .where(_M.scenario_id == bindparam("of_scenario"), _M.article == bindparam("of_article"))
    .values(version=bindparam("version"), changed_at=bindparam("changed_at"))
)
_ADD_MARK = insert(article_marks)
_ONE = select(knowledge_gaps).where(_G.key == bindparam("key"))
_ADD_GAP = insert(knowledge_gaps)
_COUNT = (
    update(knowledge_gaps)
    .where(_G.key == bindparam("of_key"))
    .values(
        times=_G.times + bindparam("more"),
        last_at=bindparam("at"),
        claim=bindparam("said"),
    )
)
_RECENT = (
    select(knowledge_gaps)
    .where(or_(bindparam("state").is_(None), _G.state == bindparam("state")))
    .order_by(_G.times.desc(), _G.last_at.desc(), _G.key)
    .limit(bindparam("limit"))
)
_SETTLE = (
    update(knowledge_gaps).where(_G.key == bindparam("of_key")).values(state=bindparam("to_state"))
)


class SqlArticleMarks:
    """`ArticleMarks` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[ArticleMark]:
        rows = self._connection.execute(_ALL)
        return [
            ArticleMark(row.scenario_id, row.article, row.version, row.changed_at) for row in rows
        ]

    def put(self, mark: ArticleMark) -> None:
        plain_name(mark.scenario_id, limit=NAME_CHARS)
        plain_name(mark.article, limit=NAME_CHARS)
        replace_row(
            self._connection,
            {
                "scenario_id": mark.scenario_id,
                "article": mark.article,
                "version": mark.version,
                "changed_at": mark.changed_at,
            },
            replace=_REPLACE,
            add=_ADD_MARK,
            here={"of_scenario": mark.scenario_id, "of_article": mark.article},
        )


class SqlGaps:
    """`Gaps` in a table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, gap: Gap) -> None:
        plain_name(gap.scenario_id, limit=NAME_CHARS)
        known = self._connection.execute(_ONE, {"key": gap.key}).first()
        if known is None:
            self._connection.execute(
                _ADD_GAP,
                {
                    "key": gap.key,
                    "scenario_id": gap.scenario_id,
                    "language": gap.language,
                    "question": gap.question,
                    "claim": gap.claim,
                    "times": gap.times,
                    "last_at": gap.last_at,
                    "state": gap.state.value,
                },
            )
            return
        said = gap.claim or known.claim
        counted = {"of_key": gap.key, "more": gap.times, "at": gap.last_at, "said": said}
        self._connection.execute(_COUNT, counted)

    def recent(self, *, state: GapState | None = None, limit: int) -> Sequence[Gap]:
        wanted = {"state": state.value if state else None, "limit": limit}
        return [_gap_of(row) for row in self._connection.execute(_RECENT, wanted)]

    def settle(self, key: str, state: GapState) -> None:
        if self._connection.execute(_ONE, {"key": key}).first() is None:
            raise NotFound(what="gap", name=key)
        self._connection.execute(_SETTLE, {"of_key": key, "to_state": state.value})


def _gap_of(row: Row[Any]) -> Gap:
    return Gap(
        scenario_id=row.scenario_id,
        language=row.language,
        question=row.question,
        last_at=row.last_at,
        claim=row.claim,
        times=row.times,
        state=GapState(row.state),
    )
