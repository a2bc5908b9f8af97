"""What comes in and goes out, kept until it is done: conversations and who works them, the inbox,
the outbox, and what a platform still lets us send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundMessage,
    OutboundMessage,
    SendOutcome,
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything said between one address and us; at most one dialogue is open in it."""

    id: int
    address: ChannelAddress
    person_id: str | None
    dialogue_id: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work one conversation; a write with an older `fence` fails."""

    conversation_id: int
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The inbox row of a message: new, or the one kept before under the same key."""

    inbox_id: int
    conversation_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A kept message; `attempts` counts how often somebody began to work it."""

    id: int
    conversation_id: int
    message: InboundMessage
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A kept outbound message and how its sending stands.

    `attempts` counts the tries that may have reached the person, the present one included.
    """

    id: int
    conversation_id: int
    message: OutboundMessage
    state: SendOutcome
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SendWindow:
    """A platform's window for sends to one address: `left` sends until `closes_at`."""

    opened_at: datetime
    closes_at: datetime
    left: int


class Conversations(Protocol):
    """Conversation rows and their leases."""

    def at(self, address: ChannelAddress) -> Conversation:
        """The conversation of this address, made if there was none."""
        ...

    def get(self, conversation_id: int) -> Conversation: ...

    def waiting(self, *, now: datetime, limit: int) -> Sequence[int]:
        """Conversations with open inbox rows that nobody holds, oldest row first."""
        ...

    def lease(
        self, conversation_id: int, *, owner: str, now: datetime, ttl: timedelta
    ) -> Lease | None:
        """Take the conversation if it is free or its lease has run out; the fence grows by 1."""
        ...

    def renew(
        self, conversation_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta
    ) -> None:
        """Lengthen the leases that `owner` still holds on these; others stay as they are."""
        ...

    def hold(self, lease: Lease) -> None:
        """Lock the conversation row for this transaction; LeaseLost if the fence has moved on.
        Must be the first statement of a fenced write (update before insert)."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the conversation back; silently nothing if it was already taken over."""
        ...

    def of_account(self, channel: ChannelKind, account: str) -> Sequence[Conversation]:
        """All conversations on one account, oldest first."""
        ...

    def of_person(self, person_id: str) -> Sequence[Conversation]:
        """All conversations with this person, oldest first."""
        ...

    def set_person(self, conversation_id: int, person_id: str, language: str) -> None: ...

    def set_dialogue(self, conversation_id: int, dialogue_id: str | None) -> None: ...


class Inbox(Protocol):
    """What came in, each row worked once."""

    def keep(self, message: InboundMessage, *, now: datetime) -> Kept:
        """Insert under the unique key (channel, account, key), or find the row already there."""
        ...

    def open_rows(
        self, conversation_id: int, *, limit: int, begin: bool = True
    ) -> Sequence[InboxRow]:
        """Rows not yet closed, in order of arrival; with `begin` an attempt is counted on the
        first one."""
        ...

    def close(self, inbox_id: int, *, now: datetime, failed: bool = False) -> None: ...

    def is_closed(self, inbox_id: int) -> bool: ...


class Outbox(Protocol):
    """What goes out, each row created once."""

    def add(self, messages: Sequence[OutboundMessage], *, now: datetime) -> Sequence[int]:
        """Keep messages in order; ids grow. The conversation is that of the address."""
        ...

    def claim(
        self,
        accounts: Sequence[tuple[ChannelKind, str]],
        *,
        owner: str,
        now: datetime,
        ttl: timedelta,
        limit: int,
    ) -> Sequence[OutboxRow]:
        """Rows due on these accounts, claimed for `ttl`: whole conversations in order, never a
        row while an earlier one of its conversation is still claimed or waiting for a retry.
        Rows whose claim ran out come back with `state` CLAIMED: their fate is unknown."""
        ...

    def renew(self, row_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta) -> None:
        """Lengthen the claims that `owner` still holds on these; others stay as they are."""
        ...

    def settle(
        self,
        row_ids: Sequence[int],
        outcome: SendOutcome,
        *,
        now: datetime,
        reason: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Write down how sending ended. With `not_before` it is tried again: WAITING when
        nothing was sent (the try is not counted), CLAIMED when nobody knows. Rows whose sending
        has already ended stay as they are: the first word counts, a late one changes nothing."""
        ...

    def reopen_deferred(self, conversation_id: int) -> None:
        """An inbound message opened the window: deferred rows wait again."""
        ...

    def pick_up(self, conversation_id: int, *, now: datetime) -> Sequence[OutboxRow]:
        """All rows of the conversation still waiting or deferred, oldest first, for a door
        that answers inside the request; the caller settles what it delivers."""
        ...

    def replies_to(self, inbox_id: int) -> Sequence[OutboxRow]:
        """All rows that answer this inbox row, in any state."""
        ...

    def feed(self, conversation_id: int, *, after: int, limit: int) -> Sequence[OutboxRow]:
        """Rows of the conversation with id > `after`, in order, in any state. A row never shows
        after one with a higher id has been seen, so the last id seen is a place to go on from."""
        ...

    def last_id(self, conversation_id: int) -> int:
        """The highest row id of the conversation, 0 if there is none."""
        ...


class SendLedger(Protocol):
    """How many sends a platform still allows to one address."""

    def open(self, address: ChannelAddress, *, now: datetime, sends: int, lasts: timedelta) -> None:
        """An inbound message opened a new window (replaces the older one when better)."""
        ...

    def left(self, address: ChannelAddress, *, now: datetime) -> int: ...

    def spend(self, address: ChannelAddress, *, now: datetime, sends: int = 1) -> bool:
        """Take sends from the window; False (and nothing taken) if fewer are left."""
        ...

    def exhaust(self, address: ChannelAddress) -> None:
        """The platform says the window is used up or closed, whatever the ledger thought."""
        ...

    def grant(self, address: ChannelAddress, template: str) -> None:
        """The person allowed one more notice of this template."""
        ...

    def grants(self, address: ChannelAddress, template: str) -> int:
        """Notices of this template that are still allowed."""
        ...

    def use_grant(self, address: ChannelAddress, template: str) -> bool:
        """Take one of them; False if there is none."""
        ...

    def revoke(self, address: ChannelAddress, template: str) -> None:
        """No notice of this template is allowed any more."""
        ...
