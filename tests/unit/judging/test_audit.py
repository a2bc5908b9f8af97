"""What people look at again, and what a check must show before the machine marks it alone."""

import random
from collections import Counter

import pytest

from core.domain.agreement import Estimate, prediction_powered_mean
from core.domain.review import Gate, Trust, Why
from core.services.audit import Band, Drawn, JudgedTalk, draw, outliers
from core.services.audit_gates import (
    Figures,
    Rating,
    Verdict,
    failed_gates,
    figures,
    graduate,
)


def talks(number: int = 1000) -> list[JudgedTalk]:
    chance = random.Random(11)
    return [
        JudgedTalk(
            id=f"t{at:04}",
            engine="model" if at % 10 == 0 else "agenda",
            family=("billing", "outage", "refund")[at % 3],
            overall=round(min(9.0, max(5.0, chance.gauss(7.0, 0.8))), 2),
            critical=at % 100 == 7,
        )
        for at in range(number)
    ]


def ids(drawn: tuple[Drawn, ...], why: Why) -> set[str]:
    return {one.talk.id for one in drawn if why in one.whys}


def test_every_critical_error_and_five_in_a_hundred_are_looked_at() -> None:
    drawn = draw(talks(), seed=3)
    assert ids(drawn, Why.CRITICAL) == {f"t{at:04}" for at in range(7, 1000, 100)}
    assert len(ids(drawn, Why.RANDOM)) == 50
    assert len(drawn) == 200
    assert sum(one.twice for one in drawn) == 60


def test_what_is_too_good_and_what_is_too_low_for_its_kind_is_looked_at() -> None:
    odd = [
        JudgedTalk("gold", "agenda", "billing", 10.0),
        JudgedTalk("lead", "agenda", "billing", 1.0),
    ]
    drawn = draw([*talks(), *odd], seed=3)
    assert "gold" in ids(drawn, Why.TOO_GOOD)
    assert "lead" in ids(drawn, Why.TOO_LOW)


def test_what_stands_out_lies_beyond_two_and_a_half_robust_deviations_of_its_family() -> None:
    # Middle 6.0, median distance .4: beyond 2.5 x 1.4826 x .4 = 1.4826 of it.
    scores = [*(5.6, 6.4) * 20, *(6.0,) * 19, 7.48, 7.49, 4.52, 4.51]
    family = [JudgedTalk(f"t{at}", "agenda", "billing", one) for at, one in enumerate(scores)]
    unscored = JudgedTalk("none", "agenda", "billing", None)
    alone = JudgedTalk("alone", "agenda", "refund", 0.5)

    found = {
        family[int(name[1:])].overall: why for name, why in outliers([*family, unscored, alone])
    }

    assert found == {7.49: Why.TOO_GOOD, 4.51: Why.TOO_LOW}


