"""Conversation rows, their leases, and what came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, exists, func, or_, select, update

from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage
from core.errors import LeaseLost, NotFound
from core.ports.delivery import Conversation, InboxRow, Kept, Lease
from core.storage.mapping import conversation_of, inbox_row_of
from core.storage.repositories.statements import insert_if_new, new_id
from core.storage.rules import LANGUAGE, key_of, plain_address
from core.storage.tables import conversations, inbox

_C = conversations.c
_I = inbox.c

_ID_AT = select(_C.id).where(
    _C.channel == bindparam("channel"),
    _C.account == bindparam("account"),
    _C.user == bindparam("user"),
)
_LOCK_AT = _ID_AT.with_for_update()
_COLUMNS = (_C.id, _C.channel, _C.account, _C.user, _C.person_id, _C.dialogue_id, _C.language)
_GET = select(*_COLUMNS).where(_C.id == bindparam("id"))
_OF_PERSON = select(*_COLUMNS).where(_C.person_id == bindparam("person_id")).order_by(_C.id)
_OF_ACCOUNT = (
    select(*_COLUMNS)
    .where(_C.channel == bindparam("channel"), _C.account == bindparam("account"))
    .order_by(_C.id)
)
_MAKE = insert_if_new(conversations)
_LEASE = (
    update(conversations)
    .where(
        _C.id == bindparam("of"),
        or_(_C.lease_until.is_(None), _C.lease_until <= bindparam("now")),
    )
    .values(
        fence=_C.fence + 1,
        lease_owner=bindparam("owner"),
        lease_until=bindparam("until"),
    )
)
_RENEW = (
    update(conversations)
    .where(_C.id.in_(bindparam("ids", expanding=True)), _C.lease_owner == bindparam("owner"))
    .values(lease_until=bindparam("until"))
)
_FENCE = select(_C.fence).where(_C.id == bindparam("id"))
_HOLD = (
    select(_C.id).where(_C.id == bindparam("id"), _C.fence == bindparam("fence")).with_for_update()
)
_RELEASE = (
    update(conversations)
    .where(_C.id == bindparam("of"), _C.fence == bindparam("held"))
    .values(lease_owner=None, lease_until=None)
)
_SET_PERSON = (
    update(conversations)
    .where(_C.id == bindparam("of"))
    .values(person_id=bindparam("person"), language=bindparam("tongue"))
)
_SET_DIALOGUE = (
    update(conversations).where(_C.id == bindparam("of")).values(dialogue_id=bindparam("dialogue"))
)
_OLDEST = func.min(_I.id)
_WAITING = (
    select(_I.conversation_id)
    .where(
        _I.closed_at.is_(None),
        # No join: SQLite may read all conversations for one, however few rows are open.
        ~exists().where(_C.id == _I.conversation_id, _C.lease_until > bindparam("now")),
    )
    .group_by(_I.conversation_id)
    .order_by(_OLDEST)
    .limit(bindparam("limit"))
)

_KEEP = insert_if_new(inbox)
_KEPT = select(_I.id, _I.conversation_id).where(
    _I.channel == bindparam("channel"),
    _I.account == bindparam("account"),
    _I.key == bindparam("key"),
)
_OPEN_ROWS = (
    select(
        _I.id,
        _I.conversation_id,
        _C.channel,
        _C.account,
        _C.user,
        _I.key,
        _I.kind,
        _I.text,
        _I.sent_at,
        _I.received_at,
        _I.attempts,
    )
    .join(conversations, _C.id == _I.conversation_id)
    .where(_I.closed_at.is_(None), _I.conversation_id == bindparam("conversation_id"))
    .order_by(_I.id)
    .limit(bindparam("limit"))
)
_COUNT_ATTEMPT = update(inbox).where(_I.id == bindparam("of")).values(attempts=_I.attempts + 1)
_CLOSE = (
    update(inbox)
    .where(_I.id == bindparam("of"))
    .values(closed_at=bindparam("now"), failed=bindparam("bad"))
)
_CLOSED_AT = select(_I.closed_at).where(_I.id == bindparam("id"))


class SqlConversations:
    """`Conversations` in tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def at(self, address: ChannelAddress) -> Conversation:
        return self.get(self.id_at(address))

    def id_at(self, address: ChannelAddress, *, lock: bool = False) -> int:
        """Id of the conversation of this address, made if there was none; locked for this
        transaction where asked for."""
        plain_address(address)
        where = {
            "channel": address.channel.value,
            "account": address.account,
            "user": address.user,
        }
        look = _LOCK_AT if lock else _ID_AT
        found: int | None = self._connection.execute(look, where).scalar()
        if found is not None:
            return found
        made = self._connection.execute(_MAKE, {**where, "language": LANGUAGE})
        if made.rowcount == 1:
            return new_id(made)
        # Another process was faster by a moment.
        found = self._connection.execute(look, where).scalar_one()
        return found

    def get(self, conversation_id: int) -> Conversation:
        row = self._connection.execute(_GET, {"id": conversation_id}).first()
        if row is None:
            raise NotFound(what="conversation", name=str(conversation_id))
        return conversation_of(row)

    def of_person(self, person_id: str) -> Sequence[Conversation]:
        rows = self._connection.execute(_OF_PERSON, {"person_id": person_id})
        return [conversation_of(row) for row in rows]

    def of_account(self, channel: ChannelKind, account: str) -> Sequence[Conversation]:
        where = {"channel": channel.value, "account": account}
        return [conversation_of(row) for row in self._connection.execute(_OF_ACCOUNT, where)]

    def waiting(self, *, now: datetime, limit: int) -> Sequence[int]:
        rows = self._connection.execute(_WAITING, {"now": now, "limit": limit})
        return [row[0] for row in rows]

    def lease(
        self, conversation_id: int, *, owner: str, now: datetime, ttl: timedelta
    ) -> Lease | None:
        taken = self._connection.execute(
            _LEASE, {"of": conversation_id, "owner": owner, "now": now, "until": now + ttl}
        )
        if taken.rowcount != 1:
            return None
        fence = self._connection.execute(_FENCE, {"id": conversation_id}).scalar_one()
        return Lease(conversation_id=conversation_id, owner=owner, fence=fence)

    def renew(
        self, conversation_ids: Sequence[int], *, owner: str, now: datetime, ttl: timedelta
    ) -> None:
        self._connection.execute(
            _RENEW, {"ids": sorted(conversation_ids), "owner": owner, "until": now + ttl}
        )

    def hold(self, lease: Lease) -> None:
        held = self._connection.execute(
            _HOLD, {"id": lease.conversation_id, "fence": lease.fence}
        ).first()
        if held is None:
            raise LeaseLost(lease.conversation_id)

    def release(self, lease: Lease) -> None:
        self._connection.execute(_RELEASE, {"of": lease.conversation_id, "held": lease.fence})

    def set_person(self, conversation_id: int, person_id: str, language: str) -> None:
        done = self._connection.execute(
            _SET_PERSON, {"of": conversation_id, "person": person_id, "tongue": language}
        )
        if done.rowcount != 1:
            raise NotFound(what="conversation", name=str(conversation_id))

    def set_dialogue(self, conversation_id: int, dialogue_id: str | None) -> None:
        done = self._connection.execute(
            _SET_DIALOGUE, {"of": conversation_id, "dialogue": dialogue_id}
        )
        if done.rowcount != 1:
            raise NotFound(what="conversation", name=str(conversation_id))


