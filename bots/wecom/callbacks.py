"""What the application's callbacks say, as our messages: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bots.text import legal
from bots.wechat.convert import scalar
from bots.wechat.door import Fields, malformed
from bots.wecom.app import AppKeys
from bots.wecom.convert import is_user
from bots.wecom.people import APP
from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage
from core.errors import InboundRefused, RefusalReason

_SECONDS = re.compile(r"[0-9]{1,10}")
_MEDIA = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""It goes into an address of the platform: nothing else than an id may stand there."""
_LONGEST = 8000
DIRECTORY = "change_contact"


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback: what a person sent, if it is to be answered, the code that updates the card
    they pressed, and whether the directory has changed."""

    inbound: InboundMessage | None = None
    code: str = ""
    directory_changed: bool = False


def from_fields(keys: AppKeys, fields: Fields) -> Callback:
    """Raises InboundRefused: MALFORMED when sender, time or type cannot be read, FOREIGN_RECEIVER
    when it is meant for another company or another application of ours."""
    sort, event = scalar(fields, "MsgType").lower(), scalar(fields, "Event").lower()
    agent, created = scalar(fields, "AgentID"), scalar(fields, "CreateTime")
    if scalar(fields, "ToUserName") != keys.corp_id or agent not in ("", str(keys.agent_id)):
        raise InboundRefused(RefusalReason.FOREIGN_RECEIVER)
    if not sort or not _SECONDS.fullmatch(created):
        malformed()
    if sort == "event" and event == DIRECTORY:
        return Callback(directory_changed=True)
    kind, text = _meaning(fields, sort, event)
    if kind is None:
        return Callback()
    sender = scalar(fields, "FromUserName")
    if not is_user(sender):
        malformed()
    inbound = InboundMessage(
        address=ChannelAddress(ChannelKind.WECOM, APP, sender),
        key=_key(fields, sender, created, event or sort),
        text=legal(text).strip()[:_LONGEST],
        sent_at=datetime.fromtimestamp(int(created), UTC),
        kind=kind,
    )
    return Callback(inbound, code=scalar(fields, "ResponseCode") if event else "")


def _meaning(fields: Fields, sort: str, event: str) -> tuple[InboundKind | None, str]:
    if sort == "text":
        return InboundKind.TEXT, scalar(fields, "Content")
    if sort == "voice" and _MEDIA.fullmatch(scalar(fields, "MediaId")):
        return InboundKind.VOICE, scalar(fields, "MediaId")
    if sort != "event":
        return InboundKind.UNSUPPORTED, ""
    if event in ("click", "template_card_event"):
        said = scalar(fields, "EventKey")
        return (InboundKind.MENU, said) if said.strip() else (None, "")
    kinds = {"subscribe": InboundKind.FOLLOW, "unsubscribe": InboundKind.UNFOLLOW}
    return kinds.get(event), ""


def _key(fields: Fields, sender: str, created: str, what: str) -> str:
    message_id = scalar(fields, "MsgId")
    if message_id:
        return legal(message_id)[:128]
    more = scalar(fields, "TaskId") or scalar(fields, "EventKey")
    return legal(f"{sender}:{created}:{what}:{more}")[:250]
