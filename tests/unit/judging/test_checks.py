"""Each of the 26 checks and each critical error: a talk that passes, one that fails, one to which
it does not apply; with the turn, the quote and the reason that are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import pytest

from core.domain.dialogue import EndReason
from core.domain.reading import TraineeAct as Act
from core.domain.rubric import CHECKS
from core.domain.scenario import Scenario
from core.domain.scorecard import CriticalError, UnscoredReason
from core.domain.transcript import Transcript
from core.services.judging import judge
from tests.builders import NotedReader, Talking, phrase, scenario

READER = NotedReader()
OPENING = "我话费怎么多扣了20"


def _calm() -> Talking:
    return Talking().customer(OPENING)


def _hot() -> Talking:
    return Talking().customer(OPENING, heat=0.6)


class Without(TypedDict, total=False):
    """Parts of the usual case that a row takes away."""

    required_slots: tuple[()]
    policy_limits: tuple[()]
    record: tuple[()]
    wrap_up: tuple[()]


class Around(TypedDict, total=False):
    """What is different around a talk."""

    scenario: Scenario | None
    wrap_up: dict[str, str]
    end_reason: EndReason
    timed: bool


def _case(**parts: Unpack[Without]) -> Scenario:
    return replace(scenario(), **parts)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card shows for one check; `turn` and `quote` are empty where nothing is quoted."""

    check: str
    mark: float | None
    why: str
    turn: int | None = None
    quote: str = ""


Row = tuple[Transcript, Shown]


def _row(
    talk: Talking,
    check: str,
    mark: float | None,
    why: str,
    at: tuple[int, str] | None = None,
    **changes: Unpack[Around],
) -> Row:
    turn, quote = at or (None, "")
    return (
        replace(talk.transcript(), **changes),
        Shown(check, mark, why, turn, quote),
    )


def _greet() -> Talking:
    return _calm().trainee("您好。", Act.GREET)


def _offer(text: str = "我给您退订视频包。") -> Talking:
    return _calm().trainee(text, Act.SOLVE_STEP)


def _opening_rows() -> list[Row]:
    late = _calm().trainee("嗯。", Act.INFORM).trainee("说。", Act.INFORM)
    asked = _calm().trainee("先核对一下尾号。", Act.VERIFY_ID, asked=("phone",))
    told = _calm().trainee("您3月1日开通了视频包。", Act.INFORM, told=("bill",))
    return [
        _row(_greet(), "C01", 1, "greeted", (2, "您好。")),
        _row(late.trainee("您好。", Act.GREET), "C01", 0, "no_greeting", (2, "嗯。")),
        _row(
            _calm().trainee("我是小林。", Act.SELF_INTRO), "C02", 1, "introduced", (2, "我是小林。")
        ),
        _row(_calm().trainee("怎么了？", Act.ASK_OPEN), "C02", 1, "introduced", (2, "怎么了？")),
        _row(_greet(), "C02", 0, "no_introduction", (2, "您好。")),
        _row(asked, "C03", 1, "verified", (2, "先核对一下尾号。")),
        _row(told, "C03", 0, "told_before_verified", (2, "您3月1日开通了视频包。")),
        _row(_greet(), "C03", None, "no_account_data_given"),
        _row(_greet(), "C03", None, "nothing_to_verify", scenario=_case(record=())),
    ]


