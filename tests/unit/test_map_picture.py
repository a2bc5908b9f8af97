"""The map of a team stays readable: labels beside their dots, and none where nobody could read
them."""

from __future__ import annotations

import re
from random import Random

import pytest

from bots.pictures.results_map import CROWD, MapPoint, results_map

_TEXT = re.compile(r'<text class="label" x="([\d.]+)" y="([\d.]+)"[^>]*>(\d+)</text>')


def drawn(count: int, *, seed: int = 3) -> str:
    """A team in which most people stand close together, as they do."""
    chance = Random(seed)
    places = [
        MapPoint(
            str(number),
            min(100.0, max(0.0, chance.gauss(60, 18))),
            min(100.0, max(0.0, chance.gauss(75, 9))),
            chance.uniform(1, 4),
            chance.uniform(3, 8),
        )
        for number in range(1, count + 1)
    ]
    return results_map(places, cuts=(60, 80), axes=("业绩", "能力"), title="t", text="d")


@pytest.mark.parametrize("seed", range(5))
def test_the_labels_of_a_team_of_thirty_do_not_cover_each_other(seed: int) -> None:
    labels = [
        (float(x), float(y), 14.0 * len(said)) for x, y, said in _TEXT.findall(drawn(30, seed=seed))
    ]
    covered = [
        (one, other)
        for at, one in enumerate(labels)
        for other in labels[at + 1 :]
        if abs(one[0] - other[0]) < (one[2] + other[2]) / 2 and abs(one[1] - other[1]) < 20
    ]

    assert len(labels) == 30
    assert covered == []


def test_a_crowd_is_dots_alone() -> None:
    many, few = drawn(CROWD + 1), drawn(CROWD)

    assert len(_TEXT.findall(few)) == few.count("<ellipse") == CROWD
    assert not _TEXT.findall(many)
    assert many.count("<ellipse") == 0
    assert many.count("<circle") == CROWD + 1
