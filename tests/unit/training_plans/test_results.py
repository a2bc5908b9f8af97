"""Business results as points, and the map of results and ability."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.results import BusinessResult, Metric, Standing, standings
from training_plans.metrics import Unit, number_of, open_metrics
from training_plans.results_map import AbilityPoint, Band, Missing, team_map

NOVEMBER = date(2026, 11, 1)
FCR, AHT = Metric("fcr", 0.5, 0.8), Metric("aht", 480, 300, alone=False)


def row(
    person: str, value: float, contacts: int, *, metric: str = "fcr", kind: str = ""
) -> BusinessResult:
    return BusinessResult(person, metric, NOVEMBER, value, contacts, kind)


@pytest.mark.parametrize(
    ("metric", "value", "points"),
    [(FCR, 0.5, 0), (FCR, 0.65, 50), (FCR, 0.9, 100), (AHT, 390, 50), (AHT, 500, 0)],
)
def test_points_run_from_floor_to_goal_whichever_is_higher(
    metric: Metric, value: float, points: float
) -> None:
    assert metric.points(value) == pytest.approx(points)


def test_few_contacts_are_pulled_to_the_mean_of_the_team() -> None:
    found = standings(
        [row("many", 0.8, 950), row("few", 0.5, 50)], [FCR], teams={"many": "a", "few": "a"}
    )

    # The team's mean is 95 of 100; 50 contacts count half.
    assert found["few"].points == pytest.approx(47.5)
    assert found["many"].points == pytest.approx(95 + 0.95 * 5)
    assert found["few"].error > found["many"].error


def test_what_a_kind_of_contact_makes_hard_is_taken_out() -> None:
    easy, hard = (
        [row("a", 0.80, 500, kind="查询"), row("b", 0.80, 500, kind="查询")],
        [row("c", 0.60, 500, kind="投诉"), row("d", 0.60, 500, kind="投诉")],
    )

    found = standings([*easy, *hard], [FCR], teams=dict.fromkeys("abcd", "t"))

    assert {round(one.points, 6) for one in found.values()} == {round(100 * 0.2 / 0.3, 6)}


def test_speed_alone_gives_no_standing_and_unknown_metrics_count_nothing() -> None:
    found = standings(
        [
            row("fast", 200, 500, metric="aht"),
            row("both", 200, 500, metric="aht"),
            row("both", 0.5, 500),
            row("odd", 0.9, 500, metric="joy"),
            row("none", 0.9, 0),
        ],
        [FCR, AHT],
        teams={},
    )

    assert list(found) == ["both"]
    assert found["both"].by_metric == {"aht": 100.0, "fcr": 0.0}


def test_a_metric_with_few_contacts_is_not_shown_beside_one_with_many() -> None:
    found = standings([row("a", 0.6, 200), row("a", 300, 49, metric="aht")], [FCR, AHT], teams={})

    assert set(found["a"].by_metric) == {"fcr"}


def test_people_are_placed_only_with_drills_and_contacts_enough() -> None:
    def standing(person: str, points: float, contacts: int) -> Standing:
        return Standing(person, points, 4.0, contacts, {})

    drawn = team_map(
        [
            AbilityPoint("star", 85.0, 5.0, 14),
            AbilityPoint("lucky", 40.0, 5.0, 10),
            AbilityPoint("new", None, 0.0, 3),
            AbilityPoint("rare", 70.0, 5.0, 12),
            AbilityPoint("tentative", 70.0, 9.0, 7),
        ],
        {
            "star": standing("star", 88.0, 400),
            "lucky": standing("lucky", 82.0, 300),
            "new": standing("new", 70.0, 90),
            "rare": standing("rare", 70.0, 20),
            "tentative": standing("tentative", 70.0, 200),
        },
    )

    assert drawn.cells() == {
        (Band.HIGH, Band.HIGH): ("star",),
        (Band.HIGH, Band.LOW): ("lucky",),
    }
    assert drawn.missing == (
        Missing("new", 7, 0),
        Missing("rare", 0, 30),
        Missing("tentative", 3, 0),
    )
    assert [place.is_near_a_cut for place in drawn.places] == [False, True]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("85%", Unit.SHARE, 0.85),
        ("85", Unit.SHARE, 0.85),
        ("0.85", Unit.SHARE, 0.85),
        ("85.5％", Unit.SHARE, 0.855),
        ("1", Unit.SHARE, 1.0),
        ("5:30", Unit.SECONDS, 330.0),
        ("1:00:05", Unit.SECONDS, 3605.0),
        ("330", Unit.SECONDS, 330.0),
        ("1,234", Unit.NUMBER, 1234.0),
    ],
)
def test_figures_are_read_as_people_write_them(text: str, unit: Unit, value: float) -> None:
    assert number_of(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", Unit.SHARE),
        ("nan", Unit.NUMBER),
        ("-5", Unit.SHARE),
        ("130%", Unit.SHARE),
        ("5%", Unit.NUMBER),
        ("1:2:3:4", Unit.SECONDS),
        ("inf", Unit.NUMBER),
    ],
)
def test_what_is_no_figure_is_refused(text: str, unit: Unit) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the list import words it
        number_of(text, unit)


def test_the_shipped_metrics_can_be_read_and_have_a_chinese_and_an_english_name() -> None:
    metrics = open_metrics()

    assert {"fcr", "csat", "aht", "conversion"} <= set(metrics)
    assert all(len(one.names) >= 2 for one in metrics.values())
    assert not metrics["aht"].metric.alone
