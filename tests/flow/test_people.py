"""A company's people come in as a list; a code ties each to a chat address, once."""

import asyncio
import csv
import io
import re
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from core.domain.messages import ChannelKind, NoticeCode
from core.domain.people import Role
from core.services.list_file import ListFault
from core.services.people_import import read_people
from ops.people import PeopleDesk
from ops.serve import web_app
from tests.fakes.wechat_platform import FakeWeChat, ManualClock, Mode, WeChatDriver, text_xml
from tests.flow.command import peilian
from tests.flow.phone import HandClock, Rig, codes, open_rig, settle

APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

CHINESE = "工号,姓名,角色,团队,语言\n1001,林晓,学员,一组,中文\n1002,王芳,主管,一组,\n"


class TodayClock(HandClock):
    """Begins now, as the codes that the command hands out do."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)


def table(text: str) -> list[dict[str, str]]:
    """The rows of what the command hands out."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if "," in line]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


async def imported(
    rig: Rig, content: str = CHINESE, *, dry_run: bool = False, out: Path | None = None
) -> tuple[bool, list[str]]:
    """Import a list where the product runs: whether it went well, and what was said."""
    said: list[str] = []
    desk = PeopleDesk(rig.house.transactions, "zh", "http://127.0.0.1", said.append)
    well = await desk.take_in(
        content.encode(),
        source=Path("people.csv"),
        dry_run=dry_run,
        out=out,
        now=rig.clock.now(),
    )
    return well, said


async def hand_out(rig: Rig, content: str = CHINESE) -> dict[str, str]:
    """Import a list; the bind code of each new person by id."""
    well, said = await imported(rig, content)
    assert well, said
    return {row["工号"]: row["绑定码"] for row in table("\n".join(said))}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path, clock=TodayClock()) as opened:
        yield opened


# --- the list


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_the_list_may_come_in_the_encodings_spreadsheets_write(encoding: str) -> None:
    read = read_people(CHINESE.encode(encoding), language="zh")
    assert read.faults == ()
    assert [(one.id, one.name, one.role, one.team, one.language) for one in read.people] == [
        ("1001", "林晓", Role.TRAINEE, "一组", "zh"),
        ("1002", "王芳", Role.SUPERVISOR, "一组", "zh"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_english_headings_in_any_order_and_any_usual_delimiter_will_do(delimiter: str) -> None:
    lines = ["Team|ID|Name|Role|Language|Phone", "A|u1|Ann|Supervisor|EN|1", "", "A|u2|Bo|||"]
    text = "\r\n".join(lines).replace("|", delimiter)
    read = read_people(text.encode(), language="zh")
    assert read.faults == ()
    assert [(one.id, one.role, one.language) for one in read.people] == [
        ("u1", Role.SUPERVISOR, "en"),
        ("u2", Role.TRAINEE, "zh"),
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(1, ListFault.EMPTY)]),
        ("工号,姓名,团队\n", [(1, ListFault.EMPTY)]),
        ("姓名\n林晓\n", [(1, ListFault.NO_COLUMN), (1, ListFault.NO_COLUMN)]),
        ("id,name,team,工号\n", [(1, ListFault.COLUMN_TWICE)]),
        ("id,name,team\n,林,一组\n", [(2, ListFault.NO_VALUE)]),
        (
            "id,name,team\n1,,一组\n\n2,王,\n",
            [(2, ListFault.NO_VALUE), (4, ListFault.NO_VALUE)],
        ),
        ("id,name,team\n1 2,林,一组\n", [(2, ListFault.BAD_ID)]),
        ("id,name,team\ndemo-trainee,林,一组\n", [(2, ListFault.BAD_ID)]),
        ("id,name,team\n1,林,一组\n2,王,一组\n1,李,一组\n", [(4, ListFault.ID_TWICE)]),
        (f"id,name,team\n{'9' * 65},林,一组\n", [(2, ListFault.TOO_LONG)]),
        ("id,name,team,role\n1,林,一组,老板\n", [(2, ListFault.BAD_ROLE)]),
        ("id,name,team,language\n1,林,一组,fr\n", [(2, ListFault.BAD_LANGUAGE)]),
        ("id,name,team\n1,林,一组,二组\n", [(2, ListFault.TOO_MANY_FIELDS)]),
        ('id,name,team\n1,"林,一组\n', [(2, ListFault.BROKEN_QUOTES)]),
        ('id,name,team\n1,"林\n晓",一组\n2,,一组\n', [(4, ListFault.NO_VALUE)]),
    ],
)
def test_every_bad_line_is_named_by_its_number_and_reason(
    text: str, faults: list[tuple[int, ListFault]]
) -> None:
    read = read_people(text.encode(), language="zh")
    assert [(bad.line, bad.fault) for bad in read.faults] == faults


