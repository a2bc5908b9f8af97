"""From people's marks to figures: planted noise comes back, means speak for people, drift shows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.appeal import AnswerTime, Ruling
from core.domain.review import (
    AuditTask,
    CheckTrust,
    Gate,
    HumanMark,
    Origin,
    Review,
    Trust,
    Why,
)
from core.domain.scorecard import CheckMark
from core.domain.worktime import WorkCalendar
from core.services.audit_gates import unmarked
from core.services.auditing import agreement, ratings_of, team_means
from core.services.trusting import next_state
from tests.builders import dialogue
from tests.contract.test_storage_practice import card
from tests.unit.judging.test_audit import flipped, good, true_ac1

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def review(talk: str, rater: str, human: float, machine: float, **more: object) -> Review:
    base = Review(
        dialogue_id=talk,
        rater_id=rater,
        origin=Origin.AUDIT,
        person_id=f"p{int(talk[1:]) % 40}",
        at=NOON + timedelta(seconds=rater == "second"),
        version="1.0",
        human=(HumanMark("C05", human),),
        machine=(("C05", machine),),
    )
    return replace(base, **more)  # type: ignore[arg-type]  # dataclass fields by name


def audit(seed: int, *, machine: float, people: float, number: int = 300) -> list[Review]:
    """Two people and a machine who err with these shares, one talk in three marked twice."""
    chance = random.Random(seed)
    found = []
    for at in range(number):
        truth = float(chance.random() < 2 / 3)
        said = flipped(truth, machine, chance)
        for rater in ("first", "second")[: 2 if at % 3 == 0 else 1]:
            found.append(review(f"t{at}", rater, flipped(truth, people, chance), said))
    return found


def test_noise_planted_in_reviews_comes_back_within_the_intervals() -> None:
    """60 audits as the console keeps them, 5 % noise in the machine and 10 % in each person."""
    held = {"machine": 0, "people": 0}
    for seed in range(60):
        (found,) = agreement(audit(seed, machine=0.05, people=0.10), {}, draws=2)
        assert (found.cases, found.twice) == (300, 100)
        assert found.machine_human is not None
        assert found.human_human is not None
        held["machine"] += found.machine_human.holds(true_ac1(0.05, 0.10))
        held["people"] += found.human_human.holds(true_ac1(0.10, 0.10))
    assert all(count >= 52 for count in held.values())


def test_what_was_decided_over_the_machines_marks_is_no_blind_mark() -> None:
    blind, over = review("t1", "first", 1.0, 0.0), review("t1", "second", 1.0, 0.0)
    found = ratings_of([replace(over, origin=Origin.APPEAL), blind], {"p1": "一组"})

    (rating,) = found["C05"]
    assert (rating.first, rating.machine, rating.twice) == (1.0, 0.0, False)
    assert rating.groups == ("一组",)


def test_a_teams_mean_is_what_people_would_give_and_only_random_talks_speak_for_all() -> None:
    """The machine is .6 too mild; people marked the random talks and the worst ones."""
    chance = random.Random(3)
    pool, reviews, tasks = [], [], []
    human: list[float] = []
    for at in range(400):
        true = min(9.0, max(2.0, chance.gauss(6.5, 1.0)))
        name, score = f"t{at}", round(true + 0.6 + chance.gauss(0, 0.2), 2)
        human.append(true)
        pool.append((replace(dialogue(), id=name, person_id="p1"), card(name, score)))
        why = Why.RANDOM if at % 8 == 0 else Why.TOO_LOW if true < 4.5 else None
        if why is not None:
            tasks.append(AuditTask(name, "p1", (why,), False, NOON))
            given = review(name, "first", 1.0, 1.0, overall=true, machine_overall=score)
            reviews.append(given)

    (found,) = team_means(pool, reviews, tasks, {"p1": "一组"})

    mean = sum(human) / len(human)
    assert (found.team, found.talks, found.audited) == ("一组", 400, 50)
    assert found.machine is not None
    assert found.machine > mean + 0.5
    assert found.estimate is not None
    assert found.estimate.holds(mean)
    assert found.estimate.high < found.machine


def state(trust: Trust, reference: float | None = None) -> CheckTrust:
    return CheckTrust("C05", trust, (), NOON, reference)


def test_a_step_up_sets_the_reference_and_a_fall_on_the_fixed_talks_takes_it_back() -> None:
    later = NOON + timedelta(days=1)
    up = next_state(state(Trust.HUMAN_ONLY), good(check="C05"), reaudit_ac1=0.85, now=later)
    assert (up.trust, up.since, up.reference_ac1) == (Trust.ASSISTED, later, 0.85)
    again = next_state(up, good(check="C05"), reaudit_ac1=0.80, now=later + timedelta(days=1))
    assert (again.trust, again.reference_ac1) == (Trust.AUTOMATIC, 0.80)
    still = next_state(again, good(check="C05"), reaudit_ac1=0.70, now=later)
    assert (still.trust, still.reference_ac1, still.reaudit_ac1) == (Trust.AUTOMATIC, 0.80, 0.70)
    fallen = next_state(still, good(check="C05"), reaudit_ac1=0.69, now=later)
    assert (fallen.trust, fallen.gates) == (Trust.ASSISTED, (Gate.DRIFTED,))
    assert fallen.reference_ac1 == 0.80
    # The next night neither takes it back for free nor throws it down for the same drift.
    night = next_state(fallen, unmarked("C05"), reaudit_ac1=0.69, now=later)
    assert (night.trust, night.gates) == (Trust.ASSISTED, (Gate.DRIFTED,))
    mended = next_state(night, good(check="C05"), reaudit_ac1=0.75, now=later)
    assert (mended.trust, mended.reference_ac1) == (Trust.AUTOMATIC, 0.75)
    earned = next_state(night, good(check="C05"), reaudit_ac1=0.69, now=later)
    assert (earned.trust, earned.reference_ac1) == (Trust.AUTOMATIC, 0.69)


@pytest.mark.parametrize(
    ("filed", "day"),
    [
        ("2026-03-02T04:00", "2026-03-09"),
        # Friday, Saturday and Sunday evening all end on the Friday after.
        ("2026-03-06T04:00", "2026-03-13"),
        ("2026-03-07T04:00", "2026-03-13"),
        # 01:00 on Monday in the zone, though still Sunday in UTC.
        ("2026-03-08T17:00", "2026-03-16"),
        # Monday the 6th of April is a holiday.
        ("2026-04-03T04:00", "2026-04-13"),
    ],
)
def test_an_appeal_is_due_after_five_working_days_in_the_zone(filed: str, day: str) -> None:
    time = AnswerTime(ZoneInfo("Asia/Shanghai"), WorkCalendar(free=frozenset({date(2026, 4, 6)})))
    due = time.due_at(datetime.fromisoformat(filed).replace(tzinfo=UTC))
    assert due.isoformat().startswith(f"{day}T23:59:59")


def test_a_later_ruling_wins_where_two_differ() -> None:
    first = Ruling((CheckMark("C01", 0.0), CheckMark("C02", 0.0)), frozenset({("K1", 2)}))
    later = Ruling((CheckMark("C01", 1.0),), dismissed=frozenset({("K1", 2)}))
    both = first.then(later)
    assert {mark.check: mark.mark for mark in both.marks} == {"C01": 1.0, "C02": 0.0}
    assert (both.confirmed, both.dismissed) == (frozenset(), frozenset({("K1", 2)}))
