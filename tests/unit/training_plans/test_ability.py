"""The tracker of nine abilities over whole histories."""

import math
from datetime import timedelta
from itertools import pairwise

import pytest

from core.domain.ability import (
    Ability,
    AbilityLevel,
    Attempt,
    Certainty,
    expected,
    faded,
    overall_level,
    profile_of,
    reliability,
    shown,
    spread,
    step_size,
    tracked,
)
from tests.builders import NOON

Q1, A2 = Ability.EMPATHY, Ability.SOLVING


def drills(*results: float | None, difficulty: float = 0.0, **more: object) -> list[Attempt]:
    return [
        Attempt(NOON + timedelta(days=day), {Q1: result}, difficulty, **more)  # type: ignore[arg-type]
        for day, result in enumerate(results)
    ]


def test_the_first_steps_are_those_of_the_formula() -> None:
    # K(0) = 2: 0 + 2 (1 - .5) = 1; K(1) = 2 / 1.3 = 1.538, boosted by 1.5 while the smoothed
    # surprise .3 (1 - .5) = .15 is not above .15: 1 + 1.538 (1 - .731) = 1.414.
    assert tracked(Q1, drills(1.0)).theta == pytest.approx(1.0)
    assert tracked(Q1, drills(1.0, 1.0)).theta == pytest.approx(1 + 2 / 1.3 * (1 - 0.7310586))
    assert step_size(0, 0.0) == 2.0
    assert step_size(1000, 0.0) == pytest.approx(0.16)
    assert step_size(1000, -0.2) == pytest.approx(0.24)


def test_a_steady_person_settles_where_the_results_are() -> None:
    level = tracked(Q1, drills(*[0.8] * 40))
    assert expected(level.theta, 0.0) == pytest.approx(0.8, abs=0.02)
    assert level.count == 40


def test_the_same_result_on_a_harder_case_says_more() -> None:
    easy, hard = (tracked(Q1, drills(*[0.6] * 12, difficulty=d)).theta for d in (-1.0, 1.7))
    assert hard - easy == pytest.approx(2.7, abs=0.1)


def test_four_replies_stand_for_one_drill_in_step_and_in_count() -> None:
    # K(0) = 2, a quarter of it: .25 * 2 * (1 - .5) = .25 (the first drill above: 1).
    assert tracked(Q1, drills(1.0, share=0.25)).theta == pytest.approx(0.25)
    assert [tracked(Q1, drills(*[0.7] * n, share=0.25)).count for n in (3, 4, 19, 20)] == [
        0, 1, 4, 5,
    ]  # fmt: skip
    assert tracked(Q1, drills(*[0.7] * 19, share=0.25)).certainty is Certainty.TOO_FEW
    assert tracked(Q1, drills(0.7, share=0.0)).count == 0


def test_who_turns_a_corner_is_followed_faster_than_one_who_only_wavers() -> None:
    # A step of K = .36 each would be 1.5 * .36 once the smoothed surprise passes .15.
    level = tracked(Q1, drills(*[0.3] * 15))
    turned = tracked(Q1, drills(*[0.3] * 15, *[0.9] * 4))
    wavered = tracked(Q1, drills(*[0.3] * 15, 0.9, 0.3, 0.9, 0.3))
    assert turned.theta - level.theta > 2.5 * abs(wavered.theta - level.theta)


def test_what_did_not_apply_is_no_zero() -> None:
    assert tracked(Q1, drills(0.8, None, None)) == tracked(Q1, drills(0.8))


def test_hints_take_their_discount_and_half_a_sentence_counts_for_nothing() -> None:
    plain, helped = tracked(Q1, drills(0.8)), tracked(Q1, drills(0.8, hints=(1,), discount=0.05))
    assert helped.theta == pytest.approx(plain.theta - 2 * 0.05)
    assert tracked(Q1, drills(0.8, hints=(3,), discount=0.25)).count == 0


def test_a_case_that_hardly_exercises_an_ability_moves_it_less() -> None:
    full, part = drills(1.0), drills(1.0, weights={Q1: 0.5})
    assert tracked(Q1, part).theta == pytest.approx(tracked(Q1, full).theta / 2)


def test_half_of_the_gain_is_gone_after_195_days_and_the_base_stays() -> None:
    later = NOON + timedelta(days=195)
    assert tracked(Q1, drills(1.0), now=later).theta == pytest.approx(0.5)
    assert tracked(Q1, drills(1.0), base=0.4, now=later).theta > 0.4
    assert faded(1.0, 390, base=0.2) == pytest.approx(0.4)
    assert faded(1.0, -5) == 1.0


def test_spread_narrows_as_reliability_grows() -> None:
    # Squared correlation with the truth at reliability .3: .53 at 3 ... .86 at 16 (coaching, §7).
    assert [round(reliability(n), 2) for n in (0, 1, 3, 5, 10, 16)] == [
        0.0,
        0.3,
        0.56,
        0.68,
        0.81,
        0.87,
    ]
    assert all(a > b for a, b in pairwise(spread(n) for n in range(30)))
    assert spread(0) == 1.0


@pytest.mark.parametrize("count", range(12))
def test_below_the_gate_there_is_no_figure_and_no_part_in_the_mean(count: int) -> None:
    level = AbilityLevel(Q1, theta=2.0, spread=spread(count), count=count)
    assert (shown(level) is None) == (count < 5)
    named = {True: Certainty.TOO_FEW, False: Certainty.TENTATIVE}[count < 5]
    assert level.certainty is (Certainty.USABLE if count >= 10 else named)
    profile = profile_of("p", drills(*[0.9] * count))
    assert (overall_level(profile) is None) == (count < 5)


def test_order_of_hand_over_does_not_matter_and_abilities_are_apart() -> None:
    history = drills(0.2, 0.9, 0.4, 0.7)
    assert profile_of("p", history) == profile_of("p", history[::-1])
    levels = {level.ability: level for level in profile_of("p", history).levels}
    assert levels[A2].count == 0
    assert levels[A2].theta == 0.0


def test_a_level_never_runs_away() -> None:
    level = tracked(Q1, drills(*[1.0] * 500, difficulty=-1.0))
    assert math.isfinite(level.theta)
    assert level.theta < 6
