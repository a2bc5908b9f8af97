"""The agenda's rules, one line at a time."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from core.domain import customer
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way
from core.domain.customer import Step
from core.domain.dialogue import EndReason
from core.domain.emotion import EmotionState
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Scenario
from tests.unit.customer.cases import MOODS, REFUND, WORKER, reading

ACT = TraineeAct
KIND = CustomerActKind


class Steady:
    """Chance without surprise: always the same number, no noise."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self) -> float:
        return self.number

    def gauss(self, mu: float, sigma: float) -> float:
        return mu


MANY = Steady(0.95)
"""Takes three acts off the agenda and lets no rare thing happen."""

ONE = Steady(0.3)
"""Takes one act."""


def state(**changes: object) -> CustomerState:
    mood = EmotionState(heat=0.3, worry=0.2, confusion=0.2, trust=0.6, patience=12.0, baseline=0.3)
    return replace(CustomerState(mood=mood), **changes)  # type: ignore[arg-type]


def hear(
    before: CustomerState,
    line: LineReading,
    *,
    chance: Steady = MANY,
    silence: float = 0.0,
    scenario: Scenario = REFUND,
) -> Step:
    return customer.hear(
        before,
        line,
        scenario=scenario,
        persona=WORKER,
        silence_limits=silence,
        chance=chance,
    )


def heated(
    heat: float, *, trust: float = 0.6, patience: float = 12.0, progress: float = 0.0
) -> EmotionState:
    return replace(
        state().mood,
        heat=heat,
        baseline=heat,
        trust=trust,
        patience=patience,
        progress=progress,
    )


def kinds(step: Step) -> list[CustomerActKind]:
    return [act.kind for act in step.acts]


def test_the_first_word_is_the_opening() -> None:
    step = customer.open_case(
        scenario=REFUND, persona=WORKER, mood=MOODS["calm"], chance=Steady(0.3)
    )
    assert kinds(step) == [KIND.OPEN]
    assert step.state.stack == (
        CustomerAct(KIND.CLOSE),
        CustomerAct(KIND.STATE_PROBLEM, "refund"),
        CustomerAct(KIND.STATE_PROBLEM, "cause", way=Way.FIRST),
        CustomerAct(KIND.ANSWER_SLOT, "month", way=Way.UNASKED),
    )


def test_an_angry_customer_vents_after_the_opening() -> None:
    step = customer.open_case(
        scenario=REFUND, persona=WORKER, mood=MOODS["angry"], chance=Steady(0.7)
    )
    assert kinds(step) == [KIND.OPEN, KIND.VENT]


@pytest.mark.parametrize(("drawn", "count"), [(0.64, 1), (0.66, 2), (0.87, 2), (0.89, 3)])
def test_one_two_or_three_acts_are_taken(drawn: float, count: int) -> None:
    step = customer.open_case(
        scenario=REFUND, persona=WORKER, mood=MOODS["calm"], chance=Steady(drawn)
    )
    assert len(step.acts) == count


def test_what_is_asked_is_answered_before_the_rest_of_the_agenda() -> None:
    busy = state(stack=(CustomerAct(KIND.CLOSE), CustomerAct(KIND.STATE_PROBLEM, "cause")))
    step = hear(busy, reading(ACT.ASK_SLOT, asked=("phone",)))
    assert step.acts == (
        CustomerAct(KIND.ANSWER_SLOT, "phone"),
        CustomerAct(KIND.STATE_PROBLEM, "cause"),
    )
    assert step.state.told == ("phone",)
    assert step.state.asked == (("phone", 1),)


def test_an_answer_without_room_is_given_in_the_next_turn() -> None:
    step = hear(state(), reading(ACT.ASK_SLOT, asked=("phone", "month")), chance=ONE)
    assert step.state.told == ("phone",)
    later = hear(step.state, reading(ACT.SOLVE_STEP), chance=ONE)
    assert CustomerAct(KIND.ANSWER_SLOT, "month") in (*later.acts, *later.state.stack)


def test_asking_again_for_what_was_told_gets_a_reminder() -> None:
    line = reading(ACT.ASK_SLOT, asked=("phone",), repeated_ask=("phone",))
    step = hear(state(told=("phone",)), line)
    assert step.acts == (CustomerAct(KIND.ANSWER_PARTIAL, "phone"),)
    assert step.state.mood.heat == pytest.approx(0.4)


