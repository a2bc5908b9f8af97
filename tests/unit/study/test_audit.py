"""The audit finds what a leaking or forgetful customer would do."""

from __future__ import annotations

from dataclasses import replace

from core.domain.agenda import CustomerAct, CustomerActKind
from core.domain.dialogue import Speaker, Turn
from core.domain.reading import LineReading, TraineeAct
from core.domain.scenario import Disclosure, Fact, Scenario
from ops.study.audit import audit
from tests.builders import scenario


def case(disclosure: Disclosure) -> Scenario:
    """A case with one fact under this rule."""
    fact = Fact(
        key="tail",
        label="尾号",
        value="3327",
        surfaces=("尾号3327",),
        disclosure=disclosure,
        asked_by=(("尾号",),),
        wrong_surfaces=("尾号3372",),
    )
    return replace(scenario(), facts=(fact,))


def customer(seq: int, text: str, *, wrong: bool = False) -> Turn:
    act = CustomerAct(CustomerActKind.ANSWER_SLOT, "tail", wrong=wrong)
    return Turn(seq=seq, speaker=Speaker.CUSTOMER, text=text, at_s=float(seq), acts=(act,))


def asks(seq: int) -> Turn:
    reading = LineReading(text="尾号多少", acts=frozenset({TraineeAct.ASK_SLOT}), asked=("tail",))
    return Turn(seq=seq, speaker=Speaker.TRAINEE, text="尾号多少", at_s=float(seq), reading=reading)


def test_a_fact_told_before_its_question_is_a_leak() -> None:
    found = audit((customer(1, "我尾号3327"), asks(2)), case(Disclosure.ON_ASK))

    assert (found.told, found.leaked, found.contradicted) == (1, ("tail",), ())


def test_a_fact_told_after_its_question_is_none() -> None:
    found = audit((asks(1), customer(2, "尾号3327")), case(Disclosure.ON_ASK))

    assert (found.told, found.leaked, found.contradicted) == (1, (), ())


def test_a_reluctant_customer_must_be_asked_twice() -> None:
    talk = (asks(1), customer(2, "尾号3327"))

    assert audit(talk, case(Disclosure.RELUCTANT)).leaked == ("tail",)
    assert (
        audit((asks(1), asks(2), customer(3, "尾号3327")), case(Disclosure.RELUCTANT)).faults == 0
    )


def test_a_volunteered_fact_may_come_first() -> None:
    assert audit((customer(1, "尾号3327"),), case(Disclosure.VOLUNTEER)).faults == 0


def test_another_value_after_the_right_one_is_a_contradiction() -> None:
    talk = (asks(1), customer(2, "尾号3327"), customer(3, "尾号3372", wrong=True))

    assert audit(talk, case(Disclosure.ON_ASK)).contradicted == ("tail",)


def test_a_slip_before_the_right_value_is_the_rules_own() -> None:
    talk = (asks(1), customer(2, "尾号3372", wrong=True), customer(3, "尾号3327"))

    assert audit(talk, case(Disclosure.ON_ASK)).faults == 0


def test_another_value_that_was_not_meant_is_a_contradiction() -> None:
    assert audit((asks(1), customer(2, "尾号3372")), case(Disclosure.ON_ASK)).contradicted == (
        "tail",
    )
