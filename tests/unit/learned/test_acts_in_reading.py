"""A guesser is asked where the patterns hear nothing, and may doubt what they hear."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pytest

from core.customer.line_reader import PatternLineReader
from core.domain.reading import TraineeAct
from core.ports.line_reader import LineContext
from ops.reading import line_reader
from tests.builders import scenario

ODD = "这单子且容我斟酌片刻"
"""Words no pattern knows."""


@dataclass
class Oracle:
    """Always sure of the same acts, and remembers what it was asked."""

    acts: Mapping[TraineeAct, float]
    asked: list[str] = field(default_factory=list)
    doubts: frozenset[TraineeAct] = frozenset()

    def __call__(self, text: str) -> Mapping[TraineeAct, float]:
        self.asked.append(text)
        return self.acts

    def doubted(self, text: str, acts: Collection[TraineeAct]) -> frozenset[TraineeAct]:
        return self.doubts & set(acts)


ZH = LineContext(language="zh")


def read(text: str, oracle: Oracle, context: LineContext = ZH) -> frozenset[TraineeAct]:
    return PatternLineReader(guessers={"zh": oracle}).read(text, context).acts


def test_where_no_pattern_hears_anything_the_guess_counts_with_its_probability() -> None:
    oracle = Oracle({TraineeAct.HOLD: 0.8})
    reading = PatternLineReader(guessers={"zh": oracle}).read(ODD, ZH)

    assert oracle.asked == [ODD]
    assert reading.acts == {TraineeAct.HOLD}
    assert reading.confidence == 0.8
    assert not reading.off_topic


def test_a_guesser_that_abstains_leaves_the_line_as_the_patterns_read_it() -> None:
    assert read(ODD, Oracle({})) == {TraineeAct.INFORM}
    assert PatternLineReader(guessers={"zh": Oracle({})}).read(ODD, ZH) == (
        PatternLineReader().read(ODD, ZH)
    )


@pytest.mark.parametrize("text", ["请您稍等一下", "好的", "嗯嗯", "", "。。。"])
def test_a_line_that_patterns_understand_or_a_nod_asks_for_no_guess(text: str) -> None:
    oracle = Oracle({TraineeAct.TRANSFER: 0.99})

    assert TraineeAct.TRANSFER not in read(text, oracle)
    assert oracle.asked == []


def test_the_customers_own_words_repeated_ask_for_no_guess() -> None:
    oracle = Oracle({TraineeAct.TRANSFER: 0.99})
    context = LineContext(language="zh", customer_said=("你们把我转来转去的",))

    assert read("你们把我转来转去的", oracle, context) == {TraineeAct.INFORM}
    assert oracle.asked == []


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("我不会给您转走的", TraineeAct.TRANSFER),
        ("没人说不能退", TraineeAct.REFUSE_FLAT),
    ],
)
def test_what_the_patterns_heard_denied_is_not_guessed_back(text: str, act: TraineeAct) -> None:
    assert act not in read(text, Oracle({act: 0.99}))
    assert act not in line_reader().read(text, ZH).acts


def test_with_a_known_case_only_its_own_words_settle_it() -> None:
    oracle = Oracle({TraineeAct.SOLVE_ACCEPT: 0.95})
    with_case = LineContext(language="zh", scenario=scenario())

    assert read(ODD, oracle) == {TraineeAct.SOLVE_ACCEPT}
    assert read(ODD, oracle, with_case) == {TraineeAct.INFORM}


def test_a_line_of_another_language_is_not_shown_to_the_guesser() -> None:
    oracle = Oracle({TraineeAct.HOLD: 0.8})

    assert read("Lemme peek at that paper", oracle, LineContext(language="en")) == {
        TraineeAct.INFORM
    }
    assert oracle.asked == []


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("刚才没记牢，麻烦再念一遍尾号", TraineeAct.ASK_REPEAT),
        ("孩子在教室哭了一下午没人管，当妈的听了心都揪着", TraineeAct.EMPATHY_SPECIFIC),
        ("这个得由总公司的核保老师来答复您", TraineeAct.TRANSFER),
    ],
)
def test_the_product_understands_odd_wordings(text: str, act: TraineeAct) -> None:
    assert act in line_reader().read(text, ZH).acts


REFUND = "我给您全额退款，请稍等"
STEP, GRANT = TraineeAct.SOLVE_STEP, TraineeAct.SOLVE_ACCEPT


def test_what_the_patterns_hear_and_the_model_doubts_is_not_in_the_line() -> None:
    neither = Oracle({}, doubts=frozenset({STEP, GRANT}))

    assert read(REFUND, Oracle({})) == {GRANT, TraineeAct.HOLD}
    assert read(REFUND, neither) == {TraineeAct.HOLD}


def test_where_only_a_doubted_act_was_heard_the_guess_counts_or_the_line_informs() -> None:
    doubts = frozenset({STEP, GRANT})
    gift = Oracle({TraineeAct.COMPENSATE: 0.9}, doubts=doubts)

    assert read("我给您全额退款", gift) == {TraineeAct.COMPENSATE}
    assert read("我给您全额退款", Oracle({}, doubts=doubts)) == {TraineeAct.INFORM}


def test_in_a_known_case_a_step_is_believed_where_the_model_hears_a_grant() -> None:
    with_case = LineContext(language="zh", scenario=scenario())
    no_step = Oracle({}, doubts=frozenset({STEP}))

    assert STEP in read("我给您登记报修", no_step, with_case)
    assert STEP not in read("我给您登记报修", no_step)
    assert STEP not in read(
        "我给您登记报修", Oracle({}, doubts=frozenset({STEP, GRANT})), with_case
    )
