"""Help in three sizes: what it is about, the act, half a sentence; never the whole one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.replies import word
from core.content.library import open_library
from core.domain.agenda import CustomerState
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.domain.reading import TraineeAct
from core.domain.scenario import Scenario
from core.services.checks.talk import half_of
from core.services.coaching import hint, hint_size
from tests.builders import mood

LIBRARY = open_library()
CASES = [*LIBRARY.scenarios("zh"), *LIBRARY.scenarios("en")]
CASE = LIBRARY.scenario("wrong-charge")


def _state(
    scenario: Scenario, *, heat: float = 0.2, verified: bool = True, told: bool = True
) -> CustomerState:
    facts = tuple(fact.key for fact in scenario.facts) if told else ()
    return replace(CustomerState(mood=mood(heat)), verified=verified, told=facts)


def test_an_angry_customer_needs_sympathy_first() -> None:
    found = hint(_state(CASE, heat=0.8, verified=False, told=False), CASE, size=3)
    assert found.act is TraineeAct.EMPATHY_SPECIFIC
    assert found.partial == "钱扣得不明不白，确实让人着急"


def test_then_identity_then_what_is_missing_then_the_answer_then_a_yes() -> None:
    done = replace(_state(CASE), settled=tuple(goal.key for goal in CASE.sub_goals))
    states = [
        _state(CASE, verified=False, told=False),
        _state(CASE, told=False),
        _state(CASE),
        done,
    ]
    assert [hint(state, CASE, size=2).act for state in states] == [
        TraineeAct.VERIFY_ID,
        TraineeAct.ASK_SLOT,
        TraineeAct.SOLVE_ACCEPT,
        TraineeAct.CONFIRM,
    ]


def test_a_small_hint_says_only_what_it_is_about() -> None:
    found = hint(_state(CASE, told=False), CASE, size=1)
    assert (found.act, found.label, found.partial) == (None, "手机尾号", "")


@pytest.mark.parametrize("scenario", CASES, ids=lambda one: one.id)
def test_half_a_sentence_is_never_empty_and_never_the_whole(scenario: Scenario) -> None:
    states = [
        _state(scenario, heat=0.8, verified=False, told=False),
        _state(scenario, verified=False, told=False),
        _state(scenario),
    ]
    references = [goal.reference_line for goal in scenario.sub_goals]
    for state in states:
        partial = hint(state, scenario, size=3).partial
        assert partial
        assert "{" not in partial
        assert all(len(partial) < 0.8 * len(one) for one in references if one.startswith(partial))


def test_the_dots_after_half_a_sentence_are_set_once() -> None:
    # 「为了保护您的信息，………」 once stood there.
    message = OutboundMessage(
        address=ChannelAddress(ChannelKind.CONSOLE, "t", "t"),
        code=NoticeCode.HINT,
        facts={"size": 3, "partial": half_of("为了保护您的信息，先跟您核对一下手机尾号，可以吗？")},
        language="zh",
    )
    assert "可以这样开头：「为了保护您的信息……」" in word(message)
    assert half_of("") == ""


@pytest.mark.parametrize(
    ("level", "sizes"), [(None, [1, 2, 3, 1]), (2.0, [1, 2, 3, 1]), (5.0, [1, 2, 1]), (8.0, [1, 1])]
)
def test_help_fades_with_skill(level: float | None, sizes: list[int]) -> None:
    taken: list[int] = []
    for _ in sizes:
        taken.append(hint_size(taken, level=level))
    assert taken == sizes
    assert hint_size(taken, level=level, asked=3) == 3
