"""People with a past: judged practices written straight into the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bots.web.deps import address_of
from core.domain.ability import Ability
from core.domain.dialogue import EndReason, Mode, Status
from core.domain.people import Person
from core.domain.scorecard import Debrief, Outcome, Scorecard
from core.ports.storage import UnitOfWork
from ops.wiring import House
from tests.builders import dialogue


async def practised(
    house: House,
    person: Person,
    drills: int,
    value: float,
    *,
    mode: Mode = Mode.PRACTICE,
    until: datetime | None = None,
    scenario_id: str = "fee-dispute",
    ids: str = "",
) -> None:
    """That many judged practices, one a day and the last one just before `until` (now), in each
    of which all nine abilities came out as `value`. Their ids begin with `ids`, or the person's."""
    end = until or house.clock.now()

    def work(unit: UnitOfWork) -> None:
        unit.people.add(person)
        conversation = unit.conversations.at(address_of(person))
        unit.conversations.set_person(conversation.id, person.id, person.language)
        for number in range(drills):
            ended = end - timedelta(days=drills - number - 1, minutes=1)
            held = replace(
                dialogue(),
                id=f"{ids or person.id}-{number}",
                person_id=person.id,
                conversation_id=conversation.id,
                scenario_id=scenario_id,
                mode=mode,
                status=Status.ENDED,
                end_reason=EndReason.SOLVED,
                started_at=ended - timedelta(minutes=5),
                ended_at=ended,
            )
            unit.dialogues.add(held)
            unit.scorecards.put(
                card_of(held.id, value),
                Debrief(held.id, (), (), (), ()),
                person_id=person.id,
                now=ended,
            )

    await house.transactions.write(work)


def card_of(dialogue_id: str, value: float) -> Scorecard:
    """A card on which everything came out as `value`."""
    return Scorecard(
        dialogue_id=dialogue_id,
        version="1",
        overall=value,
        abilities=tuple((ability, value) for ability in Ability),
        marks=(),
        critical=(),
        outcome=Outcome(solved=True, heat_end=0.1, overrun=0.0, trainee_turns=6, seconds=300.0),
        phrase_score=9.0,
    )
