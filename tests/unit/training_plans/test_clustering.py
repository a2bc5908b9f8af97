"""Groups of alike trainees: named when they are there, archetypes when they are not."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest

from core.domain.ability import Ability, Attempt, profile_of
from core.domain.people import Person
from core.domain.persona import Persona
from tests.builders import NOON
from training_plans.clustering import fit, matched, traits
from training_plans.features import FEATURES, WINSOR, features_of, standardised
from training_plans.gathering import MOST_ROWS, Gathered
from training_plans.groups import (
    ARCHETYPES,
    MIXED,
    Group,
    Learned,
    archetype,
    nearest,
    read,
    text_of,
)

WIDTH = len(FEATURES)


def cohort(people: int, *, groups: int, apart: float, seed: int = 1) -> Gathered:
    """People of planted groups, each strong and weak in two features of its own."""
    chance = np.random.default_rng(seed)
    centres = np.zeros((groups, WIDTH))
    for place in range(groups):
        centres[place, 2 * place % WIDTH] = apart
        centres[place, (2 * place + 1) % WIDTH] = -apart
    rows: np.ndarray = centres[np.arange(people) % groups] + chance.normal(size=(people, WIDTH))
    return gathered(rows)


def gathered(rows: np.ndarray, *, most: int = MOST_ROWS) -> Gathered:
    held = Gathered(most=most)
    for row in rows:
        held.add(tuple(map(float, row)))
    return held


def test_planted_groups_of_enough_people_are_found_and_named() -> None:
    found = fit(cohort(300, groups=3, apart=3.0), bootstraps=8)
    assert (found.k, found.learned.stage) == (3, "named")
    assert found.stability is not None
    assert found.stability >= 0.75
    assert found.agreement is not None
    assert found.agreement > 0.8
    # Each is explained by the features that were planted.
    made = {frozenset(name for name, _ in one.traits[:2]) for one in found.learned.groups}
    assert made == {frozenset(FEATURES[2 * n : 2 * n + 2]) for n in range(3)}


def test_without_groups_or_with_few_people_there_are_archetypes_only() -> None:
    nobody = fit(cohort(300, groups=1, apart=0.0), bootstraps=8).learned
    few = fit(cohort(59, groups=3, apart=3.0), bootstraps=8).learned
    weak = fit(cohort(80, groups=4, apart=0.6), bootstraps=8).learned
    for learned in (nobody, few, weak):
        assert learned.stage == "archetypes"
        assert learned.groups == ()


def test_a_refit_keeps_the_codes_of_groups_that_stayed() -> None:
    first = fit(cohort(300, groups=3, apart=3.0, seed=1), bootstraps=3).learned
    again = fit(
        cohort(320, groups=3, apart=3.0, seed=2), former=first, seed=5, bootstraps=3
    ).learned
    assert _made_of(again.groups) == _made_of(first.groups)
    assert len(first.groups) == 3


def _made_of(groups: Sequence[Group]) -> dict[str, frozenset[str]]:
    return {one.code: frozenset(name for name, _ in one.traits[:2]) for one in groups}


def test_a_centre_that_moved_too_far_gets_a_new_code() -> None:
    old = [
        Group("g1", (0.0,) * WIDTH, (1.0,) * WIDTH, 0.5),
        Group("g2", (2.0,) * WIDTH, (1.0,) * WIDTH, 0.5),
    ]
    assert matched(np.array([[2.1] * WIDTH, [0.1] * WIDTH]), old) == ["g2", "g1"]
    assert matched(np.array([[2.1] * WIDTH, [0.9] * WIDTH]), old) == ["g2", "g3"]


def test_between_two_groups_a_person_is_a_mixed_type() -> None:
    one = Group("g1", (-1.0, *[0.0] * (WIDTH - 1)), (1.0,) * WIDTH, 0.5)
    two = replace(one, code="g2", centre=(1.0, *[0.0] * (WIDTH - 1)))
    assert nearest([-1.0] + [0.0] * (WIDTH - 1), (one, two)) == "g1"
    assert nearest([0.0] * WIDTH, (one, two)) == MIXED


@pytest.mark.parametrize("code", ARCHETYPES)
def test_each_prototype_is_its_own_archetype(code: str) -> None:
    assert archetype([ARCHETYPES[code].get(name, 0.0) for name in FEATURES]) == code


def test_traits_name_what_lies_off_the_mean_with_its_sign() -> None:
    centre = [0.0] * WIDTH
    centre[FEATURES.index("Q1")], centre[FEATURES.index("A2")] = -1.2, 0.8
    assert traits(centre) == (("Q1", -1.2), ("A2", 0.8))


def test_the_document_comes_back_as_it_was_kept() -> None:
    learned = fit(cohort(200, groups=2, apart=3.0), bootstraps=3).learned
    full = replace(learned, gains={("g1", "invoice"): 0.5}, base={Ability.EMPATHY: -0.2})
    assert read(text_of(full)) == full
    assert read(None) == Learned()


def attempts(count: int, result: float, *, hint: bool = False) -> list[Attempt]:
    return [
        Attempt(
            NOON + timedelta(days=day),
            dict.fromkeys(Ability, result),
            0.3,
            hints=(1,) if hint else (),
        )
        for day in range(count)
    ]


def test_features_are_level_and_shape_and_no_value_counts_without_end() -> None:
    history = attempts(6, 0.9, hint=True)
    row = features_of(profile_of("p", history), history)
    named = dict(zip(FEATURES, row, strict=True))
    assert named["level"] > 1
    assert [named[ability.value] for ability in Ability] == pytest.approx([0.0] * 9)
    assert named["hint_share"] == 1.0
    assert max(standardised(row, [0.0] * WIDTH, [1e-3] * WIDTH)) == WINSOR


def test_below_five_drills_nobody_has_a_group() -> None:
    learned = Learned(means=(0.0,) * WIDTH, scales=(1.0,) * WIDTH)
    now = NOON + timedelta(days=9)
    assert learned.group_of(attempts(4, 0.5), now=now) == ""
    assert learned.group_of(attempts(5, 0.5), now=now) in ARCHETYPES


def test_nothing_we_know_of_a_person_but_their_practice_reaches_a_model() -> None:
    ours = {field.name for field in fields(Person)} - {"id"}
    of_customers = {field.name for field in fields(Persona)} - {"id"}
    demographic = {"age", "gender", "sex", "region", "dialect", "education", "tenure", "salary"}
    assert not set(FEATURES) & (ours | of_customers | demographic)
    # Two people of other teams, sites and languages with the same practice have the same row.
    history = attempts(6, 0.7)
    assert features_of(profile_of("小王", history), history) == features_of(
        profile_of("Ann", history), history
    )
