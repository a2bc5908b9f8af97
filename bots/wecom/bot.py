"""The AI bot: one process of all holds its connection, keeps what comes and sends what waits.

A newer connection of the same bot ends the older one, so two processes must never both connect:
whoever holds the lease does (ops/decisions/0006 says how leases run out), and it also drains the
outbox of this account, since a reply travels over the connection its question came by.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from bots.intake import Intake
from bots.outbox import Sender
from bots.waiting import beating, first_of
from bots.wecom.bot_channel import BotChannel, Slot
from bots.wecom.cards import Body, answered
from bots.wecom.convert import BOT, BotMessage, from_frame
from bots.wecom.link import RESPOND, UPDATE, BotLink, End, Frame
from core.catalogue import say
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind
from core.errors import LeaseLost, SendError, StorageError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.delivery import Lease
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork

logger = logging.getLogger("bots.wecom")

LEASE = timedelta(seconds=10)
BEAT_S = 3.0
STAND_BY_S = 2.0
"""How often a process that does not lead looks whether nobody does."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 60.0
_STEADY_S = 30.0
"""A connection that lived so long was well: the next pause begins from the shortest."""

_KEEP_TRIES, _KEEP_AGAIN_S = 5, 1.0
_STATE_LASTS = timedelta(seconds=60)
_DISPLACED_LASTS = timedelta(days=7)


def state_key(bot_id: str) -> str:
    """Where the leading process leaves how the connection stands."""
    return f"wecom:bot:{bot_id}"


