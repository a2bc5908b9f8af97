"""What goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from core.domain.messages import ChannelAddress, ChannelKind, OutboundMessage, SendOutcome
from core.ports.delivery import OutboxRow
from core.storage.mapping import AnyRow, outbox_row_of, outbox_values, short
from core.storage.repositories.conversations import SqlConversations
from core.storage.repositories.statements import new_id
from core.storage.rules import OPEN, UNDELIVERED, UNFINISHED
from core.storage.tables import conversations, outbox

_C = conversations.c
_O = outbox.c
_UNFINISHED = tuple(state.value for state in UNFINISHED)
_UNDELIVERED = tuple(state.value for state in UNDELIVERED)
_OPEN = tuple(state.value for state in OPEN)
_DUE_AT = 15
"""Place of `due_at` behind the columns of an `OutboxRow`."""

_ADD = insert(outbox)
_EARLIER = outbox.alias("earlier")
# The first unfinished row of each conversation, which is not due while it is claimed or waits for
# a retry, and holds back all that comes after it. Nothing is locked here: a locking read sees rows
# of a moment ago that its own subquery does not see yet, and takes each of them for a first one.
_DUE_HEADS = (
    select(_O.id, _O.conversation_id, _O.due_at)
    .where(
        _O.channel == bindparam("channel"),
        _O.account == bindparam("account"),
        _O.due_at <= bindparam("now"),
        ~select(literal_column("1"))
        .select_from(_EARLIER)
        .where(
            _EARLIER.c.conversation_id == _O.conversation_id,
            _EARLIER.c.state.in_(_UNFINISHED),
            _EARLIER.c.id < _O.id,
        )
        .correlate(outbox)
        .exists(),
    )
    .order_by(_O.due_at)
    .limit(bindparam("limit"))
)
# Whoever claims a conversation locks its first row, so it is never claimed in two halves.
_LOCK_HEADS = (
    select(_O.id)
    .where(
        _O.id.in_(bindparam("ids", expanding=True)),
        _O.due_at <= bindparam("now"),
    )
    .with_for_update(skip_locked=True)
)


def _rows() -> Select[tuple[object, ...]]:
    return select(
        _O.id,
        _O.conversation_id,
        _C.channel,
        _C.account,
        _C.user,
        _O.code,
        _O.facts,
        _O.kind,
        _O.dialogue_id,
        _O.inbox_id,
        _O.language,
        _O.delay_s,
        _O.state,
        _O.attempts,
        _O.created_at,
        _O.due_at,
    ).join(conversations, _C.id == _O.conversation_id)


_UNFINISHED_OF = (
    _rows()
    .where(
        _O.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
        _O.state.in_(_UNFINISHED),
    )
    .order_by(_O.id)
)
_CLAIM = (
    update(outbox)
    .where(_O.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=SendOutcome.CLAIMED.value,
        attempts=_O.attempts + 1,
        claimed_by=bindparam("owner"),
        due_at=bindparam("until"),
    )
)
_RENEW = (
    update(outbox)
    .where(
        _O.id.in_(bindparam("ids", expanding=True)),
        _O.state == SendOutcome.CLAIMED.value,
        _O.claimed_by == bindparam("owner"),
    )
    .values(due_at=bindparam("until"))
)
_SETTLE = (
    update(outbox)
    .where(_O.id.in_(bindparam("ids", expanding=True)), _O.state.in_(_OPEN))
    .values(
        state=bindparam("outcome"),
        due_at=bindparam("due"),
        settled_at=bindparam("now"),
        reason=bindparam("why"),
        # A row that was never claimed has no try to take back.
        attempts=case((_O.attempts > 0, _O.attempts - bindparam("not_sent")), else_=0),
    )
)
_REOPEN = (
    update(outbox)
    .where(_O.conversation_id == bindparam("of"), _O.state == SendOutcome.DEFERRED.value)
    .values(state=SendOutcome.WAITING.value, due_at=_O.created_at, settled_at=None)
)
_UNDELIVERED_OF = (
    _rows()
    .where(_O.conversation_id == bindparam("of"), _O.state.in_(_UNDELIVERED))
    .order_by(_O.id)
    .with_for_update()
)
_REPLIES = _rows().where(_O.inbox_id == bindparam("inbox_id")).order_by(_O.id)
_FEED = (
    _rows()
    .where(_O.conversation_id == bindparam("of"), _O.id > bindparam("after"))
    .order_by(_O.id)
    .limit(bindparam("limit"))
)
_LAST_ID = select(func.max(_O.id)).where(_O.conversation_id == bindparam("of"))


class SqlOutbox:
    """`Outbox` in tables."""

    def __init__(self, connection: Connection, conversations_: SqlConversations) -> None:
        self._connection = connection
        self._conversations = conversations_

    def add(self, messages: Sequence[OutboundMessage], *, now: datetime) -> Sequence[int]:
        ids: list[int] = []
        known: dict[ChannelAddress, int] = {}
        for message in messages:
            if message.address not in known:
                # Locked, so that ids become visible in their order: a reader of `feed` who has
                # seen the higher one would never ask for the lower one again.
                known[message.address] = self._conversations.id_at(message.address, lock=True)
            values = outbox_values(message)
            values["conversation_id"] = known[message.address]
            values["state"] = SendOutcome.WAITING.value
            values["created_at"] = values["due_at"] = now
            ids.append(new_id(self._connection.execute(_ADD, values)))
        return ids

    def claim(
        self,
        accounts: Sequence[tuple[ChannelKind, str]],
        *,
        owner: str,
        now: datetime,
        ttl: timedelta,
        limit: int,
    ) -> Sequence[OutboxRow]:
        heads = self._due_heads(accounts, now=now, limit=limit)
        if not heads:
            return []
        unfinished = self._connection.execute(
            _UNFINISHED_OF, {"conversation_ids": [row[1] for row in heads]}
        ).all()
        rows = _due_prefixes(unfinished, heads, now=now)[:limit]
        claim = {"ids": sorted(row[0] for row in rows), "owner": owner, "until": now + ttl}
        self._connection.execute(_CLAIM, claim)
        return [_counted(row) for row in rows]

    def _due_heads(
        self, accounts: Sequence[tuple[ChannelKind, str]], *, now: datetime, limit: int
    ) -> list[AnyRow]:
        """(id, conversation id, due) of each conversation's first row, longest due first."""
        heads: list[AnyRow] = []
        for channel, account in accounts:
            where = {"channel": channel.value, "account": account, "now": now, "limit": limit}
            heads += self._connection.execute(_DUE_HEADS, where)
        heads.sort(key=itemgetter(2, 0))
        if not heads:
            return []
        ids = sorted(row[0] for row in heads[:limit])
        locked = {row[0] for row in self._connection.execute(_LOCK_HEADS, {"ids": ids, "now": now})}
        return [row for row in heads[:limit] if row[0] in locked]

    def renew(self, row_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta) -> None:
        self._connection.execute(
            _RENEW, {"ids": sorted(row_ids), "owner": owner, "until": now + ttl}
        )

    def settle(
        self,
        row_ids: Sequence[int],
        outcome: SendOutcome,
        *,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
    ) -> None:
        if not row_ids:
            return
        again = outcome in (SendOutcome.WAITING, SendOutcome.CLAIMED)
        self._connection.execute(
            _SETTLE,
            {
                "ids": sorted(row_ids),
                "outcome": outcome.value,
                "due": (not_before or now) if again else None,
                "now": None if again else now,
                "why": short(reason),
                "not_sent": int(outcome in (SendOutcome.WAITING, SendOutcome.DEFERRED)),
            },
        )

    def reopen_deferred(self, conversation_id: int) -> None:
        self._connection.execute(_REOPEN, {"of": conversation_id})

    def pick_up(self, conversation_id: int, *, now: datetime) -> Sequence[OutboxRow]:
        return self._read(_UNDELIVERED_OF, of=conversation_id)

    def replies_to(self, inbox_id: int) -> Sequence[OutboxRow]:
        return self._read(_REPLIES, inbox_id=inbox_id)

    def feed(self, conversation_id: int, *, after: int, limit: int) -> Sequence[OutboxRow]:
        return self._read(_FEED, of=conversation_id, after=after, limit=limit)

    def last_id(self, conversation_id: int) -> int:
        return self._connection.execute(_LAST_ID, {"of": conversation_id}).scalar() or 0

    def _read(self, statement: Select[tuple[object, ...]], **where: int) -> list[OutboxRow]:
        return [outbox_row_of(row) for row in self._connection.execute(statement, where)]


def _due_prefixes(
    rows: Sequence[AnyRow], heads: Sequence[AnyRow], *, now: datetime
) -> list[AnyRow]:
    """Of each conversation, in the order of `heads`, its rows up to the first not yet due."""
    by_conversation = {
        conversation: list(group)
        for conversation, group in groupby(sorted(rows, key=itemgetter(1, 0)), key=itemgetter(1))
    }
    due: list[AnyRow] = []
    for head in heads:
        own = by_conversation.get(head[1], [])
        for row in own:
            # An earlier row may have been reopened since the head was found.
            if row[_DUE_AT] > now or own[0][0] != head[0]:
                break
            due.append(row)
    return due


def _counted(row: AnyRow) -> OutboxRow:
    """The row as it was found, with this attempt counted."""
    found = outbox_row_of(row)
    return OutboxRow(
        id=found.id,
        conversation_id=found.conversation_id,
        message=found.message,
        state=found.state,
        attempts=found.attempts + 1,
        created_at=found.created_at,
    )