def _diagnose_rows() -> list[Row]:
    cut = _calm().trainee("你先别说，听我讲。", Act.INFORM)
    brief = _calm().trainee("谢谢您，我长话短说。", Act.INFORM)
    early = Talking().trainee("我给您退订。", Act.SOLVE_STEP).customer("什么")
    open_late = _offer().customer("哦").trainee("怎么回事呢？", Act.ASK_OPEN)
    both = _calm().trainee("哪个月，尾号多少？", Act.ASK_SLOT, asked=("phone", "month"))
    one = _calm().trainee("尾号多少？", Act.ASK_SLOT, asked=("phone",))
    twice = (
        _calm()
        .customer("尾号6612", told=("phone",))
        .trainee("尾号多少？", Act.ASK_SLOT, repeated_ask=("phone",))
    )
    again = _calm().trainee("您再说一遍？", Act.ASK_REPEAT)
    said_back = _calm().trainee("您是说多扣了20，对吗？", Act.RESTATE)
    heard = (2, "您是说多扣了20，对吗？")
    return [
        _row(_greet(), "C04", 1, "let_finish", (2, "您好。")),
        _row(cut, "C04", 0, "cut_off", (2, "你先别说，听我讲。")),
        _row(brief, "C04", 1, "let_finish", (2, "谢谢您，我长话短说。")),
        _row(early, "C04", 0, "verdict_before_listening", (1, "我给您退订。")),
        _row(_calm().trainee("怎么了？", Act.ASK_OPEN), "C05", 1, "asked_openly", (2, "怎么了？")),
        _row(_greet(), "C05", 0, "no_open_question", (2, "您好。")),
        _row(open_late, "C05", 0, "solved_before_asking", (2, "我给您退订视频包。")),
        _row(_greet(), "C05", None, "nothing_to_ask", scenario=_case(required_slots=())),
        _row(both, "C06", 1, "slots_known", (2, "哪个月，尾号多少？")),
        _row(one, "C06", 0.5, "slots_half_known", (2, "尾号多少？")),
        _row(_greet(), "C06", 0, "slots_unknown", (2, "您好。")),
        _row(_greet(), "C06", None, "nothing_to_ask", scenario=_case(required_slots=())),
        _row(one, "C07", 1, "asked_once", (2, "尾号多少？")),
        _row(twice, "C07", 0, "asked_again", (3, "尾号多少？")),
        _row(again, "C07", 0, "asked_to_repeat", (2, "您再说一遍？")),
        _row(_greet(), "C07", None, "nothing_asked"),
        _row(said_back, "C08", 0, "restated_unanswered", heard),
        _row(_greet(), "C08", 0, "not_restated", (2, "您好。")),
        _row(_said_back("对"), "C08", 1, "restated", heard),
        _row(_said_back("不是，你没听懂"), "C08", 0, "restated_wrongly", heard),
    ]


def _said_back(reply: str) -> Talking:
    return _calm().trainee("您是说多扣了20，对吗？", Act.RESTATE).customer(reply)


def _emotion_rows() -> list[Row]:
    named = "白白多花20，换谁都窝火。"
    specific = _hot().trainee(named, Act.EMPATHY_SPECIFIC)
    generic = _hot().trainee("理解您。", Act.EMPATHY_GENERIC)
    owned = _hot().trainee("是我们误开的，抱歉，这就退订。", Act.APOLOGY_OWNED)
    explained = _hot().trainee(
        "抱歉，因为误点了，我来退订。", Act.APOLOGY_BARE, Act.EXPLAIN, Act.SOLVE_STEP
    )
    soothing = generic.customer("快点").trainee("别急。", Act.EMPATHY_GENERIC).customer("快")
    ignored = _hot().trainee("查一下。", Act.INFORM).customer("快").trainee("嗯。", Act.INFORM)
    only = Talking(list(soothing.turns), heat=0.6, now_s=40).trainee("懂您。", Act.EMPATHY_GENERIC)
    return [
        _row(specific, "C09", 1, "peak_acknowledged", (2, named)),
        _row(ignored, "C09", 0, "peak_ignored", (2, "查一下。")),
        _row(_greet(), "C09", None, "customer_was_calm"),
        _row(specific, "C10", 1, "empathy_specific", (2, named)),
        _row(
            _hot().trainee("理解您。", Act.EMPATHY_GENERIC),
            "C10",
            0,
            "empathy_generic",
            (2, "理解您。"),
        ),
        _row(ignored, "C10", 0, "no_empathy", (2, "查一下。")),
        _row(_greet(), "C10", None, "customer_was_calm"),
        _row(owned, "C11", 1, "apology_owned", (2, "是我们误开的，抱歉，这就退订。")),
        _row(explained, "C11", 1, "apology_owned", (2, "抱歉，因为误点了，我来退订。")),
        _row(_hot().trainee("抱歉。", Act.APOLOGY_BARE), "C11", 0, "apology_bare", (2, "抱歉。")),
        _row(ignored, "C11", 0, "no_apology", (2, "查一下。")),
        _row(_greet(), "C11", None, "customer_was_calm"),
        _row(specific, "C12", 1, "moved_on", (2, named)),
        _row(only, "C12", 0, "only_soothing", (6, "懂您。")),
        _row(_greet(), "C12", None, "customer_was_calm"),
    ]


def _settled(*keys: str, text: str = "退订视频包，20元原路退回。") -> Talking:
    return (
        _calm().customer("尾号6612", told=("phone",)).trainee(text, Act.SOLVE_ACCEPT, settled=keys)
    )


