"""WeCom's parts together, as far as they are set."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import SystemRandom

from aiohttp import web

from bots.intake import Intake
from bots.wechat.api import WeChatApi
from bots.wecom.app import AppApi, AppKeys, AppToken
from bots.wecom.app_channel import AppChannel
from bots.wecom.bot import WeComBot
from bots.wecom.bot_channel import BotChannel
from bots.wecom.convert import BOT
from bots.wecom.endpoint import AppDoor
from bots.wecom.limits import WeComLimits
from bots.wecom.link import BotLink
from bots.wecom.people import APP, SYNCED, Members
from bots.wecom.robot import BOARD, RobotChannel
from core.catalogue import say
from core.ports.channel import Capabilities, Channel
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions


@dataclass(frozen=True, slots=True)
class WeComKeys:
    """What a company's WeCom is known by. The bot is on where `bot_id` is set, the application
    where `app` is; `boards`: team -> key of its group's robot."""

    app: AppKeys | None = None
    boards: Mapping[str, str] = field(default_factory=dict)
    api_url: str = "https://qyapi.weixin.qq.com"

    bot_id: str = ""
    bot_secret: str = ""
    bot_gateway: str = ""
    language: str = "zh"
    limits: WeComLimits = field(default_factory=WeComLimits)


@dataclass(frozen=True, slots=True)
class WeComApp:
    """The self-built application: what it sends by, its calls, and its door if it has one."""

    api: AppApi
    channel: AppChannel
    door: AppDoor | None


@dataclass(frozen=True, slots=True)
class WeComParts:
    """What runs, and what it sends through."""

    bot: WeComBot | None = None
    app: WeComApp | None = None
    board: RobotChannel | None = None

    def channels(self) -> Mapping[str, Channel]:
        """Account -> what sends there; the bot's own is drained by whoever holds its connection."""
        found: dict[str, Channel] = {}
        if self.app is not None:
            found[APP] = self.app.channel
        if self.board is not None:
            found[BOARD] = self.board
        return found

    def able(self) -> Mapping[str, Capabilities]:
        """What each account of people can do; those that may open a conversation come first."""
        app = {APP: self.app.channel.capabilities} if self.app else {}
        return app | ({BOT: self.bot.channel.capabilities} if self.bot else {})

    def routes(self) -> Sequence[web.RouteDef]:
        """The address for callbacks, where their key is set."""
        return self.app.door.routes() if self.app is not None and self.app.door else []

    async def close(self) -> None:
        """Let go of what is open."""
        if self.app is not None:
            if self.app.door is not None:
                await self.app.door.close()
            await self.app.api.api.close()
        if self.board is not None:
            await self.board.http.close()

    async def run_bot(self, stop: asyncio.Event) -> None:
        """The bot's connection until `stop`, where there is a bot."""
        if self.bot is not None:
            await self.bot.run(stop)


def wecom_parts(
    keys: WeComKeys,
    *,
    intake: Intake,
    transactions: Transactions,
    live: LiveState,
    clock: Clock,
    owner: str,
) -> WeComParts:
    """Everything that is set. Connects to nothing yet."""
    members = Members(transactions)
    parts = WeComParts()
    if keys.bot_id:
        bot = _bot(keys, members, intake, transactions, live, clock, owner)
        parts = replace(parts, bot=bot)
    if keys.app is not None:
        parts = replace(parts, app=_app(keys, keys.app, members, intake, live, clock))
    if keys.boards:
        http = WeChatApi(keys.api_url)
        parts = replace(parts, board=RobotChannel(http, keys.boards, live, clock, keys.limits))
    return parts


def app_api(app: AppKeys, limits: WeComLimits, live: LiveState) -> AppApi:
    """The application's calls. Connects to nothing yet."""
    http = WeChatApi(app.api_url)
    return AppApi(
        app,
        http,
        AppToken(app, api=http, live=live),
        live,
        limits,
    )


def _app(
    keys: WeComKeys, app: AppKeys, members: Members, intake: Intake, live: LiveState, clock: Clock
) -> WeComApp:
    limits = keys.limits
    api = app_api(app, limits, live)
    channel = AppChannel(api, live=live, clock=clock, limits=limits)

    async def pressed(user: str, code: str, said: str) -> None:
        await channel.pressed(user, code, say(keys.language, "wecom.card.chosen", said=said[:10]))

    async def changed() -> None:
        await live.drop(SYNCED)

    door = (
        AppDoor(app, intake, partial(members.meet, APP), pressed, changed, clock)
        if app.aes_key
        else None
    )
    return WeComApp(api, channel, door)


def _bot(
    keys: WeComKeys,
    members: Members,
    intake: Intake,
    transactions: Transactions,
    live: LiveState,
    clock: Clock,
    owner: str,
) -> WeComBot:
    limits = keys.limits
    link = BotLink(
        gateway=keys.bot_gateway,
        bot_id=keys.bot_id,
        secret=keys.bot_secret,
        ping_s=limits.bot_ping_s,
    )
    return WeComBot(
        bot_id=keys.bot_id,
        link=link,
        channel=BotChannel(link, live, clock, limits),
        intake=intake,
        meet=partial(members.meet, BOT),
        transactions=transactions,
        live=live,
        clock=clock,
        owner=owner,
        language=keys.language,
        chance=SystemRandom(),
    )