@dataclass
class WeComBot:
    """One bot. `meet(user)` ties a member who is known elsewhere, before the first line is kept."""

    bot_id: str
    link: BotLink
    channel: BotChannel
    intake: Intake
    meet: Callable[[str], Awaitable[None]]
    transactions: Transactions
    live: LiveState
    clock: Clock
    owner: str
    language: str
    chance: Random
    first_pause_s: float = _FIRST_PAUSE_S
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _lost: bool = False
    _state: str = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Lead whenever nobody else does, until `stop` is set or the platform says that somebody
        outside of this installation has taken the bot over."""
        await self._say_state("")
        while not stop.is_set():
            lease = await self._lead()
            if lease is None:
                await first_of(asyncio.sleep(STAND_BY_S), stop.wait())
                continue
            try:
                end = await self._stay_connected(lease, stop)
            except Exception as error:  # the boundary: the other doors of this process stay open
                logger.error("wecom bot failed", extra={"reason": type(error).__name__})
                await first_of(asyncio.sleep(STAND_BY_S), stop.wait())
                continue
            if end is End.DISPLACED:
                await stop.wait()

    async def _stay_connected(self, lease: Lease, stop: asyncio.Event) -> End:
        """Connect again and again while the lease is ours; how that ended."""
        self._lost = False
        pause_s, loop = self.first_pause_s, asyncio.get_running_loop()
        async with beating(BEAT_S, lambda: self._renew(lease)):
            try:
                while True:
                    began = loop.time()
                    end = await self._connection(stop)
                    if stop.is_set() or self._lost:
                        return End.STOPPED
                    if end is End.DISPLACED:
                        return await self._displaced(lease)
                    logger.warning(
                        "wecom connection ended",
                        extra={"reason": end.value, "errcode": self.link.errcode},
                    )
                    self._state = f"{end.value} {self.link.errcode}"
                    if loop.time() - began > _STEADY_S:
                        pause_s = self.first_pause_s
                    await first_of(
                        asyncio.sleep(pause_s * self.chance.uniform(0.8, 1.2)), stop.wait()
                    )
                    pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
            finally:
                await self._leave(lease)

    async def _connection(self, stop: asyncio.Event) -> End:
        """One connection with its own sender; places for replies do not outlive it."""
        self.channel.slots.clear()
        sender = Sender(
            self.transactions,
            self.live,
            self.clock,
            {(ChannelKind.WECOM, BOT): self.channel},
            self.owner,
        )
        stop_sending, sending = asyncio.Event(), list[asyncio.Task[None]]()

        async def up() -> None:
            logger.info("wecom bot connected")
            await self._say_state("up")
            sending.append(asyncio.create_task(sender.run(stop_sending)))

        try:
            return await self.link.run(self._on_callback, up, stop)
        finally:
            stop_sending.set()
            await asyncio.gather(*sending, *self._tasks, return_exceptions=True)

    async def _on_callback(self, cmd: str, req_id: str, body: Frame) -> None:
        """Keep, so that a worker answers. Nothing of the body reaches a log."""
        found = from_frame(body, now=self.clock.now())
        if found is None:
            return
        if found.in_group:
            self._beside(self._answer(req_id, say(self.language, "wecom.private_only")))
            return
        user, kind = found.inbound.address.user, found.inbound.kind
        if kind is not InboundKind.MENU:
            slot = Slot(req_id, self.clock.now(), welcome=kind is InboundKind.FOLLOW)
            self.channel.open_slot(user, slot)
        elif found.task_id:
            self._beside(self._mark(req_id, found))
        if not await self._keep(found) and kind is not InboundKind.MENU:
            self._beside(self._answer(req_id, say(self.language, "wecom.not_kept")))

    async def _keep(self, found: BotMessage) -> bool:
        """The platform does not come again, so a store that is away for a moment is waited for."""
        for _ in range(_KEEP_TRIES):
            try:
                await self.meet(found.inbound.address.user)
                await self.intake.keep(found.inbound)
            except StorageUnavailable:
                await asyncio.sleep(_KEEP_AGAIN_S)
            except StorageError as error:
                logger.error("wecom message not kept", extra={"reason": type(error).__name__})
                return False
            else:
                return True
        logger.error("wecom message not kept", extra={"reason": "storage"})
        return False

    def _beside(self, doing: Awaitable[None]) -> None:
        """Frames that need an answer must not hold up the callbacks behind them."""

        async def quietly() -> None:
            try:
                await doing
            except SendError as error:
                logger.info("wecom frame not answered", extra={"reason": error.reason})

        task = asyncio.create_task(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, req_id: str, text: str) -> None:
        stream: Body = {"id": "note", "finish": True, "content": text}
        await self.link.request(RESPOND, {"msgtype": "stream", "stream": stream}, req_id=req_id)

    async def _mark(self, req_id: str, found: BotMessage) -> None:
        """Show on the card what was chosen; there are five seconds for it, and it is an extra."""
        shown = answered(self.language, found.inbound.text, task_id=found.task_id)
        body: Body = {"response_type": "update_template_card", "template_card": shown}
        await self.link.request(UPDATE, body, req_id=req_id)

    def _address(self) -> ChannelAddress:
        """The row whose lease is the right to connect; nobody talks there."""
        return ChannelAddress(ChannelKind.WECOM, "lease", self.bot_id)

    async def _lead(self) -> Lease | None:
        now, address = self.clock.now(), self._address()
        try:
            if await self.live.get(state_key(self.bot_id)) == End.DISPLACED:
                return None
            return await self.transactions.write(
                lambda unit: unit.conversations.lease(
                    unit.conversations.at(address).id, owner=self.owner, now=now, ttl=LEASE
                )
            )
        except StorageError:
            return None

    async def _renew(self, lease: Lease) -> None:
        now = self.clock.now()

        def work(unit: UnitOfWork) -> None:
            unit.conversations.hold(lease)
            unit.conversations.renew([lease.conversation_id], owner=self.owner, now=now, ttl=LEASE)

        try:
            await self.transactions.write(work)
        except LeaseLost:
            self._lost = True
            await self.link.drop()
        except StorageError as error:
            # While the store is away nobody else can take the lease either.
            logger.error("wecom lease not renewed", extra={"reason": type(error).__name__})
        await self._say_state(self._state)

    async def _displaced(self, lease: Lease) -> End:
        """A newer connection ended ours. If another process of ours made it, it leads now and this
        one stands by. Else somebody outside has the bot, and only a new start asks for it again:
        two that take it from each other would both lose messages."""
        try:
            await self.transactions.write(lambda unit: unit.conversations.hold(lease))
        except StorageError:
            return End.STOPPED
        logger.error("wecom bot taken over elsewhere")
        await self._say_state(End.DISPLACED.value)
        return End.DISPLACED

    async def _leave(self, lease: Lease) -> None:
        try:
            await self.transactions.write(lambda unit: unit.conversations.release(lease))
        except StorageError as error:
            logger.error("wecom lease not released", extra={"reason": type(error).__name__})

    async def _say_state(self, state: str) -> None:
        self._state = state
        lasts = _DISPLACED_LASTS if state == End.DISPLACED else _STATE_LASTS
        try:
            if state:
                await self.live.put(state_key(self.bot_id), state, ttl=lasts)
            else:
                await self.live.drop(state_key(self.bot_id))
        except StorageUnavailable:
            return