def _solve_rows() -> list[Row]:
    done = "退订视频包，20元原路退回。"
    lied = _settled("cancel", "refund").trainee(
        "国家规定不能退。", Act.INFORM, breached=("no-charge-law",)
    )
    heap = "打开设置，进账户，点订阅，选视频包，点退订，输密码，再确认。"
    steps = "先打开设置，再点退订，最后确认。"
    loose = "打开设置，点退订，输密码，确认。"
    flat = _calm().trainee("不能退。", Act.REFUSE_FLAT, phrases=(phrase("F3", 2, "不能退"),))
    way_out = _calm().trainee("按规定不能三倍赔，我可以全退。", Act.REFUSE_ALT)
    term = _calm().trainee("这是SP业务。", Act.INFORM, jargon=("SP业务",))
    return [
        _row(_settled("cancel", "refund"), "C13", 1, "all_settled", (3, done)),
        _row(_settled("cancel"), "C13", 0.5, "half_settled", (3, done)),
        _row(_greet(), "C13", 0, "not_settled", (2, "您好。")),
        _row(lied, "C13", 0, "wrong_claim", (4, "国家规定不能退。")),
        _row(_greet(), "C13", None, "no_scenario", scenario=None),
        _row(_settled("cancel"), "C14", 1, "policy_kept", (3, done)),
        _row(lied, "C14", 0, "policy_broken", (4, "国家规定不能退。")),
        _row(_greet(), "C14", None, "no_policy_limits", scenario=_case(policy_limits=())),
        _row(way_out, "C15", 1, "refused_with_way_out", (2, "按规定不能三倍赔，我可以全退。")),
        _row(flat, "C15", 0, "flat_refusal", (2, "不能退")),
        _row(_greet(), "C15", None, "nothing_refused"),
        _row(_offer_steps(steps, clear=True), "C16", 1, "steps_in_order", (2, steps)),
        _row(_offer_steps(loose), "C16", 0.5, "steps_without_order", (2, loose)),
        _row(_offer_steps(heap, long=True), "C16", 0, "steps_in_one_heap", (2, heap)),
        _row(_offer(), "C16", None, "one_step"),
        _row(_greet(), "C16", None, "no_steps_needed"),
        _row(_settled("cancel", "refund"), "C17", 1, "concrete", (3, done)),
        _row(_calm().trainee("会处理的。", Act.INFORM), "C17", 0, "vague", (2, "会处理的。")),
        _row(term, "C17", 0, "jargon", (2, "SP业务")),
        _row(_greet(), "C17", None, "nothing_explained"),
    ]


def _offer_steps(text: str, *, clear: bool = False, long: bool = False) -> Talking:
    return _calm().trainee(text, Act.SOLVE_STEP, clear_steps=clear, long=long)


def _commit_rows() -> list[Row]:
    promise = "我今天六点前给您回电。"
    owned = _calm().trainee(promise, Act.TIME_COMMIT, named_owner=True, named_time=True)
    nobody = _calm().trainee("三天内到账。", Act.TIME_COMMIT, named_time=True)
    # A time in a report is no promise: "我查到您昨天下午三点签收了".
    report = _calm().trainee(
        "我查到您昨天三点签收了。", Act.INFORM, named_owner=True, named_time=True
    )
    waiting = _calm().trainee("请稍等。", Act.HOLD).customer("好")
    back = Talking(list(waiting.turns), now_s=30).trainee("让您久等了。", Act.HOLD_RETURN)
    unannounced = _calm().trainee("让您久等了。", Act.HOLD_RETURN)
    asked = _settled("cancel", "refund").customer("什么时候到账？")
    done = (3, "退订视频包，20元原路退回。")
    return [
        _row(owned, "C18", 1, "owner_and_time", (2, promise)),
        _row(nobody, "C18", 0, "time_without_owner", (2, "三天内到账。")),
        _row(report, "C18", 0, "no_owner_no_time", (2, "我查到您昨天三点签收了。")),
        _row(_offer(), "C18", 0, "no_owner_no_time", (2, "我给您退订视频包。")),
        _row(back, "C19", 1, "waiting_announced", (4, "让您久等了。")),
        _row(waiting, "C19", 0, "waiting_not_ended", (2, "请稍等。")),
        _row(unannounced, "C19", 0, "waiting_not_announced", (2, "让您久等了。")),
        _row(_greet(), "C19", None, "nobody_waited"),
        _row(_settled("cancel", "refund"), "C20", 1, "nothing_open", done),
        _row(_settled("cancel"), "C20", 0.5, "one_left_open", done),
        _row(_greet(), "C20", 0, "left_open", (2, "您好。")),
        _row(asked, "C20", 0, "question_unanswered", (4, "什么时候到账？")),
    ]


