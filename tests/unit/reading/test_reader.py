"""What the reader must not be misled by: negation, quotation, questions, numbers, bad typing."""

from __future__ import annotations

import pytest

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.domain.amounts import numbers
from core.domain.reading import LineReading, TraineeAct
from core.ports.line_reader import LineContext

READER = PatternLineReader()
CASES = {case.id: case for case in open_library().scenarios("zh")}
ACT = TraineeAct


def _read(text: str, *, said: tuple[str, ...] = (), language: str = "zh") -> LineReading:
    return READER.read(text, LineContext(language, customer_said=said))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("我不是说不能退，我是说要先验货", ACT.REFUSE_FLAT),
        ("我没说不能退", ACT.REFUSE_FLAT),
        ("没人说不给您退", ACT.REFUSE_FLAT),
        ("I'm not saying we can't refund you", ACT.REFUSE_FLAT),
        ("我没有说给您退款", ACT.SOLVE_STEP),
        ("我不能给您赔偿", ACT.COMPENSATE),
        ("不转接了，我直接给您办", ACT.TRANSFER),
        ("这个我不能帮您提交退款申请", ACT.SOLVE_STEP),
        ("今天下午五点前恐怕不能给您答复", ACT.TIME_COMMIT),
    ],
)
def test_what_a_line_denies_is_not_done(text: str, act: TraineeAct) -> None:
    assert act not in _read(text).acts


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("网断了您没法办公，我马上派人来", False),
        ("没网您也没办法正常办公", False),
        ("耽误您开不了会", False),
        ("车坏在路上您没法开车", False),
        ("这个没法办", True),
        ("会员费没法开会员价", True),
        ("办公用品没法退", True),
        ("没法办公用的发票", True),
        ("没办法给您退", True),
    ],
)
def test_a_verb_that_only_begins_another_word_refuses_nothing(text: str, refuses: bool) -> None:
    found = _read(text)

    assert (ACT.REFUSE_FLAT in found.acts) is refuses
    assert any(hit.category == "F3" for hit in found.phrases) <= refuses


@pytest.mark.parametrize(
    ("text", "said", "act"),
    [
        ("您说“你们不能退”，我先核实一下", ("你们不能退",), ACT.REFUSE_FLAT),
        ("您刚才说今天下午五点前回电", ("你们说今天下午五点前回电",), ACT.TIME_COMMIT),
        ("您问是不是可以赔两百", ("是不是可以赔两百",), ACT.COMPENSATE),
    ],
)
def test_the_customers_words_are_not_the_trainees(
    text: str, said: tuple[str, ...], act: TraineeAct
) -> None:
    assert act not in _read(text, said=said).acts


def test_an_insult_that_is_only_quoted_is_nobodys_fault() -> None:
    said = ("那个客服骂我神经病",)
    assert _read("您说他骂您“神经病”，我一定核查", said=said).phrases == ()
    assert [hit.category for hit in _read("你神经病吧").phrases] == ["F8"]


@pytest.mark.parametrize(
    "text",
    ["明天下午三点前给您回电可以吗", "我今天六点前给您结果，行不行", "我们24小时内给您处理好吗"],
)
def test_an_offer_put_as_a_question_names_its_time(text: str) -> None:
    assert _read(text).named_time


@pytest.mark.parametrize("text", ["您明天下午三点在家吗", "您是想今天下午退吗", "您周五前要吗"])
def test_asking_about_a_time_promises_nothing(text: str) -> None:
    assert ACT.TIME_COMMIT not in _read(text).acts


@pytest.mark.parametrize(
    "text",
    ["两小时内给您回电", "2小时内给您回电", "二十四小时之内给您回电", "明天中午十二点之前给您回话"],
)
def test_a_time_counts_however_its_number_is_written(text: str) -> None:
    found = _read(text)
    assert found.named_time
    assert ACT.TIME_COMMIT in found.acts


