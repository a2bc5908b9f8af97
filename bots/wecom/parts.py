"""WeCom's parts together, as far as they are set."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import SystemRandom

from bots.intake import Intake
from bots.wecom.bot import WeComBot
from bots.wecom.bot_channel import BotChannel
from bots.wecom.buckets import Buckets, Rate
from bots.wecom.limits import WeComLimits
from bots.wecom.link import BotLink
from bots.wecom.people import Members
from core.ports.clock import Clock
from core.ports.live_state import LiveState
from core.ports.storage import Transactions


@dataclass(frozen=True, slots=True)
class WeComKeys:
    """What a company's WeCom is known by. The bot is on where `bot_id` is set."""

    bot_id: str = ""
    bot_secret: str = ""
    bot_gateway: str = ""
    language: str = "zh"
    limits: WeComLimits = field(default_factory=WeComLimits)


@dataclass(frozen=True, slots=True)
class WeComParts:
    """What runs, and what it sends through."""

    bot: WeComBot | None

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
    bot = None
    if keys.bot_id:
        bot = _bot(keys, members, intake, transactions, live, clock, owner)
    return WeComParts(bot)


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
    rate = Rate(limits.bot_per_minute, limits.bot_per_hour)
    return WeComBot(
        bot_id=keys.bot_id,
        link=link,
        channel=BotChannel(link, Buckets(live, clock, "bot", rate), clock, limits),
        intake=intake,
        meet=members.meet,
        transactions=transactions,
        live=live,
        clock=clock,
        owner=owner,
        language=keys.language,
        chance=SystemRandom(),
    )
