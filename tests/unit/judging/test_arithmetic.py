"""What the numbers of a scorecard add up to, against sums worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain.ability import Ability
from core.domain.appeal import Ruling
from core.domain.dialogue import EndReason
from core.domain.model_verdict import Abstained, ModelVerdict, Said
from core.domain.reading import TraineeAct as Act
from core.domain.rubric import HOUSE_RUBRIC, CriticalKind, Measure, Rubric
from core.domain.scenario import Reference
from core.domain.scorecard import CheckMark, CriticalError, Outcome, Scorecard
from core.domain.transcript import Transcript
from core.services.checks.measures import carry_over, goal, measures, outcome_score, repair, tone
from core.services.checks.prepare import prepare
from core.services.judging import (
    ability_score,
    card_version,
    critical_kinds,
    hint_discount,
    judge,
    overall_score,
)
from tests.builders import NotedReader, Talking, phrase
from tests.unit.judging import talks

READER = NotedReader()
CUSTOMER, BUSINESS, COMPLIANCE = (
    CriticalKind.CUSTOMER,
    CriticalKind.BUSINESS,
    CriticalKind.COMPLIANCE,
)


def levels(*, skills: float | None, qualities: float | None) -> dict[Ability, float | None]:
    return {one: skills if one.value.startswith("A") else qualities for one in Ability}


@pytest.mark.parametrize(
    ("skills", "qualities", "result", "kinds", "score"),
    [
        (4.0, 8.0, 10.0, set(), 6.5),
        # Without an outcome the other two share its weight: (.45 x 4 + .40 x 8) / .85.
        (4.0, 8.0, None, set(), 5.88),
        (None, 8.0, 10.0, set(), None),
        (4.0, None, 10.0, set(), None),
        (9.0, 9.0, 9.0, {COMPLIANCE}, 4.0),
        (9.0, 9.0, 9.0, {CUSTOMER}, 5.9),
        (9.0, 9.0, 9.0, {BUSINESS, COMPLIANCE}, 4.0),
        (2.0, 2.0, 2.0, {BUSINESS, COMPLIANCE}, 2.0),
    ],
)
def test_the_score_of_a_talk_is_45_40_15_and_then_the_caps(
    skills: float | None,
    qualities: float | None,
    result: float | None,
    kinds: set[CriticalKind],
    score: float | None,
) -> None:
    assert overall_score(levels(skills=skills, qualities=qualities), result, kinds) == score


def test_an_ability_that_was_not_seen_does_not_pull_the_mean_of_its_kind() -> None:
    known = levels(skills=4.0, qualities=8.0)
    # Qualities 5 and five times 8, one of them unseen: (5 + 4 x 8) / 5 = 7.4.
    seen = known | {Ability.EMPATHY: 5.0, Ability.LEARNING: None}
    assert overall_score(seen, None, set()) == round((0.45 * 4 + 0.40 * 7.4) / 0.85, 2)


@pytest.mark.parametrize(
    ("ability", "values", "kinds", "score"),
    [
        # Weights of empathy: C09 1, C10 2, C11 1, C12 1.
        (Ability.EMPATHY, {"C09": 1, "C10": 0.5, "C11": 0, "C12": 1}, set(), 6.0),
        (Ability.EMPATHY, {"C09": 1, "C10": 0.5, "C11": None}, set(), 20 / 3),
        (Ability.EMPATHY, {"C10": 0.5}, set(), 5.0),
        (Ability.EMPATHY, {"C09": 1}, set(), None),
        (Ability.EMPATHY, {}, set(), None),
        (Ability.EMPATHY, {"C10": 1}, {CUSTOMER, BUSINESS, COMPLIANCE}, 10.0),
        (Ability.INTEGRITY, {"C03": 1, "C14": 1}, {COMPLIANCE}, 0.0),
        (Ability.INTEGRITY, {}, {COMPLIANCE}, 0.0),
        (Ability.INTEGRITY, {"C03": 1, "C14": 1}, {CUSTOMER, BUSINESS}, 10.0),
        (Ability.SOLVING, {"C13": 1, "goal": 1}, {CUSTOMER}, 4.0),
        (Ability.SOLVING, {"C13": 1, "goal": 1}, {COMPLIANCE}, 10.0),
        (Ability.SOLVING, {"C13": 0, "goal": 0.5}, {BUSINESS}, 2.5),
        (Ability.CLOSURE, {"C21": 1, "C24": 1}, {BUSINESS}, 4.0),
    ],
)
def test_an_ability_is_the_weighted_mean_of_what_applies_from_40_percent_on(
    ability: Ability,
    values: dict[str, float | None],
    kinds: set[CriticalKind],
    score: float | None,
) -> None:
    weights = HOUSE_RUBRIC.weights[ability]
    assert ability_score(ability, values, kinds, weights=weights) == score


def test_an_ability_that_weighs_nothing_has_no_score() -> None:
    assert ability_score(Ability.SOLVING, {"C13": 1}, set(), weights={}) is None


def test_only_confirmed_errors_of_the_rubric_harm_anybody() -> None:
    said = CriticalError("K5", 2, "x", "harmful", True)
    unsure = CriticalError("K1", 2, "x", "privacy", False)
    other = CriticalError("T1", 2, "x", "own", True)
    assert critical_kinds([said, unsure, other]) == {CUSTOMER}


def test_a_ruling_about_a_check_the_rubric_no_longer_has_adds_no_mark() -> None:
    ruling = Ruling(marks=(CheckMark("T01", 1.0), CheckMark("C05", 0.0)))
    plain, ruled = (judge(talks.good(), reader=READER, ruling=one) for one in (None, ruling))
    assert [mark.check for mark in ruled.marks] == [mark.check for mark in plain.marks]
    assert ruled.mark("C05") == CheckMark("C05", 0.0)


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ([], 10.0),
        (["F1"], 9.0),
        (["F2", "F2"], 6.0),
        (["F3"], 6.0),
        (["F1", "F2", "F3"], 3.0),
        (["F4"], 0.0),
        (["F5", "R1"], 0.3),
        (["F1", "R1", "R1", "R2"], 9.6),
        (["F3", "R1", "R2", "R3"], 6.9),
        (["F3", *(f"R{n}" for n in range(8))], 7.5),
    ],
)
def test_phrases_cost_by_their_severity_and_good_ones_give_a_little_back(
    found: Sequence[str], score: float
) -> None:
    hits = tuple(phrase(one, int(one[1]) if one[0] == "F" else 0, "x") for one in found)
    talk = Talking().customer("在吗").trainee("好的", Act.INFORM, phrases=hits).transcript()
    assert judge(talk, reader=READER).phrase_score == score


LONG = "您说的情况我马上为您核实清楚"
"""14 characters."""


@pytest.mark.parametrize(
    ("heat", "said", "score"),
    [
        (0.54, [LONG], None),
        (0.55, [LONG], 1.0),
        (0.6, [LONG, "知道了"], 0.75),
        # Short, but not beside what was usual, or not short at all.
        (0.6, ["好的您说", "知道了"], 1.0),
        (0.6, [LONG * 2, "我马上给您去查"], 0.75),
        (0.6, [LONG * 2, "我马上给您去查查"], 1.0),
        (0.6, [LONG, "!" + LONG], 0.5),
    ],
)
def test_tone_is_read_where_the_customer_provokes(
    heat: float, said: Sequence[str], score: float | None
) -> None:
    talk = Talking().customer("你们怎么回事", heat=heat)
    for text in said:
        rude = (phrase("F3", 2, text),) if text.startswith("!") else (phrase("F1", 1, text),)
        talk.trainee(text, Act.EXPLAIN, phrases=rude).customer("那怎么办")
    assert tone(prepare(talk.transcript(), reader=READER)) == score


@pytest.mark.parametrize(
    ("lines", "score"),
    [
        ("A.", 1.0),
        ("AA", 0.0),
        ("AA.", 0.5),
        # A is gone but B has come; B is mended at once.
        ("AB.", 0.75),
        ("AAA.", 0.0),
        # A line that only informs neither mends nor fails to.
        ("Ai.", 1.0),
        ("AiA", 0.0),
        ("Ai", 0.0),
        (".A", None),
        ("..", None),
        ("F.", 1.0),
        ("RA.", 0.75),
        ("LAA", 0.25),
    ],
)
def test_a_slip_is_mended_by_the_next_line_that_does_anything(
    lines: str, score: float | None
) -> None:
    """A, B: harsh phrases; F: a flat refusal; R: asked again; L: a limit broken; i: only informs;
    a dot does something and is clean."""
    talk = Talking().customer("怎么办")
    for one in lines:
        act = {"F": Act.REFUSE_FLAT, "R": Act.ASK_REPEAT, "i": Act.INFORM}.get(one, Act.EXPLAIN)
        talk.trainee(
            "嗯",
            act,
            phrases=(phrase(f"F{one}", 2, "嗯"),) if one in "AB" else (),
            breached=("triple",) if one == "L" else (),
        ).customer("快点")
    assert repair(prepare(talk.transcript(), reader=READER)) == score


def test_what_was_to_be_mended_counts_by_its_marks_now() -> None:
    marks = {
        "C10": CheckMark("C10", 1),
        "C18": CheckMark("C18", 0.5),
        "C19": CheckMark("C19", None),
    }
    assert carry_over(marks, ("C10", "C18", "C19", "C99")) == 0.75
    assert carry_over(marks, ("C19",)) is None
    assert carry_over(marks, ()) is None


def test_carried_checks_count_for_learning() -> None:
    # C07 1 and both carried checks 1: 3 of 5 apply.
    card = judge(talks.good(), reader=READER, carried=("C10", "C18"))
    assert card.ability(Ability.LEARNING) == 10.0


@pytest.mark.parametrize(
    ("settled", "known", "reason", "share"),
    [
        (("cancel",), True, None, 0.5),
        (("cancel", "refund"), True, EndReason.GIVEN_UP, 1.0),
        ((), False, EndReason.SOLVED, 1.0),
        ((), False, EndReason.GIVEN_UP, 0.0),
        ((), False, EndReason.FINISHED_BY_TRAINEE, None),
    ],
)
def test_the_goal_is_the_share_settled_or_how_it_ended_where_the_case_is_unknown(
    settled: tuple[str, ...], known: bool, reason: EndReason | None, share: float | None
) -> None:
    talk = (
        Talking()
        .customer("尾号6612", told=("phone",))
        .trainee("给您退订，20元原路退回。", Act.SOLVE_ACCEPT, settled=settled)
        .transcript()
    )
    told = replace(talk, end_reason=reason, scenario=talk.scenario if known else None)
    assert goal(prepare(told, reader=READER)) == share


@pytest.mark.parametrize(
    ("known", "reason", "solved", "heat", "score"),
    [
        # 10 (.5 + .3 x .8 + .2 x .5), and the same over what is known of it.
        (True, None, True, 0.2, 8.4),
        (True, None, False, 0.2, 3.4),
        (True, None, True, None, 10 * 0.6 / 0.7),
        (False, EndReason.GIVEN_UP, False, 0.9, 10 * 0.03 / 0.8),
        (False, None, True, None, 10.0),
        (False, None, False, 0.9, 1.0),
        (False, None, False, None, None),
    ],
)
def test_the_outcome_is_solved_calm_and_quick_over_what_is_known(
    known: bool, reason: EndReason | None, solved: bool, heat: float | None, score: float | None
) -> None:
    talk = Talking().customer("在吗").trainee("在", Act.GREET).transcript()
    told = replace(talk, end_reason=reason, scenario=talk.scenario if known else None)
    result = Outcome(solved=solved, heat_end=heat, overrun=0.5, trainee_turns=1, seconds=None)
    found = outcome_score(prepare(told, reader=READER), result)
    assert found == (None if score is None else pytest.approx(score))


def pairs(number: int, *, each_s: float) -> Transcript:
    talk = Talking()
    for _ in range(number):
        talk.customer("还没好吗").trainee("正在处理", Act.EXPLAIN, wait_s=each_s - 5)
    return talk.transcript()


@pytest.mark.parametrize(
    ("talk", "overrun"),
    [
        # The case's reference: 6 turns, 300 seconds.
        (pairs(6, each_s=50), 0.0),
        (pairs(3, each_s=10), 0.0),
        (pairs(9, each_s=50), 0.5),
        (pairs(9, each_s=100), 0.75),
        (pairs(20, each_s=100), 1.0),
        (replace(pairs(9, each_s=100), timed=False), 0.5),
        (replace(pairs(9, each_s=100), scenario=None), 0.0),
    ],
)
def test_overrun_is_the_mean_of_turns_and_seconds_above_the_reference(
    talk: Transcript, overrun: float
) -> None:
    assert judge(talk, reader=READER).outcome.overrun == overrun


def test_a_dear_hint_costs_more_and_all_together_no_more_than_half() -> None:
    assert [
        hint_discount(taken) for taken in ((), (1,), (2,), (3,), (1, 2, 3), (3, 3, 3), (9,))
    ] == [
        *(0.0, 0.05, 0.12, 0.25, 0.42, 0.5, 0.0),
    ]
    assert judge(replace(talks.good(), hints=(1, 2)), reader=READER).hint_discount == 0.17


def test_a_whole_card_adds_up() -> None:
    bad = judge(talks.bad(), reader=READER)

    assert dict(bad.abilities) == {
        # C09 0, C10 0 (weight 2), C11 0, C12 1.
        Ability.EMPATHY: 2.0,
        # C12 1, C26 0, and a tone of 0 (weight 2).
        Ability.STABILITY: 2.5,
        Ability.RESPONSIBILITY: 0.0,
        Ability.COURTESY: 0.0,
        Ability.INTEGRITY: 0.0,
        # Three slips, each gone one line later while another took its place.
        Ability.LEARNING: 5.0,
        # C04 1, C05 0, C06 and C08 0 (weight 2 each).
        Ability.DIAGNOSIS: 1.67,
        Ability.SOLVING: 0.0,
        # C18 and C20 0, C21 0 (weight 2), C25 1.
        Ability.CLOSURE: 2.0,
    }
    # Skills 1.222, qualities 1.583, outcome 10 (.3 x .05 + .2) = 2.15.
    assert bad.overall == 1.51
    # Skills and qualities 10, outcome 10 (.5 + .3 x .9 + .2) = 9.7.
    assert judge(talks.good(), reader=READER).overall == 9.96


def test_a_card_names_each_model_that_said_something_once() -> None:
    verdicts = [
        ModelVerdict("C05", Said.MET, version="m2"),
        ModelVerdict("C06", Said.MET, version="m1"),
        ModelVerdict("C08", Said.MISSED, version="m2"),
        *(ModelVerdict("C10", Said.MET, version=f"m{n}") for n in (7, 4, 9, 5)),
        ModelVerdict("C09", None, Abstained.UNCERTAIN, version="m3"),
    ]
    assert card_version(Rubric("7"), verdicts) == "7+m1+m2+m4+m5+m7+m9"
    assert card_version(Rubric("7"), ()) == "7"


def said(card: Scorecard) -> list[tuple[str, int, bool]]:
    return [(error.id, error.turn, error.confirmed) for error in card.critical]


def test_a_person_decides_each_error_by_its_place_and_may_add_one() -> None:
    """The rules see K7 at line 4, not for sure, and K3 at line 6."""
    elsewhere = Ruling(confirmed=frozenset({("K7", 6)}), dismissed=frozenset({("K3", 4)}))
    assert said(judge(talks.bad(), reader=READER, ruling=elsewhere)) == [
        ("K7", 4, False),
        ("K3", 6, True),
    ]
    decided = Ruling(
        confirmed=frozenset({("K7", 4)}),
        dismissed=frozenset({("K3", 6)}),
        added=(
            CriticalError("K7", 4, "again", "by_person", True),
            CriticalError("K7", 2, "first", "by_person", True),
        ),
    )
    card = judge(talks.bad(), reader=READER, ruling=decided)
    assert said(card) == [("K7", 4, True), ("K7", 2, True)]
    assert [error.quote for error in card.critical] != ["again", "first"]


def test_a_talk_nobody_said_anything_in_is_neither_solved_nor_faulty() -> None:
    silent = Talking().customer("有人吗").transcript()
    card = judge(replace(silent, hints=(3,)), reader=READER)
    assert card.outcome == Outcome(False, None, 0.0, 0, None)
    assert (card.phrase_score, card.critical, card.hint_discount) == (10.0, (), 0.25)


@pytest.mark.parametrize(
    ("reference", "closure"),
    [
        # C18 and C20 1, C21 1 (weight 2), C22 1, C24 1 (2), C25 1: 8 of 9 beside the efficiency.
        (Reference(turns=6, seconds=300), 10.0),
        # Six lines where three are enough and 65 s where 50 are: overrun (1 + .3) / 2.
        (Reference(turns=3, seconds=50), round(10 * (8 + 0.35) / 9, 2)),
    ],
)
def test_needless_lines_cost_closure(reference: Reference, closure: float) -> None:
    good = talks.good()
    assert good.scenario is not None
    talk = replace(good, scenario=replace(good.scenario, reference=reference))
    assert judge(talk, reader=READER).ability(Ability.CLOSURE) == closure


def test_efficiency_is_for_solved_talks_of_a_known_case() -> None:
    def efficiency(talk: Transcript) -> float | None:
        return measures(prepare(talk, reader=READER), {}, carried=())[Measure.TURN_EFFICIENCY]

    assert efficiency(talks.good()) == 1.0
    assert efficiency(replace(talks.good(), scenario=None)) is None
    assert efficiency(talks.bad()) is None
