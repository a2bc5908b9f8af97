"""The day's pushes and reports, on the product as it is wired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bots.replies import word
from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    NoticeCode,
    OutboundMessage,
    SendOutcome,
)
from core.domain.people import Person, Role
from core.domain.remark import Remark, RemarkKind
from core.domain.scorecard import CriticalError, Debrief, HeatStep
from core.domain.training import Order, OrderKind
from core.domain.worktime import Shift, Span
from core.ports.delivery import OutboxRow
from core.ports.storage import UnitOfWork
from tests.fakes.mail_server import mail_server
from tests.flow.command import run_here
from tests.flow.histories import card_of, practised
from tests.flow.phone import Rig, codes, open_rig
from tests.png import opened

LIN = Person("1001", "林晓", Role.TRAINEE, "一组")
WANG = Person("1002", "王芳", Role.TRAINEE, "一组")
BOSS = Person("2001", "李主管", Role.SUPERVISOR, "一组", email="li@example.com")
CHIEF = Person("3001", "总管", Role.ADMIN, "")
TUESDAY = date(2026, 3, 3)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path, push_per_week=7) as opened:
        yield opened


async def known(rig: Rig, *people: Person) -> None:
    """People with a page of their own."""

    def work(unit: UnitOfWork) -> None:
        for person in people:
            unit.people.add(person)
            address = rig.phone(person.id, ChannelKind.WEB).address
            conversation = unit.conversations.at(address)
            unit.conversations.set_person(conversation.id, person.id, "zh")

    await rig.house.transactions.write(work)


def at(rig: Rig, hour: int, minute: int = 0, day: date = TUESDAY) -> None:
    """Shanghai's wall clock."""
    clock = rig.clock
    target = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    clock.advance(seconds=(target - clock.now()).total_seconds())


async def day_until(rig: Rig, hour: int, minute: int = 0) -> None:
    """Let the bell ring and the jobs run every five minutes up to then."""
    end = datetime(2026, 3, 3, hour, minute, tzinfo=UTC) - timedelta(hours=8)
    while rig.clock.now() < end:
        await rig.house.daily.plan()
        while await rig.house.daily.drain_once():
            pass
        rig.clock.advance(minutes=5)


async def got(
    rig: Rig, person: Person, channel: ChannelKind = ChannelKind.WEB
) -> list[OutboundMessage]:
    return await rig.phone(person.id, channel).read()


async def test_the_drill_of_the_day_comes_once_within_working_hours(rig: Rig) -> None:
    await known(rig, LIN)
    at(rig, 0, 5)
    await day_until(rig, 9, 55)
    before = await got(rig, LIN)
    await day_until(rig, 23)
    after = await got(rig, LIN)

    assert before == []
    assert codes(after) == [NoticeCode.DRILL]
    text = word(after[0])
    assert "今天轮到你练一次" in text
    assert "今日练习：" in text


async def test_who_has_practised_or_is_off_duty_is_left_alone(rig: Rig) -> None:
    at(rig, 9, 30)
    await practised(rig.house, LIN, 1, 7.0)
    await known(rig, WANG)
    rest = Shift(WANG.id, TUESDAY, None)
    await rig.house.transactions.write(lambda unit: unit.rosters.put([rest]))
    await day_until(rig, 20)

    assert await got(rig, LIN) == []
    assert await got(rig, WANG) == []


async def test_a_shift_that_moves_after_the_plan_moves_the_drill_with_it(rig: Rig) -> None:
    await known(rig, LIN)
    at(rig, 0, 5)
    await rig.house.daily.plan()
    late = Shift(LIN.id, TUESDAY, Span.read("11:00-20:00"))
    await rig.house.transactions.write(lambda unit: unit.rosters.put([late]))
    await day_until(rig, 10, 55)
    before = await got(rig, LIN)
    await day_until(rig, 11, 30)

    assert before == []
    assert codes(await got(rig, LIN)) == [NoticeCode.DRILL]


async def test_a_drill_two_hours_late_is_left_out(rig: Rig) -> None:
    await known(rig, LIN)
    at(rig, 9, 0)
    await rig.house.daily.plan()
    at(rig, 12, 30)
    await day_until(rig, 18)

    assert await got(rig, LIN) == []


async def test_nobody_is_pushed_on_a_holiday_and_a_worked_saturday_counts(rig: Rig) -> None:
    await known(rig, LIN)
    found = []
    for day in (date(2026, 5, 1), date(2026, 5, 9)):
        at(rig, 9, 0, day)
        await rig.house.daily.plan()
        at(rig, 10, 15, day)
        while await rig.house.daily.drain_once():
            pass
        found.append(codes(await got(rig, LIN)))

    assert found == [[], [NoticeCode.DRILL]]


