"""Members and departments from WeCom's directory: who comes, changes and leaves, what is bad."""

from __future__ import annotations

import asyncio
from pathlib import Path
from shutil import copyfile

import pytest

from bots.wecom.people import APP, SYNCED
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.ports.storage import UnitOfWork
from ops.people_sync import DirectorySync, told
from tests.fakes.wecom_platform import AGENT, CORP, SECRET, FakeWeCom, callback, member
from tests.flow.command import run_here
from tests.flow.wecom.company import Company

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def desk(shared: Company) -> DirectorySync:
    """The sync as the bell and the command have it, on an empty directory."""
    wecom = shared.house.wecom
    assert wecom is not None
    assert wecom.app is not None
    shared.wecom.departments = [
        {"id": 1, "name": "某公司", "parentid": 0},
        {"id": 2, "name": "上海", "parentid": 1},
        {"id": 3, "name": "成都", "parentid": 1},
        {"id": 4, "name": "客服一组", "parentid": 2},
        {"id": 5, "name": "客服一组", "parentid": 3},
        {"id": 6, "name": "投诉组", "parentid": 3},
    ]
    shared.wecom.members = []
    house = shared.house
    return DirectorySync(wecom.app.api, house.transactions, house.live, "zh")


async def person(shared: Company, person_id: str) -> Person:
    return await shared.house.transactions.read(lambda unit: unit.people.get(person_id))


async def lines_of(shared: Company, person_id: str) -> list[str]:
    """What simulated customers have said to this person."""

    def read(unit: UnitOfWork) -> list[str]:
        return list(unit.dialogues.lines_read(person_id, dialogues=9))

    return await shared.house.transactions.read(read)


def take(wecom: FakeWeCom, *members: dict[str, object]) -> None:
    wecom.members = list(members)


async def test_who_was_erased_and_is_still_a_member_comes_back_with_nothing_of_before(
    shared: Company, desk: DirectorySync
) -> None:
    take(shared.wecom, member("e-yi", "忆", 6))
    await desk.take_in(let_go=True)
    await shared.call(callback("e-yi", Content="练习 1 seed=7", MsgId=7701))
    await shared.until(lambda: shared.wecom.cards["e-yi"])
    assert await lines_of(shared, "e-yi")
    await shared.house.personal.erase("e-yi", alias="erased-1")
    erased = await person(shared, "erased-1")
    found = await desk.take_in(let_go=True)
    back, heard = await person(shared, "e-yi"), await lines_of(shared, "e-yi")

    assert erased.erased
    assert [one.id for one in found.new] == ["e-yi"]
    assert (back.name, back.team, back.role) == ("忆", "投诉组", Role.TRAINEE)
    assert heard == []


async def test_teams_are_departments_and_those_called_alike_stay_apart(
    shared: Company, desk: DirectorySync
) -> None:
    take(
        shared.wecom,
        member("t-an", "安", 4, biz_mail="an@example.com"),
        member("t-bo", "柏", 5, is_leader_in_dept=[1]),
        member("t-ci", "慈", 6, 4),
        member("t-gone", "走", 6, status=5),
    )
    found = await desk.take_in(let_go=True)
    an, bo, ci = [await person(shared, name) for name in ("t-an", "t-bo", "t-ci")]

    assert sorted(one.id for one in found.new) == ["t-an", "t-bo", "t-ci"]
    assert (an.team, bo.team, ci.team) == ("某公司/上海/客服一组", "某公司/成都/客服一组", "投诉组")
    assert (an.role, bo.role) == (Role.TRAINEE, Role.SUPERVISOR)
    assert an.email == "an@example.com"


async def test_who_is_known_stays_who_they_are(shared: Company, desk: DirectorySync) -> None:
    """By their account, by their id, by their address; a guest's practices become theirs."""
    known = [
        Person("1001", "林晓", Role.SUPERVISOR, "旧组", email="lin@example.com"),
        Person("k-id", "旧名", Role.AUTHOR, "旧组", language="en"),
    ]
    for one in known:
        await shared.house.transactions.write(lambda unit, one=one: unit.people.add(one))  # type: ignore[misc]
    await shared.call(callback("k-guest", Content="练习 1 seed=7", MsgId=901))
    await shared.until(lambda: shared.wecom.texts["k-guest"])
    take(
        shared.wecom,
        member("k-lin", "林晓", 4, biz_mail="Lin@example.com"),
        member("k-id", "新名", 6),
        member("k-guest", "客人", 6),
    )
    await desk.take_in(let_go=True)
    again = await desk.take_in(let_go=True)
    lin, named = await person(shared, "1001"), await person(shared, "k-id")
    practices = await shared.house.transactions.read(
        lambda unit: unit.dialogues.recent("k-guest", limit=5)
    )

    assert (lin.role, lin.team) == (Role.SUPERVISOR, "某公司/上海/客服一组")
    assert (named.name, named.role, named.language) == ("新名", Role.AUTHOR, "en")
    assert len(practices) == 1
    assert len(again.same) == 3


