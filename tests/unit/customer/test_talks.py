"""Whole talks with the embedded customer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from statistics import mean, median

import pytest

from core.customer.agenda_engine import AgendaEngine
from core.domain.agenda import CustomerActKind
from core.domain.dialogue import EndReason
from core.domain.reading import TraineeAct
from core.domain.scenario import Disclosure
from tests.unit.customer.cases import (
    MOODS,
    OFFICE,
    REFUND,
    WORKER,
    bad_talk,
    good_talk,
    hold,
    reading,
)

SEEDS = range(60)


def test_the_same_seed_and_script_give_the_same_talk() -> None:
    first = hold(good_talk(), seed=11, engine=AgendaEngine())
    again = hold(good_talk(), seed=11, engine=AgendaEngine())
    assert first == again


def test_another_seed_gives_another_talk() -> None:
    assert len({tuple(hold(good_talk(), seed=seed).lines) for seed in SEEDS}) > 50


def test_a_good_and_a_bad_clerk_end_at_least_four_tenths_of_heat_apart() -> None:
    good = mean(hold(good_talk(), seed=seed).heat for seed in SEEDS)
    bad = mean(hold(bad_talk(), seed=seed).heat for seed in SEEDS)
    assert bad - good >= 0.4


def test_a_good_clerk_solves_the_case() -> None:
    ends = Counter(hold(good_talk(), seed=seed, mood="calm").end for seed in SEEDS)
    assert ends == {EndReason.SOLVED: 60}


def test_a_bad_clerk_never_solves_the_case() -> None:
    ends = {hold(bad_talk(), seed=seed).end for seed in SEEDS}
    assert ends <= {EndReason.GIVEN_UP, EndReason.ESCALATED}


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_no_template_and_no_line_comes_twice(mood: str) -> None:
    for seed in SEEDS:
        held = hold([*good_talk()[:4], *bad_talk(), *bad_talk()], seed=seed, mood=mood)
        # An act is worded by a template that was not used yet, or by a set phrase.
        templates = [name for name in held.steps[-1].state.used if not name.startswith("mark@")]
        assert len(templates) == len(set(templates))
        long_lines = [line for line in held.lines if len(line) >= 8]
        assert len(long_lines) == len(set(long_lines))


def test_numbers_are_never_mistyped() -> None:
    careless = replace(OFFICE, manner=replace(OFFICE.manner, typos=30.0))
    numbers = {"0317", "139", "8823", "8832", "20", "12315"}
    for seed in SEEDS:
        script = [*good_talk()[:3], reading(TraineeAct.ASK_SLOT, asked=("order",)), *bad_talk()]
        lines = hold(script, seed=seed, persona=careless).lines
        assert {found for line in lines for found in re.findall(r"\d+", line)} <= numbers


def test_careless_typing_shows_and_is_sometimes_put_right() -> None:
    careless = replace(OFFICE, manner=replace(OFFICE.manner, typos=12.0))
    lines = [line for seed in SEEDS for line in hold(bad_talk(), seed=seed, persona=careless).lines]
    clean = {line for seed in SEEDS for line in hold(bad_talk(), seed=seed).lines}
    assert any(line.startswith("*") for line in lines)
    assert sum(line not in clean for line in lines) > len(lines) * 0.2


def test_facts_with_a_lock_wait_for_their_question() -> None:
    locked = [fact for fact in REFUND.facts if fact.disclosure is not Disclosure.VOLUNTEER]
    act = TraineeAct
    script = [
        reading(act.GREET),
        reading(act.EMPATHY_SPECIFIC),
        reading(act.SOLVE_STEP),
        reading(act.RESTATE),
        reading(act.REFUSE_ALT),
        reading(act.EXPLAIN, jargon=("代收",)),
        reading(act.INFORM),
        reading(act.TIME_COMMIT),
    ]
    for seed in range(200):
        text = "".join(hold(script, seed=seed, mood="calm").lines)
        told = [
            surface
            for fact in locked
            for surface in (*fact.surfaces, *fact.wrong_surfaces)
            if surface in text
        ]
        assert told == []


def test_a_reluctant_fact_comes_only_at_the_second_question() -> None:
    ask = reading(TraineeAct.ASK_SLOT, asked=("click",))
    click = REFUND.fact("click").surfaces
    for seed in SEEDS:
        held = hold([ask], seed=seed, mood="calm")
        assert not any(surface in line for line in held.lines for surface in click)
        assert "click" not in held.steps[-1].state.told
        again = hold([ask, ask, ask], seed=seed, mood="calm")
        assert "click" in again.steps[-1].state.told


def test_a_fact_told_on_trust_is_kept_from_somebody_not_trusted() -> None:
    ask = reading(TraineeAct.VERIFY_ID, TraineeAct.ASK_SLOT, asked=("name",))
    for seed in SEEDS:
        wary = hold([ask, ask], seed=seed, mood="impatient").steps[-1].state
        assert ("name" in wary.told, wary.verified) == (False, False)
        open_hearted = hold([ask], seed=seed, mood="satisfied").steps[-1].state
        assert ("name" in open_hearted.told, open_hearted.verified) == (True, True)


def test_a_fact_said_wrongly_is_said_rightly_when_checked() -> None:
    ask = reading(TraineeAct.ASK_SLOT, asked=("order",))
    check = reading(TraineeAct.RESTATE)
    said_wrong = 0
    for seed in SEEDS:
        held = hold([ask, check, check], seed=seed, mood="calm")
        first = held.steps[1].state
        said_wrong += "order" in first.told_wrong
        assert "order" in held.steps[-1].state.told
    assert 15 <= said_wrong <= 45


def test_a_solution_before_its_cause_is_not_believed() -> None:
    guess = reading(TraineeAct.SOLVE_ACCEPT, settled=("refund",))
    for seed in SEEDS:
        step = hold([guess], seed=seed, mood="calm").steps[-1]
        assert step.state.settled == ()
        assert CustomerActKind.REJECT in {act.kind for act in step.acts}


def test_bursts_come_as_often_as_the_manner_says() -> None:
    lively = replace(WORKER, manner=replace(WORKER.manner, burst=0.7))
    quiet = replace(WORKER, manner=replace(WORKER.manner, burst=0.0))
    shares = []
    for persona in (quiet, lively):
        turns = [
            turn for seed in SEEDS for turn in hold(good_talk(), seed=seed, persona=persona).spoken
        ]
        shares.append(mean(len(turn.lines) > 1 for turn in turns))
    assert shares[0] < 0.25
    assert shares[1] - shares[0] > 0.15


def test_messages_are_as_short_as_real_ones() -> None:
    lines = [
        line
        for seed in SEEDS
        for script in (good_talk(), bad_talk())
        for line in hold(script, seed=seed, persona=OFFICE).lines
    ]
    lengths = sorted(len(line) for line in lines)
    assert 5 <= median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 16


def test_a_dialogue_has_twenty_customer_messages_at_most() -> None:
    patient = replace(WORKER, manner=replace(WORKER.manner, patience=9.0, burst=0.9))
    script = [reading(TraineeAct.ASK_OPEN)] * 40
    for seed in SEEDS:
        held = hold(script, seed=seed, persona=patient, mood="calm")
        assert held.end is EndReason.TURN_LIMIT
        assert len(held.lines) <= 20
        assert CustomerActKind.CLOSE in {act.kind for act in held.steps[-1].acts}


def test_marks_of_speech_stand_in_one_of_three_messages_at_most() -> None:
    for seed in SEEDS:
        marks = [
            number
            for number, line in enumerate(hold(bad_talk(), seed=seed, mood="calm").lines)
            if ("师傅" in line or "那啥" in line) and not line.startswith("*")
        ]
        gaps = [second - first for first, second in pairwise(marks)]
        assert all(gap >= 3 for gap in gaps)


def test_pauses_are_off_unless_asked_for() -> None:
    quick = hold(good_talk(), seed=3)
    assert {line.delay_s for turn in quick.spoken for line in turn.lines} == {0.0}
    slow = hold(good_talk(), seed=3, engine=AgendaEngine(typing_delays=True))
    delays = [turn.lines[0].delay_s for turn in slow.spoken]
    assert all(1.0 <= delay <= 12.0 for delay in delays)
    assert slow.lines == quick.lines
