"""Slack's payloads into our messages: pure. None for what nobody answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage

ACCOUNT = "main"
SAYS = "say"
"""Prefix of the action ids whose value is said as if it were typed."""

_USER = re.compile(r"[A-Z0-9]{2,64}")
_MENTION = re.compile(r"<[@!][^>]*>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]*)(?:\|([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")
_LONGEST = 8000

Payload = Mapping[str, Any]


def from_event(body: Payload) -> InboundMessage | None:
    """A message to us in private, or a mention in a group, which is answered in private.

    Our own messages, those of other bots, edits and joins are nobody's lines.
    """
    event = body.get("event")
    if not isinstance(event, dict) or event.get("bot_id") or event.get("bot_profile"):
        return None
    user, key = event.get("user"), body.get("event_id")
    sent_at = _time(event.get("event_ts") or event.get("ts"))
    if not _is_user(user) or not isinstance(key, str) or sent_at is None:
        return None
    kind = event.get("type")
    if kind == "app_mention":
        return _message(str(user), key, "", sent_at, InboundKind.FOLLOW)
    if kind != "message" or event.get("channel_type") != "im":
        return None
    subtype = event.get("subtype")
    if subtype == "file_share":
        return _message(str(user), key, "", sent_at, InboundKind.UNSUPPORTED)
    if subtype not in (None, "thread_broadcast"):
        return None
    return _message(str(user), key, plain(str(event.get("text") or "")), sent_at)


def from_command(body: Payload, *, now: datetime) -> InboundMessage | None:
    """`/peilian practice 2` says `practice 2`; alone it asks for help."""
    user, key = body.get("user_id"), body.get("trigger_id")
    if not _is_user(user) or not isinstance(key, str) or not key:
        return None
    text = plain(str(body.get("text") or "")) or "help"
    return _message(str(user), f"command:{key}", text, now, InboundKind.MENU)


def from_action(body: Payload, *, now: datetime) -> InboundMessage | None:
    """A button says its value; a choice in a select says that of the option."""
    user = (body.get("user") or {}).get("id")
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    if not _is_user(user) or not isinstance(action, dict):
        return None
    value = action.get("value") or (action.get("selected_option") or {}).get("value")
    stamp = action.get("action_ts") or body.get("trigger_id")
    if not isinstance(value, str) or not value or not isinstance(stamp, str):
        return None
    key = f"action:{user}:{stamp}:{action.get('action_id', '')}"
    return _message(str(user), key, value[:_LONGEST], now, InboundKind.MENU)


def from_view(body: Payload, *, now: datetime) -> InboundMessage | None:
    """The drill chosen in a modal."""
    user = (body.get("user") or {}).get("id")
    view = body.get("view")
    if not _is_user(user) or not isinstance(view, dict):
        return None
    values = (view.get("state") or {}).get("values") or {}
    chosen = ((values.get("drill") or {}).get("drill") or {}).get("selected_option") or {}
    value, key = chosen.get("value"), view.get("id")
    if not isinstance(value, str) or not isinstance(key, str):
        return None
    return _message(str(user), f"view:{key}", value, now, InboundKind.MENU)


def plain(text: str) -> str:
    """What a person typed: links by their words, mentions left out, entities as signs."""
    text = _LINK.sub(lambda found: found[2] or found[1], text)
    text = _CHANNEL.sub(lambda found: f"#{found[1] or ''}", text)
    return unescape(_MENTION.sub("", text)).strip()[:_LONGEST]


def team_of(body: Payload) -> str:
    """The workspace a payload comes from; empty where it names none."""
    team = body.get("team_id") or (body.get("team") or {}).get("id")
    return team if isinstance(team, str) else ""


def _message(
    user: str, key: str, text: str, sent_at: datetime, kind: InboundKind = InboundKind.TEXT
) -> InboundMessage:
    if kind is InboundKind.TEXT and not text:
        kind = InboundKind.UNSUPPORTED
    address = ChannelAddress(ChannelKind.SLACK, ACCOUNT, user)
    return InboundMessage(address=address, key=key, text=text, sent_at=sent_at, kind=kind)


def _is_user(user: object) -> bool:
    return isinstance(user, str) and _USER.fullmatch(user) is not None


def _time(stamp: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(stamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
