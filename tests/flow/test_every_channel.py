"""One reply on every channel: buttons where the channel declares them, else numbered lines that a
typed number answers; never more bytes than it declares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bots.next_steps import offered
from bots.replies import word
from bots.text import size
from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.ports.channel import Capabilities, Push, Voice
from ops.migrations import migrate
from tests.fakes.wechat_platform import Mode
from tests.fakes.wecom_platform import callback
from tests.flow.slack.workspace import open_workspace
from tests.flow.test_practice_over_wechat import open_talk
from tests.flow.test_toy_channel import bare, open_toy
from tests.flow.wecom.company import Company, open_company

SAYS = ["练习", "今日", "计划", "画像"]
SAYS_EN = ["practice", "today", "plan", "profile"]
"""The ways on behind the help."""


@dataclass
class Chat:
    """One person on one channel: `ask` types and gives (texts shown, what buttons say)."""

    able: Capabilities
    ask: Callable[[str], Awaitable[tuple[Sequence[str], Sequence[str]]]]
    says: Sequence[str]


def keys_of(card: dict[str, Any]) -> list[str]:
    return [one["key"] for one in card["button_list"]]


@asynccontextmanager
async def slack(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_workspace(folder, database(folder), **more) as workspace:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            before = len(workspace.slack.posts)
            await workspace.type(text)
            posts = workspace.slack.posts[before:]
            rows = [one for one in posts[-1]["blocks"] if one["type"] == "actions"]
            said = [one["value"] for row in rows for one in row["elements"]]
            return [one["text"] for one in posts], said

        assert workspace.house.slack is not None
        yield Chat(workspace.house.slack.channel.capabilities, ask, SAYS_EN)


@asynccontextmanager
async def wecom_bot(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_company(folder, database(folder), **more) as company:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            before = len(company.gateway.shown["linxiao"])
            await company.say(text)
            # Its card ends an answer; pieces of it may come after the first is seen.
            said = await last_card(company, company.gateway.cards)
            return company.gateway.shown["linxiao"][before:], said

        assert company.house.wecom is not None
        yield Chat(company.house.wecom.able()["bot"], ask, SAYS)


@asynccontextmanager
async def wecom_app(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_company(folder, database(folder), **more) as company:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            assert await company.call(callback("linxiao", Content=text, MsgId=id(text))) == 200
            said = await last_card(company, company.wecom.cards)
            return company.wecom.texts["linxiao"], said

        assert company.house.wecom is not None
        yield Chat(company.house.wecom.able()["main"], ask, SAYS)


async def last_card(company: Company, cards: dict[str, list[dict[str, Any]]]) -> list[str]:
    await company.until(lambda: cards["linxiao"])
    return keys_of(cards["linxiao"][-1])


@asynccontextmanager
async def wechat(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_talk(folder, Mode.SAFE, **more) as talk:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            return await talk.type(text), []

        [channel] = talk.house.wechat.channels.values()
        yield Chat(channel.capabilities, ask, SAYS)


@asynccontextmanager
async def wechat_passive(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_talk(folder, Mode.SAFE, wechat_delivery="passive", **more) as talk:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            return [await talk.answered(text)], []

        [channel] = talk.house.wechat.channels.values()
        yield Chat(channel.capabilities, ask, SAYS)


@asynccontextmanager
async def toy(folder: Path, **more: object) -> AsyncIterator[Chat]:
    async with open_toy(folder, **more) as opened:

        async def ask(text: str) -> tuple[Sequence[str], Sequence[str]]:
            return await opened.type(text), []

        [added] = opened.house.added.values()
        yield Chat(added.channel.capabilities, ask, SAYS)


def database(folder: Path) -> Path:
    """A migrated database beside the folder of the product."""
    place = folder / "made"
    place.mkdir()
    migrate(data_dir=place)
    return place / "peilian.db"


CHANNELS = {
    "slack": slack,
    "wecom_bot": wecom_bot,
    "wecom_app": wecom_app,
    "wechat": wechat,
    "wechat_passive": wechat_passive,
    "toy": toy,
}

DECLARED = {
    "slack": (Push.FREE, Voice.NONE, True),
    "wecom_bot": (Push.GRANTED, Voice.HEARD, True),
    "wecom_app": (Push.FREE, Voice.RECORDED, True),
    "wechat": (Push.WINDOWED, Voice.RECORDED, True),
    "wechat_passive": (Push.WINDOWED, Voice.RECORDED, False),
    "toy": (Push.NONE, Voice.NONE, False),
}


@pytest.mark.parametrize("name", CHANNELS)
async def test_ways_on_are_buttons_or_numbers_as_the_channel_declares(
    name: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(CHANNELS[name](tmp_path))
        assert (chat.able.push, chat.able.voice, chat.able.pictures) == DECLARED[name]
        texts, said = await chat.ask("帮助" if chat.says is SAYS else "help")
        numbered = "\n".join(f"{at}. {one}" for at, one in enumerate(chat.says, start=1))
        whole = "\n".join(texts)

        assert chat.able.max_bytes is not None
        assert max(size(text) for text in texts) <= chat.able.max_bytes
        if chat.able.buttons:
            assert list(said) == list(chat.says)[: chat.able.buttons]
            assert numbered not in whole
        else:
            assert said == []
            assert numbered in whole
            started, _ = await chat.ask("１")
            assert "练习开始" in "\n".join(started)
            # A customer listens now: the same number is a line for them.
            talked, _ = await chat.ask("1")
            assert "练习开始" not in "\n".join(talked)


SMALL: dict[str, dict[str, object]] = {
    "slack": {"slack_limits": {"text_chars": 800}},
    "wecom_bot": {"wecom_limits": {"bot_bytes": 300}},
    "wecom_app": {"wecom_limits": {"app_text_bytes": 300}},
    "wechat": {"wechat_limits": {"text_bytes": 300}},
    "wechat_passive": {"wechat_limits": {"text_bytes": 300}},
}


@pytest.mark.parametrize("name", SMALL)
async def test_a_limit_that_is_set_is_kept(name: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(CHANNELS[name](tmp_path, **SMALL[name]))
        texts, _ = await chat.ask("帮助" if chat.says is SAYS else "help")

        assert chat.able.max_bytes == 300
        assert 0 < max(size(text) for text in texts) <= 300
        if name != "wechat_passive":  # which hands out the next piece when asked
            language = "zh" if chat.says is SAYS else "en"
            address = ChannelAddress(ChannelKind.MAIL, "main", "lin@example.com")
            whole = word(OutboundMessage(address, NoticeCode.HELP, language=language))
            assert bare(whole) in bare("".join(texts))


@pytest.mark.parametrize(
    "code", [NoticeCode.BOARD, NoticeCode.DIGEST, NoticeCode.WEEKLY, NoticeCode.WEEK_NOTE]
)
def test_what_goes_where_nobody_can_answer_offers_nothing(code: NoticeCode) -> None:
    """Boards and mails carry these, and nobody types there."""
    address = ChannelAddress(ChannelKind.MAIL, "main", "sup@example.com")
    assert offered(OutboundMessage(address, code)) == []
