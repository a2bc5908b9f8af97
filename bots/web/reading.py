"""What pages and the API read from the store, each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.web.deps import WebDeps
from bots.web.views import Judged
from core.domain.dialogue import Dialogue
from core.domain.people import Person
from core.domain.scorecard import Scorecard
from core.errors import NotFound
from core.ports.storage import UnitOfWork

HISTORY = 50


@dataclass(frozen=True, slots=True)
class Practised:
    """One past dialogue and its card, if there is one."""

    dialogue: Dialogue
    card: Scorecard | None


async def practised(deps: WebDeps, person: Person) -> Sequence[Practised]:
    """The person's dialogues, newest first."""

    def work(unit: UnitOfWork) -> Sequence[Practised]:
        dialogues = unit.dialogues.recent(person.id, limit=HISTORY)
        cards = {
            dialogue.id: card
            for dialogue, card in unit.scorecards.of_person(person.id, limit=HISTORY)
        }
        return [Practised(dialogue, cards.get(dialogue.id)) for dialogue in dialogues]

    return await deps.transactions.read(work)


async def judged(deps: WebDeps, person: Person, dialogue_id: str) -> tuple[Judged, bool]:
    """One of the person's own dialogues, and whether it can be replayed now (it is the newest).

    Somebody else's dialogue is NotFound like one that does not exist: ids tell nothing.
    """

    def work(unit: UnitOfWork) -> tuple[Judged, bool]:
        dialogue = unit.dialogues.get(dialogue_id)
        if dialogue.person_id != person.id:
            raise NotFound(what="dialogue", name=dialogue_id)
        kept = unit.scorecards.get(dialogue_id)
        card, debrief = kept if kept else (None, None)
        newest = unit.dialogues.recent(person.id, limit=1)
        is_newest = bool(newest) and newest[0].id == dialogue_id
        turns = tuple(unit.dialogues.turns(dialogue_id))
        return Judged(dialogue, turns, card, debrief), is_newest

    return await deps.transactions.read(work)
