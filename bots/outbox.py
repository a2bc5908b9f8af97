"""Drains the outbox through the channels and writes down how each send ended."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

import structlog

from bots.intake import OUTBOX_TOPIC
from bots.pictures.messages import picture_of
from bots.showing import shown
from bots.waiting import any_done, beating, first_of
from core.domain.messages import ChannelKind, OutboundKind, OutboundMessage, SendOutcome
from core.errors import (
    SendDeferred,
    SendRefused,
    SendRetry,
    SendUnknown,
    StorageError,
    StorageUnavailable,
)
from core.ports.channel import Channel, Picture
from core.ports.clock import Clock
from core.ports.delivery import OutboxRow
from core.ports.live_state import LiveState
from core.ports.storage import Transactions

log = structlog.get_logger("bots")

CLAIM = timedelta(seconds=10)
"""How long a message waits after its sender died. Claims are renewed while they are sent."""
BEAT_S = 3.0
KEEP_TRYING = timedelta(hours=2)
"""How long a message that the platform is too busy for is tried again."""

MOST_BEGINS = 5
"""How often a reply is begun whose senders die, so that it cannot end one process after another."""

REPEAT_AFTER = timedelta(seconds=1)
IDLE_WAIT_S = 1.0
BATCH = 100


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what waits on the accounts of `channels`; conversations go side by side."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    channels: Mapping[tuple[ChannelKind, str], Channel]
    owner: str
    beat_s: float = BEAT_S

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set; a person whose sends are slow keeps nobody else waiting."""
        busy: dict[asyncio.Task[None], list[int]] = {}
        async with (
            beating(self.beat_s, lambda: self._renew(busy)),
            self.live.subscribe(OUTBOX_TOPIC) as bell,
        ):
            while not stop.is_set():
                for task in [task for task in busy if task.done()]:
                    del busy[task]
                # What comes for somebody who is just being sent to is claimed after that.
                awaited = await self._start_sending(busy)
                await first_of(bell.wait(IDLE_WAIT_S), stop.wait(), any_done(awaited))
            await asyncio.gather(*busy)

    async def _start_sending(
        self, busy: dict[asyncio.Task[None], list[int]]
    ) -> Collection[asyncio.Task[None]]:
        """Begin to send what is due; the tasks after whose end one should look again."""
        before, room = list(busy), BATCH - len(busy)
        talks = await self._claim(room)
        for talk in talks:
            busy[asyncio.create_task(self._send(talk))] = [row.id for row in talk]
        is_all = sum(len(talk) for talk in talks) < room
        return before if is_all else list(busy)

    async def drain_once(self) -> int:
        """Claim and send one batch; the number of rows claimed."""
        talks = await self._claim(BATCH)
        await asyncio.gather(*(self._send(talk) for talk in talks))
        return sum(len(talk) for talk in talks)

    async def _claim(self, limit: int) -> list[list[OutboxRow]]:
        """Due rows, conversation by conversation."""
        accounts = [key for key, channel in self.channels.items() if not channel.capabilities.pulls]
        if not accounts or limit <= 0:
            return []
        try:
            rows = await self.transactions.write(
                lambda unit: unit.outbox.claim(
                    accounts, owner=self.owner, now=self.clock.now(), ttl=CLAIM, limit=limit
                )
            )
        except StorageUnavailable:
            log.error("storage_unavailable")
            return []
        return [list(talk) for _, talk in groupby(rows, key=lambda row: row.conversation_id)]

    async def _renew(self, busy: Mapping[asyncio.Task[None], list[int]]) -> None:
        ids = [row_id for task, row_ids in busy.items() if not task.done() for row_id in row_ids]
        if not ids:
            return
        try:
            await self.transactions.write(
                lambda unit: unit.outbox.renew(
                    ids, owner=self.owner, now=self.clock.now(), ttl=CLAIM
                )
            )
        except StorageError as error:
            log.error("not_renewed", error=type(error).__name__)

    async def _send(self, rows: list[OutboxRow]) -> None:
        """The boundary of one send: a fault in it stops neither the others nor the sender."""
        try:
            await self._send_within_limits(rows)
        except StorageError as error:
            # Nobody could write down how it ended: the claim runs out, and then it is in doubt.
            log.error("not_settled", error=type(error).__name__, rows=len(rows))

    async def _send_within_limits(self, rows: list[OutboxRow]) -> None:
        address = rows[0].message.address
        channel = self.channels[(address.channel, address.account)]
        rows = await self._drop_doubtful(rows)
        if not rows:
            return
        messages = [row.message for row in rows]
        try:
            pictures = await _pictures(channel, messages)
            texts = [shown(one, channel.capabilities) for one in messages]
            await channel.send(address, texts, messages, pictures)
        except SendDeferred as error:
            await self._settle(rows, SendOutcome.DEFERRED, error.reason)
        except SendRefused as error:
            await self._settle(rows, SendOutcome.REFUSED, error.reason)
        except SendRetry as error:
            await self._again(rows, error.reason, timedelta(seconds=error.after_s))
        except SendUnknown as error:
            await self._unknown(rows, error.reason)
        except Exception as error:  # what cannot be said must not hold back what can
            log.exception("unexpected", error=type(error).__name__, rows=len(rows))
            await self._settle(rows, SendOutcome.REFUSED, type(error).__name__)
        else:
            await self._settle(rows, SendOutcome.SENT)

    async def _drop_doubtful(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Rows whose last try is in doubt: a reply is tried again, a push not."""
        lost = [
            row for row in rows if row.state is SendOutcome.CLAIMED and not _may_begin_again(row)
        ]
        if lost:
            await self._settle(lost, SendOutcome.UNKNOWN, "nobody knows whether it arrived")
        return [row for row in rows if row not in lost]

    async def _unknown(self, rows: list[OutboxRow], reason: str) -> None:
        again = [row for row in rows if _may_repeat(row, doubts=row.attempts)]
        lost = [row for row in rows if row not in again]
        if again:
            await self._settle(again, SendOutcome.CLAIMED, reason, after=REPEAT_AFTER)
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


async def _pictures(channel: Channel, messages: Sequence[OutboundMessage]) -> Sequence[Picture]:
    """What the channel can show beside the words; drawn in a thread, a tenth of a second each."""
    if not channel.capabilities.pictures:
        return ()
    drawn = [await asyncio.to_thread(picture_of, message) for message in messages]
    return [one for one in drawn if one is not None]


def _may_begin_again(row: OutboxRow) -> bool:
    """Whether to try a row again whose sender is gone: a process that ended had most often not
    yet begun to send what it held, so a reply outlives several of them."""
    return row.message.kind is OutboundKind.REPLY and row.attempts <= MOST_BEGINS


def _may_repeat(row: OutboxRow, *, doubts: int) -> bool:
    """Whether to try a row again of which `doubts` tries may have arrived."""
    return row.message.kind is OutboundKind.REPLY and doubts <= 1
