"""The measures fall where a customer deserves it."""

from __future__ import annotations

from core.domain.agenda import CustomerAct, CustomerActKind
from core.domain.dialogue import Speaker, Turn
from core.domain.emotion import EmotionState
from core.domain.reading import LineReading, TraineeAct
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


def test_a_habit_counts_in_full_at_its_mean_and_fades_with_the_distance() -> None:
    habit = Habit(usual=4.0, deviation=2.0)

    assert [round(habit.fit(value), 2) for value in (4.0, 6.0, 2.0, 8.0, 10.0)] == [
        1.0,
        0.61,
        0.61,
        0.14,
        0.01,
    ]


def felt(*steps: tuple[float, str, CustomerActKind]) -> tuple[Turn, ...]:
    """Lines that leave the customer at this heat, and what the customer says and does then."""
    turns: list[Turn] = []
    for at, (heat, text, kind) in enumerate(steps):
        mood = EmotionState(heat=heat, worry=0.2, confusion=0.2, trust=0.5, patience=9)
        turns.append(Turn(2 * at + 1, Speaker.TRAINEE, "嗯", 0.0, mood_after=mood))
        turns.append(Turn(2 * at + 2, Speaker.CUSTOMER, text, 0.0, acts=(CustomerAct(kind),)))
    return tuple(turns)


def measured(turns: tuple[Turn, ...]) -> dict[str, float]:
    return measure(turns, scenario=scenario(), insults=lambda _: False)


def test_thanks_from_an_angry_customer_and_shouts_from_a_calm_one_are_out_of_tone() -> None:
    press, thank = CustomerActKind.PRESS, CustomerActKind.THANK
    fitting = measured(felt((0.8, "凭什么扣我钱", press), (0.1, "好的", thank)))
    thanks = measured(felt((0.8, "谢谢您啊", press), (0.1, "好的", thank)))
    both = measured(felt((0.8, "谢谢您啊", press), (0.1, "气死我了！", thank)))

    assert [one["consistency"] for one in (fitting, thanks, both)] == [10.0, 7.5, 5.0]


def test_a_customer_that_service_leaves_cold_engages_less() -> None:
    press, thank = CustomerActKind.PRESS, CustomerActKind.THANK
    moved = felt((0.5, "查一下", thank), (0.7, "快点", press), (0.4, "好", thank))
    cold = felt((0.5, "查一下", thank), (0.7, "好", thank), (0.4, "快点", press))

    assert measured(moved)["engagement"] - measured(cold)["engagement"] >= 2.0


def asked_for(key: str, *acts: CustomerAct) -> tuple[Turn, ...]:
    reading = LineReading(text="多少", acts=frozenset({TraineeAct.ASK_SLOT}), asked=(key,))
    said = [
        Turn(at, Speaker.CUSTOMER, f"是{at}号那个", 0.0, acts=(act,))
        for at, act in enumerate(acts, start=2)
    ]
    return (Turn(1, Speaker.TRAINEE, "多少", 0.0, reading=reading), *said)


def test_a_fact_that_is_not_told_is_worth_nothing_and_a_slip_half() -> None:
    key = scenario().facts[0].key
    right = CustomerAct(CustomerActKind.ANSWER_SLOT, key)
    slip = CustomerAct(CustomerActKind.ANSWER_SLOT, key, wrong=True)
    talks = (
        asked_for(key, right),
        asked_for(key, slip, right),
        asked_for(key, CustomerAct(CustomerActKind.DONT_KNOW, key)),
    )

    assert [measured(talk)["correctness"] for talk in talks] == [10.0, 5.0, 0.0]


def test_an_estimate_has_the_interval_of_the_normal_approximation() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0])

    assert (found.n, found.mean, round(found.half_width, 3)) == (4, 2.5, 1.265)


def test_rank_correlation_shares_ties_and_knows_when_there_is_none() -> None:
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 40]) is not None
    found = rank_correlation([1.0, 2.0, 2.0, 4.0, 5.0], [2.0, 1.0, 3.0, 4.0, 5.0])

    assert found is not None
    assert round(found[0], 3) == 0.821
    assert rank_correlation([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]) is None
