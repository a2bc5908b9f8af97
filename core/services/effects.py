"""What a use case wants written: plain data, put into the store by one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.dialogue import Dialogue, Turn
from core.domain.jobs import NewJob
from core.domain.messages import OutboundMessage
from core.domain.people import Person
from core.domain.remark import Remark
from core.domain.scorecard import Debrief, Scorecard
from core.ports.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything one message leads to; nothing of it is written unless all of it is.

    `begin` is a new dialogue that becomes the conversation's open one; `save` are dialogues
    that changed; `cards`: (person, card, debrief) of what was judged at once.
    """

    messages: tuple[OutboundMessage, ...] = ()
    begin: Dialogue | None = None
    save: tuple[Dialogue, ...] = ()
    turns: tuple[tuple[str, tuple[Turn, ...]], ...] = ()
    jobs: tuple[NewJob, ...] = ()
    person: Person | None = None
    remark: Remark | None = None
    cards: tuple[tuple[str, Scorecard, Debrief], ...] = ()

    def also(self, other: Effects) -> Effects:
        """Both, this one first."""
        return Effects(
            messages=self.messages + other.messages,
            begin=other.begin or self.begin,
            save=self.save + other.save,
            turns=self.turns + other.turns,
            jobs=self.jobs + other.jobs,
            person=other.person or self.person,
            remark=other.remark or self.remark,
            cards=self.cards + other.cards,
        )

    def answering(self, inbox_id: int) -> Effects:
        """The same, every message marked as the answer to this inbox row."""
        return replace(
            self, messages=tuple(replace(message, inbox_id=inbox_id) for message in self.messages)
        )


def apply(
    work: UnitOfWork, effects: Effects, *, conversation_id: int, now: datetime
) -> Sequence[int]:
    """Write `effects` for one conversation; the ids of the outbox rows."""
    if effects.person is not None:
        work.people.add(effects.person)
        work.conversations.set_person(conversation_id, effects.person.id, effects.person.language)
    for dialogue in effects.save:
        work.dialogues.save(dialogue)
    if effects.begin is not None:
        work.dialogues.add(effects.begin)
        work.conversations.set_dialogue(conversation_id, effects.begin.id)
    for dialogue_id, turns in effects.turns:
        work.dialogues.add_turns(dialogue_id, turns)
    for person_id, card, debrief in effects.cards:
        work.scorecards.put(card, debrief, person_id=person_id, now=now)
    for job in effects.jobs:
        work.jobs.add(job, now=now)
    if effects.remark is not None:
        work.remarks.add(effects.remark)
    return work.outbox.add(effects.messages, now=now) if effects.messages else ()
