"""Every code has words in both languages, and the words say what they must."""

import re
from collections.abc import Iterator
from enum import StrEnum

import pytest

from bots.facts import name_of
from bots.replies import word
from core.catalogue import LANGUAGES, has, keys, needs, say
from core.domain.ability import Ability, Certainty
from core.domain.dialogue import EndReason, Mode, Status
from core.domain.messages import ChannelAddress, ChannelKind, Json, NoticeCode, OutboundMessage
from core.domain.reading import TraineeAct
from core.domain.scenario import Difficulty
from core.domain.scorecard import UnscoredReason
from core.errors import DialogueFault

ADDRESS = ChannelAddress(ChannelKind.WECHAT, "main", "somebody")


def said(code: NoticeCode, facts: dict[str, Json] | None = None, language: str = "zh") -> str:
    return word(OutboundMessage(ADDRESS, code, facts or {}, language=language))


def families() -> Iterator[tuple[str, str]]:
    enums: list[tuple[str, type[StrEnum]]] = [
        ("ability", Ability),
        ("certainty", Certainty),
        ("end", EndReason),
        ("mode", Mode),
        ("status", Status),
        ("act", TraineeAct),
        ("difficulty", Difficulty),
        ("unscored", UnscoredReason),
        ("trouble", DialogueFault),
    ]
    for family, enum in enums:
        yield from ((family, member.value) for member in enum)
    yield from (("check", f"C{number:02}") for number in range(1, 27))
    yield from (("critical", f"K{number}") for number in range(1, 9))


def test_both_languages_hold_the_same_keys() -> None:
    assert keys("zh") == keys("en")


def test_both_languages_ask_for_the_same_facts() -> None:
    assert [key for key in keys("zh") if needs("zh", key) != needs("en", key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_closed_choice_has_words(language: str) -> None:
    missing = [f"{a}.{b}" for a, b in families() if not has(language, f"{a}.{b}")]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(NoticeCode))
def test_every_notice_is_worded_even_without_facts(code: NoticeCode, language: str) -> None:
    text = said(code, {"text": "在吗", "quote": "x"}, language)
    assert text
    assert not re.search(r"[{}]|None", text)


def test_the_start_names_the_simulated_customer_and_the_words_that_help() -> None:
    text = said(
        NoticeCode.DIALOGUE_STARTED,
        {
            "title": "流量超额",
            "brief": "客户发现账单多了 128 元。",
            "persona": "白领",
            "mood": "生气",
            "difficulty": "medium",
            "scenario_id": "data-fee",
            "dialogue_id": "d1",
            "verify": True,
        },
    )
    assert text.splitlines() == [
        "练习开始：流量超额",
        "客户发现账单多了 128 元。",
        "对方是「AI 模拟客户」（白领，生气），难度：中级。",
        "涉及账户信息前，请先核实身份。",
        "随时可以输入：提示（要帮助）、资料（查客户资料）、结束（收尾并评分）。",
    ]


def test_the_english_start_is_labelled_too() -> None:
    text = said(NoticeCode.DIALOGUE_STARTED, {"title": "Bill"}, "en")
    assert "「AI 模拟客户」" in text
    assert "AI-simulated customer" in text
    assert all(command in text for command in ("hint", "record", "end"))


DEBRIEF: dict[str, Json] = {
    "dialogue_id": "d1",
    "overall": 6.24,
    "abilities": {"Q1": 7.0, "Q2": None, "A1": 5.55},
    "strengths": [
        {"check": "C10", "turn": 2, "quote": "一下多扣这么多", "why": "", "facts": []},
    ],
    "fixes": [
        {
            "check": "C15",
            "turn": 4,
            "quote": "这个办不了",
            "why": "no-such-reason",
            "facts": [["a", "b"]],
            "better": "这笔按规定退不了，我可以帮您改成日包。",
            "replay_from": 4,
            "heat": {"turn": 4, "tenths": 2},
            "reply": "凭什么",
        }
    ],
    "heat": [{"turn": 4, "tenths": 2}],
    "critical": [{"id": "K3", "turn": 6, "quote": "我保证全退", "why": "", "confirmed": False}],
}


def test_the_debrief_shows_one_strength_one_fix_and_invites_to_replay() -> None:
    assert said(NoticeCode.DEBRIEF, DEBRIEF).splitlines() == [
        "本次点评",
        "本次总分：6.2 / 10",
        "本次各项：同理心 7.0、诊断沟通 5.5",
        "可能的严重错误，待主管确认：越权承诺（第 6 句「我保证全退」）",
        "【保持】共情说到具体的损失",
        "第 2 句：「一下多扣这么多」",
        "【补上】拒绝时说明原因并给替代办法",
        "第 4 句：「这个办不了」",
        "客户怒气 +2，接着说：「凭什么」",
        "可以这样说：「这笔按规定退不了，我可以帮您改成日包。」",
        "输入 重来 4，从这一句再试一次。",
        "分数由机器给出；不同意可以输入：申诉 第 4 句 加上理由。",
    ]


def test_heat_of_a_fix_is_found_by_its_turn_when_it_brings_none() -> None:
    fix: dict[str, Json] = {"check": "C09", "turn": 3, "quote": "哦", "why": "", "heat": None}
    text = said(NoticeCode.DEBRIEF, {"fixes": [fix], "heat": [{"turn": 3, "tenths": 1}]})
    assert "客户怒气 +1" in text


def test_braces_in_what_people_say_stay_what_they_are() -> None:
    fix: dict[str, Json] = {"check": "C09", "turn": 3, "quote": "{turn} {0}", "why": ""}
    assert "第 3 句：「{turn} {0}」" in said(NoticeCode.DEBRIEF, {"fixes": [fix]})
    assert said(NoticeCode.CUSTOMER_LINE, {"text": "{x}"}) == "{x}"


def test_a_profile_below_the_gate_shows_no_figure() -> None:
    levels: list[Json] = [
        {"ability": "Q1", "value": 8.1, "certainty": "too_few", "count": 4},
        {
            "ability": "Q2",
            "value": 6.0,
            "low": 4.7,
            "high": 7.2,
            "certainty": "tentative",
            "count": 7,
        },
    ]
    assert said(NoticeCode.PROFILE, {"levels": levels}).splitlines()[1:3] == [
        "同理心：数据不足（4 次）",
        "情绪稳定：6.0（大约 4.7–7.2，暂定，7 次）",
    ]


def test_a_locked_line_of_the_record_keeps_its_value() -> None:
    lines: list[Json] = [
        {"label": "套餐", "value": "59 元", "locked": False},
        {"label": "身份证尾号", "value": "1234", "locked": True},
    ]
    text = said(NoticeCode.RECORD, {"lines": lines, "verified": False})
    assert "套餐：59 元" in text
    assert "1234" not in text
    assert "身份证尾号：核实身份后可见" in text


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, "提示：再想一想，关于「退款时间」，客户现在最需要你说什么、问什么？"),
        (2, "提示：下一步试试「说清谁、什么时候办」。（退款时间）"),
        (3, "提示：可以这样开头：「我今天下午……」"),
    ],
)
def test_hints_grow_with_their_size(size: int, expected: str) -> None:
    facts: dict[str, Json] = {
        "size": size,
        "act": "time_commit",
        "label": "退款时间",
        "partial": "我今天下午",
    }
    assert said(NoticeCode.HINT, facts).splitlines()[0] == expected


