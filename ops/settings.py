"""Settings: read once from the environment, `.env` and `peilian.toml`, typed and frozen.

The environment wins over `.env`, and that over `peilian.toml`. Faults are worded in the language
that is set; they name settings and never hold a value, which may be a secret.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as UnreadableSetting

from bots.slack.limits import SlackLimits
from bots.wechat.account import is_account_name, is_aes_key, is_notice_fields
from bots.wechat.limits import WeChatLimits
from bots.wecom.limits import WeComLimits
from core.catalogue import LANGUAGES, has, say
from core.errors import SettingsError
from ops.setting_rules import half_sets, same_model, wrong_addresses
from ops.setting_types import Hours, MailAddress, Robots, Rooms, TimeOfDay, Zone

PREFIX = "PEILIAN_"
ENV_FILE = Path(".env")
TOML_FILE = Path("peilian.toml")
_OTHERS = {
    # Of docker-compose.yml, which reads the same `.env`, and of the tests.
    "PEILIAN_MYSQL_PASSWORD",
    "PEILIAN_MYSQL_ROOT_PASSWORD",
    "PEILIAN_REDIS_PASSWORD",
    "PEILIAN_PUBLISHED_PORT",
    "PEILIAN_REQUIRE_SERVICES",
}
_TESTS = "PEILIAN_TEST_"
_NEAR = 0.75
"""Likeness 0..1 above which another name may have been meant; all begin alike."""


class Role(StrEnum):
    """What one process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class WeChatSettings(BaseModel):
    """One official account. Without a key it runs in plain mode, with one in safe mode."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app_id: str
    app_secret: str
    token: str
    aes_key: str | None = None
    aes_key_old: str | None = None
    delivery: Literal["active", "passive"] = "active"
    sends_per_message: int = Field(default=5, ge=1, le=20)
    notice_kind: Literal["template", "subscription"] = "subscription"
    notice_template: str = ""
    notice_fields: str = "thing1=title,time2=time"


class Settings(BaseSettings):
    """Everything that can be set; the names are those of the README."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        toml_file=TOML_FILE,
        frozen=True,
        extra="ignore",
    )

    data_dir: Path = Path("var")
    content_dir: Path | None = None
    sample_knowledge: bool = True
    style: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    timezone: Zone = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    signup: Literal["open", "code"] | None = None
    database_url: str = ""
    redis_url: str = ""

    model_url: str = ""
    model_name: str = ""
    model_api_key: str = ""
    model_profile: Literal["auto", "tgi", "openai", "llama_cpp"] = "auto"
    model_turn_s: float = Field(default=8.0, gt=0, le=8.0)

    judge_url: str = ""
    judge_name: str = ""
    judge_api_key: str = ""
    judge_profile: Literal["auto", "tgi", "openai", "llama_cpp"] = "auto"
    judge_price_in: float = Field(default=0.0, ge=0)
    judge_price_out: float = Field(default=0.0, ge=0)
    embedding_url: str = ""
    embedding_model: str = ""
    embedding_api_key: str = ""
    milvus_uri: str = ""
    rerank_url: str = ""
    rerank_model: str = ""
    rerank_api_key: str = ""
    rewrite_url: str = ""
    rewrite_name: str = ""
    rewrite_api_key: str = ""

    speech_url: str = ""
    speech_model: str = ""
    speech_api_key: str = ""

    wechat_app_id: str = ""
    wechat_app_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = ""
    wechat_aes_key_old: str = ""
    wechat_delivery: Literal["active", "passive"] = "active"
    wechat_sends_per_message: int = Field(default=5, ge=1, le=20)
    wechat_notice_kind: Literal["template", "subscription"] = "subscription"
    wechat_notice_template: str = ""
    wechat_notice_fields: str = "thing1=title,time2=time"
    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat: dict[str, WeChatSettings] = Field(default_factory=dict)
    wechat_limits: WeChatLimits = Field(default_factory=WeChatLimits)

    slack_signing_secret: str = ""
    slack_bot_token: str = ""
    slack_app_token: str = ""
    slack_api_url: str = "https://slack.com/api"
    slack_language: Literal["zh", "en"] = "en"
    slack_post_every_s: float = Field(default=1.0, gt=0, le=60)
    slack_boards: Rooms = Field(default_factory=dict)
    slack_limits: SlackLimits = Field(default_factory=SlackLimits)

    wecom_bot_id: str = ""
    wecom_bot_secret: str = ""
    wecom_bot_gateway: str = "wss://openws.work.weixin.qq.com"
    wecom_corp_id: str = ""
    wecom_agent_id: int | None = Field(default=None, ge=0)
    wecom_secret: str = ""
    wecom_token: str = ""
    wecom_aes_key: str = ""
    wecom_sync: bool = False
    wecom_api_url: str = "https://qyapi.weixin.qq.com"
    wecom_boards: Robots = Field(default_factory=dict)
    wecom_limits: WeComLimits = Field(default_factory=WeComLimits)

    push_at: TimeOfDay = "10:00"
    push_quiet: Hours = "21:00-08:00"
    push_peaks: Hours = ""
    push_per_week: int = Field(default=3, ge=0, le=7)
    training_only: bool = True
    push_micro_per_week: int = Field(default=2, ge=0, le=7)
    work_hours: Hours = "09:00-18:00"
    digest_at: TimeOfDay = "18:00"
    digest_empty: Literal["line", "silent"] = "line"
    smtp_url: MailAddress = ""
    smtp_from: str = ""

    typing_delays: bool = True
    merge_s: float = Field(default=2.0, ge=0, le=10)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment, then `.env`, then `peilian.toml`."""
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml

    @property
    def packs(self) -> tuple[Path, ...]:
        """Where a company's own content lies, if anywhere."""
        return (self.content_dir,) if self.content_dir else ()

    @property
    def wechat_accounts(self) -> dict[str, WeChatSettings]:
        """All official accounts by name; the one of the plain settings is `main`."""
        accounts = dict(self.wechat)
        if self.wechat_app_id:
            accounts["main"] = WeChatSettings(
                app_id=self.wechat_app_id,
                app_secret=self.wechat_app_secret,
                token=self.wechat_token,
                aes_key=self.wechat_aes_key or None,
                aes_key_old=self.wechat_aes_key_old or None,
                delivery=self.wechat_delivery,
                sends_per_message=self.wechat_sends_per_message,
                notice_kind=self.wechat_notice_kind,
                notice_template=self.wechat_notice_template,
                notice_fields=self.wechat_notice_fields,
            )
        return accounts


