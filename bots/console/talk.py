"""A practice in the terminal: the same way in and out as every other channel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain.dialogue import Dialogue, Pace, Status
from core.domain.messages import ChannelAddress, ChannelKind, InboundMessage, SendOutcome
from core.domain.scorecard import Scorecard
from core.ports.clock import Clock
from core.ports.delivery import Kept, OutboxRow
from core.ports.storage import Transactions, UnitOfWork

_LEASE = timedelta(seconds=5)
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Console:
    """One person's talk in the terminal.

    `keep` is the intake, `work` works what waits (a worker's and a job runner's drain), so
    that a terminal needs no server beside it. A talk that was silent for `park_after` is parked
    before it goes on.
    """

    transactions: Transactions
    clock: Clock
    keep: Callable[[InboundMessage], Awaitable[Kept]]
    work: Callable[[], Awaitable[None]]
    person: str
    language: str
    park_after: timedelta = Pace().park_after

    @property
    def address(self) -> ChannelAddress:
        """Where this person is reached; each language is a talk of its own."""
        return ChannelAddress(ChannelKind.CONSOLE, self.language, self.person)

    async def say(self, text: str) -> Sequence[OutboxRow]:
        """Send one line and wait for everything that comes back.

        The conversation may be held by a process that was killed: then until that has run out.
        """
        await self.stop_clock(status=Status.PARKED, silent=self.park_after)
        message = InboundMessage(
            address=self.address, key=uuid.uuid4().hex, text=text, sent_at=self.clock.now()
        )
        kept = await self.keep(message)
        await self.work()
        while not await self.transactions.read(lambda unit: unit.inbox.is_closed(kept.inbox_id)):
            await asyncio.sleep(_LOOK_EVERY_S)
            await self.work()
        return await self._fetch()

    async def unread(self) -> Sequence[OutboxRow]:
        """What an earlier start left unworked or unread."""
        await self.work()
        return await self._fetch()

    async def open_dialogue(self) -> Dialogue | None:
        """The dialogue that goes on, or may go on."""

        def work(unit: UnitOfWork) -> Dialogue | None:
            name = unit.conversations.at(self.address).dialogue_id
            dialogue = unit.dialogues.get(name) if name else None
            over = dialogue is None or dialogue.status in (Status.ENDED, Status.DROPPED)
            return None if over else dialogue

        return await self.transactions.write(work)

    async def stop_clock(
        self, *, status: Status = Status.PAUSED, silent: timedelta = timedelta(0)
    ) -> None:
        """A terminal that was closed is a pause: the clock stands where the talk was left.

        With `silent` only if nothing was said for so long: no scheduler parks talks here."""

        def work(unit: UnitOfWork) -> None:
            conversation = unit.conversations.at(self.address)
            if conversation.dialogue_id is None:
                return
            lease = unit.conversations.lease(
                conversation.id, owner=self.person, now=self.clock.now(), ttl=_LEASE
            )
            if lease is None:
                return
            dialogue = unit.dialogues.get(conversation.dialogue_id)
            unit.conversations.release(lease)
            left_at = dialogue.last_turn_at
            if dialogue.status is Status.RUNNING and self.clock.now() - left_at >= silent:
                unit.dialogues.save(dialogue.stop_clock(left_at, status=status))

        await self.transactions.write(work)

    async def scorecard(self, dialogue_id: str) -> Scorecard | None:
        """The marks of a dialogue of this person."""
        kept = await self.transactions.read(lambda unit: unit.scorecards.get(dialogue_id))
        return kept[0] if kept else None

    async def _fetch(self) -> Sequence[OutboxRow]:
        now = self.clock.now()

        def work(unit: UnitOfWork) -> Sequence[OutboxRow]:
            rows = unit.outbox.pick_up(unit.conversations.at(self.address).id, now=now)
            if rows:
                unit.outbox.settle([row.id for row in rows], SendOutcome.SENT, now=now)
            return rows

        return await self.transactions.write(work)
