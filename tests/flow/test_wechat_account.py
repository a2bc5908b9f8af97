"""What an official account does beside texts: voice, QR codes, the menu, and notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
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
from tests.durability.databases import rows
from tests.fakes.speech_server import SpeechServer
from tests.fakes.wechat_platform import (
    Mode,
    Notice,
    event_xml,
    grant_xml,
    text_xml,
    voice_xml,
)
from tests.flow.command import run_here
from tests.flow.test_practice_over_wechat import OPENID, Talk, open_talk, settle

LIN = Person("1001", "林晓", Role.TRAINEE, "一组")
HERE = ChannelAddress(ChannelKind.WECHAT, "main", OPENID)
GREETING = "您好，我是客服小李，很抱歉影响您了，请问您的手机尾号是多少"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with open_talk(tmp_path, Mode.SAFE) as opened:
        yield opened


async def deliver(talk: Talk, xml: str, *, opens: bool = True) -> list[str]:
    """What is read after this delivery."""
    before = len(talk.platform.sent)
    if opens:
        talk.platform.person_wrote(OPENID)
    assert (await talk.driver.deliver(xml)).status == 200
    await settle(talk.house)
    talk.clock.advance(seconds=5)
    return [sent.text for sent in talk.platform.sent[before:]]


def voice(talk: Talk, media: str, *, heard: str = "") -> str:
    talk.typed += 1
    number = str(talk.typed)
    return voice_xml(OPENID, media, message_id=number, clock=talk.clock, heard=heard)


async def trainee_turns(talk: Talk) -> list[tuple[str, bool]]:
    def found(unit: UnitOfWork) -> list[tuple[str, bool]]:
        conversation = unit.conversations.at(HERE)
        assert conversation.dialogue_id is not None
        turns = unit.dialogues.turns(conversation.dialogue_id)
        return [(turn.text, turn.spoken) for turn in turns if turn.speaker == "trainee"]

    return await talk.house.transactions.read(found)


async def test_a_recording_the_platform_understood_is_an_answer_and_known_as_spoken(
    talk: Talk,
) -> None:
    await talk.type("练习 1 seed=7")
    assert await deliver(talk, voice(talk, "M1", heard=GREETING))
    await talk.type("我来跟进，今天18:00前给您回电")

    assert await trainee_turns(talk) == [
        (GREETING, True),
        ("我来跟进，今天18:00前给您回电", False),
    ]


async def test_each_of_several_accounts_has_its_own_keys_the_old_one_too(tmp_path: Path) -> None:
    """A follower of the second account, while its key is being changed; the first knows neither."""
    shop = {
        "app_id": "wxshop",
        "app_secret": "s3cret",
        "token": "shop-token",
        "aes_key": "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcbA",
        "aes_key_old": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
        "delivery": "passive",
    }
    async with open_talk(tmp_path, Mode.SAFE, wechat={"shop": shop}) as talk:
        stop = asyncio.Event()
        working = asyncio.create_task(talk.house.worker.run(stop))
        said = []
        for number, key in enumerate(("aes_key_old", "aes_key"), start=1):
            driver = replace(
                talk.driver,
                url=talk.driver.url.replace("/main", "/shop"),
                app_id=shop["app_id"],
                token=shop["token"],
                aes_key=shop[key],
            )
            xml = text_xml(OPENID, "帮助", message_id=str(number), clock=talk.clock)
            answered = await driver.deliver(xml)
            here = replace(driver, aes_key=shop["aes_key"])
            said.append(here.said(answered) or "")
            at_main = replace(driver, url=talk.driver.url)
            refused = await at_main.post(at_main.request(xml))
            assert refused.status == 403
        stop.set()
        await working

        assert all("停止练习" in text for text in said)
        accounts = await talk.house.transactions.read(
            lambda unit: [
                len(unit.conversations.of_account(ChannelKind.WECHAT, name))
                for name in ("main", "shop")
            ]
        )
    assert accounts == [0, 1]


async def test_a_command_may_be_spoken(talk: Talk) -> None:
    read = await deliver(talk, voice(talk, "M1", heard="帮助。"))
    assert any("申诉" in text for text in read)


async def test_a_recording_goes_through_the_company_s_own_ears(tmp_path: Path) -> None:
    async with (
        SpeechServer({b"#!AMR sound": GREETING}, api_key="k3y") as ears,
        open_talk(
            tmp_path, Mode.SAFE, speech_url=ears.url + "/v1", speech_api_key="k3y", speech_model="m"
        ) as talk,
    ):
        talk.platform.recordings["M1"] = b"#!AMR sound"
        talk.platform.recordings["M2"] = b"noise"
        await talk.type("练习 1 seed=7")
        talk.platform.void_token()
        assert await deliver(talk, voice(talk, "M1"))
        unclear = await deliver(talk, voice(talk, "M2"))
        gone = await deliver(talk, voice(talk, "M3"))
        ears.status = 503
        down = await deliver(talk, voice(talk, "M1"))

        assert await trainee_turns(talk) == [(GREETING, True)]
        assert ears.asked[0] == {
            "language": "zh",
            "response_format": "json",
            "model": "m",
            "name": "voice.amr",
            "kind": "audio/amr",
        }
        for refused in (unclear, gone, down):
            assert len(refused) == 1
            assert "没有听清" in refused[0]


async def test_without_ears_a_recording_is_kindly_refused_and_costs_nothing(talk: Talk) -> None:
    await talk.type("练习 1 seed=7")
    (refused,) = await deliver(talk, voice(talk, "M1"))
    assert "请打字" in refused
    assert await trainee_turns(talk) == []


@pytest.mark.parametrize("event", ["subscribe", "SCAN"])
async def test_a_qr_code_made_for_a_person_binds_whoever_scans_it(
    talk: Talk, event: str, command: Callable[..., Awaitable[str]]
) -> None:
    await talk.house.transactions.write(lambda unit: unit.people.add(LIN))
    told = await command("wechat", "qr", "1001")
    (scene,) = talk.platform.scenes
    key = f"qrscene_{scene}" if event == "subscribe" else scene

    assert scene.removeprefix("bind-") in told
    assert "showqrcode?ticket=" in told
    read = await deliver(talk, event_xml(OPENID, event, key=key, clock=talk.clock))
    assert any("林晓" in text and "绑定成功" in text for text in read)
    other = event_xml("o-other", "SCAN", key=scene, clock=talk.clock)
    talk.platform.person_wrote("o-other")
    await talk.driver.deliver(other)
    await settle(talk.house)
    assert "林晓" not in talk.platform.sent[-1].text


async def test_the_menu_is_set_and_each_of_its_entries_is_a_command(
    talk: Talk, command: Callable[..., Awaitable[str]]
) -> None:
    assert "菜单已更新" in await command("wechat", "menu")
    entries = [one for button in talk.platform.menu["button"] for one in button["sub_button"]]

    assert len(entries) == 13
    read = await deliver(talk, event_xml(OPENID, "CLICK", key=entries[0]["key"], clock=talk.clock))
    assert any("AI 模拟客户" in text for text in read)
    for entry in entries[3:8]:
        talk.clock.advance(seconds=60)
        read = await deliver(talk, event_xml(OPENID, "CLICK", key=entry["key"], clock=talk.clock))
        assert read, entry
        assert await trainee_turns(talk) == [] if entry["key"] != "结束" else True


async def test_an_unknown_person_an_unknown_account_and_a_refusal_are_said(
    talk: Talk, command: Callable[..., Awaitable[str]]
) -> None:
    assert "9999" in await command("wechat", "qr", "9999", code=1)
    none = await command("wechat", "menu", "--account", "zwei", code=2)
    assert "zwei" in none
    assert "main" in none
    talk.platform.plan_tokens(40164)
    assert "40164" in await command("wechat", "menu", code=1)


async def push(talk: Talk) -> tuple[SendOutcome, str]:
    """A drill for the person whose window is closed; how it ended."""
    message = OutboundMessage(
        address=HERE, code=NoticeCode.DRILL, kind=OutboundKind.PUSH, facts={}, language="zh"
    )
    await talk.house.transactions.write(
        lambda unit: unit.outbox.add([message], now=talk.clock.now())
    )
    await settle(talk.house)
    folder = talk.house.settings.data_dir
    state, reason = rows("", folder, "SELECT state, reason FROM outbox ORDER BY id")[-1]
    return SendOutcome(state), reason


@pytest.fixture
async def granted(tmp_path: Path) -> AsyncIterator[Talk]:
    async with open_talk(
        tmp_path,
        Mode.SAFE,
        wechat_notice_template="TPL-1",
        wechat_notice_fields="thing1=title, thing2=text，time3=time",
    ) as opened:
        opened.platform.template_fields["TPL-1"] = {"thing1", "thing2", "time3"}
        yield opened


async def test_one_yes_is_one_notice_and_the_message_waits_for_the_person(granted: Talk) -> None:
    talk = granted
    await talk.type("你好")
    talk.clock.advance(hours=49)
    assert await push(talk) == (SendOutcome.DEFERRED, "no sends left")
    talk.platform.grants[OPENID, "TPL-1"] += 1
    yes = grant_xml(OPENID, "TPL-1", clock=talk.clock)
    for _ in range(2):
        assert await deliver(talk, yes, opens=False) == []
    assert await push(talk) == (SendOutcome.DEFERRED, "notice sent")
    assert await push(talk) == (SendOutcome.DEFERRED, "no sends left")

    (notice,) = talk.platform.notices
    assert isinstance(notice, Notice)
    assert notice.values["thing1"].startswith("今天轮到你练一次")
    assert len(notice.values["thing1"]) <= 20
    assert notice.values["time3"] == "2026-03-04 17:00"
    read = await talk.type("来了")
    assert sum("今天轮到你练一次" in text for text in read) >= 1


async def test_a_no_is_not_asked_again(granted: Talk) -> None:
    talk = granted
    await talk.type("你好")
    talk.clock.advance(hours=49)
    await deliver(talk, grant_xml(OPENID, "TPL-1", clock=talk.clock), opens=False)
    # The platform knows of no yes: the ledger was wrong, and is put right.
    assert await push(talk) == (SendOutcome.DEFERRED, "errcode 43101")
    assert await push(talk) == (SendOutcome.DEFERRED, "no sends left")


async def test_a_template_of_a_service_account_needs_no_yes(tmp_path: Path) -> None:
    async with open_talk(
        tmp_path, Mode.SAFE, wechat_notice_template="TPL-2", wechat_notice_kind="template"
    ) as talk:
        talk.platform.template_fields["TPL-2"] = {"thing1", "time2"}
        await talk.type("你好")
        talk.clock.advance(hours=49)
        talk.platform.void_token()
        assert await push(talk) == (SendOutcome.DEFERRED, "notice sent")
        assert len(talk.platform.notices) == 1


async def test_a_reply_is_never_turned_into_a_notice(granted: Talk) -> None:
    talk = granted
    talk.platform.grants[OPENID, "TPL-1"] += 1
    await deliver(talk, grant_xml(OPENID, "TPL-1", clock=talk.clock), opens=False)
    await talk.type("你好")
    await talk.type("练习 1 seed=7")
    assert talk.platform.notices == []


@pytest.fixture
def command(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Awaitable[str]]:
    """Run a command beside the product with the same settings; what it says."""
    settings = talk.house.settings
    for name in ("app_id", "app_secret", "token", "aes_key", "api_url"):
        monkeypatch.setenv(f"PEILIAN_WECHAT_{name.upper()}", getattr(settings, f"wechat_{name}"))
    monkeypatch.setenv("PEILIAN_DATA_DIR", str(settings.data_dir))

    async def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert await asyncio.to_thread(run_here, *arguments) == code
        said = capsys.readouterr()
        return said.out + said.err

    return run
