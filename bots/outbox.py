"""Drains the outbox through the channels and writes down how each send ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import structlog

from bots.intake import OUTBOX_TOPIC
from bots.replies import word
from bots.waiting import first_of
from core.domain.messages import ChannelKind, OutboundKind, SendOutcome
from core.errors import (
    SendDeferred,
    SendRefused,
    SendRetry,
    SendUnknown,
    StorageUnavailable,
)
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import OutboxRow, Transactions

log = structlog.get_logger("bots")

CLAIM = timedelta(seconds=60)
KEEP_TRYING = timedelta(hours=2)
"""How long a message that the platform is too busy for is tried again."""

IDLE_WAIT_S = 5.0
BATCH = 100


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what waits on the accounts of `channels`; conversations go side by side."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    channels: Mapping[tuple[ChannelKind, str], Channel]
    owner: str

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set."""
        async with self.live.subscribe(OUTBOX_TOPIC) as bell:
            while not stop.is_set():
                try:
                    sent = await self.drain_once()
                except StorageUnavailable:
                    log.error("storage_unavailable")
                    sent = 0
                if not sent:
                    await first_of(bell.wait(IDLE_WAIT_S), stop.wait())

    async def drain_once(self) -> int:
        """Claim and send one batch; the number of rows claimed."""
        accounts = [key for key, channel in self.channels.items() if not channel.capabilities.pulls]
        if not accounts:
            return 0
        rows = await self.transactions.write(
            lambda unit: unit.outbox.claim(
                accounts, owner=self.owner, now=self.clock.now(), ttl=CLAIM, limit=BATCH
            )
        )
        talks = [list(talk) for _, talk in groupby(rows, key=lambda row: row.conversation_id)]
        await asyncio.gather(*(self._send(talk) for talk in talks))
        return len(rows)

    async def _send(self, rows: list[OutboxRow]) -> None:
        address = rows[0].message.address
        channel = self.channels[(address.channel, address.account)]
        rows = await self._drop_doubtful(rows)
        if not rows:
            return
        messages = [row.message for row in rows]
        try:
            await channel.send(address, [word(message) for message in messages], messages)
        except SendDeferred as error:
            await self._settle(rows, SendOutcome.DEFERRED, error.reason)
        except SendRefused as error:
            await self._settle(rows, SendOutcome.REFUSED, error.reason)
        except SendRetry as error:
            await self._again(rows, error.reason, timedelta(seconds=error.after_s))
        except SendUnknown as error:
            await self._unknown(rows, error.reason)
        else:
            await self._settle(rows, SendOutcome.SENT)

    async def _drop_doubtful(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Rows whose claim ran out may have been sent: a reply is tried once more, a push not."""
        lost = [row for row in rows if row.state is SendOutcome.CLAIMED and not _once_more(row)]
        if lost:
            await self._settle(lost, SendOutcome.UNKNOWN, "claim ran out")
        return [row for row in rows if row not in lost]

    async def _unknown(self, rows: list[OutboxRow], reason: str) -> None:
        again = [row for row in rows if _once_more(row)]
        lost = [row for row in rows if row not in again]
        if again:
            await self._again(again, reason, timedelta(seconds=1))
        if lost:
            await self._settle(lost, SendOutcome.UNKNOWN, reason)

    async def _again(self, rows: list[OutboxRow], reason: str, after: timedelta) -> None:
        now = self.clock.now()
        spent = [row for row in rows if now - row.created_at >= KEEP_TRYING]
        if spent:
            await self._settle(spent, SendOutcome.EXPIRED, reason)
        rest = [row for row in rows if row not in spent]
        if rest:
            await self._settle(rest, SendOutcome.WAITING, reason, after=after)

    async def _settle(
        self,
        rows: Sequence[OutboxRow],
        outcome: SendOutcome,
        reason: str = "",
        *,
        after: timedelta | None = None,
    ) -> None:
        now = self.clock.now()
        ids = [row.id for row in rows]
        if outcome is not SendOutcome.SENT:
            log.warning("not_sent", outcome=outcome.value, reason=reason, rows=len(ids))
        await self.transactions.write(
            lambda unit: unit.outbox.settle(
                ids, outcome, now=now, reason=reason, not_before=now + after if after else None
            )
        )


def _once_more(row: OutboxRow) -> bool:
    return row.message.kind is OutboundKind.REPLY and row.attempts <= 2
