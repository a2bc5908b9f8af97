"""Tricks earn nothing beyond their honest share (tests/fakes/gamer.py)."""

from __future__ import annotations

from functools import cache

import pytest

from core.content.library import open_library
from core.domain.scorecard import Scorecard
from core.services.judging import judge
from tests.fakes.gamer import TRICKS, Trick, Twist, itself, played
from tests.unit.judging.test_gaming import CASE, LAZY, READER, _talk

LIMIT = 0.3
"""Points of 10."""
MIDDLING = [
    ("你们乱扣我钱", "您好，请问是哪一笔？"),
    ("账单上写的视频会员包", "为了保护您的信息，先核对一下手机尾号，可以吗？"),
    ("尾号2096", "好的，我看一下。"),
    ("根本没用过", "这个是系统扣的，我给您取消会员包。"),
    ("那扣掉的钱呢", "会处理的。"),
]
INSTEAD = ("the script instead", "the customer's words instead", "signs shuffled")
"""Nothing of the line is left, a rude one's faults neither."""
TALKS = {"lazy": LAZY, "middling": MIDDLING}
OTHERS = [
    goal.reference_line
    for case in open_library().scenarios("zh")
    if case.industry != CASE.industry
    for goal in case.sub_goals
]


@cache
def card(talk: str, twist: Twist) -> Scorecard:
    return judge(played(_talk(TALKS[talk]), twist, OTHERS[7:]), reader=READER)


def overall(talk: str, twist: Twist) -> float:
    found = card(talk, twist).overall
    assert found is not None
    return found


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.name)
def test_a_trick_earns_no_more_than_what_is_honest_in_it(trick: Trick, talk: str) -> None:
    fair = max(overall(talk, trick.honest), overall(talk, itself))
    if trick.name in INSTEAD:
        fair = overall(talk, trick.honest)
    assert overall(talk, trick.twist) - fair <= LIMIT, card(talk, trick.twist).marks