def test_what_is_no_text_is_refused() -> None:
    for data in (b"PK\x03\x04\x00\x00\x00", b"\xff\xfe\x00"):
        (bad,) = read_people(data, language="zh").faults
        assert bad.fault is ListFault.NOT_TEXT


async def test_one_bad_line_and_nobody_is_kept(rig: Rig) -> None:
    well, said = await imported(rig, CHINESE + "1003,李雷,老板,一组,\n")
    assert not well
    assert said == [
        "people.csv:4: 没有这种角色：老板（可用：学员、主管、作者、管理员）",
        "有 1 处问题，一个人都没有导入。改好后再导入一次。",
    ]
    assert NoticeCode.DIALOGUE_STARTED in codes(await rig.phone().send("练习 1"))


async def test_a_dry_run_keeps_nobody_and_says_what_would_happen(rig: Rig) -> None:
    would = ["检查通过，还没有导入：会新增 2 人，更新 0 人，没有变化 0 人。"]
    assert await imported(rig, dry_run=True) == (True, would)
    assert await imported(rig, dry_run=True) == (True, would)


async def test_people_are_not_kept_when_their_codes_have_no_place_to_go(rig: Rig) -> None:
    with pytest.raises(FileNotFoundError):
        await imported(rig, out=rig.data_dir / "no such folder" / "codes.csv")
    _, said = await imported(rig, dry_run=True)
    assert "会新增 2 人" in said[0]


async def test_importing_again_updates_people_and_gives_codes_to_the_new_ones_only(
    rig: Rig,
) -> None:
    assert set(await hand_out(rig)) == {"1001", "1002"}
    changed = CHINESE.replace("学员,一组", "学员,二组") + "1003,李雷,,二组,\n"
    assert set(await hand_out(rig, changed)) == {"1003"}
    same = ["已导入：新增 0 人，更新 0 人，没有变化 3 人。"]
    assert await imported(rig, changed) == (True, same)


def test_codes_go_to_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    source, out = tmp_path / "people.csv", tmp_path / "codes.csv"
    source.write_text(CHINESE, encoding="utf-8")
    address = "https://peilian.example.com"
    done = peilian(
        "people", "import", source, "--out", out, "--address", address, data_dir=tmp_path
    )
    assert done.returncode == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    rows = table(out.read_text(encoding="utf-8"))
    assert [row["姓名"] for row in rows] == ["林晓", "王芳"]
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}", r["绑定码"]) for r in rows)
    assert all(row["登录链接"].startswith(f"{address}/signin/") for row in rows)
    assert not any(row["绑定码"] in done.stdout for row in rows)


def test_a_missing_file_is_named_without_a_traceback(tmp_path: Path) -> None:
    done = peilian("people", "import", tmp_path / "none.csv", data_dir=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"文件读写不了：{tmp_path / 'none.csv'}")
    assert "Traceback" not in done.stderr


# --- the code


async def test_a_code_ties_the_chat_address_to_the_person_once(rig: Rig) -> None:
    given = await hand_out(rig)
    lin, other = rig.phone("o-lin"), rig.phone("o-other")
    assert await lin.type("你好") == [
        "还不知道你是哪位同事。请输入 绑定 加上主管给你的绑定码，例如：绑定 ABCDE-23456；"
        "没有绑定码请找主管要。"
    ]
    code = given["1001"]
    (bound,) = await lin.type(f"绑定 {code.lower().replace('-', '')}。")
    assert bound.splitlines()[0].startswith("林晓，你好，绑定成功。")
    assert (await lin.type("练习 1 seed=7"))[0].startswith("练习开始：")
    (used,) = await other.type(f"绑定 {code}")
    assert used.startswith("这个绑定码不对，或者已经用过、过期了。")
    assert codes(await other.send("练习 1")) == [NoticeCode.BIND_NEEDED]


async def test_a_code_is_too_old_after_thirty_days_and_a_new_one_can_be_made(rig: Rig) -> None:
    given = await hand_out(rig)
    phone = rig.phone()
    rig.clock.advance(days=31)
    (answer,) = await phone.type(f"绑定 {given['1001']}")
    assert "过期" in answer
    rig.clock.advance(days=-31)
    renewed = await asyncio.to_thread(peilian, "people", "code", "1001", data_dir=rig.data_dir)
    code = table(renewed.stdout)[0]["绑定码"]
    assert "绑定成功" in (await phone.type(f"绑定 {code}"))[0]


