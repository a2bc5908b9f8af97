"""The figures of agreement against published worked examples; each names its source."""

import random
from collections.abc import Sequence
from statistics import correlation, fmean

import pytest

from core.domain.agreement import (
    bias,
    cluster_bootstrap,
    gwet_ac1,
    kappa,
    prediction_powered_mean,
    raw_agreement,
    wilson,
)

# Gwet's two abstractors of emergency visits (R package irrCAC, cont3x3abstractors).
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Shrout & Fleiss (1979), table 2: six targets, four judges.
# Efron & Tibshirani (1993), table 3.1: fifteen law schools, LSAT and GPA.
LSAT = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594]
GPA = [339, 330, 281, 303, 344, 307, 300, 343, 336, 313, 312, 274, 276, 288, 296]


def raters(table: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """A contingency table (first rater's words down) as two lists of words."""
    cells = [(x, y) for x, row in enumerate(table) for y, n in enumerate(row) for _ in range(n)]
    return [x for x, _ in cells], [y for _, y in cells]


def test_ac1_and_its_interval_are_those_of_gwets_abstractors() -> None:
    a, b = raters(ABSTRACTORS)
    found = gwet_ac1(a, b)
    assert found is not None
    assert found.value == pytest.approx(0.8493305, abs=1e-6)
    # irrCAC divides by n for a table of counts and by n - 1 for ratings, as we do.
    assert found.error == pytest.approx(0.04321747 * (100 / 99) ** 0.5, abs=1e-7)
    assert (found.low, found.high) == pytest.approx((0.764, 0.935), abs=2e-3)
    assert raw_agreement(a, b) == pytest.approx(0.89)


def test_cohens_kappa_of_the_abstractors_is_the_published_one() -> None:
    a, b = raters(ABSTRACTORS)
    assert kappa(a, b, categories=range(3)) == pytest.approx(0.7964094, abs=1e-6)


def test_ac1_stays_high_on_a_rare_mark_where_kappa_falls_below_nothing() -> None:
    """The paradox of Feinstein & Cicchetti (1990), in Gwet's (2008) numbers."""
    a, b = raters([[118, 5], [2, 0]])
    found = gwet_ac1(a, b)
    assert found is not None
    assert raw_agreement(a, b) == pytest.approx(0.944)
    assert found.value == pytest.approx(0.941, abs=1e-3)
    assert kappa(a, b, categories=range(2)) == pytest.approx(-0.0234, abs=1e-4)


@pytest.mark.parametrize(("power", "value"), [(0, 0.9315), (1, 0.9412), (2, 0.9541)])
def test_weighted_kappa_is_that_of_scikit_learns_own_example(power: int, value: float) -> None:
    a = [0] * 46 + [1] * 44 + [2] * 10
    b = [0] * 50 + [1] * 40 + [2] * 10
    assert kappa(a, b, categories=range(3), power=power) == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_that_of_newcombe(
    hits: int, cases: int, low: float, high: float
) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    found = wilson(hits, cases)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_the_bootstrap_error_of_the_law_schools_is_the_published_one() -> None:
    """Efron & Tibshirani (1993), table 6.1: correlation .776, error .132 at 3,200 draws."""

    def figure(cases: Sequence[tuple[int, int]]) -> float | None:
        return correlation([x for x, _ in cases], [y for _, y in cases])

    schools = [[pair] for pair in zip(LSAT, GPA, strict=True)]
    found = cluster_bootstrap(schools, figure, seed=4, draws=3200)
    assert found is not None
    assert found.value == pytest.approx(0.776, abs=1e-3)
    assert found.error == pytest.approx(0.132, abs=5e-3)
    assert found == cluster_bootstrap(schools, figure, seed=4, draws=3200)


def test_talks_of_one_trainee_count_as_one_voice() -> None:
    """Ten copies of one opinion are no ten opinions: the error does not shrink."""
    said = [0.1, 0.9, 0.4, 0.7, 0.2, 0.6]
    once = cluster_bootstrap([[one] for one in said], fmean, seed=1, draws=500)
    copied = cluster_bootstrap([[one] * 10 for one in said], fmean, seed=1, draws=500)
    apart = cluster_bootstrap([[one] for one in said for _ in range(10)], fmean, seed=1, draws=500)
    assert once is not None
    assert copied is not None
    assert apart is not None
    assert copied.error == pytest.approx(once.error)
    assert apart.error < 0.5 * copied.error


def test_the_prediction_powered_mean_by_hand() -> None:
    """mean(m) 6.5 + mean(h - m) -.5; errors 1 2/3 / 4 and .5 / 2 under one root."""
    found = prediction_powered_mean([5, 6, 7, 8], [6, 7], [6, 6])
    assert found is not None
    assert found.value == pytest.approx(6.0)
    assert found.error == pytest.approx((5 / 3 / 4 + 0.5 / 2) ** 0.5)
    assert (found.low, found.high) == pytest.approx((4.400, 7.600), abs=1e-3)


def test_a_partial_machine_does_not_move_the_prediction_powered_mean() -> None:
    """The machine gives .6 too much: 95 % intervals cover the people's mean about 95 times."""
    chance = random.Random(7)
    covered = 0
    for _ in range(400):
        truth = [chance.gauss(6.0, 1.0) for _ in range(300)]
        machine = [one + 0.6 + chance.gauss(0.0, 0.4) for one in truth]
        found = prediction_powered_mean(machine[60:], machine[:60], truth[:60])
        assert found is not None
        covered += found.holds(6.0)
    assert 0.92 <= covered / 400 <= 0.98


def test_bias_is_the_machines_mildness() -> None:
    assert bias([7.0, 8.0, 6.0], [6.5, 7.5, 6.5]) == pytest.approx(1 / 6)


def test_what_cannot_be_known_is_none() -> None:
    assert raw_agreement([], []) is None
    assert gwet_ac1([1], [1]) is None
    assert kappa([1, 1], [1, 1], categories=[0, 1]) is None
    assert kappa([], [], categories=[0, 1]) is None
    assert wilson(0, 0) is None
    assert bias([], []) is None
    assert prediction_powered_mean([1.0, 2.0], [1.0], [1.0]) is None
    assert cluster_bootstrap([], lambda _: None, seed=1) is None


def test_two_raters_who_rated_different_numbers_of_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        raw_agreement([1, 2], [1])


def test_ac1_with_one_single_word_is_full_agreement_without_error() -> None:
    found = gwet_ac1([1, 1, 1], [1, 1, 1])
    assert found is not None
    assert (found.value, found.error, found.low, found.high) == (1.0, 0.0, 1.0, 1.0)
