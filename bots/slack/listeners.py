"""Slack's framework verifies; our listeners keep, then Slack gets its answer.

The same listeners serve HTTP and Socket Mode. Nothing is acknowledged before it is committed
(`process_before_response`), and what cannot be kept is answered 503, so Slack comes again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.client import connected
from bots.slack.convert import SAYS, from_action, from_command, from_event, from_view, team_of
from core.catalogue import say
from core.domain.messages import InboundMessage
from core.errors import StorageError, StorageUnavailable
from core.ports.clock import Clock
from core.ports.delivery import Kept
from core.ports.live_state import LiveState

logger = logging.getLogger("bots.slack")

PATH = "/channels/slack/events"
MAX_BODY_BYTES = 256 * 1024
BODY_S = 3.0
DEPTH = 40
"""Nesting of a payload; Slack's own lie below 20."""

_TEAM_KEY, _TEAM_LASTS = "slack:team", timedelta(hours=1)
_VIEW_S = 2.0
_PRIVATE = "directmessage"
"""How Slack calls the channel of a slash command typed to us."""


class Keeps(Protocol):
    """Whoever keeps a message durably and wakes the workers."""

    async def keep(self, message: InboundMessage) -> Kept:
        """Commit, or raise StorageError."""
        ...


class Views(Protocol):
    """What is shown beside the talk, for one Slack user."""

    async def home(self, user: str) -> dict[str, Any]:
        """The home tab."""
        ...

    async def drills(self, user: str) -> dict[str, Any]:
        """The modal in which a drill is chosen."""
        ...


_ANY = re.compile(".*", re.DOTALL)
_SAYING = re.compile(f"{SAYS}:.*", re.DOTALL)

