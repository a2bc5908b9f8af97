"""Saying back is known by the customer's own content before a bare question, not by set phrases."""

from __future__ import annotations

import pytest

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.customer.matter import Matter
from core.customer.said_back import says_back
from core.domain.reading import TraineeAct
from core.ports.line_reader import LineContext

READER = PatternLineReader()
LIBRARY = open_library()
TOLD = Matter(("昨晚九点路由器的灯开始闪,重启了两遍没用",))


@pytest.mark.parametrize(
    ("line", "back"),
    [
        ("就是讲昨晚九点灯闪,路由器重启两遍没用,给是?", True),
        ("昨晚九点灯闪,路由器重启两遍没用。", False),
        ("昨晚九点灯闪,路由器重启两遍没用,可以吗?", False),
        ("昨晚九点灯闪,路由器重启两遍,哪盏灯?", False),
        ("您的月租收多了,这个月多收三十元,给是?", False),
    ],
)
def test_saying_back_needs_the_customers_content_and_a_bare_question(line: str, back: bool) -> None:
    assert says_back(line, TOLD) is back


def test_who_says_back_in_words_of_a_region_restates() -> None:
    context = LineContext(
        language="zh",
        scenario=LIBRARY.scenario("broadband-outage"),
        customer_said=("昨晚九点路由器的灯开始闪", "重启了两遍没用"),
    )
    said = READER.read("昨晚九点灯开始闪，路由器重启两遍没用，给是？", context)
    assert TraineeAct.RESTATE in said.acts


@pytest.mark.parametrize("asked", ["手机尾号是多少？", "您手机号后四位是？"])
def test_checking_who_it_is_says_nothing_back(asked: str) -> None:
    context = LineContext(language="zh", scenario=LIBRARY.scenario("plan-downgrade"))
    acts = READER.read(f"先跟您核对一下，{asked}", context).acts
    assert TraineeAct.VERIFY_ID in acts
    assert acts.isdisjoint({TraineeAct.RESTATE, TraineeAct.CONFIRM})
