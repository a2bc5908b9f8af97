"""Lines in words of a region, of letters or of the shortest writing are read as the standard ones;
what forbids, asks or leaves open is not taken for what it forbids."""

from __future__ import annotations

import pytest

from core.content.library import open_library
from core.customer.line_reader import PatternLineReader
from core.customer.standard import standard, standard_text
from core.domain.reading import LineReading, TraineeAct
from core.ports.line_reader import LineContext

READER = PatternLineReader()
LIBRARY = open_library()


def _read(case: str, text: str, *, told: tuple[str, ...] = ()) -> LineReading:
    context = LineContext(language="zh", scenario=LIBRARY.scenario(case), told=told)
    return READER.read(text, context)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("您瞅瞅软件写的是啥版本，是不？", "您看看软件写的是什么版本,对吗?"),
        ("佢再打嚟就话我知", "他再打来就告诉我"),
        ("咯个东西您哪天要用", "这个东西您哪天要用"),
        ("额们把钱退给您咧", "我们把钱退给您了"),
        ("搿张票阿拉作废", "这张票我们作废"),
        ("请报卡号末尾四个数", "请报卡号后四位"),
        ("无需寄回，24个钟头之内发出", "不用寄回,24小时内发出"),
        ("中介说主要是余额不足", "中介说主要是余额不足"),
        ("这件事由我来跟", "这件事我来跟"),
        ("申请不过让人窝火,不过得等", "申请不过让人窝火,但是得等"),
    ],
)
def test_other_words_are_read_as_the_standard_ones(said: str, same: str) -> None:
    assert standard(said) == same


def test_a_phrase_is_still_quoted_as_it_was_typed() -> None:
    line = standard_text("俺今儿个就给您整明白咯")
    assert len(line.plain) == len(line.origins)
    assert list(line.origins) == sorted(line.origins)
    hits = READER.read("俺系客服，唔可以退。", LineContext("zh")).phrases
    assert all(hit.text in "俺系客服，唔可以退。" for hit in hits)


@pytest.mark.parametrize(
    ("case", "line", "goal"),
    [
        ("app-data-missing", "缓存和软件都不要动，流水没有丢，上午的已经在服务器上。", "safe"),
        ("broadband-outage", "请把光猫的电拔了30秒，后面的光纤按牢，再开机。", "restart"),
        ("plan-downgrade", "查过了，协议上个月已经期满，往下调没有手续费。", "contract"),
        ("invoice", "旧票由我们废掉，按正确的抬头出新票，您什么都不用退寄。", "method"),
    ],
)
def test_a_case_hears_other_words_for_what_settles_it(case: str, line: str, goal: str) -> None:
    assert goal in _read(case, line).settled


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("broadband-outage", "24小时内有结果，我通知您。"),
        ("card-fraud", "这两笔款项列进异议，5个工作日内有结果。"),
        ("invoice", "麻烦给我重新开一下。"),
        ("wrong-charge", "您是想停掉它吗？"),
    ],
)
def test_other_words_need_something_of_the_case_and_its_figures(case: str, line: str) -> None:
    assert not _read(case, line).settled


@pytest.mark.parametrize(
    "line",
    [
        "要输密码的话您自己输，别告诉我。",
        "密码和验证码谁都不要说，只告诉我后四位。",
        "请报一下卡号后四位，至于密码、验证码，请对任何人保密。",
    ],
)
def test_what_is_forbidden_to_tell_is_not_asked_for(line: str) -> None:
    assert not _read("card-fraud", line).breached
    assert _read("card-fraud", "请把验证码告诉我。").breached


@pytest.mark.parametrize(
    "line",
    [
        "那我再说一遍：今天下午2点到4点师傅上门。",
        "是哪段时间的账看不到了？",
        "往后断了网，再点一次“立即同步”就行。",
        "再请问一下，家里有几个人？",
    ],
)
def test_saying_it_back_and_asking_further_asks_nobody_to_repeat(line: str) -> None:
    assert not READER.read(line, LineContext("zh")).does(TraineeAct.ASK_REPEAT)


def test_a_fact_is_asked_for_again_only_where_its_own_clause_asks() -> None:
    told = ("family",)
    assert not _read("card-fraud", "家里那边什么时候说由您决定。", told=told).repeated_ask
    assert _read("card-fraud", "您家里人知道这件事吗？", told=told).repeated_ask


