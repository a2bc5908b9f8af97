"""The self-built application: a practice over it, its limits, and every refusal by its name."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
    SendOutcome,
)
from core.domain.people import Person, Role
from core.ports.storage import UnitOfWork
from ops.wiring import House
from tests.fakes.speech_server import SpeechServer
from tests.fakes.wecom_platform import callback
from tests.flow.wecom.company import Company, open_company

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def told(shared: Company, user: str, how_many: int) -> list[str]:
    """What the application told a member, once there is that much of it."""
    await shared.until(lambda: len(shared.wecom.texts[user]) >= how_many)
    return shared.wecom.texts[user]


def reasons(shared: Company, user: str) -> list[str]:
    """How sending to a member ended, as it was written down."""
    with closing(sqlite3.connect(shared.house.settings.data_dir / "peilian.db")) as file:
        rows = file.execute(
            "SELECT o.reason FROM outbox o JOIN conversations c ON c.id = o.conversation_id"
            " WHERE c.user = ? AND c.account = 'main'",
            (user,),
        )
        return [row[0] for row in rows]


async def push(house: House, user: str, code: NoticeCode = NoticeCode.HELP, count: int = 1) -> None:
    """Messages nobody asked for."""
    address = ChannelAddress(ChannelKind.WECOM, "main", user)
    message = OutboundMessage(address, code, kind=OutboundKind.PUSH)
    now = house.clock.now()
    await house.transactions.write(lambda unit: unit.outbox.add([message] * count, now=now))
    await house.live.publish("outbox")


async def test_a_practice_goes_from_hello_to_the_first_line(shared: Company) -> None:
    assert await shared.call(callback("ann", Content="你好", MsgId=1)) == 200
    await told(shared, "ann", 1)
    assert await shared.call(callback("ann", Content="练习 1 seed=7", MsgId=2)) == 200
    started = await told(shared, "ann", 2)

    assert "练习" in started[0]
    assert "AI" in started[1]
    assert all(len(text.encode()) <= 2048 for text in started)


@pytest.mark.parametrize("limit", ["app_per_minute", "app_per_hour"])
async def test_the_company_is_never_called_for_more_than_it_may(
    limit: str, tmp_path: Path, wecom_database: Path
) -> None:
    """For all members together; who calls more is shut out for a minute."""
    async with open_company(tmp_path, wecom_database, wecom_limits={limit: 6}) as company:
        users = ("a1", "a2", "a3", "a4", "a5")
        for user in users:
            await push(company.house, user, NoticeCode.RESUMED)
        await company.until(lambda: company.wecom.calls["message/send"] >= 3)
        await asyncio.sleep(0.3)
        rows = [row for user in users for row in await company.rows("main", user)]

    states = [row.state for row in rows]
    assert company.wecom.calls["message/send"] == 3
    assert states.count(SendOutcome.SENT) == 3
    assert states.count(SendOutcome.WAITING) == 2


async def test_what_is_spoken_to_the_application_is_heard_or_kindly_refused(
    tmp_path: Path, wecom_database: Path
) -> None:
    greeting = "您好，我是客服小林，请问怎么称呼您？"
    async with (
        SpeechServer({b"#!AMR sound": greeting}) as ears,
        open_company(tmp_path, wecom_database, speech_url=ears.url) as company,
    ):
        company.wecom.recordings["M-1_a"] = b"#!AMR sound"
        for number, said in enumerate(("你好", "练习 1 seed=7"), start=1):
            await company.call(callback("ann", Content=said, MsgId=number))
            await told(company, "ann", number)
        company.wecom.void_token()
        await company.call(callback("ann", "voice", MediaId="M-1_a", Format="amr", MsgId=3))
        before = len(await told(company, "ann", 3))
        await company.call(callback("ann", "voice", MediaId="gone", Format="amr", MsgId=4))
        await told(company, "ann", before + 1)
        with closing(sqlite3.connect(company.house.settings.data_dir / "peilian.db")) as file:
            lines = file.execute("SELECT text FROM turns WHERE speaker = 'trainee'").fetchall()

    assert lines == [(greeting,)]
    assert ears.asked[0]["kind"] == "audio/amr"
    assert "没有听清" in company.wecom.texts["ann"][-1]


async def test_without_ears_a_recording_to_the_application_is_kindly_refused(
    shared: Company,
) -> None:
    await shared.call(callback("vic", "voice", MediaId="M1", Format="amr", MsgId=9))
    await told(shared, "vic", 1)

    assert "请打字" in shared.wecom.texts["vic"][-1]


async def test_a_button_says_its_command_and_its_card_shows_it_once(shared: Company) -> None:
    await shared.call(callback("bob", Content="你好", MsgId=11))
    await shared.until(lambda: shared.wecom.cards["bob"])
    code = shared.wecom.code()
    pressed = callback(
        "bob",
        "event",
        Event="template_card_event",
        EventKey="帮助",
        TaskId=shared.wecom.cards["bob"][0]["task_id"],
        ResponseCode=code,
        CardType="button_interaction",
    )
    statuses = [await shared.call(pressed) for _ in range(3)]
    mine = "已选：帮助"
    await shared.until(
        lambda: any(one["button"]["replace_name"] == mine for one in shared.wecom.updates)
    )
    await told(shared, "bob", 2)
    rows = await shared.rows("main", "bob")

    assert statuses == [200, 200, 200]
    assert [row.message.code.value for row in rows].count("help") == 1
    assert [one["response_code"] for one in shared.wecom.updates].count(code) == 1


async def test_a_card_that_is_over_is_closed_by_the_next(shared: Company) -> None:
    for number in (21, 22):
        await shared.call(callback("cid", Content="帮助", MsgId=number))
        await shared.until(lambda n=number: len(shared.wecom.cards["cid"]) == n - 20)  # type: ignore[misc]
    await shared.until(
        lambda: any(
            one["userids"] == ["cid"] and one["button"]["replace_name"] == "已过期"
            for one in shared.wecom.updates
        )
    )


async def test_a_member_is_never_sent_more_than_a_minute_takes(shared: Company) -> None:
    """What is too much is dropped by the platform, and nobody is told."""
    await push(shared.house, "dan", count=2)
    for _ in range(20):
        await push(shared.house, "dan")
    await asyncio.sleep(0.5)
    rows = await shared.rows("main", "dan")
    states = {row.state for row in rows}

    assert shared.wecom.dropped == 0
    assert len(shared.wecom.texts["dan"]) <= 30
    assert states <= {SendOutcome.SENT, SendOutcome.WAITING, SendOutcome.CLAIMED}


FAULTS = {
    81013: (SendOutcome.REFUSED, "no_receiver"),
    60111: (SendOutcome.REFUSED, "no_such_user"),
    45002: (SendOutcome.REFUSED, "too_long"),
    40096: (SendOutcome.REFUSED, "errcode"),
    45009: (SendOutcome.WAITING, "rate"),
    45033: (SendOutcome.WAITING, "concurrency"),
    60020: (SendOutcome.WAITING, "ip_not_trusted"),
    301002: (SendOutcome.WAITING, "no_right"),
    -1: (SendOutcome.WAITING, "busy"),
}


@pytest.mark.parametrize("code", FAULTS)
async def test_every_refusal_is_a_named_outcome(shared: Company, code: int) -> None:
    user = f"fault{abs(code)}"
    shared.wecom.faults.append(code)
    await push(shared.house, user)
    wanted, name = FAULTS[code]
    await shared.until(lambda: f"{name} {code}" in reasons(shared, user), within_s=5)
    (row,) = await shared.rows("main", user)

    assert row.state is wanted


async def test_who_is_no_receiver_is_refused_once(shared: Company) -> None:
    shared.wecom.invalid.add("eve")
    await push(shared.house, "eve")
    await shared.until(lambda: "no_receiver 81013" in reasons(shared, "eve"), within_s=5)
    (row,) = await shared.rows("main", "eve")

    assert row.state is SendOutcome.REFUSED
    assert shared.wecom.texts["eve"] == []


async def test_who_has_no_licence_is_refused_though_the_call_went_well(shared: Company) -> None:
    shared.wecom.unlicensed.add("ivy")
    await push(shared.house, "ivy")
    await shared.until(lambda: "unlicenseduser" in reasons(shared, "ivy"), within_s=5)
    (row,) = await shared.rows("main", "ivy")

    assert row.state is SendOutcome.REFUSED


async def test_a_voided_token_costs_one_call_and_nothing_is_lost(shared: Company) -> None:
    await push(shared.house, "fay")
    await told(shared, "fay", 1)
    before = shared.wecom.token_calls
    shared.wecom.void_token()
    await asyncio.gather(*(push(shared.house, f"fay{number}") for number in range(8)))
    for number in range(8):
        await told(shared, f"fay{number}", 1)

    assert shared.wecom.token_calls - before == 1


async def test_who_is_known_to_the_app_is_known_to_the_bot(shared: Company) -> None:
    gus = Person("1001", "顾问", Role.TRAINEE, "一组")

    def tie(unit: UnitOfWork) -> None:
        unit.people.add(gus)
        at = unit.conversations.at(ChannelAddress(ChannelKind.WECOM, "main", "gus"))
        unit.conversations.set_person(at.id, gus.id, gus.language)

    await shared.house.transactions.write(tie)
    await shared.say("你好", user="gus")
    places = await shared.house.transactions.read(lambda unit: unit.conversations.of_person("1001"))

    assert sorted(one.address.account for one in places) == ["bot", "main"]
