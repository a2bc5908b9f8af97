"""What the AI bot's frames say, as our messages: pure. None for what nobody answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from bots.text import legal
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage

BOT = "bot"
"""Our account of the AI bot. The app is `main`, the boards of the teams are `board`."""

Body: TypeAlias = Mapping[str, Any]

_USER = re.compile(r"[\x21-\x7e]{1,64}")
_LONGEST = 8000


class Event(StrEnum):
    """What happens besides messages."""

    ENTERED = "enter_chat"
    CARD = "template_card_event"
    DISPLACED = "disconnected_event"


@dataclass(frozen=True, slots=True)
class BotMessage:
    """One callback: ours, and whether it came from a group. `task_id`: of the card pressed."""

    inbound: InboundMessage
    in_group: bool = False
    task_id: str = ""


def from_frame(body: Body, *, now: datetime) -> BotMessage | None:
    """A message or an event that a person is answered to."""
    sender = body.get("from")
    user = sender.get("userid") if isinstance(sender, dict) else None
    key = body.get("msgid")
    if not is_user(user) or not isinstance(key, str) or not key:
        return None
    meaning = _event(body) if body.get("msgtype") == "event" else _message(body)
    if meaning is None:
        return None
    kind, text, task_id = meaning
    inbound = InboundMessage(
        address=ChannelAddress(ChannelKind.WECOM, BOT, str(user)),
        key=legal(key)[:255],
        text=legal(text).strip()[:_LONGEST],
        sent_at=_time(body.get("create_time"), now),
        kind=kind,
    )
    return BotMessage(inbound, in_group=body.get("chattype") == "group", task_id=task_id)


def is_user(user: object) -> bool:
    """Whether this can be a member's id."""
    return isinstance(user, str) and _USER.fullmatch(user) is not None


def event_type(body: Body) -> str:
    """The type of an event; empty for what is none."""
    event = body.get("event")
    kind = event.get("eventtype") if isinstance(event, dict) else None
    return kind if isinstance(kind, str) else ""


def _message(body: Body) -> tuple[InboundKind, str, str]:
    """Voice comes as the platform heard it; whatever is no text is named as that."""
    kind = body.get("msgtype")
    part = body.get(kind) if kind in ("text", "voice") else None
    text = part.get("content") if isinstance(part, dict) else None
    if isinstance(text, str) and legal(text).strip():
        return (InboundKind.SPEECH if kind == "voice" else InboundKind.TEXT), text, ""
    return InboundKind.UNSUPPORTED, "", ""


def _event(body: Body) -> tuple[InboundKind, str, str] | None:
    kind = event_type(body)
    if kind == Event.ENTERED:
        return InboundKind.FOLLOW, "", ""
    if kind != Event.CARD:
        return None
    event = body["event"]
    inner = event.get(kind)
    pressed = inner if isinstance(inner, dict) else event
    said, task = pressed.get("event_key"), pressed.get("task_id")
    if not isinstance(said, str) or not said.strip():
        return None
    return InboundKind.MENU, said, task if isinstance(task, str) else ""


def _time(stamp: object, now: datetime) -> datetime:
    if not isinstance(stamp, int) or isinstance(stamp, bool):
        return now
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return now
