"""Keep durably, then acknowledge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

from core.domain import grants
from core.domain.messages import ChannelKind, InboundKind, InboundMessage
from core.ports.clock import Clock
from core.ports.delivery import Kept
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork

_TYPED = (InboundKind.TEXT, InboundKind.SPEECH)

INBOX_TOPIC = "inbox"
OUTBOX_TOPIC = "outbox"
JOBS_TOPIC = "jobs"


def replies_topic(conversation_id: int) -> str:
    """The topic on which new outbox rows of one conversation are announced."""
    return f"replies:{conversation_id}"


def arrivals_topic(conversation_id: int) -> str:
    """The topic on which new inbox rows of one conversation are announced."""
    return f"arrivals:{conversation_id}"


@dataclass(frozen=True, slots=True)
class WindowRule:
    """What an inbound thing allows us to send: so many messages within `lasts`."""

    sends: int
    lasts: timedelta


Windows: TypeAlias = Mapping[tuple[ChannelKind, str], Mapping[InboundKind, WindowRule]]


@dataclass(frozen=True, slots=True)
class Intake:
    """The one way in. `windows` gives the send windows of accounts that have them, `waiting` those
    where what waits for a person goes out whenever they write; `masked` takes out of typed words
    what names a real person, before anything is kept."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    windows: Windows
    masked: Callable[[str], str] = str
    waiting: frozenset[tuple[ChannelKind, str]] = frozenset()

    async def keep(self, message: InboundMessage) -> Kept:
        """Keep the message and wake a worker. When this returns, it is committed."""
        if message.kind in _TYPED:
            message = replace(message, text=self.masked(message.text))
        now = self.clock.now()
        account = (message.address.channel, message.address.account)
        window = self.windows.get(account, {}).get(message.kind)

        def work(unit: UnitOfWork) -> Kept:
            kept = unit.inbox.keep(message, now=now)
            if kept.is_new and window is not None:
                unit.ledger.open(message.address, now=now, sends=window.sends, lasts=window.lasts)
            if kept.is_new and (window is not None or account in self.waiting):
                unit.outbox.reopen_deferred(kept.conversation_id)
            if kept.is_new and message.kind is InboundKind.GRANT:
                _note_grants(unit, message)
            return kept

        kept = await self.transactions.write(work, ahead=True)
        if kept.is_new:
            await self.live.publish(INBOX_TOPIC)
            await self.live.publish(arrivals_topic(kept.conversation_id))
        return kept


def _note_grants(unit: UnitOfWork, message: InboundMessage) -> None:
    for grant in grants.read(message.text):
        change = unit.ledger.grant if grant.accepted else unit.ledger.revoke
        change(message.address, grant.template)