async def test_a_wrong_code_leaves_a_binding_as_it_is(rig: Rig) -> None:
    given = await hand_out(rig)
    phone = rig.phone()
    await phone.type(f"绑定 {given['1001']}")
    (answer,) = await phone.type(f"绑定 {given['1001']}")
    assert answer == "你已经绑定为：林晓。这个绑定码没有用上：不对，或者已经用过、过期了。"
    assert "王芳，你好，绑定成功。" in (await phone.type(f"绑定 {given['1002']}"))[0]


async def test_guessing_codes_is_slowed_down_per_address(rig: Rig) -> None:
    given = await hand_out(rig)
    phone = rig.phone()
    for _ in range(5):
        assert "不对" in (await phone.type("绑定 AAAAA-22222"))[0]
    right = f"绑定 {given['1001']}"
    assert (await phone.type(right))[0].startswith("试的次数太多了")
    assert "绑定成功" in (await rig.phone("o-honest").type(right))[0]


async def test_the_practices_of_a_guest_become_those_of_the_person(rig: Rig) -> None:
    phone = rig.phone()
    await phone.type("练习 1 seed=7")
    await phone.type("您好，很抱歉影响您了，请问手机尾号是多少")
    await phone.type("结束")
    before = await phone.type("成绩")
    given = await hand_out(rig)
    assert codes(await phone.send("练习 1")) == [NoticeCode.BIND_NEEDED]
    (bound,) = await phone.type(f"绑定 {given['1001']}")
    assert "之前以访客身份做的 1 次练习也归到你名下了。" in bound
    assert await phone.type("成绩") == before
    marked = await rig.house.transactions.read(
        lambda unit: unit.scorecards.of_person("1001", limit=9)
    )
    assert len(marked) == 1


async def test_a_practice_goes_on_through_the_binding(rig: Rig) -> None:
    phone = rig.phone()
    await phone.type("练习 1 seed=7")
    await phone.type("您好，很抱歉影响您了，请问手机尾号是多少")
    given = await hand_out(rig)
    assert NoticeCode.CUSTOMER_LINE in codes(await phone.send("我来帮您查一下"))
    await phone.type(f"绑定 {given['1001']}")
    assert NoticeCode.CUSTOMER_LINE in codes(await phone.send("请您稍等"))
    assert NoticeCode.DEBRIEF in codes(await phone.send("结束"))
    marked = await rig.house.transactions.read(
        lambda unit: unit.scorecards.of_person("1001", limit=9)
    )
    assert len(marked) == 1


async def test_where_sign_up_stays_open_a_guest_is_told_how_to_bind(tmp_path: Path) -> None:
    async with open_rig(tmp_path, clock=TodayClock(), signup="open") as rig:
        await hand_out(rig)
        started = await rig.phone().send("练习 1")
        assert codes(started)[:3] == [
            NoticeCode.WELCOME,
            NoticeCode.GUEST,
            NoticeCode.DIALOGUE_STARTED,
        ]


async def test_the_terminal_and_the_signed_in_page_need_no_code(rig: Rig) -> None:
    given = await hand_out(rig)
    console = rig.phone("me", ChannelKind.CONSOLE)
    assert NoticeCode.DIALOGUE_STARTED in codes(await console.send("练习 1"))
    page = rig.phone("1002", ChannelKind.WEB)
    assert await page.type(f"绑定 {given['1001']}") == ["你已经登录了，网页上不用绑定。"]


async def test_the_code_works_over_signed_wechat_messages(tmp_path: Path) -> None:
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(
            FakeWeChat(app_id=APP_ID, secret="s3cret", clock=clock)
        )
        account = {
            "wechat_app_id": APP_ID,
            "wechat_app_secret": "s3cret",
            "wechat_token": "t0ken",
            "wechat_aes_key": AES_KEY,
            "wechat_api_url": platform.url,
        }
        rig = await stack.enter_async_context(open_rig(tmp_path, clock=clock, **account))
        server = await stack.enter_async_context(TestServer(web_app(rig.house)))
        url = str(server.make_url("/channels/wechat/main"))
        driver = WeChatDriver(
            url, token="t0ken", app_id=APP_ID, aes_key=AES_KEY, mode=Mode.SAFE, clock=clock
        )

        async def typed(text: str, number: int) -> str:
            before = len(platform.sent)
            platform.person_wrote("o-lin")
            sent = text_xml("o-lin", text, message_id=str(number), clock=clock)
            assert (await driver.deliver(sent)).status == 200
            await settle(rig.house)
            while await rig.house.sender.drain_once():
                pass
            clock.advance(seconds=20)
            return "\n".join(message.text for message in platform.sent[before:])

        code = (await hand_out(rig))["1001"]
        assert "请输入 绑定 加上主管给你的绑定码" in await typed("练习 1", 1)
        assert "林晓，你好，绑定成功。" in await typed(f"绑定 {code}", 2)
        assert "练习开始：" in await typed("练习 1", 3)
