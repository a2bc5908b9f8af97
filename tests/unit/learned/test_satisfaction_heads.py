"""From weights to a score, worked out by hand; no model is fitted here."""

from __future__ import annotations

import math

import pytest

from core.learned.satisfaction import Head, Line, joined

KNOTS = ((0.0, 1.0), (10.0, 5.0))


def head(*trees: object, lowest: float = 1.0, highest: float = 5.0) -> Head:
    line = Line((2.0, -1.0), 0.5)
    return Head((line,), KNOTS, 0.7, lowest, highest, trees)  # type: ignore[arg-type]  # nested tuples


def test_a_line_adds_up_its_columns_and_its_bias() -> None:
    assert head().said({0: 3.0, 1: 1.5}) == [5.0]
    assert head().said({}) == [0.5]


def test_several_lines_are_the_borders_a_label_is_expected_to_lie_above() -> None:
    assert joined([2.5]) == 2.5
    assert joined([0.0, 0.0]) == 1.0
    # Odds of three to one, twice, and even odds.
    assert joined([math.log(3), math.log(3), 0.0]) == pytest.approx(0.75 + 0.75 + 0.5)


@pytest.mark.parametrize(
    ("said", "score"), [(5.0, 3.0), (0.0, 1.0), (-4.0, 1.0), (10.0, 5.0), (40.0, 5.0)]
)
def test_a_score_is_read_off_the_map(said: float, score: float) -> None:
    assert head().score(said, []) == score


def test_a_score_stays_inside_the_labels() -> None:
    narrow = head(lowest=2.0, highest=4.0)
    assert [narrow.score(said, []) for said in (0.0, 5.0, 10.0)] == [2.0, 3.0, 4.0]


def test_trees_count_as_much_as_the_line() -> None:
    # Two trees say 6 + 2 above the border of the first column, 1 + 2 up to it.
    both = head((0, 0.5, 1.0, 6.0), 2.0)
    assert both.score(4.0, [0.6]) == pytest.approx(1 + 0.4 * (4 + 8) / 2)
    assert both.score(4.0, [0.5]) == pytest.approx(1 + 0.4 * (4 + 3) / 2)
