"""Conversations, their leases, and what came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage
from core.errors import LeaseLost, NotFound
from core.ports.delivery import Conversation, InboxRow, Kept, Lease
from core.storage.memory.table import Journal, Table, utc
from core.storage.rules import LANGUAGE, key_of, plain_address, storable


@dataclass(frozen=True, slots=True)
class _Held:
    """A conversation and its lease."""

    conversation: Conversation
    fence: int = 0
    owner: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Came:
    """An inbox row and its end."""

    row: InboxRow
    closed_at: datetime | None = None
    failed: bool = False


InboxTable: TypeAlias = Table[int, _Came]


def inbox_table(journal: Journal) -> InboxTable:
    """The empty inbox, which conversations and inbox share."""
    return Table(
        journal,
        key=lambda came: _unique(came.row.message.address, came.row.message.key),
        open=lambda came: None if came.closed_at else True,
        open_of=lambda came: None if came.closed_at else came.row.conversation_id,
    )


class MemoryConversations:
    """`Conversations` in dictionaries."""

    def __init__(self, journal: Journal, inbox: InboxTable) -> None:
        self._inbox = inbox
        self._rows: Table[int, _Held] = Table(
            journal,
            address=lambda held: held.conversation.address,
            person=lambda held: held.conversation.person_id,
            account=lambda held: _account(held.conversation.address),
        )

    def at(self, address: ChannelAddress) -> Conversation:
        plain_address(address)
        found = self._rows.one("address", address)
        if found is not None:
            return found.conversation
        conversation = Conversation(
            id=self._rows.new_id(),
            address=address,
            person_id=None,
            dialogue_id=None,
            language=LANGUAGE,
        )
        self._rows.put(conversation.id, _Held(conversation))
        return conversation

    def get(self, conversation_id: int) -> Conversation:
        return self._row(conversation_id).conversation

    def of_person(self, person_id: str) -> Sequence[Conversation]:
        theirs = [held.conversation for held in self._rows.by("person", person_id)]
        return sorted(theirs, key=lambda conversation: conversation.id)

    def of_account(self, channel: ChannelKind, account: str) -> Sequence[Conversation]:
        there = [held.conversation for held in self._rows.by("account", (channel, account))]
        return sorted(there, key=lambda conversation: conversation.id)

    def waiting(self, *, now: datetime, limit: int) -> Sequence[int]:
        rows = sorted(self._inbox.by("open", True), key=lambda came: came.row.id)
        ids = dict.fromkeys(came.row.conversation_id for came in rows)
        return [id_ for id_ in ids if _is_free(self._row(id_), utc(now))][:limit]

    def lease(
        self, conversation_id: int, *, owner: str, now: datetime, ttl: timedelta
    ) -> Lease | None:
        held = self._rows.get(conversation_id)
        if held is None or not _is_free(held, utc(now)):
            return None
        fence = held.fence + 1
        taken = replace(held, fence=fence, owner=owner, until=utc(now) + ttl)
        self._rows.put(conversation_id, taken)
        return Lease(conversation_id=conversation_id, owner=owner, fence=fence)

    def renew(
        self, conversation_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta
    ) -> None:
        for conversation_id in conversation_ids:
            held = self._rows.get(conversation_id)
            if held is not None and held.owner == owner:
                self._rows.put(conversation_id, replace(held, until=utc(now) + ttl))

    def hold(self, lease: Lease) -> None:
        held = self._rows.get(lease.conversation_id)
        if held is None or held.fence != lease.fence:
            raise LeaseLost(lease.conversation_id)

    def release(self, lease: Lease) -> None:
        held = self._rows.get(lease.conversation_id)
        if held is not None and held.fence == lease.fence:
            self._rows.put(lease.conversation_id, replace(held, owner=None, until=None))

    def set_person(self, conversation_id: int, person_id: str, language: str) -> None:
        held = self._row(conversation_id)
        known = replace(held.conversation, person_id=person_id, language=language)
        self._rows.put(conversation_id, replace(held, conversation=known))

    def set_dialogue(self, conversation_id: int, dialogue_id: str | None) -> None:
        held = self._row(conversation_id)
        at_work = replace(held.conversation, dialogue_id=dialogue_id)
        self._rows.put(conversation_id, replace(held, conversation=at_work))

    def _row(self, conversation_id: int) -> _Held:
        held = self._rows.get(conversation_id)
        if held is None:
            raise NotFound(what="conversation", name=str(conversation_id))
        return held


class MemoryInbox:
    """`Inbox` in dictionaries."""

    def __init__(self, conversations: MemoryConversations, inbox: InboxTable) -> None:
        self._conversations = conversations
        self._rows = inbox

    def keep(self, message: InboundMessage, *, now: datetime) -> Kept:
        conversation = self._conversations.at(message.address)
        key = key_of(storable(message.key))
        found = self._rows.one("key", _unique(message.address, key))
        if found is not None:
            return Kept(found.row.id, found.row.conversation_id, is_new=False)
        row = InboxRow(
            id=self._rows.new_id(),
            conversation_id=conversation.id,
            message=replace(
                message, key=key, text=storable(message.text), sent_at=utc(message.sent_at)
            ),
            received_at=utc(now),
            attempts=0,
        )
        self._rows.put(row.id, _Came(row))
        return Kept(row.id, conversation.id, is_new=True)

    def open_rows(
        self, conversation_id: int, *, limit: int, begin: bool = True
    ) -> Sequence[InboxRow]:
        rows = sorted(self._rows.by("open_of", conversation_id), key=lambda came: came.row.id)
        if not rows or limit < 1 or not begin:
            return [came.row for came in rows[: max(0, limit)]]
        begun = replace(rows[0].row, attempts=rows[0].row.attempts + 1)
        self._rows.put(begun.id, replace(rows[0], row=begun))
        return [begun, *(came.row for came in rows[1:limit])]

    def close(self, inbox_id: int, *, now: datetime, failed: bool = False) -> None:
        came = self._row(inbox_id)
        self._rows.put(inbox_id, replace(came, closed_at=utc(now), failed=failed))

    def is_closed(self, inbox_id: int) -> bool:
        return self._row(inbox_id).closed_at is not None

    def _row(self, inbox_id: int) -> _Came:
        came = self._rows.get(inbox_id)
        if came is None:
            raise NotFound(what="inbox row", name=str(inbox_id))
        return came


def _account(address: ChannelAddress) -> tuple[ChannelKind, str]:
    return address.channel, address.account


def _is_free(held: _Held, now: datetime) -> bool:
    return held.until is None or held.until <= now


def _unique(address: ChannelAddress, key: str) -> tuple[str, str, str]:
    return address.channel.value, address.account, key
