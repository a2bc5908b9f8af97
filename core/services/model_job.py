"""The `model_judge` job: what the model says is added to a card that the rules have given.

Each verdict is kept as it comes, so that the page can show it; the card changes once, at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from core.domain.jobs import Job
from core.domain.messages import Json, NoticeCode, OutboundMessage
from core.domain.model_verdict import JudgementState, ModelJudgement, ModelVerdict
from core.domain.scorecard import Scorecard
from core.errors import NotFound
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.delivery import Conversation
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions, UnitOfWork
from core.services.checks.prepare import prepare
from core.services.judged import read_case
from core.services.model_judge import ModelJudge


@dataclass(frozen=True, slots=True)
class AddModel:
    """The use case. `told` is called whenever the dialogue's judgement has moved, with its
    conversation."""

    judge: ModelJudge
    transactions: Transactions
    content: ContentLibrary
    reader: LineReader
    clock: Clock
    told: Callable[[int], Awaitable[None]]

    async def run(self, job: Job) -> int | None:
        """Ask, add, and say so if it changed anything; the conversation told, else None.

        Raises NotFound for a dialogue that is gone, ModelError while nobody can tell which
        model it is.
        """
        dialogue_id = str(job.payload["dialogue_id"])
        case = await self.transactions.read(lambda unit: read_case(unit, dialogue_id, self.content))
        if not case.dialogue.scored:
            now = self.clock.now()
            await self.transactions.write(lambda unit: unit.jobs.done(job.id, now=now))
            return None
        rules = replace(case, verdicts=(), carried=()).machine_card(self.reader)
        progress = _Progress(self, dialogue_id, case.dialogue.conversation_id)
        talk = prepare(case.transcript, reader=self.reader)
        asked = await self.judge.ask(talk, rules, begun=progress.begun, heard=progress.heard)
        return await self._finish(job, dialogue_id, asked.verdicts)

    async def _finish(
        self, job: Job, dialogue_id: str, verdicts: tuple[ModelVerdict, ...]
    ) -> int | None:
        # Read again: a ruling or a closing form may have come while the model was asked.
        fresh = await self.transactions.read(
            lambda unit: read_case(unit, dialogue_id, self.content)
        )
        case = replace(fresh, verdicts=verdicts)
        card = case.card(self.reader)
        debrief = case.debrief(card, self.reader)
        now = self.clock.now()
        done = ModelJudgement(dialogue_id, JudgementState.DONE, len(verdicts), verdicts)

        def write(unit: UnitOfWork) -> int | None:
            if not unit.jobs.done(job.id, now=now):
                return None
            unit.verdicts.put_judgement(done, now=now)
            before = unit.scorecards.get(dialogue_id)
            changed = differences(before[0], card) if before else {}
            if before is None or not changed:
                return None
            dialogue = unit.dialogues.get(dialogue_id)
            judged_at = dialogue.ended_at or now
            unit.scorecards.put(card, debrief, person_id=dialogue.person_id, now=judged_at)
            conversation = unit.conversations.get(dialogue.conversation_id)
            unit.outbox.add([_addition(conversation, dialogue_id, changed)], now=now)
            return conversation.id

        return await self.transactions.write(write)

    async def give_up(self, job: Job, error: str) -> None:
        """The rules' card stands; the page says that the model did not come."""
        dialogue_id, now = str(job.payload.get("dialogue_id")), self.clock.now()

        def write(unit: UnitOfWork) -> None:
            unit.jobs.fail(job.id, now=now, error=error)
            try:
                unit.dialogues.get(dialogue_id)
            except NotFound:
                return
            before = unit.verdicts.judgement(dialogue_id)
            judgement = before or ModelJudgement(dialogue_id, JudgementState.FAILED, 0)
            unit.verdicts.put_judgement(replace(judgement, state=JudgementState.FAILED), now=now)

        await self.transactions.write(write)


@dataclass(slots=True)
class _Progress:
    """The judgement of one dialogue as it grows. Mutable on purpose: verdicts are added."""

    work: AddModel
    dialogue_id: str
    conversation_id: int
    expected: int = 0
    verdicts: tuple[ModelVerdict, ...] = ()
    # Verdicts come together; one that is written late must not hide a later one.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begun(self, expected: int) -> None:
        self.expected = expected
        await self._keep()

    async def heard(self, verdict: ModelVerdict) -> None:
        async with self.turn:
            self.verdicts = (*self.verdicts, verdict)
            await self._keep()

    async def _keep(self) -> None:
        judgement = ModelJudgement(
            self.dialogue_id, JudgementState.RUNNING, self.expected, self.verdicts
        )
        now = self.work.clock.now()
        await self.work.transactions.write(
            lambda unit: unit.verdicts.put_judgement(judgement, now=now)
        )
        await self.work.told(self.conversation_id)


def differences(before: Scorecard, after: Scorecard) -> dict[str, Json]:
    """What a trainee would want to know of a new card: marks and critical errors that differ, and
    the score before and after. Empty where there is nothing."""
    old = {mark.check: mark.mark for mark in before.marks}
    marks: list[Json] = [
        {
            "check": mark.check,
            "before": old.get(mark.check),
            "mark": mark.mark,
            "turn": mark.turn,
            "quote": mark.quote,
            "why": mark.why,
            "facts": dict(mark.facts),
        }
        for mark in after.marks
        if mark.mark != old.get(mark.check)
    ]
    known = {(error.id, error.turn): error.confirmed for error in before.critical}
    critical: list[Json] = [
        {"id": error.id, "turn": error.turn, "quote": error.quote, "confirmed": error.confirmed}
        for error in after.critical
        if known.get((error.id, error.turn)) is not error.confirmed
    ]
    there = {(error.id, error.turn) for error in after.critical}
    gone: list[Json] = [
        {"id": error.id, "turn": error.turn, "quote": error.quote, "dismissed": True}
        for error in before.critical
        if (error.id, error.turn) not in there
    ]
    if not marks and not critical and not gone and before.overall == after.overall:
        return {}
    return {
        "marks": marks,
        "critical": [*critical, *gone],
        "before": before.overall,
        "overall": after.overall,
    }


def _addition(
    conversation: Conversation, dialogue_id: str, changed: dict[str, Json]
) -> OutboundMessage:
    return OutboundMessage(
        address=conversation.address,
        code=NoticeCode.DEBRIEF_ADDED,
        facts={"dialogue_id": dialogue_id, **changed},
        dialogue_id=dialogue_id,
        language=conversation.language,
    )