def test_pasted_lines_are_always_looked_at_and_shares_are_rounded_up() -> None:
    drawn = draw(
        [*talks(20), JudgedTalk("p", "agenda", "billing", 7.0, pasted=True)], seed=1, wanted=0
    )
    assert ids(drawn, Why.PASTED) == {"p"}
    assert len(ids(drawn, Why.RANDOM)) == 2
    assert ids(drawn, Why.STRATUM) == set()
    assert sum(one.twice for one in drawn) == -(-3 * len(drawn) // 10)


def test_rare_strata_are_filled_before_common_ones() -> None:
    rare = [JudgedTalk(f"r{at}", "model", "loan", 7.0) for at in range(3)]
    drawn = draw([*talks(), *rare], seed=3)
    assert {one.talk.id for one in drawn} >= {"r0", "r1", "r2"}
    bands = Counter(one.talk.stratum for one in drawn)
    assert len(bands) == len({talk.stratum for talk in [*talks(), *rare]})


def test_the_same_seed_draws_the_same_talks_in_whatever_order_they_come() -> None:
    assert draw(talks(), seed=3) == draw(talks()[::-1], seed=3)
    assert draw(talks(), seed=3) != draw(talks(), seed=4)


def test_a_small_team_is_looked_at_whole_and_nobody_at_all_is_no_fault() -> None:
    assert {one.talk.id for one in draw(talks(12), seed=1)} == {t.id for t in talks(12)}
    assert draw([], seed=1) == ()


@pytest.mark.parametrize(
    ("overall", "band"),
    [(None, Band.NONE), (5.99, Band.LOW), (6.0, Band.MIDDLE), (8.0, Band.HIGH)],
)
def test_bands_are_cut_where_people_see_them(overall: float | None, band: Band) -> None:
    assert JudgedTalk("t", "agenda", "billing", overall).band is band


def around(value: float, reach: float = 0.05) -> Estimate:
    return Estimate(value, reach / 1.96, value - reach, value + reach)


def good(**more: object) -> Figures:
    base: dict[str, object] = {
        "check": "K1",
        "cases": 200,
        "twice": 60,
        "raw": 0.95,
        "machine_human": around(0.90),
        "human_human": around(0.90),
        "weighted": around(0.85),
        "bias": 0.3,
        "group_bias": {"team a": 0.5},
        "recall": Estimate(0.90, 0.04, 0.75, 0.97),
    }
    return Figures(**{**base, **more})  # type: ignore[arg-type]


def test_a_check_climbs_one_step_at_a_time() -> None:
    found = good()
    assert graduate(Trust.HUMAN_ONLY, found, critical=True) == Verdict(Trust.ASSISTED, ())
    assert graduate(Trust.ASSISTED, found, critical=True) == Verdict(Trust.AUTOMATIC, ())
    assert graduate(Trust.AUTOMATIC, found, critical=True) == Verdict(Trust.AUTOMATIC, ())
    few = good(cases=149)
    assert graduate(Trust.HUMAN_ONLY, few, critical=True) == Verdict(
        Trust.HUMAN_ONLY, (Gate.FEW_CASES,)
    )


@pytest.mark.parametrize(
    ("worse", "gate"),
    [
        ({"cases": 199}, Gate.FEW_CASES),
        ({"twice": 59}, Gate.NO_SECOND_RATER),
        ({"machine_human": around(0.89)}, Gate.BELOW_PEOPLE),
        ({"human_human": None}, Gate.BELOW_PEOPLE),
        ({"bias": -0.31}, Gate.BIASED),
        ({"bias": None}, Gate.BIASED),
        ({"recall": Estimate(0.89, 0.04, 0.80, 0.97)}, Gate.MISSES_CRITICAL),
        ({"recall": Estimate(0.95, 0.04, 0.74, 0.97)}, Gate.MISSES_CRITICAL),
        ({"recall": None}, Gate.MISSES_CRITICAL),
        ({"group_bias": {"voice": -0.51}}, Gate.UNFAIR_TO_GROUP),
    ],
)
def test_each_gate_alone_keeps_a_check_with_people(worse: dict[str, object], gate: Gate) -> None:
    found = good(**worse)
    assert failed_gates(found, critical=True) == (gate,)
    assert graduate(Trust.AUTOMATIC, found, critical=True) == Verdict(Trust.ASSISTED, (gate,))


def test_an_ordinary_check_has_no_recall_to_show() -> None:
    assert failed_gates(good(recall=None), critical=False) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [(Trust.AUTOMATIC, Trust.ASSISTED), (Trust.ASSISTED, Trust.HUMAN_ONLY)],
)
def test_drift_on_the_fixed_set_sends_a_check_one_step_back(before: Trust, after: Trust) -> None:
    fallen = graduate(before, good(), critical=True, reference_ac1=0.80, reaudit_ac1=0.69)
    assert fallen == Verdict(after, (Gate.DRIFTED,))
    level = graduate(before, good(), critical=True, reference_ac1=0.80, reaudit_ac1=0.70)
    assert level.trust is Trust.AUTOMATIC


def flipped(mark: float, share: float, chance: random.Random) -> float:
    return 1.0 - mark if chance.random() < share else mark


def rated(seed: int, *, machine: float, people: float, number: int = 400) -> list[Rating]:
    """Marks of 40 trainees; 1 in 3 talks fails; machine and people err with these shares."""
    chance = random.Random(seed)
    truths = [float(chance.random() < 2 / 3) for _ in range(number)]
    return [
        Rating(
            talk=f"t{at}",
            person=f"p{at % 40}",
            machine=flipped(truth, machine, chance),
            first=flipped(truth, people, chance),
            second=flipped(truth, people, chance),
            twice=at % 3 == 0,
            groups=("voice" if at % 2 else "text",),
        )
        for at, truth in enumerate(truths)
    ]


def true_ac1(one: float, other: float) -> float:
    """Two raters that err with these shares, two thirds of the truths being 1; four words."""
    agreed = (1 - one) * (1 - other) + one * other
    passed = [2 / 3 * (1 - share) + 1 / 3 * share for share in (one, other)]
    share = sum(passed) / 2
    chance = 2 * share * (1 - share) / 3
    return (agreed - chance) / (1 - chance)


def test_planted_noise_of_machine_and_people_comes_back_within_the_intervals() -> None:
    """100 audits with 5 % noise in the machine and 10 % in each person."""
    machine_people = people = raw = 0
    for seed in range(100):
        ratings = rated(seed, machine=0.05, people=0.10)
        found = figures("C01", ratings, critical=False, seed=1, draws=2)
        assert found.machine_human is not None
        assert found.human_human is not None
        machine_people += found.machine_human.holds(true_ac1(0.05, 0.10))
        people += found.human_human.holds(true_ac1(0.10, 0.10))
        raw += abs((found.raw or 0) - 0.86) < 1.96 * (0.86 * 0.14 / 400) ** 0.5
    assert 89 <= machine_people <= 100
    assert 89 <= people <= 100
    assert 89 <= raw <= 100


