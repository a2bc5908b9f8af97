"""A person answers an appeal: the outcome replaces the machine's marks and goes back in chat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.appeal import AppealOutcome, Ruling
from core.domain.messages import Json, NoticeCode, OutboundKind, OutboundMessage
from core.domain.people import Person
from core.domain.remark import Remark
from core.domain.review import HumanMark, Origin, Review
from core.domain.scorecard import Debrief, MarkSource, Scorecard
from core.errors import NotFound
from core.ports.content import ContentLibrary
from core.ports.line_reader import LineReader
from core.ports.storage import Transactions, UnitOfWork
from core.services.auditing import said_by
from core.services.judged import Case, read_case, title_of
from core.services.model_job import differences


@dataclass(frozen=True, slots=True)
class Answer:
    """What a supervisor says about an appeal; `ruling` is empty where it is declined."""

    remark_id: int
    upheld: bool
    reason: str
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class SettleAppeals:
    """The use case."""

    transactions: Transactions
    content: ContentLibrary
    reader: LineReader

    async def settle(self, answer: Answer, *, by: Person, now: datetime) -> int | None:
        """Keep the outcome, put the new card in the place of the old one, and tell the trainee.

        The conversation told; None if somebody has answered before. The former card is kept, and
        what the person marked joins the calibration set. Raises NotFound.
        """
        remark, case = await self.transactions.read(
            lambda unit: _read(unit, answer.remark_id, self.content)
        )
        decided = replace(case, ruling=case.ruling.then(answer.ruling))
        card = decided.card(self.reader)
        told = decided.debrief(card, self.reader)
        machine = case.machine_card(self.reader)
        outcome = AppealOutcome(remark.id, by.id, now, answer.upheld, answer.reason, answer.ruling)

        def write(unit: UnitOfWork) -> int | None:
            if not unit.appeals.settle(outcome):
                return None
            before = unit.scorecards.get(case.dialogue.id)
            changed = differences(before[0], card) if before else {}
            if changed:
                _put(unit, card, told, case=case, now=now)
            labels = _labels(answer, remark.turn, machine=machine, card=card)
            if labels:
                earlier = _earlier(unit, case.dialogue.id, by.id)
                marks = {one.check: one for one in (*earlier, *labels)}
                unit.audits.put_review(
                    _calibration(case, machine, card, outcome, tuple(marks.values()))
                )
            facts = {"title": title_of(self.content, case.dialogue), "by": by.name, **changed}
            return _tell(unit, remark, case, outcome, facts, now)

        return await self.transactions.write(write)


def _read(unit: UnitOfWork, remark_id: int, content: ContentLibrary) -> tuple[Remark, Case]:
    remark = unit.appeals.get(remark_id)
    if remark.dialogue_id is None:
        raise NotFound(what="dialogue", name="")
    return remark, read_case(unit, remark.dialogue_id, content)


def _put(unit: UnitOfWork, card: Scorecard, told: Debrief, *, case: Case, now: datetime) -> None:
    dialogue = unit.dialogues.get(case.dialogue.id)
    unit.scorecards.put(card, told, person_id=dialogue.person_id, now=dialogue.ended_at or now)


def _labels(
    answer: Answer, turn: int | None, *, machine: Scorecard, card: Scorecard
) -> tuple[HumanMark, ...]:
    """What the person has said of the machine's marks: those put in their place, errors decided;
    and where the appeal was declined, that what the machine says of the line in question stands."""
    ruling = answer.ruling
    marks = [(one.check, one.mark, one.turn, one.quote) for one in ruling.marks]
    decided = {*ruling.confirmed, *ruling.dismissed, *((one.id, one.turn) for one in ruling.added)}
    if not answer.upheld:
        marks += [
            (one.check, one.mark, one.turn, one.quote)
            for one in card.marks
            if one.turn == turn and one.mark is not None and one.source is not MarkSource.HUMAN
        ]
        errors = (one for one in card.critical if one.turn == turn and one.confirmed)
        decided |= {(one.id, one.turn) for one in errors}
    left = {one.id for one in card.critical}
    quotes = {(one.id, one.turn): one.quote for one in (*machine.critical, *ruling.added)}
    marks += [(id, float(id in left), at, quotes.get((id, at), "")) for id, at in sorted(decided)]
    return tuple(HumanMark(*one) for one in marks)


def _earlier(unit: UnitOfWork, dialogue_id: str, rater_id: str) -> tuple[HumanMark, ...]:
    """What the same person has said in an earlier appeal about the same talk."""
    return next(
        (
            review.human
            for review in unit.audits.reviews_of(dialogue_id)
            if review.origin is Origin.APPEAL and review.rater_id == rater_id
        ),
        (),
    )


def _calibration(
    case: Case,
    machine: Scorecard,
    card: Scorecard,
    outcome: AppealOutcome,
    human: tuple[HumanMark, ...],
) -> Review:
    return Review(
        dialogue_id=case.dialogue.id,
        rater_id=outcome.ruled_by,
        origin=Origin.APPEAL,
        person_id=case.dialogue.person_id,
        at=outcome.ruled_at,
        version=machine.version,
        human=human,
        machine=said_by(machine, human),
        overall=card.overall,
        machine_overall=machine.overall,
    )


def _tell(
    unit: UnitOfWork,
    remark: Remark,
    case: Case,
    outcome: AppealOutcome,
    facts: dict[str, Json],
    now: datetime,
) -> int:
    conversation = unit.conversations.get(case.dialogue.conversation_id)
    message = OutboundMessage(
        address=conversation.address,
        code=NoticeCode.APPEAL_SETTLED,
        facts={
            **facts,
            "upheld": outcome.upheld,
            "reason": outcome.reason,
            "turn": remark.turn or "",
        },
        kind=OutboundKind.PUSH,
        dialogue_id=case.dialogue.id,
        language=conversation.language,
    )
    unit.outbox.add([message], now=now)
    return conversation.id
