"""What the WeChat tests share: an account per mode, drivers, and the published data."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.wechat.account import WeChatAccount
from tests.fakes.wechat_platform import ManualClock, Mode, WeChatDriver

APP_ID = "wx1234567890abcdef"
TOKEN = "token-of-the-tests"
SECRET = "secret-of-the-tests"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcbA"

_DATA = Path(__file__).parents[2] / "data" / "wechat"


def read_json(name: str) -> dict[str, Any]:
    """A file of tests/data/wechat."""
    found: dict[str, Any] = json.loads((_DATA / name).read_text("utf-8"))
    return found


def at(seconds: int) -> datetime:
    """Aware UTC of a Unix time."""
    return datetime.fromtimestamp(seconds, UTC)


def account_for(mode: Mode) -> WeChatAccount:
    """Our side of an account in this mode."""
    aes_key = None if mode is Mode.PLAIN else KEY
    return WeChatAccount(app_id=APP_ID, app_secret=SECRET, token=TOKEN, aes_key=aes_key)


def driver_for(mode: Mode, *, clock: ManualClock, url: str = "") -> WeChatDriver:
    """The platform's side of the same account."""
    aes_key = "" if mode is Mode.PLAIN else KEY
    return WeChatDriver(
        url=url, token=TOKEN, app_id=APP_ID, clock=clock, mode=mode, aes_key=aes_key
    )
