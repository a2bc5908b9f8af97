"""Shares, looks, appeals, feedback, audits and the judge model's verdicts, through every store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.appeal import AppealOutcome, Ruling
from core.domain.dialogue import Mode
from core.domain.model_verdict import (
    Abstained,
    JudgementState,
    ModelJudgement,
    ModelVerdict,
    Said,
    Usage,
)
from core.domain.people import Person, Role
from core.domain.remark import Remark, RemarkAnswer, RemarkKind
from core.domain.review import (
    AuditTask,
    CheckTrust,
    Gate,
    HumanMark,
    Look,
    Origin,
    Review,
    ShownWhy,
    Trust,
    Why,
)
from core.domain.scorecard import CheckMark, MarkSource
from core.errors import NotFound
from tests.contract.stores import MINUTE, NOON, SECOND, Store, wechat
from tests.contract.test_storage_practice import card, kept, practice, put

ANN = Person("p-ann", "安", Role.TRAINEE, "一组")
BOB = Person("p-bob", "博", Role.TRAINEE, "二组")


async def staffed(store: Store) -> None:
    """Two people of two teams, with a judged practice each."""
    for person in (ANN, BOB):
        await store.do(lambda unit, one=person: unit.people.add(one))  # type: ignore[misc]
    await kept(store, practice("d-ann"), practice("d-bob", person="p-bob"))
    await put(store, "d-ann")
    await put(store, "d-bob", at_s=5)


def remark(kind: RemarkKind, person: str = "p-ann", dialogue: str | None = "d-ann") -> Remark:
    return Remark(person, dialogue, kind, "第 4 句不对😀", 4, NOON)


async def add_remark(store: Store, one: Remark) -> Remark:
    return replace(one, id=await store.do(lambda unit: unit.remarks.add(one)))


async def test_a_replaced_card_is_kept_and_the_same_one_leaves_no_copy(store: Store) -> None:
    await kept(store, practice("d-1"))
    await put(store, "d-1", overall=4.0)
    await put(store, "d-1", overall=4.0, at_s=3)
    assert await store.do(lambda unit: unit.scorecards.former("d-1")) == []

    await put(store, "d-1", overall=8.0, at_s=5)
    await put(store, "d-1", overall=6.0, at_s=9)

    former = await store.do(lambda unit: unit.scorecards.former("d-1"))
    assert list(former) == [card("d-1", 4.0), card("d-1", 8.0)]


async def test_conversations_of_a_person_come_oldest_first(store: Store) -> None:
    await staffed(store)

    async def meet(user: str, person: str) -> int:
        conversation = await store.do(lambda unit: unit.conversations.at(wechat(user)))
        await store.do(lambda unit: unit.conversations.set_person(conversation.id, person, "zh"))
        return conversation.id

    one, _, two = await meet("b", "p-ann"), await meet("c", "p-bob"), await meet("a", "p-ann")

    found = await store.do(lambda unit: unit.conversations.of_person("p-ann"))

    assert [conversation.id for conversation in found] == [one, two]


async def test_a_practice_may_be_read_once_it_is_an_exam_ordered_shared_or_appealed(
    store: Store,
) -> None:
    await staffed(store)
    await kept(store, practice("d-exam", mode=Mode.EXAM))
    await kept(store, replace(practice("d-order"), order_id="o-1"))

    async def why(name: str) -> list[ShownWhy]:
        return list(await store.do(lambda unit: unit.shares.why_shown(name)))

    assert await why("d-ann") == []
    assert await why("d-none") == []
    assert await why("d-exam") == [ShownWhy.EXAM]
    assert await why("d-order") == [ShownWhy.ASSIGNED]
    for _ in range(2):
        await store.do(lambda unit: unit.shares.add("d-ann", now=NOON))
    assert await why("d-ann") == [ShownWhy.SHARED]
    await add_remark(store, remark(RemarkKind.FEEDBACK, dialogue="d-bob"))
    assert await why("d-bob") == []
    await add_remark(store, remark(RemarkKind.APPEAL))
    assert await why("d-ann") == [ShownWhy.SHARED, ShownWhy.APPEALED]
    await store.do(lambda unit: unit.shares.drop("d-ann"))
    assert await why("d-ann") == [ShownWhy.APPEALED]
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.shares.add("d-none", now=NOON))


async def test_every_look_is_kept_and_found_by_dialogue_and_by_team(store: Store) -> None:
    await staffed(store)
    looks = [
        Look("p-boss", "p-ann", "d-ann", "shared", NOON),
        Look("p-boss", "p-bob", "d-bob", "exam", NOON),
        Look("p-head", "p-ann", None, "feedback", NOON + SECOND),
    ]
    await store.do(lambda unit: unit.looks.add(looks))
    await store.do(lambda unit: unit.looks.add([]))

    async def recent(team: str | None, limit: int = 9) -> list[Look]:
        found = await store.do(lambda unit: unit.looks.recent(team=team, limit=limit))
        return [replace(look, id=0) for look in found]

    assert await recent("一组") == [looks[2], looks[0]]
    assert await recent(None, 2) == [looks[2], looks[1]]
    of = await store.do(lambda unit: unit.looks.of_dialogue("d-ann", limit=9))
    assert [look.viewer_id for look in of] == ["p-boss"]


def outcome(of: Remark, *, at_s: int = 0) -> AppealOutcome:
    mark = CheckMark("C08", 1.0, turn=4, quote="您好😀", source=MarkSource.HUMAN, why="by_person")
    ruling = Ruling((mark,), frozenset({("K3", 4)}), frozenset({("K7", 6)}))
    return AppealOutcome(of.id, "p-boss", NOON + at_s * SECOND, True, "说得对", ruling)


async def test_an_appeal_waits_in_its_team_until_it_has_one_outcome(store: Store) -> None:
    await staffed(store)
    first = await add_remark(store, remark(RemarkKind.APPEAL))
    other = await add_remark(store, remark(RemarkKind.APPEAL, "p-bob", "d-bob"))
    last = await add_remark(store, remark(RemarkKind.APPEAL))
    opinion = await add_remark(store, remark(RemarkKind.FEEDBACK))

    async def waiting(team: str | None, limit: int = 9) -> list[int]:
        found = await store.do(lambda unit: unit.appeals.waiting(team=team, limit=limit))
        return [one.id for one in found]

    assert await waiting("一组") == [first.id, last.id]
    assert await waiting(None, 2) == [first.id, other.id]
    assert await store.do(lambda unit: unit.appeals.settle(outcome(first)))
    again = replace(outcome(first), reason="另一个说法")
    assert not await store.do(lambda unit: unit.appeals.settle(again))
    assert await store.do(lambda unit: unit.appeals.settle(outcome(other, at_s=9)))
    assert await waiting(None) == [last.id]
    assert await waiting("二组") == []

    settled = await store.do(lambda unit: unit.appeals.settled(team=None, limit=9))
    assert list(settled) == [(other, outcome(other, at_s=9)), (first, outcome(first))]
    of = await store.do(lambda unit: unit.appeals.of_dialogue("d-ann"))
    assert list(of) == [(first, outcome(first)), (last, None)]
    assert await store.do(lambda unit: unit.appeals.get(last.id)) == last
    for missing in (opinion.id, 10**6):
        with pytest.raises(NotFound):
            await store.do(lambda unit, id_=missing: unit.appeals.get(id_))  # type: ignore[misc]
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.appeals.settle(outcome(opinion)))


async def test_feedback_is_found_by_team_and_answered_once(store: Store) -> None:
    await staffed(store)
    one = await add_remark(store, remark(RemarkKind.FEEDBACK, dialogue=None))
    two = await add_remark(store, remark(RemarkKind.FEEDBACK, "p-bob", "d-bob"))
    await add_remark(store, remark(RemarkKind.APPEAL))
    answer = RemarkAnswer(one.id, "p-author", "改了开场白😀", NOON)

    assert await store.do(lambda unit: unit.feedback.answer(answer))
    assert not await store.do(lambda unit: unit.feedback.answer(replace(answer, text="又改")))

    everything = await store.do(lambda unit: unit.feedback.recent(team=None, limit=9))
    assert list(everything) == [(two, None), (one, answer)]
    own = await store.do(lambda unit: unit.feedback.recent(team="一组", limit=9))
    assert list(own) == [(one, answer)]


async def test_only_talks_that_may_be_read_are_in_the_pool(store: Store) -> None:
    await staffed(store)
    await kept(store, practice("d-exam", mode=Mode.EXAM), practice("d-late", mode=Mode.EXAM))
    await put(store, "d-exam", at_s=30)

    async def pool(team: str | None, limit: int = 9, at_s: int = 0) -> list[str]:
        since = NOON + at_s * SECOND
        found = await store.do(lambda unit: unit.audits.pool(team=team, since=since, limit=limit))
        return [dialogue.id for dialogue, _ in found]

    assert await pool(None) == ["d-exam"]
    await store.do(lambda unit: unit.shares.add("d-bob", now=NOON))
    await add_remark(store, remark(RemarkKind.APPEAL))
    assert await pool(None) == ["d-exam", "d-bob", "d-ann"]
    assert await pool("一组") == ["d-exam", "d-ann"]
    assert await pool(None, limit=1) == ["d-exam"]
    assert await pool(None, at_s=5) == ["d-exam", "d-bob"]


async def test_a_talk_is_drawn_once_and_may_become_one_of_the_fixed_ones(store: Store) -> None:
    await staffed(store)
    drawn = AuditTask("d-ann", "p-ann", (Why.CRITICAL, Why.RANDOM), True, NOON)
    other = AuditTask("d-bob", "p-bob", (Why.STRATUM,), False, NOON + MINUTE)
    assert await store.do(lambda unit: unit.audits.add_tasks([drawn, other])) == 2
    late = replace(drawn, twice=False, drawn_at=NOON + timedelta(days=1))
    assert await store.do(lambda unit: unit.audits.add_tasks([late])) == 0
    await store.do(lambda unit: unit.audits.fix(["d-bob"]))

    tasks = await store.do(lambda unit: unit.audits.tasks(team=None, limit=9))
    assert list(tasks) == [replace(other, fixed=True), drawn]
    assert list(await store.do(lambda unit: unit.audits.tasks(team="一组", limit=9))) == [drawn]
    assert await store.do(lambda unit: unit.audits.task("d-ann")) == drawn
    assert await store.do(lambda unit: unit.audits.task("d-none")) is None


def review(rater: str, origin: Origin = Origin.AUDIT, *, at_s: int = 0) -> Review:
    return Review(
        dialogue_id="d-ann",
        rater_id=rater,
        origin=origin,
        person_id="p-ann",
        at=NOON + at_s * SECOND,
        version="1.0",
        human=(HumanMark("C06", 0.5, 4, "您好😀"), HumanMark("C07", None)),
        machine=(("C06", 1.0), ("C07", None)),
        overall=1 / 3,
        machine_overall=None,
    )


async def test_a_rater_has_one_review_of_a_talk_and_may_mend_it(store: Store) -> None:
    await staffed(store)
    of_bob = replace(review("r-1", at_s=4), dialogue_id="d-bob", person_id="p-bob")
    reviews = [review("r-2", at_s=3), review("r-1"), review("r-1", Origin.APPEAL, at_s=9), of_bob]
    for one in reviews:
        await store.do(lambda unit, it=one: unit.audits.put_review(it))  # type: ignore[misc]
    mended = replace(review("r-2", at_s=5), human=(HumanMark("C06", 1.0, 4, "您好"),))
    await store.do(lambda unit: unit.audits.put_review(mended))

    everything = await store.do(lambda unit: unit.audits.reviews(team=None))
    assert list(everything) == [reviews[1], of_bob, mended, reviews[2]]
    assert list(await store.do(lambda unit: unit.audits.reviews(team="二组"))) == [of_bob]
    raters = await store.do(lambda unit: unit.audits.raters(team=None))
    assert dict(raters) == {"d-ann": {"r-1", "r-2"}, "d-bob": {"r-1"}}
    assert dict(await store.do(lambda unit: unit.audits.raters(team="二组"))) == {"d-bob": {"r-1"}}
    of = await store.do(lambda unit: unit.audits.reviews_of("d-ann"))
    assert list(of) == [reviews[1], mended, reviews[2]]


async def test_a_check_has_one_state(store: Store) -> None:
    first = CheckTrust("C08", Trust.HUMAN_ONLY, (Gate.FEW_CASES, Gate.BIASED), NOON)
    await store.do(lambda unit: unit.audits.put_trust(first))
    await store.do(lambda unit: unit.audits.put_trust(replace(first, check="C01", gates=())))
    grown = CheckTrust("C08", Trust.ASSISTED, (), NOON + MINUTE, 0.81, 0.7)
    await store.do(lambda unit: unit.audits.put_trust(grown))

    found = await store.do(lambda unit: unit.audits.trusts())

    assert list(found) == [replace(first, check="C01", gates=()), grown]


async def test_a_verdict_is_found_by_its_content_and_the_first_one_counts(store: Store) -> None:
    said = ModelVerdict("C08", Said.HALF, None, 4, 2, 9, "ab12")
    silent = ModelVerdict("C09", None, Abstained.NO_QUOTE, version="ab12")
    await store.do(lambda unit: unit.verdicts.keep("k" * 64, said, now=NOON))
    await store.do(lambda unit: unit.verdicts.keep("k" * 64, silent, now=NOON))
    await store.do(lambda unit: unit.verdicts.keep("l", silent, now=NOON))

    found = await store.do(lambda unit: unit.verdicts.find(["k" * 64, "l", "m"]))

    assert dict(found) == {"k" * 64: said, "l": silent}
    assert dict(await store.do(lambda unit: unit.verdicts.find([]))) == {}


async def test_what_was_spent_adds_up_over_days_by_model(store: Store) -> None:
    for day, model, usage in (
        ("2026-03-01", "judge-7b", Usage(3, 1, 900, 60)),
        ("2026-03-01", "judge-7b", Usage(cached=2)),
        ("2026-03-02", "judge-7b", Usage(3, 0, 100, 40)),
        ("2026-03-02", "other", Usage(1)),
    ):
        await store.do(lambda unit, d=day, m=model, u=usage: unit.verdicts.spend(d, m, u))  # type: ignore[misc]

    spent = await store.do(lambda unit: unit.verdicts.spent())

    assert dict(spent) == {"judge-7b": Usage(6, 1, 1000, 100, 2), "other": Usage(1)}


async def test_the_model_s_view_of_a_dialogue_grows(store: Store) -> None:
    await staffed(store)
    begun = ModelJudgement("d-ann", JudgementState.RUNNING, 2)
    done = replace(
        begun,
        state=JudgementState.DONE,
        verdicts=(ModelVerdict("C08", Said.MET, None, 2, 0, 4, "ab12"),),
    )
    assert await store.do(lambda unit: unit.verdicts.judgement("d-ann")) is None
    for one in (begun, done):
        await store.do(lambda unit, it=one: unit.verdicts.put_judgement(it, now=NOON))  # type: ignore[misc]

    assert await store.do(lambda unit: unit.verdicts.judgement("d-ann")) == done
