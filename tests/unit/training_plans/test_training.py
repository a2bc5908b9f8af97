"""Mastery, spacing, the choice of drills, and the plan of a day."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from random import Random

import pytest
from fsrs import Card, Scheduler

from bots.plan_changes import changed
from core.domain.ability import Ability, Attempt, counted, profile_of
from core.domain.training import (
    Order,
    OrderKind,
    Reason,
    ResourceKind,
    attempts_left,
    mastered,
    passed,
)
from core.errors import DialogueError
from tests.builders import NOON
from tests.flow.web.visit import shipped_content
from tests.learners import (
    at_random,
    by_utility,
    grouped,
    grown,
    learned_gains,
    needed,
    offers,
    paired_difference,
    weakest_first,
)
from training_plans.orders import Practised
from training_plans.planner import Catalogue, catalogue_of, chance_of, plan
from training_plans.selection import Rated, choose, rate, standing
from training_plans.spacing import due_times, rating

Q1 = Ability.EMPATHY
TODAY = date(2026, 11, 27)


def drill(day: int, result: float, family: str = "f", **more: object) -> Attempt:
    at = NOON + timedelta(days=day)
    return Attempt(at, dict.fromkeys(Ability, result), 0.0, family=family, **more)  # type: ignore[arg-type]


GOOD = [drill(day, 0.85, family="fg"[day % 2]) for day in range(6)]


def test_mastery_asks_for_three_good_drills_of_two_families_and_enough_of_them() -> None:
    assert mastered(Q1, GOOD)
    assert not mastered(Q1, GOOD[:5])  # R(5) = .68
    assert not mastered(Q1, [replace(one, family="f") for one in GOOD])
    assert not mastered(Q1, [*GOOD, drill(6, 0.69)])
    assert not mastered(Q1, [*GOOD, drill(6, 0.9, critical=True)])
    # A helped drill neither counts nor breaks it.
    assert mastered(Q1, [*GOOD, drill(6, 0.1, hints=(1,))])


def test_good_four_times_is_due_after_2_11_46_and_60_days() -> None:
    history, days = list[Attempt](), []
    at = NOON.astimezone(UTC)
    for _ in range(4):
        history.append(Attempt(at, {Q1: 0.8}, 0.0, family="f"))
        due = due_times(counted(history))[Q1, "f"]
        days.append((due - at).days)
        at = due
    assert days == [2, 11, 46, 60]
    wrong = [*history[:2], replace(history[2], critical=True)]
    assert (due_times(counted(wrong))[Q1, "f"] - history[2].at).days < 11


def test_shared_reviews_give_the_days_that_the_library_gives_one_by_one() -> None:
    scheduler = Scheduler(
        learning_steps=(), relearning_steps=(), maximum_interval=60, enable_fuzzing=False
    )
    chance = Random(3)
    for _ in range(150):
        at, history = NOON.astimezone(UTC), list[Attempt]()
        card = Card(card_id=1, due=at)
        for _ in range(chance.randrange(1, 8)):
            at += timedelta(hours=chance.randrange(600))
            result = chance.random()
            history.append(Attempt(at, {Q1: result}, 0.0, family="f"))
            card, _ = scheduler.review_card(
                card, rating(result, critical=False), review_datetime=at
            )
        assert due_times(counted(history))[Q1, "f"] == card.due


def rated(history: list[Attempt], cases: list[str], **more: object) -> dict[str, Rated]:
    levels = profile_of("p", history)
    person = standing(levels, history, cases, **more)  # type: ignore[arg-type]
    found = rate(offers(), person, now=NOON + timedelta(days=len(history)))
    return {one.offer.scenario_id: one for one in found}


def test_each_term_speaks_for_its_case_and_is_named() -> None:
    history = [drill(0, 0.7, "f0"), drill(1, 0.7, "f0"), drill(2, 0.7, "f1")]
    cases = ["f0-2", "f0-3", "f1-2"]
    plain = rated(history, cases)
    pinned = rated(history, cases, pinned=frozenset({"f2-2"}))
    assert pinned["f2-2"].utility - plain["f2-2"].utility == pytest.approx(0.25)
    assert rated(history, cases, skipped=frozenset({"f2-2"})).keys() == plain.keys() - {"f2-2"}
    bad = [history[0], replace(history[1], critical=True), history[2]]
    assert rated(bad, cases)["f0-3"].reason is Reason.CRITICAL
    # A new family comes twice in a row before it is mixed with others.
    assert (
        plain["f1-0"].utility
        > rated([*history, drill(3, 0.7, "f1")], [*cases, "f1-3"])["f1-0"].utility
    )


def test_no_case_is_chosen_for_an_ability_that_is_mastered() -> None:
    history = [drill(day, 0.6) for day in range(6)]
    person = standing(profile_of("p", history), history, ["a"] * 6)
    now = NOON + timedelta(days=7)
    before = rate(offers(), person, now=now)
    target = before[0].ability
    after = rate(offers(), replace(person, mastered=frozenset({target})), now=now)

    assert target not in {one.ability for one in after}
    assert all(late.utility < early.utility for early, late in zip(before, after, strict=True))


def test_a_group_that_a_drill_moved_is_named_in_the_reason() -> None:
    history = [drill(day, 0.97, f"f{day % 4}") for day in range(8)]
    cases = [f"f{day % 4}-{day % 5}" for day in range(8)]
    person = standing(profile_of("p", history), history, cases, group="a")
    gains = {("a", "f3-0"): 1.0, ("b", "f2-0"): 1.0}
    now = NOON + timedelta(days=8)
    with_gains = {
        one.offer.scenario_id: one for one in rate(offers(), person, now=now, gains=gains)
    }
    without = {one.offer.scenario_id: one for one in rate(offers(), person, now=now)}
    assert with_gains["f3-0"].utility - without["f3-0"].utility == pytest.approx(0.20)
    assert with_gains["f2-0"] == without["f2-0"]


def test_the_same_seed_draws_the_same_and_now_and_then_another() -> None:
    found = list(rated([drill(0, 0.5, "f0")], ["f0-1"]).values())
    assert choose(found, 3, Random(5)) == choose(found, 3, Random(5))
    drawn = {choose(found, 1, Random(n))[0].offer.scenario_id for n in range(60)}
    assert len(drawn) >= 4


def test_planted_learners_arrive_sooner_than_at_random_or_weakest_first() -> None:
    policies = {"house": by_utility(), "random": at_random, "weakest": weakest_first}
    drills = needed(policies, 24, seed=3)
    for other in ("random", "weakest"):
        _, low, _ = paired_difference(drills[other], drills["house"])
        assert low > 0, other


def test_what_moved_a_group_helps_its_next_people() -> None:
    gains = learned_gains(60, seed=4)
    with_term, without = (
        [grown(by_utility(one), grouped(n, seed=9), Random(f"9:{n}"), drills=15) for n in range(24)]
        for one in (gains, None)
    )
    _, low, _ = paired_difference(with_term, without)
    assert low > 0
    shuffled = {("b" if group == "a" else "a", case): gain for (group, case), gain in gains.items()}
    misled = [
        grown(by_utility(shuffled), grouped(n, seed=9), Random(f"9:{n}"), drills=15)
        for n in range(24)
    ]
    assert sum(misled) < sum(with_term)


def order(kind: OrderKind, scenario: str = "invoice", **more: object) -> Order:
    return Order(f"{kind}:{scenario}", "p", "boss", kind, scenario, NOON, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    content = shipped_content()
    return catalogue_of(content.scenarios("zh"), content.courses("zh"))


def practised(day: int, scenario: str, overall: float, *, exam: bool = False) -> Practised:
    at = drill(day, overall / 10)
    return Practised(scenario, at, overall, TODAY + timedelta(days=day), exam)


def names(catalogue: Catalogue, orders: list[Order], done: list[Practised], on: date) -> list[str]:
    found = plan(
        "p",
        done,
        orders,
        catalogue=catalogue,
        on=on,
        now=NOON,
        chance=chance_of("p", on),
    )
    return [one.scenario_id for one in found.drills]


def test_what_was_ordered_comes_first_until_it_is_passed_or_used_up(catalogue: Catalogue) -> None:
    assigned = order(OrderKind.ASSIGN, due_on=TODAY, pass_mark=8.0, attempts=2)
    exam = order(OrderKind.EXAM, "card-fraud", opens_on=TODAY, due_on=TODAY + timedelta(days=3))
    both = [exam, assigned]
    assert names(catalogue, both, [], TODAY)[:2] == ["invoice", "card-fraud"]
    low = [practised(0, "invoice", 7.0), practised(0, "card-fraud", 9.0)]
    assert names(catalogue, both, low, TODAY)[:2] == ["invoice", "card-fraud"]
    good = [*low, practised(0, "invoice", 8.2), practised(0, "card-fraud", 6.0, exam=True)]
    assert not {"invoice", "card-fraud"} & {
        one.scenario_id
        for one in plan(
            "p", good, both, catalogue=catalogue, on=TODAY, now=NOON, chance=chance_of("p", TODAY)
        ).drills
        if one.reason in (Reason.ASSIGNED, Reason.EXAM)
    }
    # Late work is still asked for; an exam whose window is over is not.
    late = TODAY + timedelta(days=9)
    assert names(catalogue, both, [], late)[0] == "invoice"
    assert attempts_left(assigned, 2) == 0
    assert passed(replace(assigned, attempts=1), [7.0, 9.0]) is False


def test_skipped_moved_and_put_off_cases_are_not_offered(catalogue: Catalogue) -> None:
    everything = {one.scenario_id for one in catalogue.offers}
    kept = "invoice"
    tomorrow = TODAY + timedelta(days=1)
    skips = [order(OrderKind.SKIP, name) for name in everything - {kept}]
    assert names(catalogue, skips, [], TODAY) == [kept]
    put_off = order(OrderKind.NOT_TODAY, kept, opens_on=TODAY, due_on=TODAY)
    assert names(catalogue, [*skips, put_off], [], TODAY) == []
    assert names(catalogue, [*skips, put_off], [], tomorrow) == [kept]
    moved = order(OrderKind.MOVE, kept, opens_on=tomorrow)
    assert names(catalogue, [*skips, moved], [], TODAY) == []
    assert names(catalogue, [*skips, moved], [], tomorrow) == [kept]


def test_a_plan_is_the_same_when_asked_again_and_brings_things_to_read(
    catalogue: Catalogue,
) -> None:
    done = [practised(-day, "return-refund", 3.0 + day) for day in range(1, 5)]
    first, again = (
        plan("p", done, [], catalogue=catalogue, on=TODAY, now=NOON, chance=chance_of("p", TODAY))
        for _ in range(2)
    )
    assert first == again
    assert len(first.drills) == 3
    assert {ResourceKind.ARTICLE, ResourceKind.COURSE} <= {one.kind for one in first.resources}
    newcomer = plan(
        "n", [], [], catalogue=catalogue, on=TODAY, now=NOON, chance=chance_of("n", TODAY)
    )
    assert [one.reason for one in newcomer.drills] == [Reason.FIRST_DRILL] * 3
    assert [one.kind for one in newcomer.resources] == [ResourceKind.COURSE]


def test_a_trainee_moves_a_line_but_not_an_exam_nor_past_its_date(catalogue: Catalogue) -> None:
    orders = [
        order(OrderKind.ASSIGN, due_on=TODAY + timedelta(days=1)),
        order(OrderKind.EXAM, "card-fraud"),
    ]
    found = plan(
        "p", [], orders, catalogue=catalogue, on=TODAY, now=NOON, chance=chance_of("p", TODAY)
    )

    def wish(text: str) -> Order:
        return changed(found, text, person_id="p", today=TODAY, now=NOON)

    assert [one.reason for one in found.drills][:2] == [Reason.ASSIGNED, Reason.EXAM]
    assert wish("3 明天").opens_on == TODAY + timedelta(days=1)
    assert wish("3 not today").kind is OrderKind.NOT_TODAY
    assert wish("3 12-01").opens_on == date(2026, 12, 1)
    assert wish("1 明天").kind is OrderKind.NOT_TODAY
    for impossible in ("1 后天", "2 明天", "4 明天", "3 2026-11-26", "3 13-40", "0 明天"):
        with pytest.raises(DialogueError):
            wish(impossible)
