"""A talk that gets lighter or harder with the trainee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from statistics import mean

import pytest
from pydantic import TypeAdapter

from core.domain import customer, director
from core.domain.agenda import CustomerActKind, CustomerState, Move, Way
from core.domain.customer import Step
from core.domain.director import MOST, Standing, standing
from core.domain.emotion import EmotionState
from core.domain.reading import LineReading, TraineeAct
from tests.unit.customer.cases import (
    ENGINE,
    MOODS,
    REFUND,
    WORKER,
    bad_talk,
    cue,
    good_talk,
    reading,
)

ACT = TraineeAct
TALKS = 60
MILD = [
    reading(ACT.GREET),
    reading(ACT.INFORM, severity=1),
    reading(ACT.APOLOGY_BARE),
    reading(ACT.ASK_SLOT, asked=("order",)),
    reading(ACT.INFORM, severity=1),
    reading(ACT.EXPLAIN),
    reading(ACT.SOLVE_STEP),
    reading(ACT.EXPLAIN),
]
"""A clerk who is slow and clumsy, and not bad enough to be left at once."""


class Surely:
    """Chance that always acts."""

    def random(self) -> float:
        return 0.0

    def gauss(self, mu: float, sigma: float) -> float:
        return mu


def mind(**changes: object) -> CustomerState:
    mood = EmotionState(heat=0.4, worry=0.2, confusion=0.2, trust=0.5, patience=12, baseline=0.4)
    return replace(CustomerState(mood=mood, lines=3), **changes)  # type: ignore[arg-type]


def held(
    script: Sequence[LineReading], *, seed: int, directed: bool, mood: str = "impatient"
) -> list[Step]:
    """The steps of a talk, with a director or without."""
    step = customer.open_case(
        scenario=REFUND, persona=WORKER, mood=MOODS[mood], chance=Random(f"{seed}:open")
    )
    steps = [step]
    for number, line in enumerate(script):
        state = ENGINE.word(cue(step, seed=seed, mood=mood)).state
        chance = Random(f"{seed}:{number}:director")
        move = director.decide(state, scenario=REFUND, hints=(), chance=chance)
        step = customer.hear(
            state,
            line,
            scenario=REFUND,
            persona=WORKER,
            silence_limits=0.0,
            chance=Random(f"{seed}:{number}"),
            move=move if directed else Move.NONE,
        )
        steps.append(step)
        if step.end is not None:
            break
    return steps


def moves(script: Sequence[LineReading], *, mood: str = "impatient") -> list[Move]:
    """All that the director did in many talks."""
    talks = (held(script, seed=seed, directed=True, mood=mood) for seed in range(TALKS))
    return [move for steps in talks for _, move in steps[-1].state.directed]


@pytest.mark.parametrize(
    ("state", "hints", "doing"),
    [
        (mind(), (), Standing.LEVEL),
        (mind(settled=("cause",)), (), Standing.AHEAD),
        (mind(mood=replace(mind().mood, heat=0.30)), (), Standing.AHEAD),
        (mind(mood=replace(mind().mood, heat=0.50)), (), Standing.BEHIND),
        (mind(mood=replace(mind().mood, patience=3.0)), (), Standing.BEHIND),
        (mind(slips=1), (), Standing.BEHIND),
        (mind(), (1, 2), Standing.BEHIND),
        (mind(settled=("cause",), slips=1), (), Standing.LEVEL),
    ],
)
def test_how_a_trainee_is_doing_is_read_from_the_talk(
    state: CustomerState, hints: tuple[int, ...], doing: Standing
) -> None:
    assert standing(state, hints=hints) is doing


@pytest.mark.parametrize(
    ("state", "move"),
    [
        (mind(), Move.NONE),
        (mind(settled=("cause",)), Move.TWIST),
        (mind(settled=("cause",), twists=("second",)), Move.PRESS),
        (mind(slips=1), Move.EASE),
        (mind(slips=1, lines=1), Move.NONE),
        (mind(settled=("cause", "refund")), Move.NONE),
        (mind(slips=1, directed=((3, Move.EASE),)), Move.HOLD),
        (mind(slips=1, lines=9, directed=((3, Move.EASE), (6, Move.PRESS))), Move.HOLD),
        (mind(settled=("cause",), lines=9, directed=((3, Move.EASE), (6, Move.PRESS))), Move.NONE),
        (mind(slips=1, lines=9, directed=((3, Move.HOLD), (6, Move.HOLD))), Move.EASE),
    ],
)
def test_the_move_fits_the_standing_and_its_bounds(state: CustomerState, move: Move) -> None:
    assert director.decide(state, scenario=REFUND, hints=(), chance=Surely()) is move


def test_at_most_two_interventions_and_never_two_in_a_row() -> None:
    for script in (good_talk(), MILD, bad_talk()):
        for seed in range(TALKS):
            directed = held(script, seed=seed, directed=True)[-1].state.directed
            acted = [line for line, move in directed if move is not Move.HOLD]
            assert len(acted) <= MOST
            assert all(second - first > 1 for first, second in pairwise(acted))


def test_a_strong_trainee_meets_more_and_a_weak_one_less() -> None:
    strong, weak = moves(good_talk(), mood="calm"), moves(MILD)
    assert {*strong} <= {Move.TWIST, Move.PRESS, Move.HOLD, Move.EASE}
    harder = (Move.TWIST, Move.PRESS)
    assert sum(move in harder for move in strong) > 10 * sum(move is Move.EASE for move in strong)
    assert sum(move is Move.EASE for move in weak) > 2 * sum(move in harder for move in weak)
    assert len([move for move in strong if move in harder]) >= TALKS / 3
    assert weak.count(Move.EASE) >= TALKS / 3


def test_a_lighter_talk_brings_a_needed_fact_and_patience_back() -> None:
    before = mind(slips=1)
    line = reading(ACT.INFORM)

    def hear(move: Move) -> Step:
        return customer.hear(
            before,
            line,
            scenario=REFUND,
            persona=WORKER,
            silence_limits=0.0,
            chance=Surely(),
            move=move,
        )

    eased, left = hear(Move.EASE), hear(Move.NONE)
    assert eased.state.mood.patience == left.state.mood.patience + 2
    assert "phone" in eased.state.told
    assert "phone" not in left.state.told
    assert (CustomerActKind.ANSWER_SLOT, Way.HELPING) in {(a.kind, a.way) for a in eased.acts}
    assert eased.state.directed == ((4, Move.EASE),)


def test_bad_news_weighs_less_after_an_easing_and_more_after_a_pressing() -> None:
    def heat(*directed: tuple[int, Move]) -> float:
        step = customer.hear(
            mind(directed=directed),
            reading(ACT.REFUSE_FLAT),
            scenario=REFUND,
            persona=WORKER,
            silence_limits=0.0,
            chance=Surely(),
        )
        return step.state.mood.heat

    assert heat((1, Move.EASE)) == pytest.approx(0.4 + 0.8 * 0.18)
    assert heat() == pytest.approx(0.4 + 0.18)
    assert heat((1, Move.PRESS)) == pytest.approx(0.4 + 1.25 * 0.18)
    assert heat((1, Move.PRESS), (3, Move.PRESS)) == pytest.approx(0.4 + 1.25 * 0.18)


def test_a_twist_comes_when_the_director_wants_it_and_waits_when_he_holds_it() -> None:
    def hear(move: Move, progress: float) -> Step:
        return customer.hear(
            mind(mood=replace(mind().mood, progress=progress)),
            reading(ACT.EXPLAIN),
            scenario=REFUND,
            persona=WORKER,
            silence_limits=0.0,
            chance=Surely(),
            move=move,
        )

    assert hear(Move.TWIST, 0.1).state.twists == ("second",)
    assert hear(Move.TWIST, 0.1).state.directed == ((4, Move.TWIST),)
    assert hear(Move.NONE, 0.1).state.twists == ()
    assert hear(Move.NONE, 0.6).state.twists == ("second",)
    assert hear(Move.HOLD, 0.6).state.twists == ()
    assert hear(Move.HOLD, 0.6).state.directed == ((4, Move.HOLD),)
    assert hear(Move.HOLD, 0.1).state.directed == ()


def test_what_the_director_did_is_written_down_and_read_back() -> None:
    adapter = TypeAdapter(CustomerState)
    for seed in range(TALKS):
        state = held(MILD, seed=seed, directed=True)[-1].state
        assert adapter.validate_json(adapter.dump_json(state)) == state


def test_the_same_seed_gives_the_same_direction() -> None:
    for script in (good_talk(), MILD):
        first = [held(script, seed=seed, directed=True) for seed in range(10)]
        again = [held(script, seed=seed, directed=True) for seed in range(10)]
        assert first == again


def test_good_and_bad_service_stay_four_tenths_of_heat_apart_with_a_director() -> None:
    """The mood at the end moves by less than the band of its regression, .05."""

    def heat(script: Sequence[LineReading], *, directed: bool) -> float:
        ends = [held(script, seed=seed, directed=directed)[-1] for seed in range(2 * TALKS)]
        return mean(step.state.mood.heat for step in ends)

    for script in (good_talk(), bad_talk()):
        assert heat(script, directed=True) == pytest.approx(heat(script, directed=False), abs=0.05)
    good, bad = heat(good_talk(), directed=True), heat(bad_talk(), directed=True)
    assert bad - good >= 0.4
