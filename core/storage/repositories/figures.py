"""Judged practices in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, func, select

from core.domain.dialogue import Mode
from core.domain.messages import ChannelKind
from core.ports.figures import ScoreSum, Stamp
from core.storage.mapping import AnyRow
from core.storage.repositories.statements import parts_of
from core.storage.tables import conversations, dialogues, scorecards

_C = conversations.c
_D = dialogues.c
_S = scorecards.c

_THEIRS = _S.person_id.in_(bindparam("people", expanding=True))
_WHOLE = _D.mode != Mode.MICRO.value
_STAMPS = (
    select(_S.person_id, func.count(), func.max(_S.judged_at)).where(_THEIRS).group_by(_S.person_id)
)
_GROUPS = (_S.person_id, _C.channel, _D.language)
_SUMS = (
    select(
        *_GROUPS,
        func.min(_D.started_at),
        func.count(_S.overall),
        func.coalesce(func.sum(_S.overall), 0.0),
        func.coalesce(func.sum(_S.overall * _S.overall), 0.0),
    )
    .join(dialogues, _S.dialogue_id == _D.id)
    .join(conversations, _D.conversation_id == _C.id)
    .where(_THEIRS, _WHOLE)
    .group_by(*_GROUPS)
    .order_by(*_GROUPS)
)
# A card is made after its practice has ended, so the index of that time cuts off the older ones.
_ENDINGS = (
    select(_D.ended_at)
    .join(scorecards, _S.dialogue_id == _D.id)
    .where(
        _THEIRS,
        _WHOLE,
        _S.judged_at >= bindparam("since"),
        _D.ended_at >= bindparam("since"),
    )
)


class SqlFigures:
    """`Figures` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stamps(self, person_ids: Sequence[str]) -> Mapping[str, Stamp]:
        return {row[0]: Stamp(row[1], row[2]) for row in self._rows(_STAMPS, person_ids)}

    def sums(self, person_ids: Sequence[str]) -> Sequence[ScoreSum]:
        return [
            ScoreSum(row[0], ChannelKind(row[1]), *row[2:]) for row in self._rows(_SUMS, person_ids)
        ]

    def endings(self, person_ids: Sequence[str], *, since: datetime) -> Sequence[datetime]:
        return sorted(row[0] for row in self._rows(_ENDINGS, person_ids, since=since))

    def _rows(
        self, query: Select[AnyRow], person_ids: Sequence[str], **where: datetime
    ) -> Iterator[AnyRow]:
        for people in parts_of(person_ids):
            yield from self._connection.execute(query, {"people": people, **where})