async def test_who_leaves_loses_every_account_and_comes_back_whole(
    shared: Company, desk: DirectorySync
) -> None:
    take(shared.wecom, member("l-eve", "夏", 6), member("l-stay", "留", 6))
    await desk.take_in(let_go=True)
    hello = await shared.say("你好", user="l-eve")
    take(shared.wecom, member("l-stay", "留", 6))
    found = await desk.take_in(let_go=True)
    closed = await shared.say("练习 1", user="l-eve")
    pushed = await shared.house.transactions.read(lambda unit: unit.people.everyone())
    take(shared.wecom, member("l-stay", "留", 6), member("l-eve", "夏", 6))
    await desk.take_in(let_go=True)
    back = await shared.say("帮助", user="l-eve")

    assert "夏" in hello[0]
    assert [one.id for one in found.left if one.id.startswith("l-")] == ["l-eve"]
    assert "停用" in closed[0]
    assert "l-eve" not in [one.id for one in pushed]
    assert "练习" in back[0]


async def test_bad_rows_are_named_and_the_good_ones_kept(
    shared: Company, desk: DirectorySync
) -> None:
    take(
        shared.wecom,
        member("b-good", "好", 6),
        member("demo-x", "假", 6),
        member("b-noname", "", 6),
        member("b-long", "长" * 300, 6),
        member("B-GOOD", "同", 6),
        member("b-mail", "邮", 6, biz_mail="no address"),
    )
    found = await desk.take_in(let_go=True)
    lines: list[str] = []
    well = told(found, "zh", dry_run=False, tell=lines.append)

    assert [one.id for one in found.new] == ["b-good"]
    assert len(found.faults) == 5
    assert not well
    assert all(
        any(name in line for line in lines) for name in ("demo-x", "b-noname", "b-long", "b-mail")
    )


async def test_a_directory_that_lacks_many_is_not_believed_at_once(
    shared: Company, desk: DirectorySync
) -> None:
    many = [member(f"m-{number}", "众", 6) for number in range(10)]
    take(shared.wecom, *many)
    await desk.take_in(let_go=True)
    take(shared.wecom)
    held = await desk.take_in()
    asked = await desk.take_in(let_go=True, dry_run=True)
    still = await person(shared, "m-1")
    await desk.take_in(let_go=True)
    gone = await person(shared, "m-1")

    assert len(held.held) == 10
    assert held.left == ()
    assert len(asked.left) == 10
    assert (still.active, gone.active) == (True, False)


async def test_the_bell_syncs_once_an_hour_or_after_a_change(
    shared: Company, desk: DirectorySync
) -> None:
    take(shared.wecom, member("r-ann", "铃", 6))
    await shared.house.live.drop(SYNCED)
    first = await desk.ring()
    take(shared.wecom, member("r-ann", "铃", 4))
    second = await desk.ring()
    event = callback("sys", "event", agent="", Event="change_contact", ChangeType="update_user")
    status = await shared.call(event)
    third = await desk.ring()
    shared.wecom.is_down = True
    await shared.house.live.drop(SYNCED)
    down = await desk.ring()
    shared.wecom.is_down = False

    assert (first, second, status, third, down) == (1, 0, 200, 1, 0)
    assert (await person(shared, "r-ann")).team == "某公司/上海/客服一组"


async def test_the_command_says_what_it_did(
    shared: Company,
    desk: DirectorySync,
    wecom_database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copyfile(wecom_database, tmp_path / wecom_database.name)
    given = {
        "DATA_DIR": str(tmp_path),
        "WECOM_CORP_ID": CORP,
        "WECOM_AGENT_ID": str(AGENT),
        "WECOM_SECRET": SECRET,
        "WECOM_API_URL": shared.wecom.url,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"PEILIAN_{name}", value)
    monkeypatch.chdir(tmp_path)
    take(shared.wecom, member("c-ann", "令", 6), member("c-bad", "", 6))
    checked = await asyncio.to_thread(run_here, "people", "sync", "--dry-run")
    synced = await asyncio.to_thread(run_here, "people", "sync")
    monkeypatch.setenv("PEILIAN_WECOM_SECRET", "wrong")
    refused = await asyncio.to_thread(run_here, "people", "sync")
    said = capsys.readouterr()

    assert (checked, synced, refused) == (1, 1, 1)
    assert "只检查，没有同步：会新增 1 人" in said.out
    assert "已同步：新增 1 人" in said.out
    assert "c-bad" in said.out
    assert "40001" in said.err
    assert SECRET not in said.out + said.err


async def test_who_is_tied_to_the_bot_alone_is_not_closed_by_the_applications_directory(
    shared: Company, desk: DirectorySync
) -> None:
    """The application may see fewer than the bot: who bound there with a code is not gone."""
    own = Person("own-2", "码", Role.TRAINEE, "一组")

    def tie(unit: UnitOfWork) -> None:
        unit.people.add(own)
        at = unit.conversations.at(ChannelAddress(ChannelKind.WECOM, "bot", "coded"))
        unit.conversations.set_person(at.id, own.id, own.language)

    await shared.house.transactions.write(tie)
    await shared.say("你好", user="coded")
    take(shared.wecom)
    await desk.take_in(let_go=True)

    assert (await person(shared, "own-2")).active


async def test_who_was_never_there_is_not_closed(shared: Company, desk: DirectorySync) -> None:
    """People of the company's own list who have no account in WeCom stay."""
    own = Person("own-1", "自", Role.TRAINEE, "一组")
    await shared.house.transactions.write(lambda unit: unit.people.add(own))
    take(shared.wecom)
    await desk.take_in(let_go=True)
    at = ChannelAddress(ChannelKind.WECOM, APP, "nobody")
    await shared.house.transactions.write(lambda unit: unit.conversations.at(at))
    await desk.take_in(let_go=True)

    assert (await person(shared, "own-1")).active
