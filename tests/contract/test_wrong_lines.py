"""Hearing other words must not make a case hear what does not settle it.

Rates over all sub-goals of the Chinese cases; the bounds are what the reader took when a case
heard its own words only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.content.library import open_library
from core.domain.scenario import Scenario
from core.ports.line_reader import LineContext
from ops.reading import line_reader

READER = line_reader()
CASES = tuple(open_library().scenarios("zh"))
STEP = 2
"""Every case is tried with the model lines of so many other cases."""
_PIECES = re.compile(r"(?<=[，。；：！？])")
VAGUE = (
    "我们会尽快处理的，请您放心。",
    "您的问题我已经了解，后续有消息通知您。",
    "我们一定给您一个满意的答复。",
    "相关部门会处理，您耐心等待。",
)


def _settled(case: Scenario, line: str) -> frozenset[str]:
    context = LineContext(language="zh", scenario=case)
    return frozenset(READER.read(line, context).settled)


def _rate(taken: Iterable[bool]) -> float:
    marks = list(taken)
    return sum(marks) / len(marks)


def _others(at: int) -> list[Scenario]:
    return [CASES[(at + step) % len(CASES)] for step in range(1, STEP + 1)]


def test_the_right_line_settles_every_sub_goal() -> None:
    assert all(
        goal.key in _settled(case, goal.reference_line) for case in CASES for goal in case.sub_goals
    )


def test_the_solution_of_another_case_settles_seldom() -> None:
    taken = [
        goal.key in settled
        for at, case in enumerate(CASES)
        for other in _others(at)
        for line in (goal.reference_line for goal in other.sub_goals)
        for settled in [_settled(case, line)]
        for goal in case.sub_goals
    ]
    assert len(taken) > 500
    assert _rate(taken) <= 0.031


def test_what_settles_one_sub_goal_seldom_settles_another() -> None:
    taken = [
        goal.key in _settled(case, other.reference_line)
        for case in CASES
        for other in case.sub_goals
        for goal in case.sub_goals
        if goal is not other
    ]
    assert _rate(taken) <= 0.01


def test_a_denied_solution_settles_no_more_than_before() -> None:
    denied = [
        goal.key
        in _settled(
            case, "".join("不能" + piece for piece in _PIECES.split(goal.reference_line) if piece)
        )
        for case in CASES
        for goal in case.sub_goals
    ]
    assert _rate(denied) <= 0.24


def test_vague_promises_and_what_customers_say_settle_nothing() -> None:
    assert not [(case.id, line) for case in CASES for line in VAGUE[:2] if _settled(case, line)]
    taken = [bool(_settled(case, line)) for case in CASES for line in (*VAGUE, *case.openings[:3])]
    assert _rate(taken) <= 0.01


def test_the_name_of_a_sub_goal_does_not_settle_it_by_other_words() -> None:
    asked = [
        goal.key in _settled(case, f"请问您需要{goal.label}吗？")
        for case in CASES
        for goal in case.sub_goals
    ]
    named = [goal.key in _settled(case, goal.label) for case in CASES for goal in case.sub_goals]
    assert _rate(asked) <= 0.033
    assert _rate(named) <= 0.35