def test_who_is_asked_something_is_not_kept_waiting() -> None:
    asked = READER.read("我马上查一下。请问订单尾号是多少？", LineContext("zh"))
    assert not asked.does(TraineeAct.HOLD)
    assert READER.read("请您稍等，我查一下。", LineContext("zh")).does(TraineeAct.HOLD)


@pytest.mark.parametrize(
    ("case", "line", "breached"),
    [
        ("line-restore", "店里按错很常见，不怪您，小票您留得好。", False),
        ("line-restore", "这事怪您，小票也不看。", True),
        ("wrong-charge", "咱们对一下：20元3个工作日有结果，二次确认开了，赔偿等主管答复。", False),
        ("wrong-charge", "那就给您赔偿，50元。", True),
        ("claim-callback", "清单我今天提交，5个工作日内到账。", False),
        ("claim-callback", "清单我今天提交，钱就到账。", True),
    ],
)
def test_only_what_is_said_together_breaks_a_rule_and_a_bare_no_breaks_none(
    case: str, line: str, *, breached: bool
) -> None:
    assert bool(_read(case, line).breached) is breached


def test_who_says_back_what_was_said_may_use_its_words_and_ask() -> None:
    context = LineContext(
        language="zh",
        scenario=LIBRARY.scenario("course-promise"),
        customer_said=("他写的没过全退",),
    )
    found = READER.read("我记下了：老师写“没过全退”，您信了才交的钱，是这样吗？", context)
    assert TraineeAct.RESTATE in found.acts
    assert "listen" in found.settled


def test_a_bare_question_whether_it_is_right_makes_a_restatement() -> None:
    said = "收到五天，没进水没磕碰，不加热，我讲得阿对？"
    assert TraineeAct.RESTATE in _read("exchange-defect", said).acts


@pytest.mark.parametrize(
    "line", ["请您说一下手机尾号、是否回过短信，可以吗？", "先稍等一下，行吗？"]
)
def test_a_question_is_no_restatement(line: str) -> None:
    assert TraineeAct.RESTATE not in _read("wrong-charge", line).acts


@pytest.mark.parametrize(
    "line",
    [
        "新买的东西没用几天就坏了，换啥人都要光火，我来帮您弄",
        "不清楚的钱被扣，任何人都不高兴，我来查明白",
        "家里还漏着水，哪个都火冒，对不住了",
    ],
)
def test_whoever_would_feel_so_is_sympathy_whatever_the_feeling_is_called(line: str) -> None:
    assert TraineeAct.EMPATHY_SPECIFIC in _plain(line)


@pytest.mark.parametrize(
    "line",
    [
        "谁都可以申请这个优惠",
        "任何人都需要提供身份证",
        "谁也不知道什么时候恢复",
        "哪个套餐都包含流量",
    ],
)
def test_what_holds_for_everybody_is_no_sympathy(line: str) -> None:
    assert not {TraineeAct.EMPATHY_SPECIFIC, TraineeAct.EMPATHY_GENERIC} & set(_plain(line))


def _plain(line: str) -> tuple[TraineeAct, ...]:
    return tuple(READER.read(line, LineContext(language="zh")).acts)


@pytest.mark.parametrize(
    ("line", "repeated"),
    [
        ("楼下的情况请您拍几张照片。", ()),
        ("楼下有没有受影响？", ("downstairs",)),
        ("请您拍几张照片。楼下有没有受影响？", ("downstairs",)),
    ],
)
def test_who_asks_for_something_new_about_what_was_told_does_not_ask_it_again(
    line: str, repeated: tuple[str, ...]
) -> None:
    assert _read("leak-workorder", line, told=("downstairs",)).repeated_ask == repeated


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("没办法，您等着吧", TraineeAct.REFUSE_FLAT),
        ("这个没办法，您自己想办法吧", TraineeAct.REFUSE_FLAT),
        ("退不了，您等通知吧。", TraineeAct.REFUSE_FLAT),
        ("没办法，我给您登记，明天18点前回电", TraineeAct.REFUSE_ALT),
        ("今天退不了，您等明天18点的回电就行", TraineeAct.REFUSE_ALT),
    ],
)
def test_left_waiting_is_no_other_way(line: str, act: TraineeAct) -> None:
    refusals = {TraineeAct.REFUSE_FLAT, TraineeAct.REFUSE_ALT}
    assert refusals & set(_plain(line)) == {act}
