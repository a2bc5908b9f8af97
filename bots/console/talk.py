"""A practice in the terminal: the same way in and out as every other channel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundMessage,
    NoticeCode,
    SendOutcome,
)
from core.ports.clock import Clock
from core.ports.storage import Kept, OutboxRow, Transactions, UnitOfWork

ACCOUNT = "main"


@dataclass(frozen=True, slots=True)
class Console:
    """One person's talk in the terminal.

    `keep` is the intake, `work` works what waits (a worker's and a job runner's drain), so
    that a terminal needs no server beside it.
    """

    transactions: Transactions
    clock: Clock
    keep: Callable[[InboundMessage], Awaitable[Kept]]
    work: Callable[[], Awaitable[None]]
    person: str

    @property
    def address(self) -> ChannelAddress:
        """Where this person is reached."""
        return ChannelAddress(ChannelKind.CONSOLE, ACCOUNT, self.person)

    async def say(self, text: str) -> Sequence[OutboxRow]:
        """Send one line and wait for everything that comes back."""
        message = InboundMessage(
            address=self.address, key=uuid.uuid4().hex, text=text, sent_at=self.clock.now()
        )
        kept = await self.keep(message)
        await self.work()
        return await self._fetch(kept.conversation_id)

    async def pending(self) -> Sequence[OutboxRow]:
        """What was left unread by an earlier start."""
        conversation = await self.transactions.write(
            lambda unit: unit.conversations.at(self.address)
        )
        await self.work()
        return await self._fetch(conversation.id)

    async def open_dialogue(self) -> bool:
        """Whether a dialogue of an earlier start is still open."""
        conversation = await self.transactions.write(
            lambda unit: unit.conversations.at(self.address)
        )
        if conversation.dialogue_id is None:
            return False
        name = conversation.dialogue_id
        dialogue = await self.transactions.read(lambda unit: unit.dialogues.get(name))
        return dialogue.end_reason is None

    async def _fetch(self, conversation_id: int) -> Sequence[OutboxRow]:
        now = self.clock.now()

        def work(unit: UnitOfWork) -> Sequence[OutboxRow]:
            rows = unit.outbox.pick_up(conversation_id, now=now)
            if rows:
                unit.outbox.settle([row.id for row in rows], SendOutcome.SENT, now=now)
            return rows

        return await self.transactions.write(work)


async def show(
    rows: Sequence[OutboxRow],
    *,
    write: Callable[[OutboxRow], None],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Show rows one by one with the customer's typing pauses; True if a debrief was among them."""
    for row in rows:
        if row.message.delay_s:
            await pause(row.message.delay_s)
        write(row)
    return any(row.message.code is NoticeCode.DEBRIEF for row in rows)
