"""The picture of a scorecard on every chat that can show one; it never costs the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.domain.messages import ChannelAddress, ChannelKind, Json, NoticeCode, OutboundMessage
from core.ports.storage import UnitOfWork
from ops.wiring import House
from tests.fakes.wechat_platform import Mode
from tests.fakes.wecom_platform import callback
from tests.flow.test_every_channel import database
from tests.flow.test_practice_over_wechat import OPENID, open_talk, settle
from tests.flow.wecom.company import LIN, Company, open_company
from tests.png import opened

CARD: dict[str, Json] = {"title": "断网", "abilities": {"Q1": 5.0, "Q2": 6.0, "Q3": 7.0}}


async def say_card(house: House, address: ChannelAddress) -> None:
    """A scorecard for somebody, as the judge's job leaves it."""
    message = OutboundMessage(address, NoticeCode.SCORE, CARD)
    now = house.clock.now()
    await house.transactions.write(lambda unit: unit.outbox.add([message], now=now))
    await house.live.publish("outbox")


@dataclass
class Shown:
    """What a member of a company sees in one of its two accounts."""

    account: str
    texts: Callable[[], list[str]]
    pictures: Callable[[], list[bytes]]


def seen(company: Company, account: str) -> Shown:
    """The bot's chat, or the application's."""
    if account == "bot":
        gateway = company.gateway
        return Shown("bot", lambda: gateway.shown[LIN], lambda: gateway.pictures[LIN])
    wecom = company.wecom
    return Shown("main", lambda: wecom.texts[LIN], lambda: wecom.pictures[LIN])


async def greet(company: Company, account: str) -> None:
    """The member writes, so that either account may write to them, and is answered."""
    if account == "bot":
        await company.say("你好")
    else:
        assert await company.call(callback(LIN, Content="你好", MsgId=1)) == 200
        await company.until(lambda: company.wecom.cards[LIN])


@pytest.mark.parametrize("account", ["bot", "main"])
async def test_wecom_shows_the_picture_behind_the_words(account: str, tmp_path: Path) -> None:
    async with open_company(tmp_path, database(tmp_path)) as company:
        shown = seen(company, account)
        await greet(company, account)
        await say_card(company.house, ChannelAddress(ChannelKind.WECOM, account, LIN))
        await company.until(shown.pictures)

        [picture] = shown.pictures()
        assert opened(picture).size[0] == 800
        assert "断网" in shown.texts()[-1]


@pytest.mark.parametrize("account", ["bot", "main"])
async def test_a_picture_that_wecom_does_not_take_costs_no_word(
    account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_company(tmp_path, database(tmp_path)) as company:
        await greet(company, account)
        company.gateway.takes_pictures = company.wecom.takes_pictures = False
        await say_card(company.house, ChannelAddress(ChannelKind.WECOM, account, LIN))
        await company.until_state(account, LIN, "sent")

        shown = seen(company, account)
        assert shown.pictures() == []
        assert sum("断网" in text for text in shown.texts()) == 1


@pytest.mark.parametrize(("spent", "pictures"), [(0, 1), (1, 0)])
async def test_a_follower_sees_it_while_sends_are_left_for_more(
    spent: int, pictures: int, tmp_path: Path
) -> None:
    """Two of the five are still there behind it, for what comes unasked."""
    async with open_talk(tmp_path, Mode.SAFE) as talk:
        await talk.type("帮助")
        address = ChannelAddress(ChannelKind.WECHAT, "main", OPENID)

        def spend(unit: UnitOfWork) -> None:
            for _ in range(spent):
                unit.ledger.spend(address, now=talk.clock.now())

        await talk.house.transactions.write(spend)
        left = await talk.house.transactions.read(
            lambda unit: unit.ledger.left(address, now=talk.clock.now())
        )
        await say_card(talk.house, address)
        await settle(talk.house)

        assert left == 4 - spent
        assert len(talk.platform.pictures) == pictures
        assert "断网" in talk.platform.sent[-1].text
        assert [opened(one).size[0] for one in talk.platform.pictures] == [800] * pictures
