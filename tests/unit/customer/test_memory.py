"""What the customer brings up beside the case, and what he remembers of last time."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from core.domain import customer
from core.domain.agenda import CustomerAct, CustomerActKind, CustomerState, Way, Wonder
from core.domain.customer import RAGE_LIMIT, Step
from core.domain.dialogue import EndReason
from core.domain.emotion import EmotionState
from core.domain.promises import promised_time
from core.domain.reading import LineReading, TraineeAct
from tests.unit.customer.cases import ENGINE, MOODS, OFFICE, REFUND, WORKER, cue, reading

ACT = TraineeAct
KIND = CustomerActKind
SHY = replace(REFUND, hidden_surfaces=("我是怕家里人说我乱花钱",))
OWED = "第二天12点前"


class Never:
    """Chance that lets nothing happen by itself."""

    def random(self) -> float:
        return 0.99

    def gauss(self, mu: float, sigma: float) -> float:
        return mu


def mind(**changes: object) -> CustomerState:
    mood = EmotionState(heat=0.3, worry=0.2, confusion=0.2, trust=0.6, patience=12, baseline=0.3)
    return replace(CustomerState(mood=mood, lines=2), **changes)  # type: ignore[arg-type]


def hear(before: CustomerState, line: LineReading, **given: object) -> Step:
    return customer.hear(
        before,
        line,
        scenario=SHY,
        persona=WORKER,
        silence_limits=0.0,
        chance=Never(),
        **given,  # type: ignore[arg-type]
    )


def ways(step: Step) -> set[tuple[CustomerActKind, Way]]:
    return {(act.kind, act.way) for act in step.acts}


@pytest.mark.parametrize(
    ("text", "language", "later"),
    [
        ("我来跟进，明天12点前给您回电", "zh", "第二天12点前"),
        ("今天18:00前给您答复", "zh", "当天18:00前"),
        ("三天内会有专人联系您", "zh", "三天内"),
        ("24小时内回复您", "zh", "24小时内"),
        ("两个工作日内退到卡里", "zh", "两个工作日内"),
        ("今晚8点前一定给您打电话", "zh", "当晚8点前"),
        ("明天上午给您回电", "zh", "第二天"),
        ("周五之前办好", "zh", "周五之前"),
        ("我马上给您查", "zh", ""),
        ("尾号2096对吗", "zh", ""),
        ("I will call you back by 6 pm today", "en", "by 6 pm the same day"),
        ("You will hear from us within 24 hours", "en", "within 24 hours"),
        ("I'll email you tomorrow", "en", "the next day"),
        ("in two business days", "en", "in two business days"),
        ("I am looking into it", "en", ""),
        ("明天12点前", "fr", ""),
    ],
)
def test_a_promised_time_is_said_as_one_says_it_later(text: str, language: str, later: str) -> None:
    assert promised_time(text, language) == later


def test_half_of_the_promises_are_named_in_the_first_turn_and_all_cost_trust() -> None:
    def opened(seed: int, owed: str) -> Step:
        return customer.open_case(
            scenario=REFUND,
            persona=OFFICE,
            mood=MOODS["calm"],
            chance=Random(f"{seed}:open"),
            owed=owed,
        )

    steps = [opened(seed, OWED) for seed in range(200)]
    named = [step for step in steps if (KIND.DOUBT, Way.LAST_TIME) in ways(step)]
    assert 70 <= len(named) <= 130
    assert all(step.state.reminded == (step in named) for step in steps)
    assert all(step.state.mood.trust == pytest.approx(0.5) for step in steps)
    said = [
        line.text for step in named for line in ENGINE.word(cue(step, seed=1, mood="calm")).lines
    ]
    assert sum(OWED in text for text in said) >= len(named)
    without = [opened(seed, "") for seed in range(200)]
    assert not any((KIND.DOUBT, Way.LAST_TIME) in ways(step) for step in without)


def test_a_promise_not_named_yet_comes_out_when_the_trainee_asks_openly_and_only_once() -> None:
    step = hear(mind(owed=OWED), reading(ACT.ASK_OPEN))
    assert (KIND.DOUBT, Way.LAST_TIME) in ways(step)
    again = hear(step.state, reading(ACT.ASK_OPEN))
    assert (KIND.DOUBT, Way.LAST_TIME) not in ways(again)
    assert (KIND.DOUBT, Way.LAST_TIME) not in ways(hear(mind(), reading(ACT.ASK_OPEN)))


def test_few_customers_wonder_whether_a_machine_is_writing_more_of_them_angry_or_hurried() -> None:
    def share(mood: str, patience: float) -> float:
        hurried = replace(OFFICE, manner=replace(OFFICE.manner, patience=patience))
        steps = [
            customer.open_case(
                scenario=REFUND, persona=hurried, mood=MOODS[mood], chance=Random(f"{n}:open")
            )
            for n in range(1000)
        ]
        return sum(step.state.wonder is Wonder.WILL for step in steps) / 1000

    assert share("calm", 1.0) == pytest.approx(0.06, abs=0.03)
    assert share("angry", 1.0) == pytest.approx(0.12, abs=0.04)
    assert share("angry", 0.8) == pytest.approx(0.24, abs=0.05)


@pytest.mark.parametrize("act", [ACT.EMPATHY_GENERIC, ACT.APOLOGY_BARE, ACT.HOLD])
def test_a_canned_line_makes_him_ask_once(act: TraineeAct) -> None:
    step = hear(mind(wonder=Wonder.WILL), reading(act))
    assert step.acts[0] == CustomerAct(KIND.ASK_BACK, way=Way.ROBOT)
    assert step.state.wonder is Wonder.ASKED
    helpful = hear(mind(wonder=Wonder.WILL), reading(act, ACT.SOLVE_STEP))
    assert (KIND.ASK_BACK, Way.ROBOT) not in ways(helpful)
    trusting = hear(mind(), reading(act))
    assert (KIND.ASK_BACK, Way.ROBOT) not in ways(trusting)


@pytest.mark.parametrize(
    ("text", "kind", "way"),
    [
        ("您放心，我是真人", KIND.ACCEPT, Way.HUMAN),
        ("我是人工客服小李，不是机器人", KIND.ACCEPT, Way.HUMAN),
        ("I'm a real person", KIND.ACCEPT, Way.HUMAN),
        ("I am not a bot", KIND.ACCEPT, Way.HUMAN),
        ("我是智能客服，很高兴为您服务", KIND.PRESS, Way.WANTS_HUMAN),
        ("我是人工智能助手", KIND.PRESS, Way.WANTS_HUMAN),
        ("I am an automated assistant", KIND.PRESS, Way.WANTS_HUMAN),
        ("请您提供一下订单号", KIND.PRESS, Way.WANTS_HUMAN),
    ],
)
def test_the_answer_to_it_counts(text: str, kind: CustomerActKind, way: Way) -> None:
    before = mind(wonder=Wonder.ASKED)
    step = hear(before, reading(ACT.INFORM, text=text))
    assert (kind, way) in ways(step)
    assert step.state.wonder is Wonder.DONE
    if way is Way.HUMAN:
        assert step.state.mood.trust == pytest.approx(0.65)
    else:
        plain = hear(mind(), reading(ACT.INFORM, text=text))
        assert step.state.mood.heat == pytest.approx(plain.state.mood.heat + 0.04)


def test_a_trusting_customer_says_what_is_behind_it_when_somebody_cares_to_ask() -> None:
    told = (KIND.SELF_DISCLOSE, Way.HIDDEN)
    step = hear(mind(), reading(ACT.ASK_OPEN))
    assert told in ways(step)
    careful = replace(WORKER, manner=replace(WORKER.manner, typos=0.0))
    said = ENGINE.word(cue(step, seed=1, mood="calm", scenario=SHY, persona=careful)).lines
    assert "我是怕家里人说我乱花钱" in "".join(line.text for line in said)
    assert told not in ways(hear(step.state, reading(ACT.ASK_OPEN)))
    wary = mind(mood=replace(mind().mood, trust=0.3))
    assert told not in ways(hear(wary, reading(ACT.ASK_OPEN)))
    assert told not in ways(hear(mind(lines=0), reading(ACT.ASK_OPEN)))


def test_what_was_behind_it_is_said_on_leaving_without_anger() -> None:
    told = (KIND.SELF_DISCLOSE, Way.HIDDEN)
    left = hear(mind(), reading(ACT.CLOSE))
    assert left.end is EndReason.FINISHED_BY_TRAINEE
    assert told in ways(left)
    assert left.acts[-1].kind is KIND.CLOSE
    late = hear(mind(), reading(ACT.INFORM), time_up=True)
    assert (late.end, late.acts[-1].way) == (EndReason.TIME_LIMIT, Way.LIMIT)
    angry = mind(mood=replace(mind().mood, heat=0.7, baseline=0.7))
    assert told not in ways(hear(angry, reading(ACT.CLOSE)))


def test_a_solved_talk_whose_time_is_over_is_solved() -> None:
    done = mind(settled=("cause", "refund"))
    assert hear(done, reading(ACT.INFORM), time_up=True).end is EndReason.SOLVED


def test_nobody_is_shouted_at_for_long() -> None:
    furious = replace(mind().mood, heat=0.85, baseline=0.85, patience=99.0, trust=0.2)
    step = hear(mind(mood=furious), reading(ACT.INFORM))
    lines = 1
    while step.end is None:
        cool = replace(step.state, mood=replace(step.state.mood, heat=0.85))
        step = hear(cool, reading(ACT.INFORM))
        lines += 1
    assert (lines, step.end) == (RAGE_LIMIT, EndReason.GIVEN_UP)