def _close_rows() -> list[Row]:
    sure = _offer().customer("嗯").trainee("这样可以吗？", Act.CONFIRM)
    # Asking "可以吗" before anything was offered confirms nothing.
    too_soon = _calm().trainee("先核对一下，可以吗？", Act.CONFIRM)
    more = _offer().customer("嗯").trainee("还有别的吗？", Act.MORE)
    pressed = Talking(list(more.turns), now_s=40).customer("没有").trainee("真没别的？", Act.MORE)
    bye = _offer().customer("嗯").trainee("再见。", Act.CLOSE)
    form: Around = {"wrap_up": {"cause": "误扣", "done": "退订"}}
    half: Around = {"wrap_up": {"cause": "误扣", "done": "忘了"}}
    wrong: Around = {"wrap_up": {"cause": "不知道", "done": "忘了"}}
    ended: Around = {"end_reason": EndReason.ESCALATED}
    solved: Around = {"end_reason": EndReason.SOLVED}
    last = (2, "我给您退订视频包。")
    settled = _settled("cancel", "refund")
    return [
        _row(sure, "C21", 1, "confirmed", (4, "这样可以吗？")),
        _row(_offer(), "C21", 0, "not_confirmed", last),
        _row(too_soon, "C21", 0, "not_confirmed", (2, "先核对一下，可以吗？")),
        _row(settled, "C21", None, "customer_closed", **solved),
        _row(more, "C22", 1, "asked_for_more", (4, "还有别的吗？")),
        _row(pressed, "C22", 0, "pressed_for_more", (6, "真没别的？")),
        _row(_offer(), "C22", 0, "not_asked_for_more", last),
        _row(_offer(), "C22", None, "customer_closed", **ended),
        _row(bye, "C23", 1, "farewell", (4, "再见。")),
        _row(_offer(), "C23", 0, "no_farewell", last),
        _row(_offer(), "C23", None, "customer_closed", **ended),
        _row(_offer(), "C24", 1, "form_complete", **form),
        _row(_offer(), "C24", 0.5, "form_half", **half),
        _row(_offer(), "C24", 0, "form_wrong", **wrong),
        _row(_offer(), "C24", None, "waiting_for_wrap_up"),
        _row(_offer(), "C24", None, "no_form", scenario=_case(wrap_up=())),
    ]


def _pace_rows() -> list[Row]:
    late = _calm().trainee("您好。", Act.GREET, wait_s=200)
    quick = _greet().customer("快").trainee("好的。", Act.INFORM)
    slow = _greet().customer("快").trainee("好的。", Act.INFORM, wait_s=90)
    held = (
        _calm()
        .trainee("请稍等，我查一下。", Act.HOLD)
        .customer("好")
        .trainee("查到了。", Act.INFORM, wait_s=90)
    )
    first = Talking().trainee("您好。", Act.GREET).customer("你好")
    long = "您好，" + "请您放心" * 15
    said = _calm().trainee("好的。").customer("在吗").trainee(long, wait_s=25, spoken=True)
    mute = _calm().trainee("好的。").customer("在吗").trainee("好的。", wait_s=25, spoken=True)
    return [
        _row(said, "C26", 1, "answers_in_time", (4, long)),
        _row(mute, "C26", 0, "left_waiting", (4, "好的。")),
        _row(_greet(), "C25", 1, "first_answer_in_time", (2, "您好。")),
        _row(late, "C25", 0, "first_answer_late", (2, "您好。")),
        _row(first, "C25", None, "trainee_opened"),
        _row(_greet(), "C25", None, "no_times", timed=False),
        _row(quick, "C26", 1, "answers_in_time", (4, "好的。")),
        _row(slow, "C26", 0, "left_waiting", (4, "好的。")),
        _row(held, "C26", None, "one_message"),
        _row(_greet(), "C26", None, "one_message"),
        _row(_greet(), "C26", None, "no_times", timed=False),
    ]


GROUPS: tuple[Callable[[], list[Row]], ...] = (
    _opening_rows,
    _diagnose_rows,
    _emotion_rows,
    _solve_rows,
    _commit_rows,
    _close_rows,
    _pace_rows,
)
ROWS = [row for group in GROUPS for row in group()]
ALWAYS_APPLY = {"C01", "C02", "C04", "C08", "C18", "C20"}


