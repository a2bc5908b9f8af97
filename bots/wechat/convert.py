"""WeChat's message into ours: pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bots.intake import WindowRule
from bots.wechat.account import WeChatAccount
from bots.wechat.door import Fields, malformed
from bots.wechat.text import legal
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage

_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,10}")

_FOLLOW = {"subscribe", "subscribe_scan", "subscribe_scan_product"}
"""The last two are the parser's own names for a subscription through a QR code."""


def convert(account: WeChatAccount, fields: Fields) -> InboundMessage | None:
    """The message a person sent, or None for the platform's own reports (a link was opened,
    a template was delivered, a subscription was changed ...), which nobody answers.

    Raises InboundRefused(MALFORMED) when sender, time or type cannot be read.
    """
    sender, created = scalar(fields, "FromUserName"), scalar(fields, "CreateTime")
    sort = scalar(fields, "MsgType").lower()
    if not (_NAME.fullmatch(sender) and _SECONDS.fullmatch(created) and sort):
        malformed()
    event = scalar(fields, "Event") if sort == "event" else ""
    kind, text = _meaning(fields, sort=sort, event=event.lower())
    if kind is None:
        return None
    return InboundMessage(
        address=ChannelAddress(ChannelKind.WECHAT, account.name, sender),
        key=_key(fields, fallback=f"{sender}:{created}:{event or sort}"),
        text=legal(text),
        sent_at=datetime.fromtimestamp(int(created), UTC),
        kind=kind,
    )


def receiver(fields: Fields) -> str:
    """Our own account's original id, which a passive answer names as its sender."""
    return scalar(fields, "ToUserName")


def reply_windows(account: WeChatAccount) -> dict[InboundKind, WindowRule]:
    """What each kind of message opens for customer-service sends, for `Intake.windows`.

    Source: WeChat documentation of customer-service messages. Leaving opens nothing.
    """
    message = WindowRule(sends=account.sends_per_message, lasts=timedelta(hours=48))
    event = WindowRule(sends=3, lasts=timedelta(minutes=1))
    return {
        InboundKind.TEXT: message,
        InboundKind.UNSUPPORTED: message,
        InboundKind.FOLLOW: event,
        InboundKind.MENU: event,
    }


def _meaning(fields: Fields, *, sort: str, event: str) -> tuple[InboundKind | None, str]:
    if sort == "event":
        return _event_meaning(fields, event)
    if sort == "text":
        return InboundKind.TEXT, scalar(fields, "Content")
    # Recognition comes only from accounts that still have speech recognition.
    heard = scalar(fields, "Recognition").strip() if sort == "voice" else ""
    return (InboundKind.TEXT, heard) if heard else (InboundKind.UNSUPPORTED, "")


def _event_meaning(fields: Fields, event: str) -> tuple[InboundKind | None, str]:
    if event in _FOLLOW:
        return InboundKind.FOLLOW, ""
    if event == "unsubscribe":
        return InboundKind.UNFOLLOW, ""
    if event in ("click", "scan"):
        return InboundKind.MENU, scalar(fields, "EventKey")
    return None, ""


def _key(fields: Fields, *, fallback: str) -> str:
    message_id = scalar(fields, "MsgId")
    if not message_id or message_id == "0":
        return legal(fallback)[:128]
    if not _NAME.fullmatch(message_id):
        malformed()
    return message_id


def scalar(fields: Fields, name: str) -> str:
    """The field as text, empty when absent; MALFORMED when it is there twice or nested."""
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    malformed()
