"""A sentence is about the case where its content is, and the figures in it are content."""

from __future__ import annotations

import pytest

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.customer.matter import Matter, placed_share
from core.ports.line_reader import LineContext
from core.readers.claims import content_grams

READER = PatternLineReader()
LIBRARY = open_library()


def _promises(case: str, line: str) -> bool:
    read = READER.read(line, LineContext(language="zh", scenario=LIBRARY.scenario(case)))
    return read.named_time


@pytest.mark.parametrize(
    ("case", "line", "figure", "other"),
    [
        ("leak-workorder", "我叫林师傅立马动身，{}内一定登门给您弄。", "2小时", "5小时"),
        ("invoice", "我改好抬头重新出票，{}内一定给您投递到。", "24小时", "31小时"),
    ],
)
def test_free_words_with_the_figure_of_the_case_are_about_it(
    case: str, line: str, figure: str, other: str
) -> None:
    assert _promises(case, line.format(figure))
    assert not _promises(case, line.format(other))


def test_by_when_it_is_done_is_for_the_clerk_to_choose() -> None:
    line = "我来核实，今天下午6点前我给您回电话答复。"
    assert _promises("logistics-delay", line)
    assert _promises("minor-recharge", line)


def test_what_the_customer_has_said_counts_as_well() -> None:
    line = "那就周六10点,我带着票根等你碰头"
    grams = content_grams(line)
    case = Matter(("票根要留好",))
    known = placed_share(line, grams, (case,))
    assert known < placed_share(line, grams, (case, Matter(("周六10点我有空",))))


def test_a_range_says_both_of_its_ends() -> None:
    case = Matter(("3个工作日退到卡里",))
    one, both = "3个工作日退到卡里", "1到3个工作日退到卡里"
    assert placed_share(one, content_grams(one), (case,)) == 1
    assert placed_share(both, content_grams(both), (case,)) < 1


def test_nothing_counted_and_nothing_known_is_no_share() -> None:
    assert placed_share("吃了吗", content_grams("吃了吗"), ()) == 0


@pytest.mark.parametrize(
    ("case", "line", "goal"),
    [
        ("return-refund", "验过货48小时里打款,再过1到3个工作日您卡上见着。", "money"),
        ("elder-supplement", "签收60天里头的,原封没动的我们照收。", "which"),
    ],
)
def test_a_goal_is_heard_by_its_figures(case: str, line: str, goal: str) -> None:
    assert goal in _settled(case, line)


@pytest.mark.parametrize(
    ("case", "line", "goal"),
    [
        ("elder-supplement", "签收60天里头的,原封没动的我们照收吗?", "which"),
        ("elder-supplement", "签收不能算60天里头,原封没动的我们照收。", "which"),
        ("elder-supplement", "签收90天里头的,原封没动的我们照收。", "which"),
        (
            "elder-supplement",
            "签收60天里头,打车去机场柜台拿护照,兑换里程再挑靠窗座位升舱。",
            "which",
        ),
    ],
)
def test_figures_that_are_asked_denied_other_or_elsewhere_settle_nothing(
    case: str, line: str, goal: str
) -> None:
    assert goal not in _settled(case, line)


def _settled(case: str, line: str) -> tuple[str, ...]:
    return READER.read(line, LineContext(language="zh", scenario=LIBRARY.scenario(case))).settled