def test_scenarios_are_numbered_plain_text() -> None:
    items: list[Json] = [{"number": 1, "id": "a", "title": "断网报修", "difficulty": "entry"}]
    assert said(NoticeCode.SCENARIOS, {"items": items}).splitlines() == [
        "可以练习的场景：",
        "1. 断网报修（入门）",
        "输入 练习 加编号开始，例如：练习 1。",
    ]


def test_the_form_and_what_was_kept_of_it() -> None:
    assert said(NoticeCode.WRAP_UP_FORM, {"fields": ["原因", "办法"]}).splitlines()[1:3] == [
        "原因：",
        "办法：",
    ]
    kept: dict[str, Json] = {"fields": {"原因": "超额"}, "missing": ["办法", "时限"]}
    assert said(NoticeCode.WRAP_UP_KEPT, kept).splitlines() == [
        "工单小结已收到：",
        "原因：超额",
        "还没有填写：办法、时限",
    ]


def test_an_unknown_fault_becomes_one_plain_sentence() -> None:
    expected = "出了点问题，你的话已经保存，请稍后再试一次。"
    assert said(NoticeCode.TROUBLE, {"fault": "never heard of"}) == expected


def test_a_dialogue_without_a_score_says_so() -> None:
    text = said(NoticeCode.DEBRIEF, {"overall": None, "abilities": {}})
    assert text.splitlines()[1] == "本次内容太少，没有总分。"
    assert said(NoticeCode.SCORE) == "还没有成绩。输入 练习 开始第一次。"


def test_an_unknown_code_is_named_by_itself() -> None:
    assert name_of("zh", "end", "mystery") == "mystery"


def test_an_unknown_language_is_answered_in_the_default_one() -> None:
    assert say("fr", "ability.Q1") == "同理心"
