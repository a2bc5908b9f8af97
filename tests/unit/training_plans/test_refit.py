"""What is learned from everybody: where newcomers begin, versions, drift, cases off their level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest

from core.domain.ability import Ability, Attempt, expected, profile_of
from tests.builders import NOON
from training_plans.clustering import fit
from training_plans.features import FEATURES
from training_plans.gathering import Gathered
from training_plans.groups import Group, Learned, Version, drifts, read, text_of
from training_plans.refit import History, Refit, off_cases

WARM = {one: 1.2 if one.value.startswith("Q") else -1.2 for one in Ability}
SKILLED = {one: -level for one, level in WARM.items()}
NOW = NOON + timedelta(days=60)


def history(truth: dict[Ability, float], chance: Random, *, drills: int, hard: str = "") -> History:
    """A person of these true levels; the case `hard` is harder by one logit than written."""
    found = []
    for number in range(drills):
        name = f"case-{chance.randrange(6)}"
        off = 1.0 if name == hard else 0.0
        shown = chance.sample(list(Ability), 4)
        results: dict[Ability, float | None] = {
            one: min(1.0, max(0.0, chance.gauss(expected(truth[one], off), 0.1))) for one in shown
        }
        found.append((name, Attempt(NOON + timedelta(days=number), results, 0.0, family=name)))
    return found


def refitted(histories: Sequence[History], former: Learned, *, grouped: bool = True) -> Learned:
    refit = Refit(former, now=NOW)
    for look in (refit.begin, refit.gather):
        for one in histories:
            look(one)
    gathered = refit.gathered
    plain = Learned(means=gathered.means, scales=gathered.scales, people=gathered.people)
    refit.group(fit(gathered, former=former, bootstraps=3).learned if grouped else plain)
    for one in histories:
        refit.move(one)
    return refit.learned()


def company(people: int, *, seed: int, hard: str = "") -> list[History]:
    chance = Random(seed)
    truths = (WARM, SKILLED)
    return [history(truths[n % 2], chance, drills=8, hard=hard) for n in range(people)]


def test_moments_are_exact_and_the_sample_is_even_and_bounded() -> None:
    rows = np.random.default_rng(1).normal(3.0, 2.0, size=(4000, 3))
    held = Gathered(most=500)
    for place, row in enumerate(rows):
        held.add((*map(float, row), float(place)))
    assert held.means[:3] == pytest.approx(rows.mean(axis=0))
    assert held.scales[:3] == pytest.approx(rows.std(axis=0))
    assert len(held.rows) == 500
    # Whoever came late is as likely in it as whoever came first.
    assert np.mean([row[3] for row in held.rows]) == pytest.approx(2000, abs=200)


def test_a_newcomers_first_drills_say_where_the_unseen_abilities_begin() -> None:
    learned = refitted(company(160, seed=1), Learned())
    assert learned.stage == "named"
    assert read(text_of(learned)) == learned
    chance, gains = Random(5), []
    for number in range(60):
        truth = (WARM, SKILLED)[number % 2]
        first = [one for _, one in history(truth, chance, drills=2)]
        unseen = [a for a in Ability if all(one.result(a) is None for one in first)]
        for base, sign in ((learned.base, 1.0), (learned.base_of(first), -1.0)):
            levels = profile_of("p", first, base=base).levels
            missed = [
                abs(one.theta - truth[one.ability]) for one in levels if one.ability in unseen
            ]
            gains.append(sign * sum(missed))
    # Twice the people: an ability nobody saw yet is missed by less than half as much.
    with_base = sum(gain for gain in gains if gain > 0)
    assert sum(gains) > 0.5 * with_base
    # Nothing known: the middle of everybody. Enough known: it stands, whatever comes.
    assert all(abs(level) < 0.3 for level in learned.base_of([]).values())
    long = [one for _, one in history(WARM, chance, drills=20)]
    assert learned.base_of(long) == learned.base_of(long[:4])


def test_versions_count_up_keep_codes_and_tell_drift() -> None:
    first = refitted(company(160, seed=1), Learned())
    second = refitted(company(160, seed=2), first)
    assert [one.number for one in second.versions] == [1, 2]
    assert {one.code for one in second.groups} == {one.code for one in first.groups}
    old, new = second.versions
    assert all(drift is None for _, _, drift in old.groups)
    assert all(drift is not None and drift < 0.5 for _, _, drift in new.groups)
    third = refitted(company(40, seed=3), second, grouped=False)
    assert third.versions[-1].gone == tuple(one.code for one in second.groups)


def test_drift_is_measured_in_the_new_standard_deviations() -> None:
    width = len(FEATURES)
    old = Learned(
        groups=(Group("g1", (1.0,) * width, (1.0,) * width, 1.0),),
        means=(0.0,) * width,
        scales=(2.0,) * width,
    )
    new = replace(
        old, groups=(Group("g1", (0.5,) * width, (1.0,) * width, 1.0),), scales=(1.0,) * width
    )
    assert drifts(old, new) == {"g1": pytest.approx(1.5)}


def test_a_case_that_is_harder_than_written_is_told_and_the_others_are_not() -> None:
    learned = refitted(company(120, seed=4, hard="case-3"), Learned(), grouped=False)
    (told, *rest) = off_cases(learned.cases)
    assert told.scenario_id == "case-3"
    assert told.surprise < -0.1
    assert all(abs(one.surprise) < abs(told.surprise) / 2 for one in rest)
    few = refitted(company(12, seed=4, hard="case-3")[:9], Learned(), grouped=False)
    assert off_cases(few.cases) == []


def test_an_older_document_is_read_without_what_it_did_not_know() -> None:
    learned = Learned(means=(0.0,), scales=(1.0,), versions=(Version(1, "", 0, "named", None),))
    text = text_of(learned)
    old = text[: text.index(', "priors"')] + "}"
    assert read(old) == replace(learned, versions=())
