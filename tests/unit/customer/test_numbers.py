"""The shipped numbers against the ones that were written down for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from core.content.library import open_library
from core.domain import customer, emotion
from core.domain.disclosure import CORRECTS_ITSELF, TRUST_ENOUGH
from core.domain.emotion import EmotionState
from core.domain.reading import PhraseHit, TraineeAct
from tests.unit.customer.cases import MOODS, REFUND, WORKER, reading

ACT = TraineeAct
HALF = EmotionState(heat=0.5, worry=0.5, confusion=0.5, trust=0.5, patience=10.0, baseline=0.5)

START_MOODS = {
    "satisfied": (0.05, 0.10, 0.10, 0.70, 16),
    "calm": (0.20, 0.20, 0.20, 0.60, 14),
    "confused": (0.20, 0.30, 0.70, 0.50, 14),
    "anxious": (0.35, 0.80, 0.30, 0.50, 8),
    "impatient": (0.50, 0.50, 0.20, 0.40, 7),
    "disappointed": (0.45, 0.30, 0.20, 0.30, 10),
    "wronged": (0.50, 0.40, 0.30, 0.40, 12),
    "angry": (0.70, 0.50, 0.20, 0.25, 8),
    "furious": (0.85, 0.50, 0.20, 0.10, 5),
    "suspicious": (0.40, 0.40, 0.30, 0.10, 10),
    "panicked": (0.40, 0.95, 0.50, 0.40, 8),
    "cold": (0.25, 0.10, 0.10, 0.40, 6),
    "sarcastic": (0.55, 0.20, 0.10, 0.20, 9),
    "hesitant": (0.15, 0.50, 0.40, 0.50, 16),
}
"""Heat, worry, confusion, trust, patience."""

MANNERS = {
    "middle-aged-man": (1.6, 0.2, 1.5, 0.3, 0.5, 1.2),
    "elderly-woman": (1.8, 0.3, 2.0, 0.2, 0.4, 1.3),
    "white-collar": (1.0, 0.35, 0.4, 0.2, 0.3, 0.8),
    "delivery-rider": (0.8, 0.5, 1.2, 0.05, 0.1, 0.7),
    "student": (0.8, 0.6, 0.6, 0.05, 0.1, 1.0),
    "young-teacher": (1.3, 0.2, 0.2, 0.6, 0.7, 1.1),
    "new-mother": (1.1, 0.5, 0.8, 0.1, 0.3, 0.8),
    "shopkeeper": (1.0, 0.4, 0.8, 0.1, 0.1, 0.7),
}
"""Length, burst, typos, final punctuation, 您, patience."""


def test_the_shipped_moods_start_with_their_numbers() -> None:
    shipped = {
        mood.id: (mood.heat, mood.worry, mood.confusion, mood.trust, mood.patience)
        for mood in open_library().moods("zh")
    }
    assert {name: shipped[name] for name in START_MOODS} == START_MOODS


def test_the_shipped_customer_groups_write_with_their_numbers() -> None:
    shipped = {
        persona.id: (
            persona.manner.length,
            persona.manner.burst,
            persona.manner.typos,
            persona.manner.final_punctuation,
            persona.manner.polite_you,
            persona.manner.patience,
        )
        for persona in open_library().personas("zh")
    }
    assert {name: shipped[name] for name in MANNERS} == MANNERS


def test_the_limits_of_a_talk_are_the_written_ones() -> None:
    assert (customer.MAX_MESSAGES, customer.ESCALATES_AT) == (20, 0.92)
    assert (TRUST_ENOUGH, CORRECTS_ITSELF) == (0.5, 0.3)


@pytest.mark.parametrize(
    ("acts", "found", "heat", "progress"),
    [
        # Base .5 * (1 - g); heat = base + .75 * (.5 - base) + gain.
        ((ACT.TIME_COMMIT,), {}, 0.5 - 0.25 * 0.02 - 0.06, 0.04),
        ((ACT.ASK_SLOT,), {"asked": ("phone",)}, 0.5 - 0.25 * 0.015 - 0.01, 0.03),
        ((ACT.ASK_OPEN,), {}, 0.5 - 0.25 * 0.015 - 0.01, 0.03),
        ((ACT.SOLVE_STEP,), {}, 0.5 - 0.25 * 0.05 - 0.10, 0.10),
        ((ACT.ASK_SLOT,), {"asked": ("a",), "repeated_ask": ("a",)}, 0.60, 0.0),
        ((ACT.APOLOGY_BARE,), {}, 0.47, 0.0),
    ],
)
def test_progress_and_heat_move_by_what_the_line_does(
    acts: tuple[TraineeAct, ...], found: dict[str, object], heat: float, progress: float
) -> None:
    state = emotion.feel(HALF, reading(*acts, **found), settled_now=0, sub_goals=2)  # type: ignore[arg-type]
    assert state.heat == pytest.approx(heat)
    assert state.progress == pytest.approx(progress)


@pytest.mark.parametrize(
    ("acts", "found", "settled", "silence", "patience"),
    [
        ((ACT.GREET,), {}, 0, 0.0, 8.0),
        ((ACT.ASK_SLOT,), {"asked": ("phone",)}, 0, 0.0, 9.0),
        ((ACT.SOLVE_STEP,), {}, 0, 0.0, 10.0),
        ((ACT.SOLVE_ACCEPT,), {}, 1, 0.0, 10.0),
        ((ACT.TIME_COMMIT,), {}, 0, 0.0, 9.0),
        ((ACT.EXPLAIN,), {}, 0, 0.0, 9.0),
        ((ACT.RESTATE,), {}, 0, 0.0, 9.0),
        ((ACT.HOLD,), {}, 0, 0.0, 8.0),
        ((ACT.HOLD,), {"named_time": True}, 0, 0.0, 9.0),
        ((ACT.GREET,), {}, 0, 3.0, 6.0),
    ],
)
def test_patience_is_spent_by_turns_that_bring_nothing_and_by_silence(
    acts: tuple[TraineeAct, ...],
    found: dict[str, object],
    settled: int,
    silence: float,
    patience: float,
) -> None:
    state = emotion.feel(
        HALF,
        reading(*acts, **found),  # type: ignore[arg-type]
        settled_now=settled,
        sub_goals=2,
        silence_limits=silence,
    )
    assert state.patience == pytest.approx(patience)


def test_a_promise_beyond_ones_powers_angers_nobody_who_hears_it() -> None:
    promise = replace(reading(ACT.INFORM), phrases=(PhraseHit("F9", 4, "…", 0),))
    assert emotion.feel(HALF, promise, settled_now=0, sub_goals=2).heat == pytest.approx(0.5)


def test_bad_news_counts_by_difficulty_and_deviation_and_stops_at_the_worst() -> None:
    line = reading(ACT.REFUSE_FLAT, severity=3)
    # 1.25 * 1.5 * (.18 + .22) = .75, cut to .45.
    state = emotion.feel(
        replace(HALF, heat=0.2, baseline=0.2, deviation=1.5),
        line,
        settled_now=0,
        sub_goals=2,
        difficulty=open_library().scenario("wrong-charge").difficulty,
    )
    assert state.heat == pytest.approx(0.65)


def test_one_two_and_three_acts_come_in_their_shares() -> None:
    counts: Counter[int] = Counter()
    for seed in range(4000):
        opened = customer.open_case(
            scenario=REFUND, persona=WORKER, mood=MOODS["calm"], chance=Random(seed)
        )
        counts[len(opened.acts)] += 1
    assert {n: counts[n] / 4000 for n in (1, 2, 3)} == pytest.approx(
        {1: 0.65, 2: 0.23, 3: 0.12}, abs=0.03
    )