def read_settings(**overrides: object) -> Settings:
    """The settings of this process. SettingsError names every fault at once."""
    language = str(overrides.get("language") or set_language())
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError([_fault(language, fault) for fault in error.errors()]) from None
    except UnreadableSetting as error:
        # The message names the setting and its source; the cause holds the value.
        raise SettingsError([say(language, "settings.unreadable", detail=error)]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        detail = type(error).__name__ if isinstance(error, UnicodeDecodeError) else error
        raise SettingsError([say(language, "settings.bad_file", detail=detail)]) from None
    faults = _half_sets(settings) or [*_wrong_values(settings), *_judge_is_customer(settings)]
    if faults:
        raise SettingsError(faults)
    return settings


def check_role(settings: Settings, role: Role) -> None:
    """Several processes need MySQL and Redis; one that does everything does not."""
    if role is Role.ALL:
        return
    needs = {
        "mysql": settings.database_url.startswith(("mysql", "mariadb")),
        "redis": bool(settings.redis_url),
    }
    missing = [name for name, there in needs.items() if not there]
    if missing:
        raise SettingsError(
            [
                say(settings.language, f"settings.role_needs_{name}", role=role.value)
                for name in missing
            ]
        )


def set_language() -> str:
    """The language that is set, found also where other settings are wrong."""
    for source in (os.environ, _dotenv()):
        value = source.get(f"{PREFIX}LANGUAGE")
        if value is not None:
            return value if value in LANGUAGES else LANGUAGES[0]
    value = _toml().get("language")
    return value if value in LANGUAGES else LANGUAGES[0]


def unknown_settings(language: str) -> list[str]:
    """One sentence for each name that looks like a setting of ours and is none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    written = [name for name in (*os.environ, *_dotenv()) if name.upper().startswith(PREFIX)]
    wrong = [
        name
        for name in dict.fromkeys(written)
        if name.upper() not in known | _OTHERS and not name.upper().startswith(_TESTS)
    ]
    keys = {name: name for name in Settings.model_fields}
    return [
        *(_unknown(language, name, sorted(known)) for name in sorted(wrong)),
        *(_unknown(language, key, sorted(keys)) for key in sorted(_toml()) if key not in keys),
    ]


def _unknown(language: str, name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=_NEAR)
    if near:
        return say(language, "settings.unknown_near", name=name, near=near[0])
    return say(language, "settings.unknown", name=name)


def _dotenv() -> Mapping[str, str | None]:
    try:
        return dotenv_values(ENV_FILE, encoding="utf-8", interpolate=False)
    except (OSError, UnicodeDecodeError):
        return {}


def _toml() -> Mapping[str, Any]:
    try:
        return tomllib.loads(TOML_FILE.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _half_sets(settings: Settings) -> list[str]:
    language = settings.language
    comma = say(language, "list.comma")
    return [
        say(
            language,
            "settings.half",
            part=say(language, f"settings.part_{part}"),
            missing=comma.join(map(_env, missing)),
        )
        for part, missing in half_sets(partial(getattr, settings))
    ]


def _wrong_values(settings: Settings) -> list[str]:
    """What is set and cannot work: found here, before anything is built on it."""
    wrong = [(_env(name), kind) for name, kind in wrong_addresses(partial(getattr, settings))]
    for name, account in settings.wechat_accounts.items():
        plain = name == "main" and bool(settings.wechat_app_id)
        if not is_account_name(name):
            wrong.append((f"[wechat.{name}]", "account_name"))
        for field in ("app_id", "app_secret", "token", "aes_key", "aes_key_old"):
            value = getattr(account, field)
            place = f"{PREFIX}WECHAT_{field.upper()}" if plain else f"[wechat.{name}] {field}"
            if field.startswith("aes_key") and value is not None and not is_aes_key(value):
                wrong.append((place, "aes_key"))
            elif value == "" or (field == "aes_key" and account.aes_key_old and value is None):
                wrong.append((place, "missing"))
        if account.notice_template and not is_notice_fields(account.notice_fields):
            place = f"{PREFIX}WECHAT_NOTICE_FIELDS" if plain else f"[wechat.{name}] notice_fields"
            wrong.append((place, "notice_fields"))
    language = settings.language
    return [
        say(language, "settings.fault", name=place, why=say(language, f"settings.wrong.{kind}"))
        for place, kind in wrong
    ]


def _judge_is_customer(settings: Settings) -> list[str]:
    """A model must not judge the talk it took part in."""
    customer = (settings.model_url, settings.model_name)
    judge = (settings.judge_url, settings.judge_name)
    return [say(settings.language, "settings.same_judge")] if same_model(customer, judge) else []


def _env(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _fault(language: str, fault: ErrorDetails) -> str:
    """A sentence about one setting; what was written there is not repeated."""
    place, kind, context = fault["loc"], fault["type"], fault.get("ctx", {})
    name = f"{PREFIX}{str(place[0]).upper()}"
    if len(place) > 1:
        name = f"[{'.'.join(str(part) for part in place[:-1])}] {place[-1]}"
    key = f"settings.wrong.{kind}"
    context = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
    words = say(language, key, **context) if has(language, key) else ""
    why = words or say(language, "settings.wrong.other")
    return say(language, "settings.fault", name=name, why=why)