def test_a_good_machine_is_let_alone_and_a_noisy_or_mild_one_is_not() -> None:
    fine = figures("C01", rated(5, machine=0.0, people=0.08, number=2000), critical=False, seed=1)
    assert failed_gates(fine, critical=False) == ()
    noisy = figures("C01", rated(5, machine=0.25, people=0.08, number=2000), critical=False, seed=1)
    assert Gate.BELOW_PEOPLE in failed_gates(noisy, critical=False)
    mild = [
        Rating(one.talk, one.person, 1.0, one.first, one.second, one.twice, one.groups)
        for one in rated(5, machine=0.0, people=0.05)
    ]
    assert Gate.BIASED in failed_gates(figures("C01", mild, critical=False, seed=1), critical=False)


def test_the_figures_of_a_critical_error_name_how_many_were_found() -> None:
    there = [Rating(f"t{at}", "p", float(at < 27), 1.0) for at in range(30)]
    clean = [Rating(f"c{at}", "p", 0.0, 0.0) for at in range(70)]
    found = figures("K1", [*there, *clean], critical=True, seed=1)
    assert found.recall is not None
    assert found.recall.value == pytest.approx(0.9)
    assert found.raw == pytest.approx(0.97)
    assert found.bias == pytest.approx(-0.3)


def test_the_talks_drawn_at_random_give_back_what_people_would_say_of_all() -> None:
    """The machine is .5 too mild; people looked at the random part of the audit only."""
    chance = random.Random(2)
    everyone = talks(4000)
    human = {one.id: (one.overall or 0) - 0.5 + chance.gauss(0, 0.3) for one in everyone}
    looked = sorted(ids(draw(everyone, seed=8), Why.RANDOM))
    machine = {one.id: one.overall or 0.0 for one in everyone}
    rest = [machine[name] for name in sorted(machine.keys() - set(looked))]
    found = prediction_powered_mean(
        rest, [machine[name] for name in looked], [human[name] for name in looked]
    )
    assert found is not None
    assert found.holds(sum(human.values()) / len(human))
    assert found.high < sum(machine.values()) / len(machine)


def pair(at: int, machine: float | None, human: float | None, *groups: str) -> Rating:
    return Rating(f"t{at}", f"p{at}", machine, human, groups=groups)


def test_chance_is_reckoned_over_all_words_that_could_have_been_said() -> None:
    """Eight of ten alike, shares .6 and .4. Four words: chance .48 / 3, two: .48."""
    said = [(1.0, 1.0)] * 5 + [(0.0, 0.0)] * 3 + [(1.0, 0.0)] * 2
    ratings = [pair(at, machine, human) for at, (machine, human) in enumerate(said)]

    ordinary = figures("C05", ratings, critical=False, seed=1, draws=2)
    critical = figures("K1", ratings, critical=True, seed=1, draws=2)

    assert ordinary.machine_human is not None
    assert critical.machine_human is not None
    assert ordinary.machine_human.value == pytest.approx((0.8 - 0.16) / 0.84)
    assert critical.machine_human.value == pytest.approx((0.8 - 0.48) / 0.52)
    assert (ordinary.recall, ordinary.human_human) == (None, None)


def test_the_bias_of_a_group_is_read_from_thirty_pairs_of_marks_on() -> None:
    voice = [pair(at, 1.0 if at < 24 else 0.5, 0.5, "voice") for at in range(30)]
    # One mark too few, whatever else does not apply.
    text = [pair(100 + at, 1.0, 0.5, "text") for at in range(29)]
    text += [pair(200 + at, None, 0.5, "text") for at in range(9)]

    found = figures("C05", [*voice, *text], critical=False, seed=1, draws=2)

    assert found.group_bias == {"voice": pytest.approx(4.0)}
    assert found.bias == pytest.approx(10 * 0.5 * (24 + 29) / 59)


def test_the_weighted_kappa_is_as_sure_as_there_are_people() -> None:
    """The same marks twice: once of forty people, once of four who are each right or wrong in
    everything. Its interval is drawn over people, so four say far less than forty."""
    marks = [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0), (1.0, 0.0)] * 20

    def of(people: int) -> Estimate:
        ratings = [
            Rating(f"t{at}", f"p{at % people}", machine, human)
            for at, (machine, human) in enumerate(marks)
        ]
        found = figures("C05", ratings, critical=False, seed=1).weighted
        assert found is not None
        return found

    many, few = of(40), of(4)
    # Squares of steps between marks: 1 are seen, 1.625 would be by chance.
    assert many.value == few.value == pytest.approx(1 - 1 / 1.625)
    assert few.high - few.low > 1.5 * (many.high - many.low)
