"""Words that sound like an act and do nothing: ways out without a name, promises elsewhere."""

from __future__ import annotations

import pytest

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.domain.reading import LineReading, TraineeAct
from core.ports.line_reader import LineContext

READER = PatternLineReader()
LIBRARY = open_library()
ACT = TraineeAct


def _read(text: str, *, case: str = "", language: str = "zh") -> LineReading:
    scenario = LIBRARY.scenario(case) if case else None
    return READER.read(text, LineContext(language, scenario=scenario))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "不行，办不了。这样处理您看可以吗？"),
        ("zh", "这个退不了，您看这样行不行"),
        ("zh", "退不了。还有其他需要帮忙的吗？"),
        ("zh", "按规定办不了，不过您可以选择我们其他的方式。"),
        ("zh", "这个改不了，您可以去找别的地方。"),
        ("zh", "按规定退不了，您也可以看看别的。"),
        ("zh", "不行，办不了。按规定别的办不了，不过您可以选择我们其他的方式。"),
        ("en", "We can't refund it because of the policy, but you can choose our other options."),
        ("en", "We cannot change it. However, you could try another way."),
    ],
)
def test_no_other_way_is_named_so_it_is_a_flat_refusal(language: str, line: str) -> None:
    acts = _read(line, language=language).acts

    assert ACT.REFUSE_FLAT in acts
    assert ACT.REFUSE_ALT not in acts


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh", "票换不了，给您改到明天可以吗？"),
        ("zh", "退不了，您看给您换一台可以吗？"),
        ("zh", "这个退不了，不过您可以选择换一件。"),
        ("zh", "没法退款，但可以用别的办法：给您补一张20元券。"),
        ("zh", "按规定退不了，不过可以换成别的颜色，这样您看行吗？"),
        ("en", "We can't refund it, but you can choose a replacement instead."),
        ("en", "We can't do that, but you could try another branch, the one at the station."),
    ],
)
def test_another_way_that_is_named_counts_however_it_is_asked(language: str, line: str) -> None:
    assert ACT.REFUSE_ALT in _read(line, language=language).acts


@pytest.mark.parametrize(
    ("case", "language", "elsewhere", "promise"),
    [
        (
            "wrong-charge",
            "zh",
            "如果重启光猫后指示灯还没恢复，就请师傅上门看线路。",
            "我来盯，明天下午2点前给您回话。",
        ),
        (
            "pipe-claim-en",
            "en",
            "I am sending the hub an urgent request now and will follow it myself.",
            " I will message you here by 5 pm today with the answer.",
        ),
    ],
)
def test_a_promise_is_about_what_stands_before_it(
    case: str, language: str, elsewhere: str, promise: str
) -> None:
    alone = _read(promise, case=case, language=language)
    behind = _read(elsewhere + promise, case=case, language=language)

    assert ACT.TIME_COMMIT in alone.acts
    assert alone.named_time
    assert ACT.TIME_COMMIT not in behind.acts
    assert not behind.named_time


@pytest.mark.parametrize(
    ("case", "language", "polite", "promise"),
    [
        (
            "wrong-charge",
            "zh",
            "非常抱歉给您带来不便，我非常理解您的心情，我来为您处理。",
            "由我为您跟进，今天下午6点前给您答复。",
        ),
        (
            "pipe-claim-en",
            "en",
            "I'm so sorry for the inconvenience, I completely understand how upsetting this is.",
            " I will message you here by 5 pm today with the answer.",
        ),
    ],
)
def test_a_promise_behind_politeness_stands(
    case: str, language: str, polite: str, promise: str
) -> None:
    found = _read(polite + promise, case=case, language=language)

    assert ACT.TIME_COMMIT in found.acts
    assert found.named_time


def test_a_question_behind_another_matter_is_still_about_this_one() -> None:
    line = "如果重启光猫后指示灯还没恢复，就请师傅上门看线路。您是说没订过也扣钱，对吗？"

    assert ACT.RESTATE in _read(line, case="wrong-charge").acts


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("The first month was a free trial, and then it renewed at 6 a month.", False),
        ("First switch the router off, then wait for a minute.", True),
        ("For the first step, hold the button, then let go.", True),
    ],
)
def test_what_came_first_in_time_is_no_step(line: str, steps: bool) -> None:
    assert _read(line, language="en").clear_steps is steps


@pytest.mark.parametrize(
    "line", ["就按这个办，可以吗？今晚我盯着。", "明早10点前回话。这样行吗？另外还要帮忙吗？"]
)
def test_whether_it_is_all_right_may_be_asked_before_the_end_of_a_line(line: str) -> None:
    assert ACT.CONFIRM in _read(line).acts


@pytest.mark.parametrize(
    ("language", "heard", "line"),
    [
        ("zh", "没订过也扣钱", "您是说没订过也扣钱，对吗？"),
        ("zh", "没订过也扣钱", "您是说“没订过也扣钱”，对吗？"),
        (
            "zh",
            "就是说，你们多久退，手机号是多少",
            "您是说就是说，你们多久退，手机号是多少，对吗？",
        ),
        ("zh", "哦那我呢？", "您是说哦那我呢?，对吗？"),
        (
            "en",
            "first of all, what leaves before that",
            "You are saying first of all, what leaves before that, right?",
        ),
    ],
)
def test_one_message_said_back_and_nothing_added_does_nothing(
    language: str, heard: str, line: str
) -> None:
    found = READER.read(
        line,
        LineContext(language, customer_said=(heard,), scenario=LIBRARY.scenario("wrong-charge")),
    )

    assert found.acts == {ACT.INFORM}
    assert found.asked == ()


@pytest.mark.parametrize(
    "line",
    [
        "您是说没订过视频会员包，还被扣了20元，对吗？",
        "您是说没订过也扣钱，而且是连着两个月，对吗？",
        "您是说没订过也扣钱，想把钱要回来，对吗？",
    ],
)
def test_said_back_with_something_added_is_a_restatement(line: str) -> None:
    found = READER.read(line, LineContext("zh", customer_said=("没订过也扣钱",)))

    assert ACT.RESTATE in found.acts


@pytest.mark.parametrize(
    ("language", "line", "restates"),
    [
        ("zh", "您是说您的问题还没有解决，对吗？", False),
        ("zh", "您反映的情况我确认一下，对吗？", False),
        ("en", "So you are saying that your problem is not solved yet, is that right?", False),
        ("zh", "您的意思是钱白白没了，是吗？", True),
        ("zh", "您的问题是每月多扣20元，对吗？", True),
        ("zh", "昨天楼下小店交了50元，小票尾号8832。对吗？", True),
        ("en", "So your parcel has not come yet, is that right?", True),
    ],
)
def test_that_there_is_a_problem_is_no_restatement(
    language: str, line: str, restates: bool
) -> None:
    assert (ACT.RESTATE in _read(line, language=language).acts) is restates


@pytest.mark.parametrize(
    ("language", "line", "steps"),
    [
        ("zh", "首先我核实，然后我登记，最后我给您回复。", False),
        ("zh", "首先我看一下，其次我想一下，最后我说一下。", False),
        ("en", "First I check it, then I log it, and finally I will get back to you.", False),
        ("zh", "首先核实身份，然后登记退费，最后发短信给您。", True),
        ("zh", "先断电30秒，再开机等两分钟。", True),
        ("en", "First I call the hub, then I send a replacement.", True),
    ],
)
def test_steps_are_steps_of_something(language: str, line: str, steps: bool) -> None:
    assert _read(line, language=language).clear_steps is steps
