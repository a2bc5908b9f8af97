"""What goes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from core.domain.messages import ChannelKind, OutboundMessage, SendOutcome
from core.ports.delivery import OutboxRow
from core.storage.mapping import json_object, json_text
from core.storage.memory.conversations import MemoryConversations
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import OPEN, UNDELIVERED, UNFINISHED


@dataclass(frozen=True, slots=True)
class _Out:
    """An outbox row; `facts` as text, so that nobody changes what is kept."""

    row: OutboxRow
    facts: str
    due_at: datetime | None
    owner: str | None = None

    def fresh(self) -> OutboxRow:
        """The row with facts of its own."""
        message = replace(self.row.message, facts=json_object(self.facts))
        return replace(self.row, message=message)


class MemoryOutbox:
    """`Outbox` in dictionaries."""

    def __init__(self, journal: Journal, conversations: MemoryConversations) -> None:
        self._conversations = conversations
        self._rows: Table[int, _Out] = Table(
            journal,
            of=lambda out: out.row.conversation_id,
            unfinished=lambda out: out.row.conversation_id if _is(out, UNFINISHED) else None,
            account=lambda out: _account(out) if _is(out, UNFINISHED) else None,
            answers=lambda out: out.row.message.inbox_id,
        )

    def add(self, messages: Sequence[OutboundMessage], *, now: datetime) -> Sequence[int]:
        return [self._add(message, utc(now)) for message in messages]

    def _add(self, message: OutboundMessage, now: datetime) -> int:
        row = OutboxRow(
            id=self._rows.new_id(),
            conversation_id=self._conversations.at(message.address).id,
            message=replace(message, facts={}),
            state=SendOutcome.WAITING,
            attempts=0,
            created_at=now,
        )
        self._rows.put(row.id, _Out(row=row, facts=json_text(message.facts), due_at=now))
        return row.id

    def claim(
        self,
        accounts: Sequence[tuple[ChannelKind, str]],
        *,
        owner: str,
        now: datetime,
        ttl: timedelta,
        limit: int,
    ) -> Sequence[OutboxRow]:
        due: list[_Out] = []
        for head in self._due_heads(accounts, utc(now)):
            later = _in_order(self._rows.by("unfinished", head.row.conversation_id))
            due += takewhile(lambda out: _is_due(out, utc(now)), later)
        claimed = [replace(out, owner=owner, due_at=utc(now) + ttl) for out in due[:limit]]
        return [self._count(out) for out in claimed]

    def _due_heads(
        self, accounts: Sequence[tuple[ChannelKind, str]], now: datetime
    ) -> Sequence[_Out]:
        """The first unfinished row of each conversation where it is due, longest due first."""
        heads: dict[int, _Out] = {}
        rows = (out for account in accounts for out in self._rows.by("account", account))
        for out in _in_order(rows):
            heads.setdefault(out.row.conversation_id, out)
        due = [out for out in heads.values() if _is_due(out, now)]
        return sorted(due, key=lambda out: (out.due_at or now, out.row.id))

    def _count(self, out: _Out) -> OutboxRow:
        """The row as it was found, with this attempt counted."""
        counted = replace(out.row, attempts=out.row.attempts + 1)
        claimed = replace(counted, state=SendOutcome.CLAIMED)
        self._rows.put(counted.id, replace(out, row=claimed))
        return replace(out, row=counted).fresh()

    def renew(self, row_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta) -> None:
        for row_id in row_ids:
            out = self._rows.get(row_id)
            if out is not None and out.owner == owner and _is(out, (SendOutcome.CLAIMED,)):
                self._rows.put(row_id, replace(out, due_at=utc(now) + ttl))

    def settle(
        self,
        row_ids: Sequence[int],
        outcome: SendOutcome,
        *,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
    ) -> None:
        due_at = utc(not_before or now) if outcome in UNFINISHED else None
        not_sent = int(outcome in UNDELIVERED)
        for row_id in row_ids:
            out = self._rows.get(row_id)
            if out is not None and _is(out, OPEN):
                attempts = max(0, out.row.attempts - not_sent)
                row = replace(out.row, state=outcome, attempts=attempts)
                self._rows.put(row_id, replace(out, row=row, due_at=due_at))

    def reopen_deferred(self, conversation_id: int) -> None:
        for out in self._rows.by("of", conversation_id):
            if out.row.state is SendOutcome.DEFERRED:
                waits = replace(out.row, state=SendOutcome.WAITING)
                self._rows.put(waits.id, replace(out, row=waits, due_at=waits.created_at))

    def pick_up(self, conversation_id: int, *, now: datetime) -> Sequence[OutboxRow]:
        rows = self._rows.by("of", conversation_id)
        return [out.fresh() for out in _in_order(rows) if _is(out, UNDELIVERED)]

    def replies_to(self, inbox_id: int) -> Sequence[OutboxRow]:
        return [out.fresh() for out in _in_order(self._rows.by("answers", inbox_id))]

    def feed(self, conversation_id: int, *, after: int, limit: int) -> Sequence[OutboxRow]:
        rows = [out for out in self._rows.by("of", conversation_id) if out.row.id > after]
        return [out.fresh() for out in _in_order(rows)[:limit]]

    def last_id(self, conversation_id: int) -> int:
        return max((out.row.id for out in self._rows.by("of", conversation_id)), default=0)


def _in_order(rows: Iterable[_Out]) -> list[_Out]:
    return sorted(rows, key=lambda out: out.row.id)


def _is(out: _Out, states: Sequence[SendOutcome]) -> bool:
    return out.row.state in states


def _is_due(out: _Out, now: datetime) -> bool:
    return out.due_at is not None and out.due_at <= now


def _account(out: _Out) -> tuple[ChannelKind, str]:
    return out.row.message.address.channel, out.row.message.address.account
