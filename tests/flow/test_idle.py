"""Work interrupts: a silent practice is nudged once, parked unscored, and dropped after a week."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.console.talk import Console
from core.domain.dialogue import Dialogue, Status
from core.domain.messages import NoticeCode, OutboundKind
from core.ports.storage import UnitOfWork
from tests.flow.phone import HandClock, Phone, Rig, codes, open_rig, settle

LINE = "您好，很抱歉影响您了，请问手机尾号是多少"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


async def begun(rig: Rig) -> Phone:
    phone = rig.phone()
    await phone.type("练习 1 seed=7")
    await phone.type(LINE)
    return phone


async def newest(rig: Rig, phone: Phone) -> Dialogue:
    """The newest dialogue of whoever holds this phone."""

    def read(unit: UnitOfWork) -> Dialogue:
        person = unit.conversations.at(phone.address).person_id
        return unit.dialogues.recent(str(person), limit=1)[0]

    return await rig.house.transactions.write(read)


async def test_a_silent_trainee_is_nudged_once(rig: Rig) -> None:
    phone = await begun(rig)
    rig.clock.advance(minutes=5)
    await rig.house.jobs.look_after_idle()
    assert await phone.read() == []
    rig.clock.advance(minutes=6)
    await rig.house.jobs.look_after_idle()
    (nudge,) = await phone.read()
    assert (nudge.code, nudge.kind) == (NoticeCode.NUDGE, OutboundKind.PUSH)
    rig.clock.advance(minutes=5)
    await rig.house.jobs.look_after_idle()
    assert await phone.read() == []


async def test_a_crowd_that_fell_silent_together_is_nudged_to_the_last_one(rig: Rig) -> None:
    phones = [rig.phone(f"o-{number}") for number in range(45)]
    for phone in phones:
        await phone.house.intake.keep(phone.message("练习 1 seed=7"))
    await rig.house.worker.drain()
    for phone in phones:
        await phone.read()
    rig.clock.advance(minutes=11)
    for _ in range(3):
        await rig.house.jobs.look_after_idle()
    told = [codes(await phone.read()) for phone in phones]
    assert told == [[NoticeCode.NUDGE]] * 45


async def test_a_practice_left_alone_is_parked_and_goes_on_where_it_was(rig: Rig) -> None:
    phone = await begun(rig)
    before = await newest(rig, phone)
    rig.clock.advance(minutes=31)
    await rig.house.jobs.look_after_idle()
    (parked,) = await phone.read()
    assert (parked.code, parked.facts) == (NoticeCode.PARKED, {"days": 7})
    rig.clock.advance(days=6)
    await rig.house.jobs.look_after_idle()
    answers = codes(await phone.send("我查到了，马上给您处理"))
    assert answers[0] is NoticeCode.RESUMED
    assert NoticeCode.CUSTOMER_LINE in answers
    after = await newest(rig, phone)
    assert (after.id, after.status, after.end_reason) == (before.id, Status.RUNNING, None)
    assert after.elapsed_s(rig.clock.now()) < 120


async def test_a_parked_practice_is_dropped_after_a_week_without_marks(rig: Rig) -> None:
    phone = await begun(rig)
    rig.clock.advance(minutes=31)
    await rig.house.jobs.look_after_idle()
    rig.clock.advance(days=7)
    await rig.house.jobs.look_after_idle()
    assert (await newest(rig, phone)).status is Status.DROPPED
    await phone.read()
    assert await phone.type("成绩") == ["还没有成绩。输入 练习 开始第一次。"]
    assert NoticeCode.TROUBLE in codes(await phone.send("继续"))
    assert NoticeCode.DIALOGUE_STARTED in codes(await phone.send("练习 1"))


async def test_a_pause_is_never_nudged_nor_parked(rig: Rig) -> None:
    phone = await begun(rig)
    await phone.type("暂停")
    rig.clock.advance(days=30)
    await rig.house.jobs.look_after_idle()
    assert await phone.read() == []
    assert (await phone.send("继续"))[0].code is NoticeCode.RESUMED


async def test_a_pause_survives_a_restart_of_everything(tmp_path: Path) -> None:
    clock = HandClock()
    async with open_rig(tmp_path, clock=clock) as rig:
        phone = await begun(rig)
        await phone.type("暂停")
        before = await newest(rig, phone)
    clock.advance(hours=30)
    async with open_rig(tmp_path, clock=clock) as rig:
        again = rig.phone()
        again.typed = phone.typed
        assert codes(await again.send("继续")) == [NoticeCode.RESUMED]
        assert NoticeCode.CUSTOMER_LINE in codes(await again.send("请您稍等，我在查"))
        after = await newest(rig, again)
        assert (after.id, after.status) == (before.id, Status.RUNNING)


async def test_a_dialogue_that_is_being_worked_is_left_alone(rig: Rig) -> None:
    phone = await begun(rig)
    rig.clock.advance(minutes=31)
    now = rig.clock.now()

    def take(unit: UnitOfWork) -> None:
        conversation = unit.conversations.at(phone.address)
        unit.conversations.lease(
            conversation.id, owner="a worker", now=now, ttl=timedelta(seconds=30)
        )

    await rig.house.transactions.write(take)
    await rig.house.jobs.look_after_idle()
    assert (await newest(rig, phone)).status is Status.RUNNING
    rig.clock.advance(seconds=31)
    await rig.house.jobs.look_after_idle()
    assert (await newest(rig, phone)).status is Status.PARKED


async def test_a_terminal_left_open_for_hours_parks_the_talk_by_itself(rig: Rig) -> None:
    async def work() -> None:
        await settle(rig.house)

    console = Console(
        transactions=rig.house.transactions,
        clock=rig.clock,
        keep=rig.house.intake.keep,
        work=work,
        person="lin",
        language="zh",
    )
    await console.say("练习 1 seed=7")
    await console.say(LINE)
    rig.clock.advance(hours=5)
    answers = [row.message.code for row in await console.say("我查到了，马上给您处理")]
    assert answers[0] is NoticeCode.RESUMED
    assert NoticeCode.CUSTOMER_LINE in answers
    dialogue = await console.open_dialogue()
    assert dialogue is not None
    assert dialogue.elapsed_s(rig.clock.now()) < 60
