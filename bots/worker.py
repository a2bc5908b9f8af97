"""Works kept messages, one conversation at a time, with one error boundary."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.intake import INBOX_TOPIC, JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from bots.router import Router
from bots.waiting import first_of
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.errors import DialogueError, LeaseLost, NotFound, PeilianError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import InboxRow, Lease, Transactions, UnitOfWork
from core.services.desk import Desk, read_desk
from core.services.effects import Effects, apply

log = structlog.get_logger("bots")

LEASE = timedelta(seconds=30)
"""Longer than any turn's budget; a worker that died is replaced after this time."""

MAX_ATTEMPTS = 3
"""A row that was begun this often and never finished is closed with an apology."""

IDLE_WAIT_S = 5.0
BATCH = 64


@dataclass(frozen=True, slots=True)
class Task:
    """One message to work, with everything it needs."""

    lease: Lease
    row: InboxRow
    desk: Desk


@dataclass(frozen=True, slots=True)
class Worker:
    """Takes leases, asks the router, and writes what it says in one fenced transaction."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    router: Router
    owner: str
    concurrency: int = 32

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is finished."""
        busy: dict[int, asyncio.Task[None]] = {}
        async with self.live.subscribe(INBOX_TOPIC) as bell:
            while not stop.is_set():
                started = await self._start_waiting(busy)
                if not started:
                    await first_of(bell.wait(IDLE_WAIT_S), stop.wait())
        await asyncio.gather(*busy.values(), return_exceptions=True)

    async def drain(self) -> int:
        """Work everything that waits now, then return; the number of conversations worked."""
        worked = 0
        while ids := await self._waiting(BATCH):
            for conversation_id in ids:
                await self.work(conversation_id)
                worked += 1
        return worked

    async def work(self, conversation_id: int) -> None:
        """Work one conversation's open rows in order, if nobody else does."""
        try:
            task = await self.transactions.write(lambda unit: self._take(unit, conversation_id))
            while task is not None:
                task = await self._step(task)
        except LeaseLost:
            log.warning("lease_lost", conversation=conversation_id)
        except StorageUnavailable:
            log.error("storage_unavailable", conversation=conversation_id)

    async def _start_waiting(self, busy: dict[int, asyncio.Task[None]]) -> bool:
        for conversation_id in [key for key, task in busy.items() if task.done()]:
            busy.pop(conversation_id).result()
        room = self.concurrency - len(busy)
        if room <= 0:
            await asyncio.wait(busy.values(), return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            waiting = await self._waiting(room)
        except StorageUnavailable:
            log.error("storage_unavailable")
            return False
        fresh = [conversation_id for conversation_id in waiting if conversation_id not in busy]
        for conversation_id in fresh:
            busy[conversation_id] = asyncio.create_task(self.work(conversation_id))
        return bool(fresh)

    async def _waiting(self, limit: int) -> list[int]:
        now = self.clock.now()
        return list(
            await self.transactions.read(
                lambda unit: unit.conversations.waiting(now=now, limit=limit)
            )
        )

    def _take(self, unit: UnitOfWork, conversation_id: int) -> Task | None:
        lease = unit.conversations.lease(
            conversation_id, owner=self.owner, now=self.clock.now(), ttl=LEASE
        )
        return None if lease is None else self._next(unit, lease)

    def _next(self, unit: UnitOfWork, lease: Lease) -> Task | None:
        rows = unit.inbox.open_rows(lease.conversation_id, limit=1)
        if not rows:
            unit.conversations.release(lease)
            return None
        return Task(lease=lease, row=rows[0], desk=read_desk(unit, lease.conversation_id))

    async def _step(self, task: Task) -> Task | None:
        effects = (await self._effects(task)).answering(task.row.id)
        now = self.clock.now()

        def work(unit: UnitOfWork) -> Task | None:
            unit.conversations.hold(task.lease)
            apply(unit, effects, conversation_id=task.lease.conversation_id, now=now)
            unit.inbox.close(task.row.id, now=now)
            return self._next(unit, task.lease)

        following = await self.transactions.write(work)
        if effects.messages:
            await self.live.publish(OUTBOX_TOPIC)
        # Also when there is nothing to say: a door that answers in the request must not wait on.
        await self.live.publish(replies_topic(task.lease.conversation_id))
        if effects.jobs:
            await self.live.publish(JOBS_TOPIC)
        return following

    async def _effects(self, task: Task) -> Effects:
        """The one boundary: whatever goes wrong becomes one plain sentence and one log line."""
        dialogue_id = task.desk.dialogue.id if task.desk.dialogue else None
        if task.row.attempts > MAX_ATTEMPTS:
            log.error("given_up", inbox=task.row.id, dialogue=dialogue_id)
            return _trouble(task.desk, "internal", {})
        try:
            return await self.router.route(task.desk, task.row, self.clock.now())
        except DialogueError as error:
            return _trouble(task.desk, error.fault.value, dict(error.facts))
        except NotFound as error:
            log.warning("not_found", what=error.what, inbox=task.row.id, dialogue=dialogue_id)
            return _trouble(task.desk, "not_found", {})
        except StorageUnavailable:
            raise
        except PeilianError as error:
            log.error("refused", error=type(error).__name__, dialogue=dialogue_id)
            return _trouble(task.desk, "internal", {})
        except Exception as error:  # the boundary: nothing a person writes may stop the worker
            log.exception("unexpected", error=type(error).__name__, dialogue=dialogue_id)
            return _trouble(task.desk, "internal", {})


def _trouble(desk: Desk, fault: str, facts: dict[str, Json]) -> Effects:
    message = OutboundMessage(
        address=desk.conversation.address,
        code=NoticeCode.TROUBLE,
        facts={"fault": fault, **facts},
        dialogue_id=desk.dialogue.id if desk.dialogue else None,
        language=desk.language,
    )
    return Effects(messages=(message,))
