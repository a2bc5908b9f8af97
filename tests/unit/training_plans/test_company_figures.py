"""Proof of transfer, gaps between groups, and queues that suit a profile."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pytest

from core.domain.ability import Ability
from core.domain.results import BusinessResult, Metric
from core.errors import ContentError
from training_plans.bias import Scored, gaps
from training_plans.queues import best_fit, open_queues
from training_plans.transfer import transfer

FCR = Metric("fcr", 0.0, 1.0)


def year(
    effect: float, *, people: int = 40, seed: int = 3
) -> tuple[list[BusinessResult], dict[str, date]]:
    """Results of 2026 in which everybody drifts upwards, and `effect` points come with practice;
    a quarter begins in April, a quarter in July, half of the people never."""
    chance = Random(seed)
    starts = {}
    rows = []
    for number in range(people):
        person = f"p-{number}"
        start = {0: 4, 1: 7}.get(number % 4)
        if start:
            starts[person] = date(2026, start, 10)
        own = chance.gauss(0.5, 0.08)
        for month in range(1, 13):
            drift = 0.01 * month
            gained = effect / 100 if start and month > start else 0.0
            value = min(1.0, max(0.0, own + drift + gained + chance.gauss(0, 0.02)))
            rows.append(BusinessResult(person, "fcr", date(2026, month, 1), value, 100))
    return rows, starts


def test_what_comes_with_practice_is_told_from_what_comes_anyway() -> None:
    rows, starts = year(effect=8.0)

    found = transfer(rows, [FCR], starts, chance=Random(1))

    assert found.is_shown
    assert (found.begun, found.waiting) == (20, 20)
    assert found.low < 8.0 < found.high
    assert found.low > 4.0


def test_a_year_in_which_everybody_drifts_shows_no_effect() -> None:
    within = 0
    for seed in range(8):
        rows, starts = year(effect=0.0, seed=seed)
        found = transfer(rows, [FCR], starts, chance=Random(1))
        within += found.low <= 0.0 <= found.high

    assert within >= 6


def test_few_people_or_few_contacts_give_no_figure() -> None:
    rows, starts = year(effect=8.0, people=20)
    thin = [BusinessResult(r.person_id, r.metric, r.period, r.value, 5) for r in rows]

    few = transfer([row for row in rows if row.person_id < "p-3"], [FCR], starts, chance=Random(1))

    assert not few.is_shown
    assert not transfer(thin, [FCR], starts, chance=Random(1)).is_shown
    assert not transfer([], [FCR], {}, chance=Random(1)).is_shown


def scored(score: float, **groups: str) -> Scored:
    """One practice."""
    return Scored(groups, 1, score, score * score)


def test_a_group_scored_lower_is_found_and_a_small_one_says_nothing() -> None:
    chance = Random(2)
    practices = [
        scored(
            chance.gauss(6.0 if number % 2 else 7.0, 1.0),
            channel="web" if number % 2 else "wechat",
            team="a",
        )
        for number in range(200)
    ]
    practices += [scored(1.0, channel="slack", team="b") for _ in range(5)]

    found = gaps(practices)

    assert [(gap.kind, gap.group) for gap in found] == [("channel", "wechat"), ("channel", "web")]
    assert all(gap.is_large for gap in found)
    assert found[1].difference == pytest.approx(-found[0].difference, abs=0.4)


def test_even_groups_show_no_large_gap() -> None:
    chance = Random(4)
    practices = [scored(chance.gauss(6.0, 1.5), team="ab"[number % 2]) for number in range(2000)]

    assert not any(gap.is_large for gap in gaps(practices))
    assert gaps([]) == ()


def test_a_difference_is_told_in_standard_deviations_of_all_scores() -> None:
    sums = [Scored({"team": "a"}, 40, 320.0, 2570.0), Scored({"team": "b"}, 60, 360.0, 2170.0)]

    (first, second) = gaps(sums)

    assert (first.group, first.count, first.mean, first.rest) == ("a", 40, 8.0, 6.0)
    # 100 scores with the sum 680 and 4740 for the squares spread by 1.0825.
    assert first.difference == pytest.approx(2.0 / 1.08246, abs=1e-3)
    assert second.difference == -first.difference


def test_the_shape_of_a_profile_finds_its_queue_and_its_reasons() -> None:
    queues = open_queues()
    calm = dict.fromkeys(Ability, 6.0) | {Ability.STABILITY: 9.0, Ability.EMPATHY: 8.5}
    same_but_lower = {ability: level - 3 for ability, level in calm.items()}

    found = [best_fit(levels, queues) for levels in (calm, same_but_lower)]

    assert [fit.queue.id for fit in found if fit] == ["complaints", "complaints"]
    assert found[0] is not None
    assert found[0].because == (Ability.STABILITY, Ability.EMPATHY)
    assert best_fit(dict.fromkeys(Ability, 7.0), queues) is None
    assert best_fit({Ability.EMPATHY: 9.0}, queues) is None


def test_a_company_names_its_own_queues_and_a_faulty_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "queues.yaml"
    file.write_text("queues: {vip: {names: [贵宾], abilities: {Q4: 1}}}", encoding="utf-8")
    queues = open_queues(tmp_path)
    file.write_text("queues: {vip: {names: [贵宾], abilities: {Q9: 1}}}", encoding="utf-8")

    assert "vip" in {queue.id for queue in queues}
    with pytest.raises(ContentError, match=r"queues\.yaml"):
        open_queues(tmp_path)
