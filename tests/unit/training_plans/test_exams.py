"""Class exams: equal in difficulty, different side by side, and another draw for a retake."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from core.content.library import open_library
from core.domain.ability import Attempt
from core.domain.scenario import Difficulty, Scenario
from core.domain.training import Order, OrderKind
from core.errors import TooFewCases
from tests.builders import NOON
from training_plans.exams import Slot, draw, order_id, redraw, rounds_of
from training_plans.orders import Practised, begun

DAY = date(2026, 3, 2)
BLUEPRINT = (Slot(Difficulty.MEDIUM, 2), Slot(Difficulty.HIGH, 1))


@cache
def cases() -> tuple[Scenario, ...]:
    return tuple(open_library().scenarios("zh"))


def test_everybody_has_the_same_difficulties_and_neighbours_different_cases() -> None:
    levels = {one.id: one.difficulty for one in cases()}
    drawn = draw(BLUEPRINT, cases(), places=60, seed="k1")
    wanted = Counter({Difficulty.MEDIUM: 2, Difficulty.HIGH: 1})
    assert all(Counter(levels[name] for name in mine) == wanted for mine in drawn)
    assert all(len(set(mine)) == 3 for mine in drawn)
    assert all(not set(one) & set(other) for one, other in pairwise(drawn))
    assert drawn == draw(BLUEPRINT, cases(), places=60, seed="k1")
    assert drawn != draw(BLUEPRINT, cases(), places=60, seed="k2")


def test_every_case_of_a_line_is_used_about_as_often() -> None:
    drawn = draw((Slot(Difficulty.MEDIUM, 1),), cases(), places=100, seed="k")
    counts = Counter(name for (name,) in drawn)
    assert len(counts) == sum(one.difficulty is Difficulty.MEDIUM for one in cases())
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_line_that_cannot_be_filled_is_named() -> None:
    slot = Slot(Difficulty.MEDIUM, 9, family="断网报修")
    with pytest.raises(TooFewCases) as fault:
        draw((slot,), cases(), places=2, seed="k")
    assert (fault.value.family, fault.value.difficulty) == ("断网报修", "medium")


def test_a_retake_is_another_draw_of_equal_difficulty() -> None:
    levels = {one.id: one.difficulty for one in cases()}
    [mine] = draw(BLUEPRINT, cases(), places=1, seed="k")
    again = redraw(mine, frozenset(mine), cases(), seed="k:2")
    assert [levels[name] for name in again] == [levels[name] for name in mine]
    assert not set(again) & set(mine)
    # Only when nothing else is left a case comes again.
    few = [one for one in cases() if one.id in mine]
    assert set(redraw(mine, frozenset(mine), few, seed="k:2")) == set(mine)


def _order(case_at: int, scenario_id: str) -> Order:
    return Order(
        order_id("exam:k", 0, case_at, 1), "p", "boss", OrderKind.EXAM, scenario_id, NOON,
        opens_on=DAY, due_on=DAY + timedelta(days=2), pass_mark=7.0, attempts=1, group="exam:k",
    )  # fmt: skip


def _sat(scenario_id: str, overall: float, *, hours: int, exam: bool = True) -> Practised:
    attempt = Attempt(NOON + timedelta(hours=hours), {}, 0.0)
    return Practised(scenario_id, attempt, overall, DAY, exam=exam)


def test_a_round_is_passed_by_the_mean_of_its_cases_and_lost_cases_are_nought() -> None:
    orders = [_order(0, "invoice"), _order(1, "broadband-outage")]
    one = _sat("invoice", 8.0, hours=1)
    [open_] = rounds_of(orders, [one], on=DAY)
    assert (open_.mean, open_.passed) == (None, False)
    # Only the first try counts, only exams, and only within the window.
    late = _sat("invoice", 10.0, hours=3)
    practice = _sat("broadband-outage", 10.0, hours=4, exam=False)
    [still] = rounds_of(orders, [one, late, practice], on=DAY)
    assert still.cases[0].result == 8.0
    assert still.cases[1].result is None
    [done] = rounds_of(orders, [one, _sat("broadband-outage", 6.0, hours=2)], on=DAY)
    assert (done.mean, done.passed) == (7.0, True)
    [over] = rounds_of(orders, [one], on=DAY + timedelta(days=3))
    assert (over.mean, over.passed) == (4.0, False)


def test_another_round_begins_by_itself_once_one_was_sat_and_not_passed() -> None:
    names = (("invoice", "broadband-outage"), ("card-fraud", "wrong-charge"))
    orders = [
        replace(_order(at, name), id=order_id("exam:k", 0, at, number))
        for number, pair in enumerate(names, start=1)
        for at, name in enumerate(pair)
    ]
    first = [_sat("invoice", 4.0, hours=1)]
    # Sat before its round begins: nobody may try the next cases out.
    early = _sat("card-fraud", 10.0, hours=2)
    for known in ([], first, [*first, early]):
        assert [one.scenario_id for one in begun(orders, known)] == [*names[0]]
        assert [one.number for one in rounds_of(orders, known, on=DAY)] == [1]
    failed = [*first, early, _sat("broadband-outage", 6.0, hours=3)]
    assert len(begun(orders, failed)) == 4
    [lost, open_] = rounds_of(orders, failed, on=DAY)
    assert (lost.mean, lost.passed) == (5.0, False)
    assert (open_.mean, open_.cases[0].result) == (None, None)
    again = [*failed, _sat("card-fraud", 9.0, hours=5), _sat("wrong-charge", 7.0, hours=6)]
    assert [one.passed for one in rounds_of(orders, again, on=DAY)] == [False, True]
    # Passed at once, or not sat in time: there is no second round.
    passed = [_sat("invoice", 8.0, hours=1), _sat("broadband-outage", 6.0, hours=3)]
    assert len(rounds_of(orders, passed, on=DAY)) == 1
    [missed] = rounds_of(orders, first, on=DAY + timedelta(days=3))
    assert (missed.mean, missed.passed) == (2.0, False)


def test_a_withdrawn_case_is_not_in_the_round() -> None:
    first = _order(0, "invoice")
    assert replace(first, withdrawn=True).holds(DAY) is False
    [found] = rounds_of([first], [_sat("invoice", 7.0, hours=1)], on=DAY)
    assert found.passed
