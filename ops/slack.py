"""Slack's settings -> its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.answers import Answers
from bots.intake import Intake
from core.ports.clock import Clock
from core.ports.content import ContentLibrary
from core.ports.live_state import LiveState
from core.ports.storage import Transactions
from ops.settings import Settings

if TYPE_CHECKING:
    from bots.slack.parts import SlackParts


def open_slack(
    settings: Settings,
    *,
    intake: Intake,
    answers: Answers,
    transactions: Transactions,
    content: ContentLibrary,
    live: LiveState,
    clock: Clock,
) -> SlackParts | None:
    """One workspace, where one is set. Connects to nothing yet; its framework is imported here,
    since it takes a third of a second and 60 MB."""
    if not settings.slack_bot_token:
        return None
    from bots.slack.parts import SlackKeys, slack_parts

    keys = SlackKeys(
        signing_secret=settings.slack_signing_secret,
        bot_token=settings.slack_bot_token,
        app_token=settings.slack_app_token,
        api_url=settings.slack_api_url,
        language=settings.slack_language,
        post_every_s=settings.slack_post_every_s,
        limits=settings.slack_limits,
        boards=settings.slack_boards,
    )
    return slack_parts(
        keys,
        intake=intake,
        answers=answers,
        transactions=transactions,
        content=content,
        live=live,
        clock=clock,
    )