@pytest.mark.parametrize(("talk", "shown"), ROWS, ids=lambda one: getattr(one, "why", ""))
def test_a_check_gives_its_mark_with_quote_turn_and_reason(talk: Transcript, shown: Shown) -> None:
    mark = judge(talk, reader=READER).mark(shown.check)

    assert mark is not None
    assert Shown(mark.check, mark.mark, mark.why, mark.turn, mark.quote) == shown
    reasons = {reason.value for reason in UnscoredReason}
    assert (mark.unscored is not None) == (shown.why in reasons)


@pytest.mark.parametrize("check", [check.id for check in CHECKS])
def test_every_check_is_shown_passed_failed_and_without_a_mark(check: str) -> None:
    seen = {shown.mark for _, shown in ROWS if shown.check == check}
    halves = next(one.halves for one in CHECKS if one.id == check)

    assert {0, 1} <= seen
    assert (0.5 in seen) == halves
    assert (None in seen) == (check not in ALWAYS_APPLY)


def _said(text: str, category: str, severity: int) -> Transcript:
    hit = phrase(category, severity, text)
    return _calm().trainee(text, Act.INFORM, phrases=(hit,)).transcript()


def _broken(limit: str) -> Transcript:
    return _calm().trainee("三倍赔您。", Act.COMPENSATE, breached=(limit,)).transcript()


def _forbidden_grant() -> Transcript:
    case = scenario()
    limits = tuple(replace(limit, critical="K8") for limit in case.policy_limits)
    return replace(_broken("triple"), scenario=replace(case, policy_limits=limits))


def _harmful() -> Transcript:
    case = scenario()
    limits = tuple(replace(limit, critical="K5") for limit in case.policy_limits)
    return replace(_broken("triple"), scenario=replace(case, policy_limits=limits))


CRITICAL_ROWS = {
    "data told before verification": (
        _calm().trainee("您3月1日开通的。", Act.INFORM, told=("bill",)).transcript(),
        CriticalError("K1", 2, "您3月1日开通的。", "told_before_verified", True),
    ),
    "a secret asked for": (
        _said("把验证码发我", "F10", 5),
        CriticalError("K1", 2, "把验证码发我", "phrase_f10", False),
    ),
    "an invented policy": (
        _broken("no-charge-law"),
        CriticalError("K2", 2, "三倍赔您。", "policy_broken", True),
    ),
    "a promise nobody may make": (
        _broken("triple"),
        CriticalError("K3", 2, "三倍赔您。", "policy_broken", True),
    ),
    "a promise by its words": (
        _said("包您满意全额赔", "F9", 4),
        CriticalError("K3", 2, "包您满意全额赔", "phrase_f9", False),
    ),
    "abuse": (_said("神经病", "F8", 5), CriticalError("K4", 2, "神经病", "phrase_f8", False)),
    "a harmful answer": (
        _harmful(),
        CriticalError("K5", 2, "三倍赔您。", "policy_broken", True),
    ),
    "a dropped contact": (
        replace(_greet().transcript(), end_reason=EndReason.ABANDONED),
        CriticalError("K6", 2, "您好。", "contact_dropped", True),
    ),
    "provocation": (
        _said("你去告啊", "F7", 4),
        CriticalError("K7", 2, "你去告啊", "phrase_f7", False),
    ),
    "blame": (_said("怪谁", "F2", 3), CriticalError("K7", 2, "怪谁", "phrase_f2", False)),
    "a forbidden grant": (
        _forbidden_grant(),
        CriticalError("K8", 2, "三倍赔您。", "policy_broken", True),
    ),
    "no record": (
        replace(_greet().transcript(), wrap_up={"cause": "", "done": " "}),
        CriticalError("K8", 2, "您好。", "no_record", True),
    ),
}


@pytest.mark.parametrize(("talk", "error"), CRITICAL_ROWS.values(), ids=list(CRITICAL_ROWS))
def test_a_critical_error_is_reported_apart_with_its_evidence(
    talk: Transcript, error: CriticalError
) -> None:
    found = judge(talk, reader=READER).critical
    assert [replace(one, facts=()) for one in found] == [error]


def test_a_civil_talk_holds_no_critical_error() -> None:
    assert judge(_greet().transcript(), reader=READER).critical == ()


def test_only_a_confirmed_error_caps_the_score() -> None:
    blamed = _settled("cancel", "refund").trainee(
        "怪谁", Act.INFORM, phrases=(phrase("F2", 3, "怪谁"),)
    )
    card = judge(blamed.transcript(), reader=READER)
    assert [(error.id, error.confirmed) for error in card.critical] == [("K7", False)]
    assert card.ability(next(a for a, _ in card.abilities if a.value == "A2")) == 10
