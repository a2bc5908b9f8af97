"""The stores behind the WeChat tests: only what this channel asks of its ports, on a clock that
tests move by hand (a token's lifetime and a window of 48 hours must pass in no time)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TypeVar, cast

from core.domain.messages import ChannelAddress, InboundMessage, OutboundMessage, SendOutcome
from core.ports.clock import Clock
from core.ports.delivery import Conversation, Kept, OutboxRow
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork

T = TypeVar("T")

_OPEN = {SendOutcome.WAITING, SendOutcome.DEFERRED}


def live_state(clock: Clock) -> LiveState:
    """Locks, values and wake-ups of several processes that share them."""
    return cast(LiveState, _Live(clock))


def transactions_for(clock: Clock) -> Transactions:
    """An empty store with one conversation."""
    return cast(Transactions, _Transactions())


class _Bell:
    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True


class _Live:
    """Each call gives way once, as one over a network would."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[str, tuple[str, datetime]] = {}
        self._bells: dict[str, list[_Bell]] = {}

    async def publish(self, topic: str) -> None:
        for bell in self._bells.get(topic, []):
            bell.rung.set()

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[_Bell]:
        bells = self._bells.setdefault(topic, [])
        bells.append(bell := _Bell())
        try:
            yield bell
        finally:
            bells.remove(bell)

    async def acquire(self, lock: str, *, owner: str, ttl: timedelta) -> bool:
        await asyncio.sleep(0)
        if self._value(f"lock {lock}") not in (None, owner):
            return False
        self._values[f"lock {lock}"] = (owner, self._clock.now() + ttl)
        return True

    async def release(self, lock: str, *, owner: str) -> None:
        if self._value(f"lock {lock}") == owner:
            del self._values[f"lock {lock}"]

    async def get(self, key: str) -> str | None:
        await asyncio.sleep(0)
        return self._value(key)

    async def put(self, key: str, value: str, *, ttl: timedelta) -> None:
        await asyncio.sleep(0)
        self._values[key] = (value, self._clock.now() + ttl)

    async def drop(self, key: str) -> None:
        self._values.pop(key, None)

    def _value(self, key: str) -> str | None:
        value, until = self._values.get(key, ("", None))
        return value if until is not None and until > self._clock.now() else None


class _Inbox:
    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._closed: set[int] = set()

    def keep(self, message: InboundMessage, *, now: datetime) -> Kept:
        is_new = message.key not in self._ids
        inbox_id = self._ids.setdefault(message.key, len(self._ids) + 1)
        return Kept(inbox_id=inbox_id, conversation_id=1, is_new=is_new)

    def close(self, inbox_id: int, *, now: datetime, failed: bool = False) -> None:
        self._closed.add(inbox_id)

    def is_closed(self, inbox_id: int) -> bool:
        return inbox_id in self._closed


class _Outbox:
    def __init__(self) -> None:
        self._rows: dict[int, OutboxRow] = {}

    def add(self, messages: Sequence[OutboundMessage], *, now: datetime) -> Sequence[int]:
        first = len(self._rows) + 1
        for row_id, message in enumerate(messages, start=first):
            self._rows[row_id] = OutboxRow(row_id, 1, message, SendOutcome.WAITING, 0, now)
        return list(range(first, len(self._rows) + 1))

    def settle(
        self, row_ids: Sequence[int], outcome: SendOutcome, *, now: datetime, reason: str = ""
    ) -> None:
        for row_id in row_ids:
            self._rows[row_id] = replace(self._rows[row_id], state=outcome)

    def pick_up(self, conversation_id: int, *, now: datetime) -> Sequence[OutboxRow]:
        return [row for row in self._rows.values() if row.state in _OPEN]

    def replies_to(self, inbox_id: int) -> Sequence[OutboxRow]:
        return [row for row in self._rows.values() if row.message.inbox_id == inbox_id]

    def feed(self, conversation_id: int, *, after: int, limit: int) -> Sequence[OutboxRow]:
        return [row for row in self._rows.values() if row.id > after][:limit]


class _Ledger:
    def __init__(self) -> None:
        self._windows: dict[ChannelAddress, tuple[int, datetime]] = {}

    def open(self, address: ChannelAddress, *, now: datetime, sends: int, lasts: timedelta) -> None:
        self._windows[address] = (sends, now + lasts)

    def left(self, address: ChannelAddress, *, now: datetime) -> int:
        sends, closes_at = self._windows.get(address, (0, now))
        return sends if closes_at > now else 0

    def spend(self, address: ChannelAddress, *, now: datetime, sends: int = 1) -> bool:
        left = self.left(address, now=now)
        if left < sends:
            return False
        self._windows[address] = (left - sends, self._windows[address][1])
        return True

    def exhaust(self, address: ChannelAddress) -> None:
        self._windows.pop(address, None)


class _Conversations:
    def at(self, address: ChannelAddress) -> Conversation:
        return Conversation(1, address, None, None, "zh")


class _Transactions:
    def __init__(self) -> None:
        self._unit = SimpleNamespace(
            conversations=_Conversations(), inbox=_Inbox(), outbox=_Outbox(), ledger=_Ledger()
        )

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        await asyncio.sleep(0)
        return work(cast(UnitOfWork, self._unit))

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self.write(work)