async def test_a_digest_tells_the_day_without_words_that_are_not_shared(rig: Rig) -> None:
    at(rig, 17)
    await known(rig, BOSS)
    await practised(rig.house, LIN, 4, 3.0)
    await practised(rig.house, WANG, 1, 8.0)
    hidden = replace(
        card_of("1001-3", 3.0), critical=(CriticalError("K3", 2, "我给您三倍赔偿", "promise"),)
    )
    calm = Debrief("1002-0", (), (), (HeatStep(4, "我现在就给您退", 0.6, 0.2),), ())

    def write(unit: UnitOfWork) -> None:
        now = rig.clock.now()
        unit.scorecards.put(hidden, Debrief("1001-3", (), (), (), ()), person_id="1001", now=now)
        unit.scorecards.put(card_of("1002-0", 8.0), calm, person_id="1002", now=now)
        unit.shares.add("1002-0", now=now)
        unit.people.add(Person("1003", "没绑定的", Role.TRAINEE, "一组"))

    await rig.house.transactions.write(write)
    await day_until(rig, 18, 20)
    (message,) = await got(rig, BOSS)
    text = word(message)

    assert message.code is NoticeCode.DIGEST
    assert "2026-03-03 一组 练习日报" in text
    assert "3 人中 2 人练了 2 次，本次均分 5.5" in text
    assert "严重错误：林晓，越权承诺（自愿练习，内容未分享）" in text
    assert "三倍赔偿" not in text
    assert "林晓 的" in text
    assert "连续 4 次低于 5 分" in text
    assert "今日好句：王芳「我现在就给您退」，让怒气 -4" in text
    assert "推送不到：没绑定的" in text
    assert "明天：先和 林晓 看一遍那句话" in text
    assert len(text.splitlines()) <= 14


async def test_a_digest_reminds_of_appeals_until_they_are_answered(rig: Rig) -> None:
    at(rig, 17)
    await known(rig, BOSS, LIN)
    await practised(rig.house, LIN, 1, 3.0, until=rig.clock.now() - timedelta(days=9))
    filed = rig.clock.now() - timedelta(days=8)

    def write(unit: UnitOfWork) -> None:
        for turn, at in ((2, filed), (4, rig.clock.now())):
            unit.remarks.add(Remark(LIN.id, f"{LIN.id}-0", RemarkKind.APPEAL, "我核实了", turn, at))

    await rig.house.transactions.write(write)
    await day_until(rig, 18, 20)
    (message,) = await got(rig, BOSS)
    text = word(message)
    assert "今天没有人练习" in text
    assert "申诉：2 条等答复，最早的一条最晚 2026-02-28 答复" in text  # a Saturday that is worked
    assert "其中 1 条已经超期" in text


async def test_a_digest_without_news_is_one_line_or_silent(rig: Rig, tmp_path: Path) -> None:
    silent_dir = tmp_path / "silent"
    silent_dir.mkdir()
    async with open_rig(silent_dir, digest_empty="silent") as silent:
        texts = []
        for one in (rig, silent):
            await known(one, BOSS)
            at(one, 17, 55)
            await day_until(one, 18, 20)
            texts.append([word(message) for message in await got(one, BOSS)])

    assert texts == [
        ["2026-03-03 一组 练习日报：今天没有人练习（共 0 人），没有别的要说。"],
        [],
    ]


async def test_a_week_without_practice_is_one_line_or_silent(rig: Rig, tmp_path: Path) -> None:
    silent_dir = tmp_path / "silent"
    silent_dir.mkdir()
    monday = date(2026, 3, 9)
    async with open_rig(silent_dir, digest_empty="silent") as silent:
        texts = []
        for one in (rig, silent):
            await known(one, CHIEF, LIN)
            at(one, 9, 45, monday)
            await one.house.daily.plan()
            while await one.house.daily.drain_once():
                pass
            texts.append([word(message) for message in await got(one, CHIEF)])

    assert texts == [["2026-03-09 周报：上一周 1 个团队都没有人练习。"], []]


async def test_a_manager_has_a_week_and_a_trainee_a_note_of_the_own_one(rig: Rig) -> None:
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)
    at(rig, 16, 20, friday)
    await known(rig, CHIEF)
    await practised(rig.house, LIN, 2, 7.0)
    found = []
    for day, hour in ((friday, 17), (monday, 9)):
        at(rig, hour, 45, day)
        await rig.house.daily.plan()
        while await rig.house.daily.drain_once():
            pass
        found.append([word(one) for who in (LIN, CHIEF) for one in await got(rig, who)])

    notes = [text for text in found[0] if text.startswith("你这一周")]
    assert "练了 2 次，本次均分 7.0（上周 0 次，—）。" in notes[0]
    assert any("一组：1 人中 1 人练了 2 次，均分 7.0，严重错误 0 处" in text for text in found[1])


