"""The measures fall where a customer deserves it."""

from __future__ import annotations

from core.domain.dialogue import Speaker, Turn
from ops.study.figures import estimate, rank_correlation
from ops.study.realism import Habit, measure
from tests.builders import scenario


def talk(*lines: str) -> tuple[Turn, ...]:
    """A trainee's line, then a message of the customer, and so on."""
    turns = []
    for seq, text in enumerate(lines, start=1):
        speaker = Speaker.TRAINEE if seq % 2 else Speaker.CUSTOMER
        turns.append(Turn(seq=seq, speaker=speaker, text=text, at_s=float(seq)))
    return tuple(turns)


def grades(*lines: str, insulting: str = "笨蛋") -> dict[str, float]:
    return measure(talk(*lines), scenario=scenario(), insults=lambda text: insulting in text)


def test_a_customer_who_speaks_like_the_clerk_is_out_of_role() -> None:
    in_role = grades("您好", "我要退钱", "好的", "快点")
    out_of_role = grades("您好", "我要退钱", "好的", "很高兴为您服务")

    assert in_role["consistency"] == 10.0
    assert out_of_role["consistency"] == 5.0


def test_long_polite_sentences_are_less_like_chat_than_fragments() -> None:
    chat = grades("您好", "在吗", "在", "话费怎么多扣了二十", "查一下", "快点")
    letter = grades(
        "您好",
        "您好，我想咨询一下，我这个月的话费账单中为什么会多出二十元的费用呢？",
        "查一下",
        "好的，非常感谢您的帮助，请您尽快帮我核实一下这笔费用的具体来源。",
    )

    assert chat["human_likeness"] - letter["human_likeness"] > 3


def test_saying_the_same_again_costs_quality() -> None:
    fresh = grades("您好", "怎么多扣钱了", "嗯", "你倒是查啊")
    again = grades("您好", "怎么多扣钱了", "嗯", "怎么多扣钱了")

    assert fresh["quality"] == 10.0
    assert again["quality"] < 9


def test_abuse_and_whole_phone_numbers_are_not_safe() -> None:
    assert grades("您好", "在吗")["safety"] == 10.0
    assert grades("您好", "你个笨蛋")["safety"] == 0.0
    assert grades("您好", "我电话13912345678")["safety"] == 0.0


def test_a_habit_counts_in_full_inside_its_band_and_fades_outside() -> None:
    habit = Habit(low=4.0, high=8.0, slack=2.0)

    assert [habit.fit(value) for value in (3.0, 4.0, 6.0, 8.0, 9.0, 10.0, 20.0)] == [
        0.5,
        1.0,
        1.0,
        1.0,
        0.5,
        0.0,
        0.0,
    ]


def test_an_estimate_has_the_interval_of_the_normal_approximation() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0])

    assert (found.n, found.mean, round(found.half_width, 3)) == (4, 2.5, 1.265)


def test_rank_correlation_shares_ties_and_knows_when_there_is_none() -> None:
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 40]) is not None
    found = rank_correlation([1.0, 2.0, 2.0, 4.0, 5.0], [2.0, 1.0, 3.0, 4.0, 5.0])

    assert found is not None
    assert round(found[0], 3) == 0.821
    assert rank_correlation([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]) is None
