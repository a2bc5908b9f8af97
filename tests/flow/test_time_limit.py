"""A talk has fifteen minutes on its own clock; an exam's run whether the trainee writes or not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.agenda import CustomerActKind, Way
from core.domain.dialogue import Dialogue, EndReason, Mode, Status
from core.domain.messages import NoticeCode
from core.ports.storage import UnitOfWork
from tests.flow.customer_talk import start
from tests.flow.phone import Phone, Rig, codes, open_rig, settle

LINES = (
    "您好，请问您的手机尾号是多少？",
    "好的，我马上给您查这个月的账单",
    "我现在就去核对这笔扣费是哪项业务",
)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


async def newest(rig: Rig, phone: Phone) -> Dialogue:
    """The newest dialogue of whoever holds this phone."""

    def read(unit: UnitOfWork) -> Dialogue:
        person = unit.conversations.at(phone.address).person_id
        return unit.dialogues.recent(str(person), limit=1)[0]

    return await rig.house.transactions.write(read)


def test_a_practice_whose_time_is_over_ends_with_the_customer_leaving() -> None:
    talk = start("wrong-charge", persona="white-collar", mood="calm", seed=5)
    pace = replace(talk.role_play.pace, time_limit=timedelta(minutes=2))
    talk.role_play = replace(talk.role_play, pace=pace)
    for line in LINES:
        assert not talk.ended
        last = talk.say(line, after_s=40.0)
    assert talk.dialogue.end_reason is EndReason.TIME_LIMIT
    assert (CustomerActKind.CLOSE, Way.LIMIT) in {
        (act.kind, act.way) for turn in last for act in turn.acts
    }
    assert talk.dialogue.scored


async def test_minutes_spent_away_do_not_count(rig: Rig) -> None:
    phone = rig.phone()
    await phone.type("练习 1 seed=7 emotion=calm")
    await phone.send("您好，请问您的手机尾号是多少？")
    rig.clock.advance(minutes=20)
    assert NoticeCode.CUSTOMER_LINE in codes(await phone.send("不好意思，刚才有急事，我接着给您查"))
    dialogue = await newest(rig, phone)
    assert dialogue.status is Status.RUNNING
    assert dialogue.elapsed_s(rig.clock.now()) < 120


async def test_a_pause_does_not_count(rig: Rig) -> None:
    phone = rig.phone()
    await phone.type("练习 1 seed=7 emotion=calm")
    await phone.type("暂停")
    rig.clock.advance(hours=2)
    await phone.type("继续")
    await phone.send("您好，请问您的手机尾号是多少？")
    assert (await newest(rig, phone)).status is Status.RUNNING


async def test_an_exam_says_its_rules_and_gives_no_help_and_no_pause(rig: Rig) -> None:
    phone = rig.phone()
    told = await phone.type("练习 1 考试")
    assert any("这是考试：限时 15 分钟" in text for text in told)
    assert await phone.type("提示") == ["考试中不提供帮助。"]
    assert await phone.type("暂停") == ["考试中不能暂停，时间还在走。"]
    assert (await newest(rig, phone)).mode is Mode.EXAM


@pytest.mark.parametrize("words", ["练习 1 考试", "练习 1 --exam", "practice 1 EXAM"])
async def test_everybody_meets_the_same_customer_in_an_exam(rig: Rig, words: str) -> None:
    first, second = rig.phone("o-one"), rig.phone("o-two")
    one = [m.facts.get("text") for m in await first.send(f"{words} seed=1 emotion=angry")]
    two = [m.facts.get("text") for m in await second.send(words)]
    assert [text for text in one if text] == [text for text in two if text]
    cast = [
        (exam.seed, exam.persona_id, exam.mood_id)
        for exam in (await newest(rig, first), await newest(rig, second))
    ]
    assert cast[0] == cast[1]


async def test_an_idle_exam_is_neither_nudged_nor_parked_but_ends_and_is_judged(rig: Rig) -> None:
    phone = rig.phone()
    await phone.send("练习 1 考试")
    await phone.send("您好，请问您的手机尾号是多少？")
    rig.clock.advance(minutes=12)
    await rig.house.jobs.look_after_idle()
    await settle(rig.house)
    assert await phone.read() == []
    rig.clock.advance(minutes=3)
    await settle(rig.house)
    told = codes(await phone.read())
    assert told[0] is NoticeCode.DIALOGUE_ENDED
    assert NoticeCode.DEBRIEF in told
    exam = await newest(rig, phone)
    assert (exam.status, exam.end_reason) == (Status.ENDED, EndReason.TIME_LIMIT)


async def test_an_exam_handed_in_early_is_not_ended_a_second_time(rig: Rig) -> None:
    phone = rig.phone()
    await phone.send("练习 1 考试")
    await phone.send("您好，请问您的手机尾号是多少？")
    assert NoticeCode.DEBRIEF in codes(await phone.send("结束"))
    rig.clock.advance(minutes=20)
    await settle(rig.house)
    assert await phone.read() == []
    assert (await newest(rig, phone)).end_reason is EndReason.FINISHED_BY_TRAINEE


@pytest.mark.parametrize("words", ["停止练习", "我要停。", "stop", "Stop practice!"])
async def test_a_stop_word_ends_the_talk_at_once_unscored_and_kindly(rig: Rig, words: str) -> None:
    phone = rig.phone()
    await phone.type("练习 1 seed=7 emotion=calm")
    await phone.send("您好，请问您的手机尾号是多少？")
    (kind,) = await phone.type(words)
    assert kind.startswith("练习先停在这里，不计分。")
    stopped = await newest(rig, phone)
    assert (stopped.status, stopped.end_reason) == (Status.ENDED, EndReason.CARE)
    assert not stopped.scored
    assert await phone.type("成绩") == ["还没有成绩。输入 练习 开始第一次。"]


async def test_the_stop_word_works_in_a_pause_and_in_an_exam_and_says_so_without_a_talk(
    rig: Rig,
) -> None:
    phone = rig.phone()
    await phone.type("你好")
    assert await phone.type("停止练习") == ["现在没有进行中的练习。输入 练习 开始一次。"]
    await phone.type("练习 1 seed=7")
    await phone.type("暂停")
    assert codes(await phone.send("停止练习")) == [NoticeCode.STOPPED_FOR_CARE]
    await phone.type("练习 1 考试")
    assert codes(await phone.send("我要停")) == [NoticeCode.STOPPED_FOR_CARE]
    rig.clock.advance(minutes=20)
    await settle(rig.house)
    assert await phone.read() == []
