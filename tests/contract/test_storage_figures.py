"""Many people's judged practices in figures, through every store."""

from dataclasses import replace
from datetime import UTC, datetime

from core.domain.ability import Ability
from core.domain.dialogue import Dialogue, EndReason, Mode, Status
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.scorecard import Debrief
from core.ports.figures import ScoreSum, Stamp
from core.ports.storage import UnitOfWork
from tests.builders import dialogue
from tests.contract.stores import MINUTE, NOON, SECOND, Store
from tests.flow.histories import card_of

WEB = ChannelAddress(ChannelKind.WEB, "main", "ann")
SLACK = ChannelAddress(ChannelKind.SLACK, "main", "ann")


def practice(name: str, *, person: str = "p-ann", at_s: int = 0) -> Dialogue:
    """It began at noon and ended `at_s` later."""
    return replace(
        dialogue(),
        id=name,
        person_id=person,
        started_at=NOON,
        ended_at=NOON + at_s * SECOND,
        status=Status.ENDED,
        end_reason=EndReason.SOLVED,
    )


async def judged(
    store: Store, held: Dialogue, overall: float | None, *, on: ChannelAddress = WEB
) -> None:
    """The card is made a second after the end."""

    def work(unit: UnitOfWork) -> None:
        place = unit.conversations.at(on).id
        unit.dialogues.add(replace(held, conversation_id=place))
        assert held.ended_at is not None
        card = replace(card_of(held.id, 5.0), overall=overall)
        debrief = Debrief(held.id, (), (), (), ())
        now = held.ended_at + SECOND
        unit.scorecards.put(card, debrief, person_id=held.person_id, now=now)

    await store.do(work)


async def test_a_stamp_changes_with_every_card_and_with_one_that_is_replaced(store: Store) -> None:
    await judged(store, practice("a", at_s=9), 4.0)
    first = await store.do(lambda unit: unit.figures.stamps(["p-ann", "p-bob"]))
    await judged(store, practice("b", at_s=5), 4.0)
    second = await store.do(lambda unit: unit.figures.stamps(["p-ann"]))
    debrief = Debrief("b", (), (), (), ())
    await store.do(
        lambda unit: unit.scorecards.put(
            card_of("b", 8.0), debrief, person_id="p-ann", now=NOON + MINUTE
        )
    )
    third = await store.do(lambda unit: unit.figures.stamps(["p-ann"]))

    assert first == {"p-ann": Stamp(1, NOON + 10 * SECOND)}
    assert second == {"p-ann": Stamp(2, NOON + 10 * SECOND)}
    assert third == {"p-ann": Stamp(2, NOON + MINUTE)}


async def test_sums_stand_by_person_channel_and_language_without_micro_drills(
    store: Store,
) -> None:
    small = replace(practice("m"), mode=Mode.MICRO, focus=Ability.EMPATHY)
    early = replace(practice("a"), started_at=NOON - MINUTE)
    for held, overall in ((early, 4.0), (practice("b"), 6.0), (practice("c"), None), (small, 9.0)):
        await judged(store, held, overall)
    await judged(store, replace(practice("d"), language="en"), 7.0, on=SLACK)
    await judged(store, practice("x", person="p-bob"), 1.0)

    found = await store.do(lambda unit: unit.figures.sums(["p-ann", "p-none"]))

    assert found == [
        ScoreSum("p-ann", ChannelKind.SLACK, "en", NOON, 1, 7.0, 49.0),
        ScoreSum("p-ann", ChannelKind.WEB, "zh", NOON - MINUTE, 2, 10.0, 52.0),
    ]


async def test_endings_are_those_of_whole_practices_since_a_moment(store: Store) -> None:
    small = replace(practice("m", at_s=9), mode=Mode.MICRO, focus=Ability.EMPATHY)
    for held in (practice("a", at_s=4), practice("b", at_s=9), practice("c", at_s=5), small):
        await judged(store, held, 5.0)
    await judged(store, practice("x", person="p-bob", at_s=6), 5.0)

    found = await store.do(
        lambda unit: unit.figures.endings(["p-ann", "p-bob"], since=NOON + 5 * SECOND)
    )

    assert found == [NOON + second * SECOND for second in (5, 6, 9)]
    assert all(isinstance(one, datetime) and one.tzinfo is UTC for one in found)


async def test_practices_that_ended_between_two_moments_come_with_their_words(
    store: Store,
) -> None:
    small = replace(practice("m", at_s=6), mode=Mode.MICRO, focus=Ability.EMPATHY)
    for held in (practice("a", at_s=4), practice("b", at_s=5), practice("c", at_s=9), small):
        await judged(store, held, 5.0)
    await judged(store, practice("x", person="p-bob", at_s=6), 5.0)

    found = await store.do(
        lambda unit: unit.scorecards.ended_between(
            ["p-ann", "p-bob"], NOON + 5 * SECOND, NOON + 9 * SECOND
        )
    )

    assert [(row[0].id, row[1].dialogue_id, row[2].dialogue_id) for row in found] == [
        ("x", "x", "x"),
        ("b", "b", "b"),
    ]
    assert await store.do(lambda unit: unit.scorecards.ended_between([], NOON, NOON)) == []