class SqlInbox:
    """`Inbox` in tables."""

    def __init__(self, connection: Connection, conversations_: SqlConversations) -> None:
        self._connection = connection
        self._conversations = conversations_

    def keep(self, message: InboundMessage, *, now: datetime) -> Kept:
        conversation_id = self._conversations.id_at(message.address)
        unique = {
            "channel": message.address.channel.value,
            "account": message.address.account,
            "key": key_of(message.key),
        }
        kept = self._connection.execute(
            _KEEP,
            {
                **unique,
                "conversation_id": conversation_id,
                "kind": message.kind.value,
                "text": message.text,
                "sent_at": message.sent_at,
                "received_at": now,
            },
        )
        if kept.rowcount == 1:
            return Kept(inbox_id=new_id(kept), conversation_id=conversation_id, is_new=True)
        # The conversation is that of the row kept first, whoever sends its key again.
        first = self._connection.execute(_KEPT, unique).one()
        return Kept(inbox_id=first[0], conversation_id=first[1], is_new=False)

    def open_rows(
        self, conversation_id: int, *, limit: int, begin: bool = True
    ) -> Sequence[InboxRow]:
        found = self._connection.execute(
            _OPEN_ROWS, {"conversation_id": conversation_id, "limit": limit}
        ).all()
        if not found or not begin:
            return [inbox_row_of(row) for row in found]
        self._connection.execute(_COUNT_ATTEMPT, {"of": found[0][0]})
        first = inbox_row_of((*found[0][:-1], found[0][-1] + 1))
        return [first, *map(inbox_row_of, found[1:])]

    def close(self, inbox_id: int, *, now: datetime, failed: bool = False) -> None:
        done = self._connection.execute(_CLOSE, {"of": inbox_id, "now": now, "bad": failed})
        if done.rowcount != 1:
            raise NotFound(what="inbox row", name=str(inbox_id))

    def is_closed(self, inbox_id: int) -> bool:
        row = self._connection.execute(_CLOSED_AT, {"id": inbox_id}).first()
        if row is None:
            raise NotFound(what="inbox row", name=str(inbox_id))
        return row[0] is not None