async def test_reports_go_by_mail_too_and_a_refusal_is_a_named_outcome(tmp_path: Path) -> None:
    async with mail_server() as post:
        url = f"smtp://127.0.0.1:{post.port}"
        async with open_rig(tmp_path, smtp_url=url, smtp_from="p@example.com") as rig:
            await known(rig, BOSS)
            at(rig, 16)
            await practised(rig.house, LIN, 1, 7.0)
            at(rig, 17, 55)
            await day_until(rig, 18, 20)
            await rig.house.sender.drain_once()
            await rig.house.sender.drain_once()
            post.refuse = "550 no such person"
            at(rig, 17, 55, date(2026, 3, 4))
            await rig.house.daily.plan()
            at(rig, 18, 20, date(2026, 3, 4))
            await rig.house.daily.drain_once()
            await rig.house.sender.drain_once()
            rows = await rig.house.transactions.read(_mail_rows)

    (mail,) = post.taken
    assert mail["Subject"] == "2026-03-03 一组 练习日报"
    assert (mail["From"], mail["To"]) == ("p@example.com", "li@example.com")
    plain, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "1 人中 1 人练了 1 次" in plain.get_content()
    assert "1 人中 1 人练了 1 次" in page.get_content()
    (picture,) = (part for part in mail.walk() if part.get_content_type() == "image/png")
    key = picture["Content-ID"].strip("<>")
    assert f'src="cid:{key}" alt="最近 14 天每天的练习次数' in page.get_content()
    assert opened(picture.get_content()).size == (800, 343)
    assert [row.state for row in rows] == [SendOutcome.SENT, SendOutcome.REFUSED]


def _mail_rows(unit: UnitOfWork) -> list[OutboxRow]:
    address = ChannelAddress(ChannelKind.MAIL, "main", "li@example.com")
    conversation = unit.conversations.at(address)
    return list(unit.outbox.feed(conversation.id, after=0, limit=10))


def test_the_command_sends_the_reports_of_a_day_once_and_shows_them_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(tmp_path / "var"))
    (tmp_path / "人员.csv").write_text(
        "工号,姓名,角色,团队\n1001,林晓,学员,一组\n2001,李主管,主管,一组\n", encoding="utf-8"
    )
    run_here("people", "import", "人员.csv")
    capsys.readouterr()

    told = []
    for day in ("2026-11-27", "2026-11-27", "2026-11-28"):
        assert run_here("digest", "--date", day) == 0
        told.append(capsys.readouterr().out)

    assert "[李主管] 2026-11-27 一组 练习日报" in told[0]
    assert "今天没有人练习（共 1 人）。" in told[0]
    assert told[1] == told[0]
    assert told[2] == "2026-11-28 没有要发的日报（不是工作日，或者还没有主管）。\n"


async def _ordered(rig: Rig, person: Person, due: date, *, scenario: str = "invoice") -> None:
    order = Order(
        f"o-{person.id}-{scenario}", person.id, BOSS.id, OrderKind.ASSIGN, scenario,
        rig.clock.now(), due_on=due, pass_mark=6.0,
    )  # fmt: skip
    await rig.house.transactions.write(lambda unit: unit.orders.put([order]))


async def test_what_falls_due_is_told_with_the_drill_in_one_message(rig: Rig) -> None:
    await known(rig, LIN, WANG)
    at(rig, 0, 5)
    await _ordered(rig, LIN, TUESDAY)
    await _ordered(rig, WANG, TUESDAY + timedelta(days=2))
    await day_until(rig, 23)
    [told] = await got(rig, LIN)
    assert told.code is NoticeCode.REMINDER
    assert "1 项明天之前到期" in word(told)
    assert "最迟 2026-03-03" in word(told)
    assert codes(await got(rig, WANG)) == [NoticeCode.DRILL]


async def test_a_reminder_stands_alone_on_a_day_without_a_drill_and_ends_with_the_order(
    tmp_path: Path,
) -> None:
    async with open_rig(tmp_path, push_per_week=0, push_micro_per_week=7) as quiet:
        await known(quiet, LIN, WANG)
        at(quiet, 0, 5)
        for person in (LIN, WANG):
            await _ordered(quiet, person, TUESDAY + timedelta(days=1))
        await quiet.house.daily.plan()
        # Wang passes it before the reminder's hour, and Lin puts it off in the chat.
        at(quiet, 9, 30)
        await practised(quiet.house, WANG, 1, 8.0, scenario_id="invoice")
        moved = await quiet.phone(LIN.id, ChannelKind.WEB).type("计划 1 今天不练")
        assert "开具" not in moved[0].splitlines()[1]
        await day_until(quiet, 20)
        assert await got(quiet, WANG) == []
        assert await got(quiet, LIN) == []
        # The next morning it is due: a word of its own.
        wednesday = TUESDAY + timedelta(days=1)
        at(quiet, 9, 30, wednesday)
        for _ in range(40):
            await quiet.house.daily.plan()
            while await quiet.house.daily.drain_once():
                pass
            quiet.clock.advance(minutes=5)
        found = codes(await got(quiet, LIN))
        assert found == [NoticeCode.REMINDER]
