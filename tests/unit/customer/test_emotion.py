"""The mood machine against its written formulas."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import emotion
from core.domain.emotion import Colour, EmotionState, HeatLevel, colours, level
from core.domain.reading import TraineeAct
from core.domain.scenario import Difficulty
from tests.unit.customer.cases import MOODS, OFFICE, WORKER, reading
from tests.unit.customer.skill import measure

ACT = TraineeAct
HALF = EmotionState(heat=0.5, worry=0.5, confusion=0.5, trust=0.5, patience=10.0, baseline=0.5)
"""Heat at its own baseline: inertia changes nothing."""


def feel(state: EmotionState = HALF, *acts: TraineeAct, **found: object) -> EmotionState:
    return emotion.feel(state, reading(*acts, **found), settled_now=0, sub_goals=2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("heat", "name"),
    [
        (0.0, HeatLevel.CONTENT),
        (0.1399, HeatLevel.CONTENT),
        (0.14, HeatLevel.CALM),
        (0.35, HeatLevel.IMPATIENT),
        (0.55, HeatLevel.ANGRY),
        (0.75, HeatLevel.FURIOUS),
        (0.92, HeatLevel.ESCALATED),
        (1.0, HeatLevel.ESCALATED),
    ],
)
def test_heat_has_a_name_from_each_limit_on(heat: float, name: HeatLevel) -> None:
    assert level(heat) is name


def test_a_talk_starts_in_the_chosen_mood_with_the_personas_patience() -> None:
    hurried = replace(WORKER, manner=replace(WORKER.manner, patience=0.7))
    state = emotion.start(MOODS["angry"], hurried)
    assert (state.heat, state.worry, state.confusion, state.trust) == (0.7, 0.5, 0.2, 0.25)
    assert state.baseline == 0.7
    assert state.patience == pytest.approx(5.6)


@pytest.mark.parametrize(
    ("acts", "found", "heat"),
    [
        ((ACT.REFUSE_FLAT,), {}, 0.68),
        ((ACT.REFUSE_ALT,), {}, 0.54),
        ((ACT.ASK_REPEAT,), {}, 0.60),
        ((ACT.INFORM,), {"off_topic": True}, 0.58),
        ((ACT.TRANSFER,), {}, 0.62),
        ((ACT.TRANSFER, ACT.HOLD), {}, 0.52),
        ((ACT.INFORM,), {"severity": 1}, 0.54),
        ((ACT.INFORM,), {"severity": 2}, 0.60),
        ((ACT.INFORM,), {"severity": 3}, 0.72),
        ((ACT.INFORM,), {"severity": 4}, 0.82),
        ((ACT.INFORM,), {"severity": 5}, 0.82),
        ((ACT.REFUSE_FLAT,), {"severity": 5}, 0.95),
        ((ACT.EXPLAIN,), {}, 0.45),
        ((ACT.EMPATHY_SPECIFIC,), {}, 0.40),
        ((ACT.EMPATHY_GENERIC,), {}, 0.47),
        ((ACT.APOLOGY_OWNED,), {}, 0.42),
        ((ACT.EMPATHY_SPECIFIC, ACT.APOLOGY_OWNED), {}, 0.36),
        ((ACT.GREET,), {}, 0.50),
    ],
)
def test_each_act_moves_heat_by_its_gain(
    acts: tuple[TraineeAct, ...], found: dict[str, object], heat: float
) -> None:
    assert feel(HALF, *acts, **found).heat == pytest.approx(heat)


def test_progress_lowers_the_baseline_and_a_step_gives_patience_back() -> None:
    state = feel(HALF, ACT.SOLVE_STEP)
    assert state.progress == pytest.approx(0.10)
    # base .45, heat .45 + .75 * .05 - .10
    assert state.heat == pytest.approx(0.3875)
    assert state.patience == 10.0
    assert state.worry == pytest.approx(0.30)


def test_a_settled_sub_goal_gives_its_share_and_cooling_stops_at_two_tenths() -> None:
    line = reading(ACT.SOLVE_ACCEPT)
    state = emotion.feel(HALF, line, settled_now=1, sub_goals=2)
    assert state.progress == pytest.approx(0.45)
    # base .275, heat .275 + .75 * .225 - .20
    assert state.heat == pytest.approx(0.24375)


def test_progress_is_whole_only_when_the_goal_is_met() -> None:
    state = HALF
    for _ in range(30):
        state = feel(state, ACT.SOLVE_STEP)
    assert state.progress == 0.95
    done = emotion.feel(state, reading(), settled_now=1, sub_goals=2, goal_met=True)
    assert done.progress == 1.0


def test_sympathy_wears_off_by_half_each_time_and_annoys_alone() -> None:
    first = feel(HALF, ACT.EMPATHY_SPECIFIC)
    assert (first.relational, first.relational_run) == (1, 1)
    second = feel(replace(HALF, relational=1, relational_run=1), ACT.EMPATHY_SPECIFIC)
    assert second.heat == pytest.approx(0.5 - 0.05 + 0.06)


def test_a_bare_apology_does_nothing_for_an_angry_customer() -> None:
    angry = replace(HALF, heat=0.6, baseline=0.6)
    assert feel(angry, ACT.APOLOGY_BARE).heat == pytest.approx(0.6)
    assert feel(HALF, ACT.APOLOGY_BARE).heat == pytest.approx(0.47)


def test_a_flat_refusal_makes_the_next_bad_news_worse() -> None:
    once = feel(HALF, ACT.REFUSE_FLAT)
    assert once.deviation == 1.25
    again = feel(replace(HALF, deviation=1.25), ACT.REFUSE_FLAT)
    assert again.heat == pytest.approx(0.5 + 1.25 * 0.18)
    assert feel(replace(HALF, deviation=1.5), ACT.REFUSE_FLAT).deviation == 1.5


@pytest.mark.parametrize(
    ("difficulty", "heat"),
    [
        (Difficulty.ENTRY, 0.644),
        (Difficulty.BASIC, 0.644),
        (Difficulty.MEDIUM, 0.68),
        (Difficulty.HIGH, 0.725),
        (Difficulty.CHALLENGE, 0.725),
    ],
)
def test_harder_cases_take_bad_news_harder(difficulty: Difficulty, heat: float) -> None:
    line = reading(ACT.REFUSE_FLAT)
    state = emotion.feel(HALF, line, settled_now=0, sub_goals=2, difficulty=difficulty)
    assert state.heat == pytest.approx(heat)


def test_silence_costs_heat_per_limit_and_patience_once() -> None:
    state = emotion.feel(HALF, reading(), settled_now=0, sub_goals=2, silence_limits=2.7)
    assert state.heat == pytest.approx(0.68)
    assert state.patience == 6.0


def test_trust_follows_promises_and_critical_errors() -> None:
    def trust(*, kept: bool = False, broken: bool = False, contradicted: bool = False) -> float:
        return emotion.feel(
            HALF,
            reading(),
            settled_now=0,
            sub_goals=1,
            kept_promise=kept,
            broken_promise=broken,
            contradicted=contradicted,
        ).trust

    assert trust(kept=True) == pytest.approx(0.56)
    assert trust(broken=True) == pytest.approx(0.40)
    assert trust(contradicted=True) == pytest.approx(0.42)
    assert feel(HALF, ACT.INFORM, breached=("waiver",)).trust == pytest.approx(0.35)
    assert feel(HALF, ACT.EMPATHY_SPECIFIC).trust == pytest.approx(0.54)


def test_confusion_and_worry_follow_what_is_said() -> None:
    assert feel(HALF, ACT.INFORM, jargon=("端口",), long=True).confusion == pytest.approx(0.60)
    assert feel(HALF, ACT.RESTATE, clear_steps=True).confusion == pytest.approx(0.05)
    assert feel(HALF, ACT.HOLD).worry == pytest.approx(0.50)
    assert feel(HALF, ACT.TIME_COMMIT, named_time=True).worry == pytest.approx(0.15)


def test_colours_show_beyond_their_limits() -> None:
    assert colours(HALF) == frozenset()
    stirred = replace(HALF, confusion=0.51, worry=0.61, trust=0.24)
    assert colours(stirred) == {Colour.CONFUSED, Colour.ANXIOUS, Colour.SUSPICIOUS}


@given(
    heat=st.floats(0, 1),
    acts=st.frozensets(st.sampled_from(sorted(TraineeAct)), max_size=6),
    severity=st.integers(0, 5),
    silence=st.floats(0, 20),
    noise=st.floats(-0.4, 0.4),
)
def test_every_share_stays_between_nought_and_one(
    heat: float, acts: frozenset[TraineeAct], severity: int, silence: float, noise: float
) -> None:
    state = emotion.feel(
        replace(HALF, heat=heat),
        reading(*acts, severity=severity),
        settled_now=0,
        sub_goals=2,
        silence_limits=silence,
        noise=noise,
    )
    shares = (state.heat, state.worry, state.confusion, state.trust, state.progress)
    assert all(0 <= share <= 1 for share in shares)


def test_the_better_the_clerk_the_cooler_the_customer() -> None:
    outcomes = [measure(quality, talks=480) for quality in (5, 4, 3, 2, 1)]
    found = [outcome.final_heat for outcome in outcomes]
    assert found == pytest.approx([0.03, 0.11, 0.25, 0.43, 0.60], abs=0.05)
    assert all(better < worse for better, worse in pairwise(found))
    escalated = [outcome.escalated for outcome in outcomes]
    assert escalated == pytest.approx([0.001, 0.007, 0.036, 0.11, 0.25], abs=0.05)
    assert all(better <= worse for better, worse in pairwise(escalated))


def test_worry_fades_for_a_customer_who_gets_times_and_steps() -> None:
    state = emotion.start(MOODS["anxious"], OFFICE)
    for _ in range(3):
        state = feel(state, ACT.SOLVE_STEP, ACT.TIME_COMMIT, named_time=True)
    assert state.worry == 0.0
    assert level(state.heat) is HeatLevel.CONTENT