def test_an_open_question_brings_out_a_free_fact_but_no_specific_one() -> None:
    step = hear(state(told=("phone",)), reading(ACT.ASK_OPEN))
    assert step.acts[0] == CustomerAct(KIND.ANSWER_SLOT, "month", way=Way.UNASKED)
    nothing = hear(state(told=("phone", "month")), reading(ACT.ASK_OPEN))
    assert KIND.ANSWER_SLOT not in kinds(nothing)


@pytest.mark.parametrize(
    ("text", "kind", "way"),
    [
        ("彩铃是哪天订的", KIND.DONT_KNOW, Way.PLAIN),
        ("您家地址是哪里", KIND.DONT_KNOW, Way.PERSONAL),
        ("您今天吃饭了吗", KIND.ASK_BACK, Way.ASTRAY),
    ],
)
def test_a_question_without_an_answer_gets_a_shrug_or_a_question(
    text: str, kind: CustomerActKind, way: Way
) -> None:
    step = hear(state(), reading(ACT.ASK_SLOT, text=text))
    assert step.acts == (CustomerAct(kind, way=way),)


def test_identity_counts_only_once_asked_for_and_answered() -> None:
    said = hear(state(), reading(ACT.VERIFY_ID))
    assert said.acts[0] == CustomerAct(KIND.ANSWER_SLOT, "name")
    assert said.state.verified
    wary = hear(state(mood=heated(0.3, trust=0.4)), reading(ACT.VERIFY_ID))
    assert wary.acts[0] == CustomerAct(KIND.DOUBT, "name")
    assert not wary.state.verified
    known = hear(state(told=("name",)), reading(ACT.VERIFY_ID))
    assert known.state.verified
    assert not hear(state(told=("name",)), reading(ACT.INFORM)).state.verified


def test_a_sub_goal_is_settled_only_after_what_it_needs() -> None:
    line = reading(ACT.SOLVE_ACCEPT, settled=("refund",))
    early = hear(state(), line)
    assert early.state.settled == ()
    assert early.acts[0] == CustomerAct(KIND.REJECT, "refund")
    late = hear(state(settled=("cause",)), line)
    assert late.state.settled == ("cause", "refund")


def test_one_line_may_settle_a_chain() -> None:
    line = reading(ACT.SOLVE_ACCEPT, settled=("cause", "refund"))
    assert hear(state(told=("phone",)), line).state.settled == ("cause", "refund")


def test_a_request_left_open_for_two_lines_is_made_again() -> None:
    first = hear(state(), reading(ACT.EMPATHY_GENERIC))
    assert first.state.waiting == 1
    assert KIND.PRESS not in kinds(first)
    second = hear(first.state, reading(ACT.EMPATHY_GENERIC))
    assert CustomerAct(KIND.PRESS, "cause", way=Way.SYMPATHY) in second.acts
    assert second.state.waiting == 0


def test_needed_questions_do_not_count_as_waiting_and_an_answer_ends_it() -> None:
    assert hear(state(waiting=1), reading(ACT.ASK_OPEN)).state.waiting == 1
    assert hear(state(waiting=1), reading(ACT.EXPLAIN)).state.waiting == 0


def test_crossing_into_anger_is_said_aloud() -> None:
    step = hear(state(mood=heated(0.5)), reading(ACT.REFUSE_FLAT), chance=ONE)
    assert kinds(step) == [KIND.VENT]


def test_a_refusal_is_rejected_and_an_alternative_bargained() -> None:
    assert kinds(hear(state(), reading(ACT.REFUSE_FLAT))) == [KIND.REJECT]
    assert kinds(hear(state(), reading(ACT.REFUSE_ALT))) == [KIND.BARGAIN]


def test_jargon_and_unclear_lines_are_asked_back() -> None:
    jargon = reading(ACT.SOLVE_STEP, jargon=("端口",))
    assert kinds(hear(state(), jargon, chance=ONE)) == [KIND.ASK_BACK]
    unclear = reading(ACT.INFORM, confidence=0.3)
    assert kinds(hear(state(), unclear, chance=ONE)) == [KIND.ASK_BACK]


def test_lost_trust_turns_into_doubt() -> None:
    step = hear(state(mood=heated(0.3, trust=0.3)), reading(ACT.EXPLAIN, breached=("free",)))
    assert kinds(step) == [KIND.DOUBT]


