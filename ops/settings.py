"""Settings: read once from the environment, `.env` and `peilian.toml`, typed and frozen.

The environment wins over `.env`, and that over `peilian.toml`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import SettingsError


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


class Settings(BaseSettings):
    """Everything that can be set; the names are those of the README."""

    model_config = SettingsConfigDict(
        env_prefix="PEILIAN_",
        env_file=".env",
        env_file_encoding="utf-8",
        toml_file="peilian.toml",
        frozen=True,
        extra="ignore",
    )

    data_dir: Path = Path("var")
    content_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    signup: Literal["open", "code"] | None = None
    database_url: str = ""
    redis_url: str = ""

    model_url: str = ""
    model_name: str = ""
    model_api_key: str = ""
    model_profile: Literal["auto", "tgi", "openai", "llama_cpp"] = "auto"
    model_turn_s: float = Field(default=8.0, gt=0, le=8.0)

    wechat_app_id: str = ""
    wechat_app_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = ""
    wechat_aes_key_old: str = ""
    wechat_delivery: Literal["active", "passive"] = "active"
    wechat_sends_per_message: int = Field(default=5, ge=1, le=20)
    wechat_api_url: str = "https://api.weixin.qq.com"
    wechat: dict[str, WeChatSettings] = Field(default_factory=dict)

    typing_delays: bool = True

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no time zone") from error
        return value

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
            )
        return accounts


_SETS = {
    "WeChat": ("wechat_app_id", "wechat_app_secret", "wechat_token"),
}


def read_settings(**overrides: object) -> Settings:
    """The settings of this process. SettingsError names every fault at once."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(
            [_sentence(fault["loc"], fault["msg"]) for fault in error.errors()]
        ) from error
    faults = [*_half_sets(settings), *_lonely(settings)]
    if faults:
        raise SettingsError(faults)
    return settings


def check_role(settings: Settings, role: Role) -> None:
    """Several processes need MySQL and Redis; one that does everything does not."""
    if role is Role.ALL:
        return
    missing = [
        name
        for name, value in (
            ("PEILIAN_DATABASE_URL (MySQL)", settings.database_url.startswith("mysql")),
            ("PEILIAN_REDIS_URL", bool(settings.redis_url)),
        )
        if not value
    ]
    if missing:
        raise SettingsError([f"--role {role.value} needs {name}" for name in missing])


def _half_sets(settings: Settings) -> list[str]:
    faults = []
    for part, names in _SETS.items():
        given = [name for name in names if getattr(settings, name)]
        missing = [name for name in names if name not in given]
        if given and missing:
            listed = ", ".join(f"PEILIAN_{name.upper()}" for name in missing)
            faults.append(f"{part} is half set: {listed} is missing")
    return faults


def _lonely(settings: Settings) -> list[str]:
    faults = []
    if (settings.model_name or settings.model_api_key) and not settings.model_url:
        faults.append("The model is half set: PEILIAN_MODEL_URL is missing")
    if (settings.wechat_aes_key or settings.wechat_aes_key_old) and not settings.wechat_app_id:
        faults.append("WeChat is half set: PEILIAN_WECHAT_APP_ID is missing")
    if settings.wechat_aes_key_old and not settings.wechat_aes_key:
        faults.append("WeChat is half set: PEILIAN_WECHAT_AES_KEY is missing")
    return faults


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    return f"PEILIAN_{'_'.join(str(part) for part in place).upper()}: {message}"
