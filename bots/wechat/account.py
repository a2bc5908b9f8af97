"""What one official account is configured with."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import StrEnum

from bots.wechat.limits import WeChatLimits
from core.errors import SettingsError

_FIELD = re.compile(r"[a-z_]{1,32}[0-9]{0,3}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Delivery(StrEnum):
    """How replies travel: by customer-service sends, or inside the answer to a message."""

    ACTIVE = "active"
    PASSIVE = "passive"


class NoticeKind(StrEnum):
    """By what a follower is told of something while no message may be sent."""

    TEMPLATE = "template"
    SUBSCRIPTION = "subscription"


NOTICE_FACTS = ("title", "text", "time")
"""What a field of a notice may show: the first line of the message, what follows, and when."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A template of the account for what comes unasked. `fields` names, by the template's own
    fields such as `thing1`, what each shows: one of `NOTICE_FACTS`."""

    kind: NoticeKind
    template_id: str
    fields: tuple[tuple[str, str], ...]


def notice_fields(setting: str) -> tuple[tuple[str, str], ...]:
    """The fields of a notice from a setting such as `thing1=title, time2=time`."""
    pairs = [part.partition("=") for part in setting.replace("，", ",").split(",")]
    return tuple((field.strip(), fact.strip()) for field, _, fact in pairs)


def is_notice_fields(setting: str) -> bool:
    """Whether each part names a field of a template and one of `NOTICE_FACTS`."""
    fields = notice_fields(setting)
    return all(_FIELD.fullmatch(field) and fact in NOTICE_FACTS for field, fact in fields)


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """Settings of one account, served at `/channels/wechat/{name}`.

    Without `aes_key` the account runs in plain mode. With it, only sealed bodies are taken
    (safe mode, or compatible mode, whose plain copy is never read); `aes_key_old` opens what
    was still sealed with the key before the last change. Both are the 43 characters of the
    platform's EncodingAESKey. `notice` tells a follower that something waits while no message may
    be sent. Raises SettingsError naming what cannot be.
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str | None = field(default=None, repr=False)
    aes_key_old: str | None = field(default=None, repr=False)
    name: str = "main"
    delivery: Delivery = Delivery.ACTIVE
    sends_per_message: int = 5
    api_url: str = "https://api.weixin.qq.com"
    notice: Notice | None = None
    limits: WeChatLimits = field(default_factory=WeChatLimits)

    def __post_init__(self) -> None:
        faults = [*self._missing(), *self._bad_keys()]
        if not is_account_name(self.name):
            faults.append("the name of a WeChat account is 1 to 32 letters, digits, _ or -")
        if self.sends_per_message < 1:
            faults.append("SENDS_PER_MESSAGE of a WeChat account is at least 1")
        if faults:
            raise SettingsError(faults)

    @property
    def sealed(self) -> bool:
        """Whether only sealed bodies are taken."""
        return self.aes_key is not None

    @property
    def aes_keys(self) -> tuple[bytes, ...]:
        """The 32-byte keys, the current one first; empty in plain mode."""
        return tuple(_decode(key) for key in (self.aes_key, self.aes_key_old) if key is not None)

    def _missing(self) -> list[str]:
        needed = {"APP_ID": self.app_id, "APP_SECRET": self.app_secret, "TOKEN": self.token}
        return [
            f"{name} of a WeChat account is empty" for name, value in needed.items() if not value
        ]

    def _bad_keys(self) -> list[str]:
        faults = []
        for name, key in (("AES_KEY", self.aes_key), ("AES_KEY_OLD", self.aes_key_old)):
            if key is not None and not is_aes_key(key):
                faults.append(f"{name} of a WeChat account is not 43 letters and digits")
        if self.aes_key is None and self.aes_key_old is not None:
            faults.append("AES_KEY_OLD of a WeChat account is set, AES_KEY is not")
        return faults


def _decode(key: str) -> bytes:
    return base64.b64decode(key + "=")


def is_account_name(name: str) -> bool:
    """Whether an account may be called so: it stands in its address."""
    return _NAME.fullmatch(name) is not None


def is_aes_key(key: str) -> bool:
    """Whether this is one of the platform's EncodingAESKeys."""
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", key):
        return False
    try:
        return len(_decode(key)) == 32
    except binascii.Error:
        return False
