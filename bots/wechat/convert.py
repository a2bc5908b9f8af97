"""WeChat's message into ours: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bots.intake import WindowRule
from bots.text import legal
from bots.wechat.account import WeChatAccount
from bots.wechat.door import Fields, malformed
from core.domain.grants import Grant, written
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage

BIND_SCENE = "bind-"
"""What stands before the code in a QR code that ties a follower to a person."""

_NAME = re.compile(r"[\x21-\x7e]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,10}")
_MEDIA = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BIND = re.compile(rf"{BIND_SCENE}([A-Za-z0-9]{{4,16}}(?:-[A-Za-z0-9]{{1,16}})?)")

_FOLLOW = {"subscribe", "subscribe_scan", "subscribe_scan_product"}
"""The last two are the parser's own names for a subscription through a QR code."""

_QR_PREFIX = "qrscene_"
"""What the platform puts before the scene of somebody who follows by a QR code."""

_GRANTS = {
    "subscribe_msg_popup_event": ("SubscribeMsgPopupEvent", "accept"),
    "subscribe_msg_change_event": ("SubscribeMsgChangeEvent", "reject"),
}
"""A yes in the pop-up allows one notice; a no in the account's page takes all leave back. A no in
the pop-up takes nothing back, and a yes in the page allows no single notice."""
_MOST_GRANTS = 20


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
    limits = account.limits
    message = WindowRule(account.sends_per_message, timedelta(seconds=limits.message_lasts_s))
    event = WindowRule(limits.event_sends, timedelta(seconds=limits.event_lasts_s))
    return {
        InboundKind.TEXT: message,
        InboundKind.SPEECH: message,
        InboundKind.VOICE: message,
        InboundKind.UNSUPPORTED: message,
        InboundKind.FOLLOW: event,
        InboundKind.MENU: event,
    }


def _meaning(fields: Fields, *, sort: str, event: str) -> tuple[InboundKind | None, str]:
    if sort == "event":
        return _event_meaning(fields, event)
    if sort == "text":
        return InboundKind.TEXT, scalar(fields, "Content")
    if sort == "voice":
        return _voice_meaning(fields)
    return InboundKind.UNSUPPORTED, ""


def _voice_meaning(fields: Fields) -> tuple[InboundKind, str]:
    # Recognition comes only from accounts that still have speech recognition.
    heard = scalar(fields, "Recognition").strip()
    if heard:
        return InboundKind.SPEECH, heard
    media = scalar(fields, "MediaId")
    # The id goes into an address of the platform: nothing else than an id may stand there.
    return (InboundKind.VOICE, media) if _MEDIA.fullmatch(media) else (InboundKind.UNSUPPORTED, "")


def _event_meaning(fields: Fields, event: str) -> tuple[InboundKind | None, str]:
    if event in _FOLLOW:
        code = _code(fields)
        return (InboundKind.MENU, code) if code else (InboundKind.FOLLOW, "")
    if event == "unsubscribe":
        return InboundKind.UNFOLLOW, ""
    if event in ("click", "scan"):
        return InboundKind.MENU, _code(fields) or scalar(fields, "EventKey")
    if event in _GRANTS:
        part, status = _GRANTS[event]
        grants = written(_grants(fields.get(part), status=status))
        return (InboundKind.GRANT, grants) if grants else (None, "")
    return None, ""


def _code(fields: Fields) -> str:
    """The command that a QR code with a binding code stands for; empty for any other."""
    scene = scalar(fields, "EventKey").removeprefix(_QR_PREFIX)
    found = _BIND.fullmatch(scene)
    return f"bind {found[1]}" if found else ""


def _grants(part: object, *, status: str) -> Sequence[Grant]:
    """The entries with this status; the platform gives one entry or a list of them."""
    listed = part.get("List") if isinstance(part, Mapping) else None
    entries = listed if isinstance(listed, list) else [listed]
    grants = []
    for entry in entries[:_MOST_GRANTS]:
        if not isinstance(entry, Mapping):
            continue
        template = scalar(entry, "TemplateId")
        if _MEDIA.fullmatch(template) and scalar(entry, "SubscribeStatusString") == status:
            grants.append(Grant(template, accepted=status == "accept"))
    return grants


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
