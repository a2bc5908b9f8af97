"""Micro-drills: one angry line, one reply, a verdict; in chat, on the page and between calls."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.replies import word
from core.domain import micro
from core.domain.ability import Ability
from core.domain.dialogue import Dialogue, Status
from core.domain.messages import ChannelKind, NoticeCode, OutboundMessage
from core.domain.people import Person, Role
from core.domain.scorecard import Scorecard
from core.domain.training import Order, OrderKind
from core.ports.storage import UnitOfWork
from core.services import progress
from tests.flow.histories import practised
from tests.flow.phone import Phone, Rig, codes, open_rig

WARM = (
    "您好，让您遇到这样的事，实在抱歉，确实让人着急。我现在就帮您核实，"
    "请问您的手机尾号是多少？今天下午6点前我亲自给您回电话答复。"
)
RUDE = "这个我没办法，你自己看着办吧。"
ENGLISH = Person("1003", "Ann", Role.TRAINEE, "b", language="en")
MONDAY = date(2026, 3, 2)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path, push_per_week=0, push_micro_per_week=7) as opened:
        yield opened


async def _cards(rig: Rig, *, whole: bool) -> Sequence[tuple[Dialogue, Scorecard]]:
    def work(unit: UnitOfWork) -> Sequence[tuple[Dialogue, Scorecard]]:
        [person] = unit.people.everyone()
        return unit.scorecards.of_person(person.id, limit=50, whole=whole)

    return await rig.house.transactions.read(work)


async def _begun(phone: Phone, ability: str = "") -> str:
    """The angry line."""
    messages = await phone.send(f"微练 {ability}".strip())
    line = [one for one in messages if one.code is NoticeCode.CUSTOMER_LINE]
    assert len(line) == 1
    return str(line[0].facts["text"])


def _verdict(messages: Sequence[OutboundMessage]) -> OutboundMessage:
    [found] = [one for one in messages if one.code is NoticeCode.VERDICT]
    return found


async def test_one_angry_line_one_reply_and_the_verdict_in_the_same_turn(rig: Rig) -> None:
    phone = rig.phone()
    begun = await phone.send("微练 Q1")
    assert [*codes(begun)][-2:] == [NoticeCode.MICRO_STARTED, NoticeCode.CUSTOMER_LINE]
    told = word(begun[-2])
    assert "AI 模拟客户" in told
    assert "共情" not in told

    # The message is kept and worked once; no job runs.
    await rig.house.intake.keep(phone.message(RUDE))
    started = time.process_time()
    await rig.house.worker.drain()
    assert time.process_time() - started < 3.0
    found = _verdict(await phone.read())
    assert found.facts["ability"] == "Q1"
    assert found.facts["score"] == 0.0
    text = word(found)
    assert "这一句练的是" in text
    assert "可以这样说：「" in text
    assert "重来" in text

    line = str(begun[-1].facts["text"])
    assert [one.facts["text"] for one in await phone.send("重来")] == [line]
    again = _verdict(await phone.send(str(_fix(found)["better"])))
    assert await _begun(phone, "Q1") != line
    assert float(str(again.facts["score"])) > 0
    assert "不计入能力画像" in word(again)


def _fix(message: OutboundMessage) -> dict[str, Any]:
    fix = message.facts["fix"]
    assert isinstance(fix, dict)
    return fix


async def test_what_does_not_fit_a_micro_drill_is_said(rig: Rig) -> None:
    phone = rig.phone()
    await _begun(phone)
    for order in ("提示", "资料", "暂停"):
        [refused] = await phone.type(order)
        assert "微练只有一句" in refused
    [left] = await phone.type("结束")
    assert "不计分" in left
    await _begun(phone)
    rig.clock.advance(minutes=31)
    await rig.house.jobs.look_after_idle()
    assert await phone.read() == []
    assert (await _drills(rig))[0].status is Status.DROPPED
    await phone.send("练习 断网")
    [busy] = await phone.type("微练")
    assert "还有一场练习没结束" in busy


async def test_learning_begins_with_a_colleague_s_slip_and_closing_with_a_customer_who_leaves(
    rig: Rig,
) -> None:
    phone = rig.phone()
    begun = await phone.send("微练 Q6")
    assert "刚才同事回了客户一句：「不行，规定就是这样。」" in word(begun[-2])
    same = _verdict(await phone.send("不行，规定就是这样。"))
    assert (same.facts["ability"], same.facts["score"]) == ("Q6", 0.0)
    again = _verdict((await phone.send("重来")) and await phone.send(WARM))
    assert again.facts["score"] == 10.0
    [left] = [one for one in await phone.send("微练 A3") if one.code is NoticeCode.MICRO_STARTED]
    assert "同事" not in word(left)
    vague = _verdict(await phone.send("好的，我给您登记一下。"))
    assert _fix(vague)["check"] in ("C18", "C21")
    assert float(str(vague.facts["score"])) < 5.0


async def test_four_replies_count_as_one_drill_and_no_average_holds_them(rig: Rig) -> None:
    phone = rig.phone()
    for _ in range(4):
        await _begun(phone, "Q1")
        await phone.send(WARM)
    small = await _cards(rig, whole=False)
    assert len(small) == 4
    assert await _cards(rig, whole=True) == []
    assert all(card.overall is None for _, card in small)
    levels = {one.ability: one for one in progress.profile("p", small, lambda _: 0.0).levels}
    assert levels[Ability.EMPATHY].count == 1
    assert levels[Ability.SOLVING].count == 0
    assert "数据不足" in "".join(await phone.type("画像"))
    assert "还没有" in "".join(await phone.type("成绩"))
    # Machine marks can always be appealed against.
    assert "申诉已记下" in "".join(await phone.type("申诉 我道歉了"))


async def test_what_is_examined_is_not_told_before(rig: Rig) -> None:
    await practised(rig.house, ENGLISH, 1, 5.0)
    cases = [one.id for one in rig.house.content.scenarios("en") if micro.moments(one)]

    def order(unit: UnitOfWork, cases: Sequence[str]) -> None:
        unit.orders.put(
            [
                Order(f"x-{name}", ENGLISH.id, "boss", OrderKind.EXAM, name, rig.clock.now())
                for name in cases
            ]
        )

    await rig.house.transactions.write(lambda unit: order(unit, cases[1:]))
    plans = rig.house.worker.router.plans
    now = rig.clock.now()
    plan = await rig.house.transactions.read(lambda unit: plans.plan(unit, ENGLISH, now))
    drill = plan.micro
    assert drill is not None
    assert drill.scenario_id == cases[0]
    await rig.house.transactions.write(lambda unit: order(unit, cases[:1]))
    phone = rig.phone("1003", ChannelKind.WEB)
    await rig.house.transactions.write(lambda unit: _sits(unit, phone, ENGLISH))
    assert "no quick drill" in (await phone.type("quick"))[-1]


def _sits(unit: UnitOfWork, phone: Phone, person: Person) -> None:
    conversation = unit.conversations.at(phone.address)
    unit.conversations.set_person(conversation.id, person.id, person.language)


async def test_the_plan_shows_it_and_it_is_pushed_between_calls(rig: Rig) -> None:
    phone = rig.phone("1003", ChannelKind.WEB)

    def known(unit: UnitOfWork) -> None:
        chinese = replace(ENGLISH, language="zh")
        unit.people.add(chinese)
        _sits(unit, phone, chinese)

    await rig.house.transactions.write(known)
    assert "微练：" in (await phone.type("计划"))[0]
    end = datetime(2026, 3, 4, 12, tzinfo=UTC)
    hours = []
    while rig.clock.now() < end:
        await rig.house.daily.plan()
        while await rig.house.daily.drain_once():
            pass
        found = [one for one in await phone.read() if one.code is NoticeCode.MICRO]
        hours += [(rig.clock.now() + timedelta(hours=8)).strftime("%a %H") for _ in found]
        if found:
            assert "输入 微练 开始" in word(found[0])
        rig.clock.advance(minutes=30)
    assert [day[:3] for day in hours] == ["Mon", "Tue", "Wed"]
    assert all(9 <= int(hour[-2:]) < 18 for hour in hours)


async def _drills(rig: Rig) -> Sequence[Dialogue]:
    def work(unit: UnitOfWork) -> Sequence[Dialogue]:
        [person] = unit.people.everyone()
        return unit.dialogues.recent(person.id, limit=9, whole=False)

    return await rig.house.transactions.read(work)
