"""Works kept messages, one conversation at a time, with one error boundary."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from bots.intake import INBOX_TOPIC, JOBS_TOPIC, OUTBOX_TOPIC, arrivals_topic, replies_topic
from bots.merging import MOST, MOST_GAPS, Merging, merged, one_line, open_until
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
from core.ports.delivery import InboxRow, Lease
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork
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

LISTENING = 500
"""Conversations in which a person may just be going on writing, beside those being worked."""


@dataclass(frozen=True, slots=True)
class Task:
    """What waits in one conversation, with everything needed to work it.

    `rows`: open rows in order; `line`: the first of them that are worked as one."""

    lease: Lease
    rows: tuple[InboxRow, ...]
    line: tuple[InboxRow, ...]
    desk: Desk


@dataclass(frozen=True, slots=True)
class Worker:
    """Takes leases, asks the router, and writes what it says in one fenced transaction.

    `merging` says where quick messages are heard out and worked as one line."""

    transactions: Transactions
    live: LiveState
    clock: Clock
    router: Router
    owner: str
    concurrency: int = 32
    beat_s: float = BEAT_S
    merging: Merging = field(default_factory=Merging)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is finished."""
        gate = asyncio.Semaphore(self.concurrency)
        busy: dict[int, asyncio.Task[None]] = {}
        async with (
            beating(self.beat_s, lambda: self._renew(busy)),
            self.live.subscribe(INBOX_TOPIC) as bell,
        ):
            while not stop.is_set():
                awaited = await self._start_waiting(busy, gate)
                await first_of(bell.wait(IDLE_WAIT_S), stop.wait(), any_done(awaited))
            await asyncio.gather(*busy.values())

    async def drain(self) -> int:
        """Work everything that waits now, then return; the number of conversations worked.
        Nobody is heard out: what is there is all."""
        worked = 0
        while ids := await self._waiting(BATCH):
            for conversation_id in ids:
                await self.work(conversation_id)
                worked += 1
        return worked

    async def work(
        self, conversation_id: int, gate: AbstractAsyncContextManager[None] | None = None
    ) -> None:
        """Work one conversation's open rows in order, if nobody else does. With a `gate` the
        person is heard out first, and each step waits for its turn there."""
        try:
            task = await self.transactions.write(lambda unit: self._take(unit, conversation_id))
            while task is not None:
                if gate is not None:
                    task = await self._heard_out(task)
                async with gate or nullcontext():
                    task = await self._step(task)
        except LeaseLost:
            log.warning("lease_lost", conversation=conversation_id)
        except StorageUnavailable:
            log.error("storage_unavailable", conversation=conversation_id)
        except Exception as error:  # what cannot be written must not stop the others
            log.exception("unexpected", error=type(error).__name__, conversation=conversation_id)

    async def _start_waiting(
        self, busy: dict[int, asyncio.Task[None]], gate: asyncio.Semaphore
    ) -> Collection[asyncio.Task[None]]:
        """Begin what waits and has room; the tasks after whose end one should look again."""
        for conversation_id in [key for key, task in busy.items() if task.done()]:
            del busy[conversation_id]
        most = self.concurrency + (LISTENING if self.merging.gap else 0)
        room = most - len(busy)
        if room <= 0:
            return busy.values()
        try:
            waiting = await self._waiting(most)
        except StorageUnavailable:
            log.error("storage_unavailable")
            return ()
        # Waiting and ours: not leased yet, or just given back. In the second case a message may
        # have come too late for the task that is about to end.
        seen = [busy[conversation_id] for conversation_id in waiting if conversation_id in busy]
        fresh = [conversation_id for conversation_id in waiting if conversation_id not in busy]
        for conversation_id in fresh[:room]:
            busy[conversation_id] = asyncio.create_task(self.work(conversation_id, gate))
        return busy.values() if len(busy) >= most else seen

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
        limit = MOST + 1 if self.merging.gap else 1
        rows = unit.inbox.open_rows(lease.conversation_id, limit=limit)
        if not rows:
            unit.conversations.release(lease)
            return None
        desk = _desk(unit, lease.conversation_id)
        return self._lined_up(Task(lease=lease, rows=(), line=(), desk=desk), tuple(rows))

    def _lined_up(self, task: Task, rows: tuple[InboxRow, ...]) -> Task:
        """The task with these open rows. A row that was in trouble before is worked alone."""
        gap = self.merging.gap_of(task.desk.conversation.address)
        alone = rows[0].attempts > MAX_ATTEMPTS
        line = one_line(
            rows[:1] if alone else rows,
            gap=gap,
            is_talk=lambda row: self.router.is_talk(task.desk, row),
        )
        return replace(task, rows=rows, line=line)

    async def _heard_out(self, task: Task) -> Task:
        """The task once the person has stopped writing, has typed a command, or has written as
        much as one line may hold. The lease is held meanwhile; a crash leaves all rows open."""
        left_s = self._left_s(task)
        if left_s <= 0:
            return task
        conversation_id = task.lease.conversation_id
        # Also by this machine's own clock, should the two not agree.
        gap = self.merging.gap_of(task.desk.conversation.address)
        loop = asyncio.get_running_loop()
        latest = loop.time() + MOST_GAPS * gap.total_seconds()
        async with self.live.subscribe(arrivals_topic(conversation_id)) as bell:
            while left_s > 0:
                await bell.wait(left_s)
                rows = await self.transactions.read(
                    lambda unit: unit.inbox.open_rows(conversation_id, limit=MOST + 1, begin=False)
                )
                if not rows:  # somebody else took over and worked them
                    raise LeaseLost(conversation_id)
                task = self._lined_up(task, tuple(rows))
                left_s = min(self._left_s(task), latest - loop.time())
        return task

    def _left_s(self, task: Task) -> float:
        """Seconds for which more may be added to the line."""
        gap = self.merging.gap_of(task.desk.conversation.address)
        line = task.line
        over = len(task.rows) > len(line) or len(line) >= MOST
        if not gap or over or not self.router.is_talk(task.desk, line[0]):
            return 0.0
        return (open_until(line, gap=gap) - self.clock.now()).total_seconds()

    async def _step(self, task: Task) -> Task | None:
        effects = (await self._effects(task)).answering(task.line[-1].id)
        now = self.clock.now()

        def work(unit: UnitOfWork) -> Task | None:
            unit.conversations.hold(task.lease)
            apply(unit, effects, conversation_id=task.lease.conversation_id, now=now)
            for row in task.line:
                unit.inbox.close(row.id, now=now)
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
        row = merged(task.line)
        if row.attempts > MAX_ATTEMPTS:
            log.error("given_up", inbox=row.id, dialogue=dialogue_id)
            return _trouble(task.desk, "internal", {})
        try:
            async with asyncio.timeout(TURN_LIMIT_S):
                return await self.router.route(task.desk, row, self.clock.now())
        except DialogueError as error:
            return _trouble(task.desk, error.fault.value, dict(error.facts))
        except NotFound as error:
            log.warning("not_found", what=error.what, inbox=row.id, dialogue=dialogue_id)
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
