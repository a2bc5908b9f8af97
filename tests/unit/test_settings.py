"""Settings are read once; what is wrong with them is said at once, in words, without the values."""

from pathlib import Path

import pytest

from core.errors import SettingsError
from ops.settings import Role, check_role, read_settings, set_language, unknown_settings

SECRET = "s3cret-value"


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings files, and an environment without settings."""
    import os

    for name in list(os.environ):
        if name.startswith("PEILIAN_") and not name.startswith("PEILIAN_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(**given: object) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(**given)
    return caught.value.faults


def test_nothing_need_be_set() -> None:
    settings = read_settings()
    assert (settings.language, settings.port, settings.database_url) == ("zh", 8080, "")
    assert settings.signup is None
    assert settings.wechat_accounts == {}


def test_the_environment_wins_over_the_env_file_and_that_over_the_toml_file(
    empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_place / "peilian.toml").write_text('host = "toml"\nport = 1\nlanguage = "en"\n')
    (empty_place / ".env").write_text("PEILIAN_HOST=dotenv\nPEILIAN_PORT=2\nOTHER=x\n")
    monkeypatch.setenv("PEILIAN_HOST", "environment")
    settings = read_settings()
    assert (settings.host, settings.port, settings.language) == ("environment", 2, "en")


def test_a_second_account_stands_in_the_toml_file(empty_place: Path) -> None:
    (empty_place / "peilian.toml").write_text(
        '[wechat.shop]\napp_id = "wx2"\napp_secret = "s"\ntoken = "t"\ndelivery = "passive"\n'
    )
    account = read_settings().wechat_accounts["shop"]
    assert (account.app_id, account.delivery, account.sends_per_message) == ("wx2", "passive", 5)


def test_half_an_account_in_the_toml_file_is_refused_by_its_place(empty_place: Path) -> None:
    (empty_place / "peilian.toml").write_text(f'[wechat.shop]\napp_secret = "{SECRET}"\ncolour = 1')
    assert faults() == (
        "[wechat.shop] app_id：没有填写",
        "[wechat.shop] token：没有填写",
        "[wechat.shop] colour：没有这一项",
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"wechat_app_id": "wx"}, "PEILIAN_WECHAT_APP_SECRET、PEILIAN_WECHAT_TOKEN"),
        ({"wechat_aes_key": SECRET, "wechat_token": SECRET}, "PEILIAN_WECHAT_APP_ID"),
        (
            {
                "wechat_app_id": "wx",
                "wechat_app_secret": SECRET,
                "wechat_token": SECRET,
                "wechat_aes_key_old": SECRET,
            },
            "PEILIAN_WECHAT_AES_KEY",
        ),
        ({"model_name": "qwen"}, "PEILIAN_MODEL_URL"),
        ({"model_api_key": SECRET}, "PEILIAN_MODEL_URL"),
    ],
)
def test_half_a_set_is_refused_and_says_what_is_missing(
    given: dict[str, object], missing: str
) -> None:
    (fault,) = faults(**given)
    assert "只设了一半" in fault
    assert missing in fault
    assert SECRET not in fault


def test_every_wrong_value_is_named_at_once_and_none_is_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PORT", "TIMEZONE", "SIGNUP", "WECHAT_SENDS_PER_MESSAGE"):
        monkeypatch.setenv(f"PEILIAN_{name}", SECRET)
    assert faults() == (
        "PEILIAN_PORT：应是整数",
        "PEILIAN_TIMEZONE：不是时区名称；例如 Asia/Shanghai",
        "PEILIAN_SIGNUP：只能是 'open', 'code' 之一",
        "PEILIAN_WECHAT_SENDS_PER_MESSAGE：应是整数",
    )


WECHAT = {"wechat_app_id": "wx", "wechat_app_secret": SECRET, "wechat_token": SECRET}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (
            {"database_url": f"postgres://a:{SECRET}@h/x"},
            "PEILIAN_DATABASE_URL：应以 sqlite:、mysql: 或 mariadb: 开头，并写明文件或库名，"
            "例如 mysql://用户:密码@主机/peilian",
        ),
        ({"redis_url": SECRET}, "PEILIAN_REDIS_URL：应以 redis:// 或 rediss:// 开头"),
        ({"model_url": "http://"}, "PEILIAN_MODEL_URL：应以 http:// 或 https:// 开头，并写明主机"),
        (
            {"model_url": "http://[x"},
            "PEILIAN_MODEL_URL：应以 http:// 或 https:// 开头，并写明主机",
        ),
        (
            {**WECHAT, "wechat_aes_key": SECRET},
            "PEILIAN_WECHAT_AES_KEY：应是公众平台给的 43 位 EncodingAESKey",
        ),
    ],
)
def test_a_value_that_cannot_work_is_refused_in_words_before_anything_is_built(
    given: dict[str, object], fault: str
) -> None:
    """They were found while the house was built, and told in English whatever was set."""
    assert faults(**given) == (fault,)


def test_a_second_account_is_looked_at_as_closely_as_the_first(empty_place: Path) -> None:
    (empty_place / "peilian.toml").write_text(
        '[wechat."my shop"]\napp_id = ""\napp_secret = "s"\ntoken = "t"\naes_key_old = "x"\n'
    )
    assert faults() == (
        "[wechat.my shop]：账号名只能是 1 到 32 个字母、数字、_ 或 -",
        "[wechat.my shop] app_id：没有填写",
        "[wechat.my shop] aes_key：没有填写",
        "[wechat.my shop] aes_key_old：应是公众平台给的 43 位 EncodingAESKey",
    )


def test_faults_are_worded_in_the_language_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEILIAN_LANGUAGE", "en")
    monkeypatch.setenv("PEILIAN_PORT", "99999")
    assert faults() == ("PEILIAN_PORT: must be at most 65535",)


def test_a_structured_setting_that_is_no_structure_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PEILIAN_WECHAT", "{" + SECRET)
    (fault,) = faults()
    assert "wechat" in fault
    assert SECRET not in fault


@pytest.mark.parametrize(
    ("name", "content"),
    [("peilian.toml", b"port = "), ("peilian.toml", b"\xff\xfe"), (".env", b"PEILIAN_HOST=\xff")],
)
def test_a_settings_file_that_cannot_be_read_is_named(
    empty_place: Path, name: str, content: bytes
) -> None:
    (empty_place / name).write_bytes(content)
    (fault,) = faults()
    assert fault.startswith("设置文件")


def test_names_that_are_no_settings_are_told_with_the_nearest_one(
    empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEILIAN_LANGAUGE", SECRET)
    monkeypatch.setenv("PEILIAN_TEST_REDIS_URL", "redis://localhost")
    (empty_place / ".env").write_text(f"PEILIAN_XYZZY={SECRET}\nPEILIAN_MYSQL_PASSWORD=x\n")
    (empty_place / "peilian.toml").write_text("prot = 1\n")
    assert unknown_settings("zh") == [
        "注意：没有 PEILIAN_LANGAUGE 这项设置，已忽略；是不是想写 PEILIAN_LANGUAGE？",
        "注意：没有 PEILIAN_XYZZY 这项设置，已忽略",
        "注意：没有 prot 这项设置，已忽略；是不是想写 port？",
    ]


@pytest.mark.parametrize(
    ("written", "language"), [(None, "zh"), ("en", "en"), ("fr", "zh"), ("", "zh")]
)
def test_the_language_is_found_even_where_settings_are_wrong(
    monkeypatch: pytest.MonkeyPatch, written: str | None, language: str
) -> None:
    if written is not None:
        monkeypatch.setenv("PEILIAN_LANGUAGE", written)
    monkeypatch.setenv("PEILIAN_PORT", "no port")
    assert set_language() == language


@pytest.mark.parametrize("role", [Role.WEB, Role.WORKER, Role.SCHEDULER])
def test_several_processes_need_mysql_and_redis(role: Role) -> None:
    check_role(read_settings(), Role.ALL)
    with pytest.raises(SettingsError) as caught:
        check_role(read_settings(database_url="sqlite:///x.db"), role)
    first, second = caught.value.faults
    assert f"--role {role.value}" in first
    assert "PEILIAN_DATABASE_URL" in first
    assert "PEILIAN_REDIS_URL" in second
    both = {"database_url": "mysql+pymysql://h/d", "redis_url": "redis://h"}
    check_role(read_settings(**both), role)