def test_a_twist_comes_once_when_the_talk_has_come_far_enough() -> None:
    ready = state(mood=heated(0.3, progress=0.4))
    step = hear(ready, reading(ACT.EXPLAIN), chance=ONE)
    assert step.acts == (CustomerAct(KIND.STATE_PROBLEM, "second"),)
    assert step.state.twists == ("second",)
    again = hear(step.state, reading(ACT.EXPLAIN), chance=ONE)
    assert CustomerAct(KIND.STATE_PROBLEM, "second") not in again.acts


def test_the_last_sub_goal_is_accepted_with_thanks_and_the_talk_waits_for_the_clerk() -> None:
    line = reading(ACT.SOLVE_ACCEPT, settled=("refund",))
    met = hear(state(settled=("cause",)), line)
    assert met.acts == (CustomerAct(KIND.ACCEPT, "refund"), CustomerAct(KIND.THANK))
    assert met.end is None
    checked = hear(met.state, reading(ACT.CONFIRM))
    assert checked.acts == (CustomerAct(KIND.ACCEPT, way=Way.CHECKED),)
    assert checked.end is None
    more = hear(checked.state, reading(ACT.MORE))
    assert more.acts == (CustomerAct(KIND.ACCEPT, way=Way.MORE),)
    assert more.end is None
    over = hear(more.state, reading(ACT.CLOSE))
    assert over.acts == (CustomerAct(KIND.CLOSE, way=Way.BYE),)
    assert over.end is EndReason.SOLVED


def test_a_content_customer_leaves_after_the_next_line_whatever_it_is() -> None:
    asked = hear(state(settled=("cause", "refund")), reading(ACT.MORE))
    assert hear(asked.state, reading(ACT.INFORM)).end is EndReason.SOLVED


def test_a_clerk_who_never_closes_is_left_at_the_third_line() -> None:
    step = hear(state(settled=("cause",)), reading(ACT.SOLVE_ACCEPT, settled=("refund",)))
    ends = []
    for _ in range(3):
        step = hear(step.state, reading(ACT.INFORM))
        ends.append(step.end)
    assert ends == [None, None, EndReason.SOLVED]


@pytest.mark.parametrize(
    ("before", "line", "end"),
    [
        (state(), reading(ACT.CLOSE), EndReason.FINISHED_BY_TRAINEE),
        (state(settled=("cause", "refund")), reading(ACT.CLOSE), EndReason.SOLVED),
        (state(mood=heated(0.3, patience=2.0)), reading(ACT.INFORM), EndReason.GIVEN_UP),
        (state(mood=heated(0.8)), reading(ACT.REFUSE_FLAT), EndReason.ESCALATED),
        (state(spoken=19), reading(ACT.SOLVE_STEP), EndReason.TURN_LIMIT),
        (state(spoken=18), reading(ACT.SOLVE_STEP), None),
        (state(mood=heated(0.0), abuse=2), reading(severity=5), EndReason.ESCALATED),
        (state(mood=heated(0.0), abuse=1), reading(severity=5), None),
        (state(mood=heated(0.0), abuse=2), reading(severity=4), None),
        (state(settled=("cause", "refund"), lingering=1), reading(ACT.CONFIRM), None),
        (state(mood=heated(0.3, patience=0.0)), reading(ACT.SOLVE_STEP), None),
        (state(mood=heated(0.3, patience=-4.0)), reading(ACT.SOLVE_STEP), EndReason.GIVEN_UP),
    ],
)
def test_every_end_has_its_reason(
    before: CustomerState, line: LineReading, end: EndReason | None
) -> None:
    step = hear(before, line)
    assert step.end is end
    assert (KIND.CLOSE in kinds(step)) is (end is not None)


def test_a_hold_that_lasts_too_long_is_a_broken_promise() -> None:
    held = hear(state(), reading(ACT.HOLD))
    assert held.state.promised
    late = hear(held.state, reading(ACT.HOLD_RETURN), silence=1.0)
    assert late.state.mood.trust == pytest.approx(0.5)
    assert late.state.mood.deviation == 1.25
    in_time = hear(held.state, reading(ACT.HOLD_RETURN))
    assert in_time.state.mood.trust == pytest.approx(0.66)
    assert not in_time.state.promised


def test_the_same_chance_gives_the_same_step() -> None:
    line = reading(ACT.EMPATHY_SPECIFIC, ACT.ASK_SLOT, asked=("order",))
    steps = {
        customer.hear(
            state(),
            line,
            scenario=REFUND,
            persona=WORKER,
            silence_limits=0.0,
            chance=Random(7),
        )
        for _ in range(3)
    }
    assert len(steps) == 1
