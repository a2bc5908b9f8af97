"""What the customer says to what the trainee just did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.agenda import CustomerAct, CustomerActKind, Way
from core.domain.dialogue import EndReason
from core.domain.reading import PhraseHit, TraineeAct
from core.domain.scenario import Twist
from tests.unit.customer.cases import REFUND, reading
from tests.unit.customer.test_rules import MANY, ONE, hear, heated, kinds, state

ACT = TraineeAct
KIND = CustomerActKind
COOL, HOT = 0.2, 0.6


@pytest.mark.parametrize(
    ("acts", "heat", "kind", "way"),
    [
        ((ACT.HOLD,), COOL, KIND.ACCEPT, Way.HOLD),
        ((ACT.HOLD,), HOT, KIND.ACCEPT, Way.HOLD),
        ((ACT.SOLVE_STEP,), COOL, KIND.ACCEPT, Way.STEP),
        ((ACT.TIME_COMMIT,), HOT, KIND.ACCEPT, Way.TIME),
        ((ACT.TRANSFER, ACT.HOLD), COOL, KIND.ACCEPT, Way.TRANSFER),
        ((ACT.TRANSFER,), HOT, KIND.REJECT, Way.TRANSFER),
        ((ACT.COMPENSATE,), COOL, KIND.DOUBT, Way.OFFER),
        ((ACT.APOLOGY_BARE,), COOL, KIND.ACCEPT, Way.SORRY),
        ((ACT.APOLOGY_BARE,), HOT, KIND.PRESS, Way.SORRY),
        ((ACT.EMPATHY_GENERIC,), COOL, KIND.ACCEPT, Way.SYMPATHY),
        ((ACT.EMPATHY_GENERIC,), HOT, KIND.PRESS, Way.SYMPATHY),
        ((ACT.GREET,), COOL, KIND.SMALL_TALK, Way.GREETED),
        ((ACT.GREET,), HOT, KIND.PRESS, Way.GREETED),
        ((ACT.INFORM,), COOL, KIND.PRESS, Way.NEWS),
        ((ACT.EXPLAIN,), HOT, KIND.PRESS, Way.NEWS),
        ((ACT.HOLD_RETURN,), COOL, KIND.ACCEPT, Way.HOLD),
        ((ACT.CONFIRM,), COOL, KIND.PRESS, Way.CHECKED),
        ((ACT.MORE,), COOL, KIND.PRESS, Way.MORE),
        ((ACT.RESTATE,), COOL, KIND.ANSWER_PARTIAL, Way.PLAIN),
    ],
)
def test_the_answer_fits_what_was_done(
    acts: tuple[TraineeAct, ...], heat: float, kind: CustomerActKind, way: Way
) -> None:
    step = hear(state(mood=heated(heat)), reading(*acts), chance=ONE)
    assert [(act.kind, act.way) for act in step.acts] == [(kind, way)]


def test_somebody_who_comes_back_from_a_wait_is_asked_for_the_result() -> None:
    step = hear(state(promised=True), reading(ACT.HOLD_RETURN), chance=ONE)
    assert step.acts == (CustomerAct(KIND.PRESS, "cause", way=Way.BACK),)


def test_an_offer_of_help_is_answered_with_the_request_itself() -> None:
    step = hear(state(), reading(ACT.GREET, ACT.ASK_OPEN), chance=ONE)
    assert step.acts == (CustomerAct(KIND.STATE_PROBLEM, "cause", way=Way.OFFERED_HELP),)


def test_saying_back_what_was_told_is_confirmed_and_not_told_again() -> None:
    """Found in reading talks: a recap with a known number in it was answered "I told you"."""
    recap = reading(ACT.RESTATE, ACT.ASK_SLOT, asked=("phone",), repeated_ask=("phone",))
    step = hear(state(told=("phone",)), recap, chance=ONE)
    assert step.acts == (CustomerAct(KIND.ANSWER_PARTIAL),)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("您是说0317，扣了20块，对吗", Way.PLAIN),
        ("您是说4399块，对吗", Way.MISQUOTED),
        ("24小时内给您答复，对吗", Way.PLAIN),
    ],
)
def test_a_number_nobody_said_is_not_confirmed(text: str, way: Way) -> None:
    """Found in reading talks: the customer said yes to any amount."""
    step = hear(state(told=("phone",)), reading(ACT.RESTATE, text=text), chance=ONE)
    assert step.acts == (CustomerAct(KIND.ANSWER_PARTIAL, way=way),)


def test_somebody_who_asks_for_a_password_is_taken_for_a_swindler() -> None:
    line = replace(reading(ACT.ASK_SLOT), phrases=(PhraseHit("F10", 5, "密码", 0),))
    assert CustomerAct(KIND.DOUBT, way=Way.SECRET) in hear(state(), line).acts


def test_an_offer_is_answered_even_when_patience_runs_out() -> None:
    thin = state(mood=heated(COOL, patience=3.0))
    step = hear(thin, reading(ACT.COMPENSATE), chance=ONE)
    assert step.acts == (CustomerAct(KIND.DOUBT, way=Way.OFFER),)


def test_a_customer_who_leaves_over_an_insult_answers_it_first() -> None:
    spent = state(mood=heated(COOL, patience=1.0))
    step = hear(spent, reading(severity=5))
    assert step.end is EndReason.GIVEN_UP
    assert kinds(step) == [KIND.VENT, KIND.CLOSE]


def test_a_recap_after_everything_is_settled_gets_a_yes_to_the_whole() -> None:
    done = state(settled=("cause", "refund"))
    step = hear(done, reading(ACT.RESTATE), chance=ONE)
    assert step.acts == (CustomerAct(KIND.ACCEPT, way=Way.CHECKED),)


@pytest.mark.parametrize(
    ("line", "way"),
    [
        (reading(ACT.SOLVE_ACCEPT, ACT.SOLVE_STEP, clear_steps=True), Way.STEPS),
        (reading(ACT.SOLVE_ACCEPT, ACT.EXPLAIN, clear_steps=True), Way.NEWS),
        (reading(ACT.SOLVE_ACCEPT, ACT.TIME_COMMIT), Way.TIME),
        (reading(ACT.SOLVE_ACCEPT, ACT.INFORM), Way.NEWS),
        (reading(ACT.SOLVE_ACCEPT), Way.PLAIN),
    ],
)
def test_a_solution_is_taken_as_what_it_is(line: object, way: Way) -> None:
    heard = replace(line, settled=("cause",))  # type: ignore[type-var]
    step = hear(state(told=("phone",)), heard, chance=ONE)  # type: ignore[arg-type]
    assert step.acts[0] == CustomerAct(KIND.ACCEPT, "cause", way=way)


def test_a_line_that_asks_to_wait_for_the_answer_settles_nothing() -> None:
    wait = reading(ACT.HOLD, ACT.TIME_COMMIT, settled=("cause",), named_time=True)
    step = hear(state(told=("phone",)), wait, chance=ONE)
    assert step.state.settled == ()
    assert step.acts == (CustomerAct(KIND.ACCEPT, way=Way.HOLD),)


def test_a_fact_said_wrongly_does_not_make_a_solution_a_guess() -> None:
    line = reading(ACT.SOLVE_ACCEPT, settled=("cause",))
    assert hear(state(told_wrong=("phone",)), line).state.settled == ("cause",)


def test_an_offer_taken_back_costs_trust_and_is_thrown_back() -> None:
    offered = hear(state(), reading(ACT.COMPENSATE), chance=ONE)
    assert offered.state.offered
    back = hear(offered.state, reading(ACT.REFUSE_FLAT), chance=ONE)
    assert back.acts == (CustomerAct(KIND.REJECT, way=Way.WITHDRAWN),)
    assert back.state.mood.trust == pytest.approx(0.6 - 0.08)
    assert not back.state.offered


def test_a_late_answer_is_noticed() -> None:
    step = hear(state(), reading(ACT.GREET), silence=1.0, chance=ONE)
    assert step.acts == (CustomerAct(KIND.VENT, way=Way.LATE),)


def test_a_customer_says_so_before_patience_runs_out() -> None:
    thin = state(mood=heated(COOL, patience=3.0))
    step = hear(thin, reading(ACT.INFORM), chance=ONE)
    assert step.acts == (CustomerAct(KIND.PRESS, "cause", way=Way.LAST),)
    assert step.end is None
    assert hear(step.state, reading(ACT.INFORM)).end is EndReason.GIVEN_UP


def test_nobody_hangs_up_on_the_answer_itself() -> None:
    spent = state(mood=heated(COOL, patience=0.5), told=("phone",))
    step = hear(spent, reading(ACT.EXPLAIN, ACT.SOLVE_ACCEPT, settled=("cause",)))
    assert step.end is None
    assert KIND.ACCEPT in kinds(step)


def test_an_angry_customer_still_answers_what_was_asked() -> None:
    line = reading(ACT.ASK_SLOT, asked=("phone",), severity=3)
    step = hear(state(mood=heated(HOT)), line, chance=ONE)
    assert kinds(step) == [KIND.VENT, KIND.THREATEN, KIND.ANSWER_SLOT]


def test_nobody_threatens_over_a_greeting() -> None:
    rising = state(mood=replace(heated(0.749), baseline=0.9))
    step = hear(rising, reading(ACT.GREET), chance=ONE)
    assert step.state.mood.heat >= 0.75
    assert KIND.THREATEN not in kinds(step)


def test_a_threat_follows_when_it_got_worse() -> None:
    step = hear(state(mood=heated(0.74)), reading(ACT.REFUSE_ALT), chance=MANY)
    assert KIND.THREATEN in kinds(step)


def test_a_settled_matter_is_accepted_before_the_next_thing_comes_up() -> None:
    ready = state(mood=heated(COOL, progress=0.5), told=("phone",))
    line = reading(ACT.SOLVE_ACCEPT, settled=("cause",))
    step = hear(ready, line, chance=ONE)
    assert kinds(step) == [KIND.ACCEPT, KIND.STATE_PROBLEM]


def test_an_angry_twist_is_kept_back_by_a_calm_customer() -> None:
    case = replace(REFUND, twists=(Twist("complain", ("我要投诉",), 0.3, 0.1, from_heat=0.45),))
    for heat, comes in ((0.3, False), (0.6, True)):
        step = hear(
            state(mood=heated(heat, progress=0.4)), reading(ACT.HOLD), chance=ONE, scenario=case
        )
        assert (step.state.twists == ("complain",)) is comes


def test_a_request_waits_for_the_goal_it_builds_on() -> None:
    both = (CustomerAct(KIND.CLOSE), CustomerAct(KIND.STATE_PROBLEM, "refund"))
    held = hear(state(stack=both), reading(ACT.HOLD), chance=MANY)
    assert kinds(held) == [KIND.ACCEPT]
    assert CustomerAct(KIND.STATE_PROBLEM, "refund") in held.state.stack
    settled = hear(state(stack=both, settled=("cause",)), reading(ACT.HOLD), chance=MANY)
    assert kinds(settled) == [KIND.ACCEPT, KIND.STATE_PROBLEM]


def test_no_request_is_made_twice_in_one_turn() -> None:
    agenda = state(stack=(CustomerAct(KIND.STATE_PROBLEM, "cause"),), waiting=1)
    step = hear(agenda, reading(ACT.APOLOGY_BARE), chance=MANY)
    assert [act.about for act in step.acts].count("cause") == 1
    assert all(act.about != "cause" for act in step.state.stack)


@pytest.mark.parametrize("acts", [(), (ACT.CONFIRM, ACT.ASK_SLOT), (ACT.ASK_OPEN,), (ACT.MORE,)])
def test_a_satisfied_customer_brings_up_nothing_new(acts: tuple[TraineeAct, ...]) -> None:
    done = state(settled=("cause", "refund"), stack=(CustomerAct(KIND.ANSWER_SLOT, "month"),))
    step = hear(done, reading(*acts), chance=MANY)
    assert set(kinds(step)) <= {KIND.ACCEPT, KIND.THANK}


def test_a_satisfied_customer_does_not_answer_any_question_with_thanks() -> None:
    """Found in reading talks: "您是不是自己操作错了" at the end was answered "没啦 谢谢"."""
    done = state(settled=("cause", "refund"))
    step = hear(done, reading(ACT.ASK_SLOT, text="您是不是自己弄错了"), chance=ONE)
    assert step.acts == (CustomerAct(KIND.ASK_BACK, way=Way.ASTRAY),)


@pytest.mark.parametrize(
    ("before", "line", "way"),
    [
        (state(settled=("cause", "refund")), reading(ACT.CLOSE), Way.BYE),
        (state(), reading(ACT.CLOSE), Way.DROPPED),
        (state(spoken=19), reading(ACT.SOLVE_STEP), Way.LIMIT),
        (state(mood=heated(COOL, patience=1.0)), reading(ACT.INFORM), Way.PLAIN),
    ],
)
def test_the_last_words_fit_the_end(before: object, line: object, way: Way) -> None:
    step = hear(before, line)  # type: ignore[arg-type]
    assert step.acts[-1] == CustomerAct(KIND.CLOSE, way=way)


def test_an_insult_that_ends_the_talk_is_answered_first() -> None:
    step = hear(state(mood=heated(0.8)), reading(severity=5))
    assert step.end is EndReason.ESCALATED
    assert step.acts[0] == CustomerAct(KIND.VENT, way=Way.INSULTED)
    assert kinds(step)[1:] == [KIND.THREATEN, KIND.CLOSE]
