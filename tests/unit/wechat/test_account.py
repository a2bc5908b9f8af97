"""Settings that cannot work are refused by name, and never shown."""

import pytest

from bots.wechat.account import WeChatAccount
from core.errors import SettingsError
from tests.fakes.wechat_platform import Mode
from tests.unit.wechat.samples import KEY, SECRET, TOKEN, account_for


def faults(**settings: str | int) -> tuple[str, ...]:
    good: dict[str, str | int] = {"app_id": "wx1", "app_secret": "s", "token": "t"}
    with pytest.raises(SettingsError) as caught:
        WeChatAccount(**(good | settings))  # type: ignore[arg-type]  # one wrong value a case
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("app_id", "", "APP_ID of a WeChat account is empty"),
        ("token", "", "TOKEN of a WeChat account is empty"),
        ("aes_key", "A" * 42, "AES_KEY of a WeChat account is not 43 letters and digits"),
        ("aes_key", "é" * 43, "AES_KEY of a WeChat account is not 43 letters and digits"),
        ("aes_key_old", KEY, "AES_KEY_OLD of a WeChat account is set, AES_KEY is not"),
        ("sends_per_message", 0, "SENDS_PER_MESSAGE of a WeChat account is at least 1"),
        ("name", "a/b", "the name of a WeChat account is 1 to 32 letters, digits, _ or -"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str | int, fault: str) -> None:
    assert faults(**{name: value}) == (fault,)


def test_an_account_never_shows_its_secrets() -> None:
    shown = repr(account_for(Mode.SAFE))
    assert "wx1234567890abcdef" in shown
    for secret in (SECRET, TOKEN, KEY):
        assert secret not in shown


def test_keys_decide_the_mode() -> None:
    assert account_for(Mode.PLAIN).sealed is False
    assert account_for(Mode.SAFE).sealed is True
    assert [len(key) for key in account_for(Mode.SAFE).aes_keys] == [32]
