"""Every reason code of a mark or an error has words in both languages, with its facts in them."""

from __future__ import annotations

import pytest

from core.catalogue import needs, say
from core.domain.scorecard import CheckMark, CriticalError
from core.services.judging import judge
from tests.builders import NotedReader
from tests.unit.judging.test_checks import CRITICAL_ROWS, ROWS

CARDS = [judge(talk, reader=NotedReader()) for talk, _ in [*ROWS, *CRITICAL_ROWS.values()]]
GIVEN: list[CheckMark | CriticalError] = [mark for card in CARDS for mark in card.marks]
GIVEN += [error for card in CARDS for error in card.critical]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_can_be_said_with_the_facts_it_brings(language: str) -> None:
    for one in GIVEN:
        words = say(language, f"why.{one.why}", **dict(one.facts))
        assert words
        assert all(dict(one.facts)[name] in words for name in needs(language, f"why.{one.why}"))


def test_a_fault_is_worded_as_a_fault() -> None:
    # The debrief once headed a fix with the name of its check: 「答案正确」.
    missed = {one.why for one in GIVEN if isinstance(one, CheckMark) and one.mark == 0}
    met = {one.why for one in GIVEN if isinstance(one, CheckMark) and one.mark == 1}
    assert missed & met == set()
    assert say("zh", "why.not_settled", goal="退回 20 元") == (
        "客户要的还没有答复，先要办的是：退回 20 元"
    )
