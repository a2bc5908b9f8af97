"""Works kept messages, one conversation at a time, with one error boundary."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bots.intake import INBOX_TOPIC, JOBS_TOPIC, OUTBOX_TOPIC, replies_topic
from bots.router import Router
from bots.waiting import any_done, beating, first_of
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.errors import (
    DialogueError,
    LeaseLost,
    NotFound,
    PeilianError,
    StorageError,
    StorageUnavailable,
)
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import InboxRow, Lease, Transactions, UnitOfWork
from core.services.desk import Desk, read_desk
from core.services.effects import Effects, apply

log = structlog.get_logger("bots")

LEASE = timedelta(seconds=10)
"""How long a conversation waits for another worker after its own one died. Leases are renewed
while they are worked, so a slow turn keeps its own."""
BEAT_S = 3.0
"""Three beats may be missed before a lease runs out."""

TURN_LIMIT_S = 30.0
"""No turn takes longer, whatever hangs: a renewed lease would never run out."""

MAX_ATTEMPTS = 5
"""A row that was begun this often and never finished is closed with an apology. A killed process
counts too, so there must be more than one unlucky row can meet: three kills once closed a row."""

IDLE_WAIT_S = 1.0
"""How soon leases that ran out, and messages whose wake-up was lost, are noticed."""
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
    beat_s: float = BEAT_S

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is finished."""
        busy: dict[int, asyncio.Task[None]] = {}
        async with (
            beating(self.beat_s, lambda: self._renew(busy)),
            self.live.subscribe(INBOX_TOPIC) as bell,
        ):
            while not stop.is_set():
                awaited = await self._start_waiting(busy)
                await first_of(bell.wait(IDLE_WAIT_S), stop.wait(), any_done(awaited))
            await asyncio.gather(*busy.values())

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
        except Exception as error:  # what cannot be written must not stop the others
            log.exception("unexpected", error=type(error).__name__, conversation=conversation_id)

    async def _start_waiting(
        self, busy: dict[int, asyncio.Task[None]]
    ) -> Collection[asyncio.Task[None]]:
        """Begin what waits and has room; the tasks after whose end one should look again."""
        for conversation_id in [key for key, task in busy.items() if task.done()]:
            del busy[conversation_id]
        room = self.concurrency - len(busy)
        if room <= 0:
            return busy.values()
        try:
            waiting = await self._waiting(self.concurrency)
        except StorageUnavailable:
            log.error("storage_unavailable")
            return ()
        # Waiting and ours: not leased yet, or just given back. In the second case a message may
        # have come too late for the task that is about to end.
        seen = [busy[conversation_id] for conversation_id in waiting if conversation_id in busy]
        fresh = [conversation_id for conversation_id in waiting if conversation_id not in busy]
        for conversation_id in fresh[:room]:
            busy[conversation_id] = asyncio.create_task(self.work(conversation_id))
        return busy.values() if len(busy) >= self.concurrency else seen

    async def _renew(self, busy: Mapping[int, asyncio.Task[None]]) -> None:
        ids = [conversation_id for conversation_id, task in busy.items() if not task.done()]
        if not ids:
            return
        try:
            await self.transactions.write(
                lambda unit: unit.conversations.renew(
                    ids, owner=self.owner, now=self.clock.now(), ttl=LEASE
                )
            )
        except StorageError as error:
            log.error("not_renewed", error=type(error).__name__)

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
        return Task(lease=lease, row=rows[0], desk=_desk(unit, lease.conversation_id))

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
            async with asyncio.timeout(TURN_LIMIT_S):
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


def _desk(unit: UnitOfWork, conversation_id: int) -> Desk:
    """The desk; without its dialogue when that can no longer be read (an older version wrote it,
    say), so that the person may at least begin another one."""
    try:
        return read_desk(unit, conversation_id)
    except (NotFound, ValueError, TypeError, LookupError) as error:
        log.error("desk_unreadable", error=type(error).__name__, conversation=conversation_id)
        conversation = unit.conversations.get(conversation_id)
        return Desk(conversation=conversation, person=None, dialogue=None, turns=())


def _trouble(desk: Desk, fault: str, facts: dict[str, Json]) -> Effects:
    message = OutboundMessage(
        address=desk.conversation.address,
        code=NoticeCode.TROUBLE,
        facts={"fault": fault, **facts},
        dialogue_id=desk.dialogue.id if desk.dialogue else None,
        language=desk.language,
    )
    return Effects(messages=(message,))
