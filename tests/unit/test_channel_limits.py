"""Every limit of WeChat and Slack has the platform's own value as its default and can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.slack.limits import SlackLimits
from bots.wechat.limits import WeChatLimits
from core.errors import SettingsError
from ops.settings import read_settings


def test_the_defaults_are_the_documented_values() -> None:
    """Written down once more: a slip of the pen would be seen."""
    assert WeChatLimits() == WeChatLimits(
        answer_s=5,
        text_bytes=2048,
        message_lasts_s=48 * 3600,
        event_sends=3,
        event_lasts_s=60,
        token_forced_every_s=30,
        notice_chars=20,
    )
    assert SlackLimits() == SlackLimits(
        blocks=50, view_blocks=100, section_chars=3000, text_chars=13_200
    )


def test_each_can_be_set_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peilian.toml").write_text(
        "[wechat_limits]\nevent_sends = 2\n[slack_limits]\nblocks = 40\n"
    )
    settings = read_settings()

    assert (settings.wechat_limits.event_sends, settings.slack_limits.blocks) == (2, 40)


@pytest.mark.parametrize("name", ["wechat_limits", "slack_limits"])
def test_a_limit_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(**{name: {"sends_a_day": 1}})

    assert any("sends_a_day" in fault for fault in caught.value.faults)