Meet = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SlackDoor:
    """One workspace's way in. `meet` ties a user that was not seen before to a colleague;
    `language`: of what is said in channels."""

    signing_secret: str
    bot_token: str
    client: AsyncWebClient
    intake: Keeps
    views: Views
    meet: Meet
    language: str
    live: LiveState
    clock: Clock
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def app(self) -> AsyncApp:
        """Bolt's application with our listeners; it calls nothing before something comes in."""
        token = self.bot_token

        async def authorize() -> AuthorizeResult:
            """One workspace by its bot token: nobody has to be asked."""
            return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

        app = AsyncApp(
            signing_secret=self.signing_secret,
            client=self.client,
            authorize=authorize,
            process_before_response=True,
            logger=_quiet(),
        )
        app.error(_failed)
        app.use(self._own_team)
        app.event("message")(self._on_event)
        app.event("app_mention")(self._on_mention)
        app.event("app_home_opened")(self._on_home)
        app.command("/peilian")(self._on_command)
        app.action(_SAYING)(self._on_action)
        app.action("choose")(self._on_choose)
        app.view("drill")(self._on_view)
        app.shortcut("choose")(self._on_choose)
        # What we have no answer to is acknowledged, or Slack would send it again and again.
        app.event(_ANY)(_nothing)
        for ignored in (
            app.action(_ANY),
            app.view_submission(_ANY),
            app.view_closed(_ANY),
            app.shortcut(_ANY),
            app.command(_ANY),
        ):
            ignored(_seen)
        return app

    def routes(self) -> list[web.RouteDef]:
        """POST /channels/slack/events for events, commands and actions alike."""
        app = self.app()

        async def receive(request: web.Request) -> web.Response:
            return await self._receive(app, request)

        return [web.post(PATH, receive)]

    async def close(self) -> None:
        """Wait for views that are just being shown."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_VIEW_S)

    async def _receive(self, app: AsyncApp, request: web.Request) -> web.Response:
        """Verified here before anything is parsed: the framework reads a body first."""
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        if not self._is_signed(request, body):
            return web.Response(status=401)
        if not is_sound(body, request.content_type):
            return web.Response(status=400)
        try:
            bolt = AsyncBoltRequest(
                body=body, query=request.query_string, headers=dict(request.headers)
            )
            return await to_aiohttp_response(await app.async_dispatch(bolt))
        except (AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
            # Signed, but not shaped as Slack's payloads are.
            logger.warning("slack request refused", extra={"reason": type(error).__name__})
            return web.Response(status=400)

    def _is_signed(self, request: web.Request, body: str) -> bool:
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12 and signature.isascii()):
            return False
        verifier = SignatureVerifier(self.signing_secret)
        return verifier.is_valid(body=body, timestamp=stamp, signature=signature)

    async def _own_team(
        self, body: dict[str, Any], next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """Keeps out other workspaces that share the app, as far as ours is known; runs after the
        signature was checked."""
        team = team_of(body)
        try:
            known = await self.live.get(_TEAM_KEY) or await self.ask_team()
        except StorageUnavailable:
            known = ""
        if team and known and team != known:
            logger.warning("slack request refused", extra={"reason": "unknown team"})
            return BoltResponse(status=403, body="")
        return await next()

    async def ask_team(self) -> str:
        """Our workspace's id; empty while Slack does not answer, and then asked again later."""
        try:
            async with asyncio.timeout(1.0):
                answer = await connected(self.client).auth_test()
        except (SlackApiError, aiohttp.ClientError, TimeoutError):
            return ""
        team = str(answer.get("team_id") or "")
        if team:
            await self.live.put(_TEAM_KEY, team, ttl=_TEAM_LASTS)
        return team

    async def _keep(self, message: InboundMessage | None) -> bool:
        """Whether there is something new to answer."""
        if message is None:
            return False
        await self.meet(message.address.user)
        return (await self.intake.keep(message)).is_new

    async def _on_event(self, body: dict[str, Any]) -> None:
        await self._keep(from_event(body))

    async def _on_mention(self, body: dict[str, Any]) -> None:
        """Who mentions us is written to in private; in the channel they alone are told so."""
        if await self._keep(from_event(body)):
            self._beside(self._point_to_private(body["event"]))

    async def _on_command(self, body: dict[str, Any], ack: Any) -> None:  # noqa: ANN401
        await self._keep(from_command(body, now=self.clock.now()))
        # Whoever typed it in a channel looks there for an answer.
        private = body.get("channel_name", _PRIVATE) == _PRIVATE
        await (ack() if private else ack(say(self.language, "slack.answered_in_private")))

    async def _on_action(self, body: dict[str, Any], ack: Any) -> None:  # noqa: ANN401
        await self._keep(from_action(body, now=self.clock.now()))
        await ack()

    async def _on_view(self, body: dict[str, Any], ack: Any) -> None:  # noqa: ANN401
        await self._keep(from_view(body, now=self.clock.now()))
        await ack()

    async def _on_choose(self, body: dict[str, Any], ack: Any) -> None:  # noqa: ANN401
        """A trigger lives three seconds, so the modal is opened at once."""
        await ack()
        user, trigger = (body.get("user") or {}).get("id"), body.get("trigger_id")
        if isinstance(user, str) and isinstance(trigger, str):
            await self._show(self._open_modal(user, trigger))

    async def _on_home(self, body: dict[str, Any]) -> None:
        """Shown beside the answer: a home that is lost is opened again."""
        user = (body.get("event") or {}).get("user")
        if isinstance(user, str):
            self._beside(self._publish_home(user))

    def _beside(self, showing: Awaitable[None]) -> None:
        task = asyncio.create_task(self._show(showing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _point_to_private(self, event: Mapping[str, Any]) -> None:
        """Seen by one person; in the thread where they asked, if it was in one."""
        place: dict[str, Any] = {"channel": str(event.get("channel") or ""), "user": event["user"]}
        if event.get("thread_ts"):
            place["thread_ts"] = str(event["thread_ts"])
        if place["channel"]:
            text = say(self.language, "slack.private_only")
            await connected(self.client).chat_postEphemeral(**place, text=text)

    async def _open_modal(self, user: str, trigger: str) -> None:
        await connected(self.client).views_open(
            trigger_id=trigger, view=await self.views.drills(user)
        )

    async def _publish_home(self, user: str) -> None:
        view = await self.views.home(user)
        await connected(self.client).views_publish(user_id=user, view=view)

    async def _show(self, showing: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(_VIEW_S):
                await showing
        except (SlackApiError, aiohttp.ClientError, StorageError, TimeoutError) as error:
            logger.warning("slack not shown", extra={"reason": type(error).__name__})


async def _nothing() -> None:
    """Seen, and nothing follows."""


async def _seen(ack: Any) -> None:  # noqa: ANN401
    """Seen, and nothing follows."""
    await ack()


async def _failed(error: Exception) -> BoltResponse:
    """What was not kept is not acknowledged. Neither body nor message reaches the log."""
    logger.warning("slack request not kept", extra={"reason": type(error).__name__})
    return BoltResponse(status=503 if isinstance(error, StorageError) else 400, body="")


async def _body(request: web.Request) -> str | None:
    """The body as text; None when it is too large, too slow, or no text."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.content.iter_chunked(64 * 1024):
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return None
        return body.decode()
    except (TimeoutError, UnicodeDecodeError, ConnectionError, web.RequestPayloadError):
        return None


def is_sound(body: str, content_type: str) -> bool:
    """Whether the framework can read a body without harm: JSON objects, not nested too deep."""
    if content_type == "application/x-www-form-urlencoded":
        fields = parse_qs(body, max_num_fields=100)
        return all(_is_object(text) for text in fields.get("payload", ()))
    return content_type == "application/json" and _is_object(body)


def _is_object(text: str) -> bool:
    if text.count("{") + text.count("[") > DEPTH and _depth(text) > DEPTH:
        return False
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("event", {}), dict)


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        depth += (sign in "{[") - (sign in "}]")
        deepest = max(deepest, depth)
    return deepest


def _quiet() -> logging.Logger:
    """Bolt logs bodies at levels below this."""
    quiet = logging.getLogger("bots.slack.bolt")
    quiet.setLevel(logging.CRITICAL)
    return quiet
