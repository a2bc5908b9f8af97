"""Dialogues, turns, scorecards and remarks, through every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.ability import Ability
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState
from core.domain.dialogue import Dialogue, EndReason, Mode, Speaker, Status, Turn
from core.domain.emotion import EmotionState
from core.domain.practice_result import result_of
from core.domain.reading import LineReading, PhraseHit, TraineeAct
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import (
    Advice,
    CheckMark,
    CriticalError,
    Debrief,
    HeatStep,
    MarkSource,
    Outcome,
    Scorecard,
    UnscoredReason,
)
from core.errors import NotFound, StorageError
from core.ports.storage import UnitOfWork
from tests.builders import dialogue as a_dialogue
from tests.contract.stores import MINUTE, NOON, SECOND, Store

MOOD = EmotionState(heat=1 / 3, worry=0.1, confusion=0.2, trust=0.7, patience=6.5, relational=2)
PLAIN = replace(a_dialogue(), started_at=NOON, last_turn_at=NOON, ended_at=None, end_reason=None)
FULL = Dialogue(
    id="d-full",
    person_id="p-ann",
    conversation_id=2**40,
    scenario_id="fee-dispute",
    persona_id="white-collar",
    mood_id="angry",
    engine="model",
    seed=2**31 - 1,
    mode=Mode.EXAM,
    language="en",
    versions=replace(PLAIN.versions, adapter="lora-7"),
    state=CustomerState(
        mood=MOOD,
        stack=(CustomerAct(CustomerActKind.PRESS, "refund"), CustomerAct(CustomerActKind.VENT)),
        told=("phone",),
        asked=(("phone", 2), ("month", 1)),
        verified=True,
        recent=("到底退不退😤",),
    ),
    started_at=NOON,
    clock_since=NOON + SECOND,
    last_turn_at=NOON + 2 * SECOND,
    status=Status.RUNNING,
    active_s=0.1 + 0.2,
    turn_count=12,
    nudged=True,
    hints=(1, 0, 2),
    wrap_up={"原因": "误扣😀", "处理": "已退"},
    replay_of="d-0",
    order_id="o-1",
    replay_from=4,
)
TURNS = (
    Turn(
        seq=1,
        speaker=Speaker.CUSTOMER,
        text="怎么又扣钱😤👨‍👩‍👧𠮷",
        at_s=0.0,
        acts=(CustomerAct(CustomerActKind.OPEN), CustomerAct(CustomerActKind.VENT, "x", True)),
        told=("month",),
        engine="agenda",
    ),
    Turn(
        seq=2,
        speaker=Speaker.TRAINEE,
        text="您好" * 30_000,
        at_s=12.25,
        inbox_id=7,
        reading=LineReading(
            text="您好",
            acts=frozenset({TraineeAct.GREET, TraineeAct.INFORM}),
            phrases=(PhraseHit(category="刺激语", severity=3, text="别急", start=2),),
            confidence=0.62,
        ),
        mood_before=MOOD,
        mood_after=replace(MOOD, heat=0.2),
    ),
)


def practice(name: str, *, person: str = "p-ann", at_s: int = 0, **changes: object) -> Dialogue:
    moment = NOON + at_s * SECOND
    plain = replace(PLAIN, id=name, person_id=person, started_at=moment, last_turn_at=moment)
    return replace(plain, **changes)  # type: ignore[arg-type]  # dataclass fields by name


async def kept(store: Store, *dialogues: Dialogue) -> None:
    for dialogue in dialogues:
        await store.do(lambda unit, one=dialogue: unit.dialogues.add(one))  # type: ignore[misc]


@pytest.mark.parametrize("dialogue", [PLAIN, FULL], ids=["plain", "full"])
async def test_a_dialogue_is_given_back_exactly(store: Store, dialogue: Dialogue) -> None:
    await kept(store, dialogue)

    assert await store.do(lambda unit: unit.dialogues.get(dialogue.id)) == dialogue


async def test_a_saved_dialogue_takes_the_place_of_the_one_before(store: Store) -> None:
    await kept(store, replace(FULL, id="d-1"), replace(FULL, id="D-1"))
    ended = replace(FULL, id="d-1").end(EndReason.SOLVED, NOON + MINUTE)

    await store.do(lambda unit: unit.dialogues.save(ended))

    assert await store.do(lambda unit: unit.dialogues.get("d-1")) == ended
    assert await store.do(lambda unit: unit.dialogues.get("D-1")) == replace(FULL, id="D-1")


async def test_a_form_changed_after_it_was_kept_changes_nothing(store: Store) -> None:
    form = {"原因": "误扣"}
    await kept(store, replace(FULL, wrap_up=form))
    form["原因"] = "改了"
    read = await store.do(lambda unit: unit.dialogues.get("d-full"))
    read.wrap_up["原因"] = "又改了"

    assert (await store.do(lambda unit: unit.dialogues.get("d-full"))).wrap_up == {"原因": "误扣"}


async def test_a_dialogue_that_is_not_there_is_not_found_and_one_that_is_not_added_twice(
    store: Store,
) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.dialogues.get("d-none"))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.dialogues.save(PLAIN))
    await kept(store, PLAIN)
    with pytest.raises(StorageError):
        await kept(store, PLAIN)


async def test_turns_are_given_back_exactly_and_in_order(store: Store) -> None:
    await kept(store, PLAIN)
    await store.do(lambda unit: unit.dialogues.add_turns("d-1", TURNS[1:]))
    await store.do(lambda unit: unit.dialogues.add_turns("d-1", TURNS[:1]))
    await store.do(lambda unit: unit.dialogues.add_turns("d-1", ()))

    assert tuple(await store.do(lambda unit: unit.dialogues.turns("d-1"))) == TURNS
    assert await store.do(lambda unit: unit.dialogues.turns("d-none")) == []


async def test_one_message_makes_each_turn_once(store: Store) -> None:
    answer = Turn(seq=3, speaker=Speaker.CUSTOMER, text="嗯", at_s=13.0, inbox_id=7)
    burst = replace(answer, seq=4, text="快点")
    await kept(store, PLAIN)
    await store.do(lambda unit: unit.dialogues.add_turns("d-1", [*TURNS, answer, burst]))
    repeats = [
        replace(TURNS[0], seq=2),
        replace(TURNS[1], seq=9),
        replace(burst, seq=9),
    ]

    for repeat in repeats:
        with pytest.raises(StorageError):
            await store.do(lambda unit, turn=repeat: unit.dialogues.add_turns("d-1", [turn]))  # type: ignore[misc]

    texts = [turn.text for turn in await store.do(lambda unit: unit.dialogues.turns("d-1"))]
    assert texts == [TURNS[0].text, TURNS[1].text, "嗯", "快点"]


async def test_turns_belong_to_a_dialogue(store: Store) -> None:
    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.dialogues.add_turns("d-none", TURNS))


async def test_recent_dialogues_of_a_person_come_newest_first(store: Store) -> None:
    await kept(
        store,
        practice("a", at_s=1, status=Status.ENDED),
        practice("b", at_s=3, status=Status.RUNNING),
        practice("c", at_s=2, status=Status.PARKED),
        practice("d", at_s=3, status=Status.ENDED),
        practice("e", person="p-bob"),
        practice("f", person="P-ANN"),
    )

    async def recent(limit: int, *statuses: Status) -> list[str]:
        found = await store.do(
            lambda unit: unit.dialogues.recent("p-ann", limit=limit, statuses=statuses)
        )
        return [dialogue.id for dialogue in found]

    assert await recent(9) == ["d", "b", "c", "a"]
    assert await recent(2) == ["d", "b"]
    assert await recent(9, Status.ENDED, Status.PARKED) == ["d", "c", "a"]


async def test_what_customers_said_in_the_newest_dialogues_is_told(store: Store) -> None:
    await kept(store, *(practice(name, at_s=at) for at, name in enumerate("abc")))
    await kept(store, practice("x", person="p-bob", at_s=9))
    for name in "abcx":
        turns = [replace(turn, inbox_id=None, text=f"{name} {turn.seq}") for turn in TURNS]
        await store.do(
            lambda unit, name=name, turns=turns: unit.dialogues.add_turns(name, turns)  # type: ignore[misc]
        )

    read = await store.do(lambda unit: unit.dialogues.lines_read("p-ann", dialogues=2))

    assert sorted(read) == ["b 1", "c 1"]
    assert not await store.do(lambda unit: unit.dialogues.lines_read("p-eve", dialogues=2))


async def test_what_others_wrote_word_for_word_in_earlier_talks_of_the_case_is_found(
    store: Store,
) -> None:
    now = replace(PLAIN, id="d-now", started_at=NOON)
    rows = [
        ("d-near", "p-bob", 1, "fee-dispute", "我现在就给您退订"),
        ("d-far", "p-bob", 9, "fee-dispute", "很久以前的话"),
        ("d-own", PLAIN.person_id, 2, "fee-dispute", "我自己的话"),
        ("d-other", "p-bob", 3, "invoice", "别的场景的话"),
        ("d-later", "p-bob", -1, "fee-dispute", "后来的话"),
    ]
    said = [text for *_, text in rows]

    def keep(unit: UnitOfWork) -> None:
        for name, person, minutes, case, text in rows:
            begun = NOON - minutes * MINUTE
            unit.dialogues.add(
                replace(PLAIN, id=name, person_id=person, scenario_id=case, started_at=begun)
            )
            unit.dialogues.add_turns(
                name,
                [
                    Turn(1, Speaker.CUSTOMER, "客户的话", 0.0),
                    Turn(2, Speaker.TRAINEE, text, 1.0),
                ],
            )

    await store.do(keep)

    async def found(dialogues: int) -> frozenset[str]:
        asked = [*said, "客户的话", "没人说过"]
        return await store.do(
            lambda unit: unit.dialogues.written_before(asked, than=now, dialogues=dialogues)
        )

    assert await found(10) == {"我现在就给您退订", "很久以前的话"}
    assert await found(1) == {"我现在就给您退订"}
    assert (
        await store.do(lambda unit: unit.dialogues.written_before([], than=now, dialogues=1))
        == frozenset()
    )


async def test_idle_dialogues_come_with_the_longest_silence_first(store: Store) -> None:
    await kept(
        store,
        practice("late", at_s=30, status=Status.RUNNING),
        practice("first", at_s=1, status=Status.RUNNING, nudged=True),
        practice("second", at_s=2, status=Status.RUNNING),
        practice("parked", at_s=0, status=Status.PARKED),
        practice("edge", at_s=10, status=Status.RUNNING),
    )
    before = NOON + 10 * SECOND

    async def idle(*statuses: Status, limit: int = 9, unnudged: bool = False) -> list[str]:
        found = await store.do(
            lambda unit: unit.dialogues.idle(
                before=before, statuses=statuses, limit=limit, unnudged=unnudged
            )
        )
        return list(found)

    assert await idle(Status.RUNNING) == ["first", "second"]
    assert await idle(Status.RUNNING, unnudged=True) == ["second"]
    assert await idle(Status.RUNNING, Status.PARKED, limit=2) == ["parked", "first"]
    assert await idle() == []


def card(dialogue_id: str, overall: float | None = 7.25) -> Scorecard:
    return Scorecard(
        dialogue_id=dialogue_id,
        version="1",
        overall=overall,
        abilities=((Ability.EMPATHY, 7.5), (Ability.CLOSURE, None)),
        marks=(
            CheckMark("C1", 0.5, turn=2, quote="您好😀", why="greeted", facts=(("s", "12"),)),
            CheckMark("C2", None, unscored=UnscoredReason.NO_TIMES, source=MarkSource.HUMAN),
        ),
        critical=(CriticalError("K3", 4, "三倍赔您", "triple", confirmed=False),),
        outcome=Outcome(solved=True, heat_end=0.2, overrun=0.0, trainee_turns=6, seconds=81.5),
        phrase_score=9.9,
        hint_discount=0.05,
    )


def debrief(dialogue_id: str) -> Debrief:
    step = HeatStep(turn=4, quote="别急", heat_before=0.4, heat_after=0.6)
    return Debrief(
        dialogue_id=dialogue_id,
        strengths=(Advice("C1", 2, "您好", "greeted"),),
        fixes=(Advice("C7", 4, "别急", "pressed", better="我马上查。", replay_from=3, heat=step),),
        heat=(step,),
        critical=card(dialogue_id).critical,
    )


async def put(store: Store, name: str, *, at_s: int = 0, overall: float | None = 7.25) -> None:
    await store.do(
        lambda unit: unit.scorecards.put(
            card(name, overall), debrief(name), person_id="p-ann", now=NOON + at_s * SECOND
        )
    )


async def test_a_scorecard_and_its_debrief_are_given_back_exactly(store: Store) -> None:
    await kept(store, PLAIN)
    assert await store.do(lambda unit: unit.scorecards.get("d-1")) is None

    await put(store, "d-1", overall=None)

    found = await store.do(lambda unit: unit.scorecards.get("d-1"))
    assert found == (card("d-1", None), debrief("d-1"))


async def test_judging_again_replaces_the_card(store: Store) -> None:
    await kept(store, practice("d-1"))
    await put(store, "d-1", overall=4.0)
    await put(store, "d-1", overall=8.0, at_s=5)

    found = await store.do(lambda unit: unit.scorecards.of_person("p-ann", limit=5))

    assert found == [(practice("d-1"), card("d-1", 8.0))]


async def test_cards_of_a_person_come_with_the_last_judged_first(store: Store) -> None:
    await kept(store, *(practice(name) for name in "abcd"))
    for name, at_s in (("a", 9), ("b", 5), ("c", 9), ("d", 7)):
        await put(store, name, at_s=at_s)

    found = await store.do(lambda unit: unit.scorecards.of_person("p-ann", limit=3))

    assert [dialogue.id for dialogue, _ in found] == ["c", "a", "d"]
    assert await store.do(lambda unit: unit.scorecards.of_person("p-bob", limit=3)) == []


async def test_results_of_several_people_are_their_cards_without_the_words(store: Store) -> None:
    small = replace(
        practice("m"), mode=Mode.MICRO, focus=Ability.EMPATHY, replay_of="a", hints=(1,)
    )
    await kept(store, *(practice(name) for name in "abc"), small)
    for name, at_s in (("a", 9), ("b", 5), ("m", 7), ("c", 1)):
        await put(store, name, at_s=at_s)

    found = await store.do(lambda unit: unit.scorecards.results(["p-bob", "p-ann"], limit=3))

    told = [(practice("a"), card("a")), (small, card("m")), (practice("b"), card("b"))]
    assert found == {"p-bob": [], "p-ann": [result_of(*pair) for pair in told]}


async def test_tallies_count_whole_practices_since_a_moment(store: Store) -> None:
    small = practice("m", mode=Mode.MICRO)
    other = practice("x", person="p-bob")
    await kept(store, *(practice(name) for name in "abc"), small, other)
    for name, at_s, overall in (("a", 1, 1.0), ("b", 5, 4.0), ("c", 9, 8.0), ("m", 9, 9.0)):
        await put(store, name, at_s=at_s, overall=overall)
    await store.do(
        lambda unit: unit.scorecards.put(
            card("x", None), debrief("x"), person_id="p-bob", now=NOON + 9 * SECOND
        )
    )

    found = await store.do(lambda unit: unit.scorecards.tallies(since=NOON + 5 * SECOND))

    assert found == {"p-ann": (2, 6.0), "p-bob": (1, None)}


async def test_a_card_belongs_to_a_dialogue(store: Store) -> None:
    with pytest.raises(StorageError):
        await put(store, "d-none")


async def test_remarks_are_kept_and_listed_by_kind_newest_first(store: Store) -> None:
    appeal = Remark("p-ann", "d-1", RemarkKind.APPEAL, "第 4 句不对😀", 4, NOON)
    feedback = Remark("p-ann", None, RemarkKind.FEEDBACK, "好", None, NOON + timedelta(days=1))
    one = await store.do(lambda unit: unit.remarks.add(appeal))
    await store.do(lambda unit: unit.remarks.add(feedback))
    two = await store.do(lambda unit: unit.remarks.add(replace(appeal, turn=5)))

    appeals = await store.do(lambda unit: unit.remarks.recent(RemarkKind.APPEAL, limit=9))
    last = await store.do(lambda unit: unit.remarks.recent(RemarkKind.APPEAL, limit=1))
    others = await store.do(lambda unit: unit.remarks.recent(RemarkKind.FEEDBACK, limit=9))

    assert appeals == [replace(appeal, id=two, turn=5), replace(appeal, id=one)]
    assert [remark.id for remark in last] == [two]
    assert [replace(remark, id=0) for remark in others] == [feedback]