@pytest.mark.parametrize("text", ["尽快给您处理", "稍后给您回电", "等通知就行", "过几天再说"])
def test_soon_is_no_time(text: str) -> None:
    assert ACT.TIME_COMMIT not in _read(text).acts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("六十八块五", {"68", "5"}),
        ("两百块", {"200"}),
        ("三千零五十元", {"3050"}),
        ("一万二", {"12000"}),
        ("三百五", {"350"}),
        ("二十五", {"25"}),
        ("一百零五", {"105"}),
        ("尾号二零九六", {"2096"}),
        ("1,280.00元", {"1280"}),
        ("thirty-five dollars", {"35"}),
    ],
)
def test_amounts_are_the_same_in_figures_and_in_words(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text", ["我跟您确认一下，这样处理您看可以吗？", "跟您核对一下，您看这样行吗"]
)
def test_a_question_whether_the_way_is_right_confirms_whatever_stands_before_it(text: str) -> None:
    assert ACT.CONFIRM in _read(text).acts


def test_speech_without_any_mark_is_heard_whole() -> None:
    heard = _read(
        "喂您好听得到吗我是客服小张您反映的宽带问题我这边看到了我马上给您派师傅"
        "今天下午五点之前上门您看行不行"
    ).acts
    wanted = {ACT.GREET, ACT.SELF_INTRO, ACT.SOLVE_STEP, ACT.TIME_COMMIT, ACT.CONFIRM}
    assert wanted <= heard


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("对不起哈给您舔麻烦了", ACT.APOLOGY_BARE),
        ("我马上帮您查寻一下扣非记录", ACT.SOLVE_STEP),
        ("您 的 订 单 号 是 多 少", ACT.ASK_SLOT),
        ("已经帮您提交refund申请了", ACT.SOLVE_STEP),
        ("您的 order number 是多少", ACT.ASK_SLOT),
        ("Ｈｅｌｌｏ　您好", ACT.GREET),
    ],
)
def test_bad_typing_and_two_languages_do_not_hide_the_act(text: str, act: TraineeAct) -> None:
    assert act in _read(text).acts


def test_an_apology_for_what_somebody_missed_is_sympathy_too() -> None:
    # It read as a bare apology whenever the case was unknown.
    assert _read("抱歉影响您开会了").acts == {ACT.APOLOGY_BARE, ACT.EMPATHY_SPECIFIC}


@pytest.mark.parametrize(
    "text",
    [
        "您先别急，师傅两小时内上门",
        "理解您的心情",
        "您家孩子多大了",
        "请您告诉我停电几小时了吗",
        "您的生日是哪天",
    ],
)
def test_a_loss_without_feeling_or_a_feeling_without_loss_is_not_specific(text: str) -> None:
    assert ACT.EMPATHY_SPECIFIC not in _read(text).acts


@pytest.mark.parametrize("text", ["您看行不行", "这样好不好", "您觉得可不可以"])
def test_a_question_with_its_own_no_denies_nothing(text: str) -> None:
    # "行不行" was counted as the negation "不行" and undid what stood before it.
    found = _read("我马上给您退款" + text)
    assert {ACT.SOLVE_ACCEPT, ACT.CONFIRM} <= found.acts


@pytest.mark.parametrize("text", ["您看能不能换一件", "我问下能不能给您补", "可不可以先记下来"])
def test_asking_whether_something_can_be_had_refuses_nothing(text: str) -> None:
    found = _read(text)
    assert [hit for hit in found.phrases if hit.severity] == []
    assert ACT.REFUSE_FLAT not in found.acts


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "。。。", "😀😀", "？"])
def test_a_line_without_words_does_nothing(text: str) -> None:
    found = _read(text)
    assert found.acts == {ACT.INFORM}
    assert found.confidence < 0.45


def test_the_reading_of_a_line_is_the_same_each_time() -> None:
    context = LineContext("zh", CASES["wrong-charge"])
    text = "您好，这个月多扣的钱我帮您查一下，今天下午六点前给您回电"
    assert READER.read(text, context) == PatternLineReader().read(text, context)
