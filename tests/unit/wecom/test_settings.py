"""What of WeCom is set half, or cannot work, is named before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.wecom.limits import WeComLimits
from core.errors import SettingsError
from ops.settings import read_settings

HALVES: dict[str, tuple[dict[str, Any], str]] = {
    "bot without its secret": ({"wecom_bot_id": "b"}, "PEILIAN_WECOM_BOT_SECRET"),
    "app without a number": (
        {"wecom_corp_id": "c", "wecom_secret": "s"},
        "PEILIAN_WECOM_AGENT_ID",
    ),
    "callback without a key": (
        {"wecom_corp_id": "c", "wecom_secret": "s", "wecom_agent_id": 0, "wecom_token": "t"},
        "PEILIAN_WECOM_AES_KEY",
    ),
    "no key": (
        {
            "wecom_corp_id": "c",
            "wecom_secret": "s",
            "wecom_agent_id": 1,
            "wecom_token": "t",
            "wecom_aes_key": "short",
        },
        "PEILIAN_WECOM_AES_KEY",
    ),
    "gateway of the web": (
        {"wecom_bot_id": "b", "wecom_bot_secret": "s", "wecom_bot_gateway": "https://x"},
        "PEILIAN_WECOM_BOT_GATEWAY",
    ),
    "no robot": ({"wecom_boards": {"一组": "no key!"}}, "PEILIAN_WECOM_BOARDS"),
    "a limit that is none": ({"wecom_limits": {"bot_per_second": 1}}, "bot_per_second"),
}


@pytest.mark.parametrize("name", HALVES)
def test_half_a_set_and_what_cannot_work_are_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given, setting = HALVES[name]
    with pytest.raises(SettingsError) as caught:
        read_settings(**given)

    assert any(setting in fault for fault in caught.value.faults), caught.value.faults


def test_every_limit_has_the_platforms_own_as_its_default_and_can_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documented values, written down once more: a slip of the pen would be seen."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peilian.toml").write_text("[wecom_limits]\nbot_per_minute = 10\n")
    limits = read_settings().wecom_limits

    assert limits.bot_per_minute == 10
    assert WeComLimits() == WeComLimits(
        app_member_per_minute=30,
        app_member_per_hour=1000,
        app_per_minute=10_000,
        app_per_hour=150_000,
        app_blocked_s=60,
        app_text_bytes=2048,
        card_code_lasts_s=72 * 3600,
        robot_per_minute=20,
        robot_bytes=4096,
        bot_per_minute=30,
        bot_per_hour=1000,
        bot_bytes=20_480,
        bot_stream_s=360,
        bot_reply_s=24 * 3600,
        bot_event_s=5,
        bot_ping_s=30,
    )
