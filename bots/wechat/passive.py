"""Replies inside the answer to a message, for accounts without the right to send.

The door waits a little for the worker. What is ready goes into the answer; what is not, or
does not fit, stays in the outbox and is picked up by the person's next message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bots.intake import replies_topic
from bots.text import PARAGRAPH, legal, size, split
from bots.wechat.limits import WeChatLimits
from core.domain.messages import OutboundMessage, SendOutcome
from core.errors import StorageError
from core.ports.clock import Clock
from core.ports.delivery import Kept, OutboxRow
from core.ports.live_state import LiveState
from core.ports.storage import Transactions, UnitOfWork

_MARGIN_S = 0.5
"""So long before the platform stops waiting, the answer is on its way."""

_MEMORY = timedelta(seconds=600)
"""A repeat may be signed up to 300 s on either side of now."""
_PIECE_TTL = timedelta(hours=48)
_NOTE_WAIT_S = 0.5
"""How long a request waits for another one to note what it said."""


@dataclass(frozen=True, slots=True)
class PassiveWords:
    """What the door itself says: `placeholder` when nothing is ready, `more` below a part."""

    placeholder: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class _Picked:
    """Rows at hand in order, their words, and how many of them go out whole now."""

    rows: Sequence[OutboxRow]
    texts: Sequence[str]
    whole: int


class PassiveAnswers:
    """What to answer to a kept message; empty text means the empty success."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        live: LiveState,
        clock: Clock,
        word: Callable[[OutboundMessage], str],
        words: PassiveWords,
        limits: WeChatLimits,
    ) -> None:
        self._transactions = transactions
        self._live = live
        self._clock = clock
        self._word = word
        self._words = words
        self._wait_s = limits.answer_s - _MARGIN_S
        self._limit = limits.text_bytes

    async def answer(self, kept: Kept, *, arrived: float) -> str:
        """Text that fits one message, while the platform still waits (`arrived`: loop time).

        A repeat gets what the first delivery got. Trouble after the commit gives the
        placeholder: the message is kept, its reply comes with the next one.
        """
        try:
            said = await self._said(kept.inbox_id)
            if said is not None:
                return said
            ready = await self._wait(kept, deadline=arrived + self._wait_s)
            # A first delivery may have given up meanwhile: what it said is what was read.
            said = await self._said(kept.inbox_id)
            if said is not None:
                return said
            text = await self._collect(kept, ready=ready)
        except StorageError:
            return self._words.placeholder
        await self._note(kept.inbox_id, text)
        return text

    async def _said(self, inbox_id: int) -> str | None:
        return await self._live.get(_memory_key(inbox_id))

    async def _note(self, inbox_id: int, text: str) -> None:
        key = _memory_key(inbox_id)
        with contextlib.suppress(StorageError):
            await self._live.put(key, text, ttl=_MEMORY)
            await self._live.publish(key)

    async def _wait(self, kept: Kept, *, deadline: float) -> bool:
        loop = asyncio.get_running_loop()
        async with self._live.subscribe(replies_topic(kept.conversation_id)) as wakeups:
            while not await self._is_worked(kept):
                left_s = deadline - loop.time()
                if left_s <= 0 or not await wakeups.wait(left_s):
                    return await self._is_worked(kept)
        return True

    async def _is_worked(self, kept: Kept) -> bool:
        def look(unit: UnitOfWork) -> bool:
            closed = unit.inbox.is_closed(kept.inbox_id)
            return closed or bool(unit.outbox.replies_to(kept.inbox_id))

        return await self._transactions.read(look)

    async def _collect(self, kept: Kept, *, ready: bool) -> str:
        picked = await self._transactions.write(lambda unit: self._pick(unit, kept))
        if not picked.rows:
            return await self._said_beside(kept) if ready else self._words.placeholder
        if picked.whole == 0:
            return await self._next_piece(kept, picked)
        await self._note_elsewhere(kept, picked.rows[: picked.whole])
        texts = [text for text in picked.texts[: picked.whole] if text]
        if picked.whole < len(picked.rows) and self._words.more:
            texts.append(self._words.more)
        return PARAGRAPH.join(texts)

    async def _said_beside(self, kept: Kept) -> str:
        """What another request said of our replies: the same message delivered again, or a
        later message that took them along (then nothing is left to say)."""
        rows = await self._transactions.read(lambda unit: unit.outbox.replies_to(kept.inbox_id))
        sent = [row for row in rows if row.state is SendOutcome.SENT]
        if not sent:
            return ""
        async with self._live.subscribe(_memory_key(kept.inbox_id)) as noted:
            said = await self._said(kept.inbox_id)
            if said is None and await noted.wait(_NOTE_WAIT_S):
                said = await self._said(kept.inbox_id)
        if said is not None:
            return said
        texts = [legal(self._word(row.message)).strip() for row in sent]
        return next(iter(split(PARAGRAPH.join(texts), self._limit)), "")

    def _pick(self, unit: UnitOfWork, kept: Kept) -> _Picked:
        rows = unit.outbox.pick_up(kept.conversation_id, now=self._clock.now())
        texts = [legal(self._word(row.message)).strip() for row in rows]
        whole = _fitting(texts, self._limit)
        if whole < len(texts):
            whole = _fitting(texts, self._room())
        self._settle(unit, rows[:whole])
        return _Picked(rows=rows, texts=texts, whole=whole)

    def _settle(self, unit: UnitOfWork, rows: Sequence[OutboxRow]) -> None:
        if rows:
            now, ids = self._clock.now(), [row.id for row in rows]
            unit.outbox.settle(ids, SendOutcome.SENT, now=now, reason="passive")

    def _room(self) -> int:
        """Bytes left for replies when `more` stands below them."""
        return self._limit - (size(PARAGRAPH + self._words.more) if self._words.more else 0)

    async def _next_piece(self, kept: Kept, picked: _Picked) -> str:
        """One row larger than a message goes out piece by piece, over several messages.

        A lock nobody gives back marks a piece as handed out, whatever runs beside us.
        """
        row = picked.rows[0]
        pieces = split(picked.texts[0], self._room())
        for number, piece in enumerate(pieces):
            if not await self._live.acquire(
                f"wechat:piece:{row.id}:{number}", owner=str(kept.inbox_id), ttl=_PIECE_TTL
            ):
                continue
            last = number == len(pieces) - 1
            if last:
                await self._settle_handed_out(row)
            await self._note_elsewhere(kept, [row])
            more = self._words.more if len(picked.rows) > 1 or not last else ""
            return PARAGRAPH.join(part for part in (piece, more) if part)
        await self._settle_handed_out(row)
        return self._words.placeholder

    async def _settle_handed_out(self, row: OutboxRow) -> None:
        """All pieces are out; if this fails, the next message finds none left and settles."""
        with contextlib.suppress(StorageError):
            await self._transactions.write(lambda unit: self._settle(unit, [row]))

    async def _note_elsewhere(self, kept: Kept, rows: Sequence[OutboxRow]) -> None:
        """A later repeat of an earlier message must not say again what goes out here."""
        others = {row.message.inbox_id for row in rows} - {kept.inbox_id}
        # These rows are settled: nothing may keep them from being said now.
        with contextlib.suppress(StorageError):
            for other in others:
                if other is not None and await self._said(other) is None:
                    await self._note(other, "")


def _memory_key(inbox_id: int) -> str:
    return f"wechat:answer:{inbox_id}"


def _fitting(texts: Sequence[str], limit: int) -> int:
    """How many of the first `texts`, joined by blank lines, fit into `limit` bytes."""
    total = 0
    for count, text in enumerate(texts):
        total += size(text) + (len(PARAGRAPH) if count else 0)
        if total > limit:
            return count
    return len(texts)
