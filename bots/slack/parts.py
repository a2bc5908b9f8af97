"""Slack's parts together. Imported only where Slack is set: its framework takes a third of a
second and 60 MB."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bots.answers import Answers
from bots.intake import Intake
from bots.slack import client as slack_client
from bots.slack.boards import BOARD, SlackBoards
from bots.slack.channel import SlackChannel
from bots.slack.convert import ACCOUNT
from bots.slack.limits import SlackLimits
from bots.slack.listeners import SlackDoor
from bots.slack.people import SlackPeople
from bots.slack.views import SlackViews
from core.ports.channel import Channel
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.live_state import LiveState
from core.ports.storage import Transactions


@dataclass(frozen=True, slots=True)
class SlackKeys:
    """What a workspace's app is known by; `app_token` turns Socket Mode on; `language` is that of
    strangers, `post_every_s` Slack's limit of posts to one person, `boards` the channel of each
    team that has a board."""

    signing_secret: str
    bot_token: str
    app_token: str
    api_url: str
    language: str
    post_every_s: float = 1.0
    limits: SlackLimits = field(default_factory=SlackLimits)
    boards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlackParts:
    """The channel, the door, and what runs beside them."""

    channel: SlackChannel
    door: SlackDoor
    client: AsyncWebClient
    app_token: str
    boards: SlackBoards

    def channels(self) -> Mapping[str, Channel]:
        """Account -> what sends there."""
        return {ACCOUNT: self.channel, BOARD: self.boards}

    def routes(self) -> Sequence[web.RouteDef]:
        """The door for HTTP."""
        return self.door.routes()

    async def team(self) -> str:
        """The workspace that answers to our token; empty when none does."""
        return await self.door.ask_team()

    async def run_socket(self, stop: asyncio.Event) -> None:
        """Socket Mode until `stop`, where an app token is set: the same listeners, no address."""
        if not self.app_token:
            return
        handler = AsyncSocketModeHandler(
            self.door.app(), self.app_token, web_client=slack_client.connected(self.client)
        )
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            await stop.wait()
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Let go of the session."""
        await self.door.close()
        await slack_client.close(self.client)


def slack_parts(
    keys: SlackKeys,
    *,
    intake: Intake,
    answers: Answers,
    transactions: Transactions,
    content: ContentLibrary,
    live: LiveState,
    clock: Clock,
) -> SlackParts:
    """One workspace by its bot token. Connects to nothing yet."""
    client = slack_client.slack_client(keys.bot_token, api_url=keys.api_url)
    door = SlackDoor(
        signing_secret=keys.signing_secret,
        bot_token=keys.bot_token,
        client=client,
        intake=intake,
        views=SlackViews(answers, transactions, content, clock, keys.language, keys.limits),
        meet=SlackPeople(client, transactions).meet,
        language=keys.language,
        live=live,
        clock=clock,
    )
    channel = SlackChannel(
        client,
        live=live,
        clock=clock,
        limits=keys.limits,
        post_every=timedelta(seconds=keys.post_every_s),
    )
    boards = SlackBoards(channel, keys.boards)
    return SlackParts(channel, door, client, keys.app_token, boards)
