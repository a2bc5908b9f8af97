"""The product on SQLite with a clock moved by hand, and people who type into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bots.replies import word
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    InboundKind,
    InboundMessage,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.ports.clock import Clock
from core.ports.storage import UnitOfWork
from ops.migrations import migrate
from ops.settings import read_settings
from ops.wiring import House, build


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


class MovedClock(Clock, Protocol):
    """A clock that a test moves."""

    def advance(self, **by: float) -> None: ...


@dataclass
class Phone:
    """One person in a chat tool: what is typed goes through the intake, what comes back is read
    from the outbox, as a door that answers in the request would."""

    house: House
    clock: MovedClock
    address: ChannelAddress
    typed: int = 0

    async def type(self, text: str, *, kind: InboundKind = InboundKind.TEXT) -> list[str]:
        """Everything that comes back, in words."""
        return [word(message) for message in await self.send(text, kind=kind)]

    async def send(
        self, text: str, *, kind: InboundKind = InboundKind.TEXT
    ) -> list[OutboundMessage]:
        """Everything that comes back, as codes and facts."""
        await self.house.intake.keep(self.message(text, kind=kind))
        await settle(self.house)
        self.clock.advance(seconds=20)
        return await self.read()

    def message(self, text: str, *, kind: InboundKind = InboundKind.TEXT) -> InboundMessage:
        """What is typed, as the door hands it to the intake."""
        self.typed += 1
        key = f"{self.address.user}-{self.typed}"
        return InboundMessage(self.address, key, text, self.clock.now(), kind)

    async def read(self) -> list[OutboundMessage]:
        """What waits for this person now."""
        now = self.clock.now()

        def work(unit: UnitOfWork) -> list[OutboundMessage]:
            conversation = unit.conversations.at(self.address)
            rows = unit.outbox.pick_up(conversation.id, now=now)
            unit.outbox.settle([row.id for row in rows], SendOutcome.SENT, now=now)
            return [row.message for row in rows]

        return await self.house.transactions.write(work)


async def settle(house: House) -> None:
    """Work everything that waits, as the running parts would."""
    for _ in range(2):
        await house.worker.drain()
        while await house.jobs.drain_once():
            pass


@dataclass
class Rig:
    """A whole house and its clock."""

    house: House
    clock: MovedClock
    data_dir: Path

    def phone(self, user: str = "o-lin", channel: ChannelKind = ChannelKind.WECHAT) -> Phone:
        """A person's way in."""
        return Phone(self.house, self.clock, ChannelAddress(channel, "main", user))


@asynccontextmanager
async def open_rig(
    data_dir: Path, *, clock: MovedClock | None = None, **settings: object
) -> AsyncIterator[Rig]:
    """The product as it is wired in production, closed at the end."""
    clock = clock or HandClock()
    read = read_settings(data_dir=data_dir, **settings)
    migrate(read.database_url, data_dir=data_dir)
    house = build(read, clock=clock)
    try:
        yield Rig(house, clock, data_dir)
    finally:
        await house.close()


def codes(messages: list[OutboundMessage]) -> list[NoticeCode]:
    """The codes alone."""
    return [message.code for message in messages]
