"""Which settings belong together, and what an address must look like to work at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from bots.wechat.account import is_aes_key
from core.errors import SettingsError

_NEEDED = {
    "wechat": ("wechat_app_id", "wechat_app_secret", "wechat_token"),
    "model": ("model_url",),
    "judge": ("judge_url",),
    "smtp": ("smtp_url", "smtp_from"),
    "slack": ("slack_signing_secret", "slack_bot_token"),
    "wecom_bot": ("wecom_bot_id", "wecom_bot_secret"),
    "wecom": ("wecom_corp_id", "wecom_agent_id", "wecom_secret"),
    "wecom_callback": ("wecom_token", "wecom_aes_key"),
    "embedding": ("embedding_url", "embedding_model"),
    "rerank": ("rerank_url",),
    "speech": ("speech_url",),
    "rewrite": ("rewrite_url",),
}
_OPTIONAL = {
    "wechat": ("wechat_aes_key", "wechat_aes_key_old", "wechat_notice_template"),
    "model": ("model_name", "model_api_key"),
    "judge": ("judge_name", "judge_api_key"),
    "smtp": (),
    "slack": ("slack_app_token",),
    "wecom_bot": (),
    "wecom": ("wecom_token", "wecom_aes_key"),
    "wecom_callback": (),
    "embedding": ("embedding_api_key", "milvus_uri"),
    "rerank": ("rerank_model", "rerank_api_key"),
    "speech": ("speech_model", "speech_api_key"),
    "rewrite": ("rewrite_name", "rewrite_api_key"),
}
"""Set alone, these are half a set too."""


def half_sets(value_of: Callable[[str], object]) -> Iterator[tuple[str, list[str]]]:
    """Each part of which something is set and something needed is not, with what is missing."""
    for part, needed in _NEEDED.items():
        given = [name for name in (*needed, *_OPTIONAL[part]) if value_of(name) not in ("", None)]
        missing = [name for name in needed if name not in given]
        if part == "wechat" and value_of("wechat_aes_key_old") and not value_of("wechat_aes_key"):
            missing.append("wechat_aes_key")
        if given and missing:
            yield part, missing


def wrong_addresses(value_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Each address or key that is set and cannot work, with its kind."""
    for name, (kind, fits) in _LOOKS.items():
        value = value_of(name)
        if value and not fits(value):
            yield name, kind


def same_model(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two (address, name) are one model; without names, whether they are one server."""
    if not one[0] or not other[0]:
        return False
    names = [name.strip().lower() for _, name in (one, other)]
    servers = [url.rstrip("/").removesuffix("/v1") for url, _ in (one, other)]
    return names[0] == names[1] and (bool(names[0]) or servers[0] == servers[1])


def _is_database(address: str) -> bool:
    # Commands that need no database start without its library.
    from core.storage.engines import database_url

    try:
        database_url(address)
    except SettingsError:
        return False
    return True


def _is_redis(address: str) -> bool:
    return address.startswith(("redis://", "rediss://", "unix://"))


def _is_web_address(address: str) -> bool:
    return _has_host(address, ("http", "https"))


def _is_socket_address(address: str) -> bool:
    return _has_host(address, ("ws", "wss"))


def _has_host(address: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        return False


_LOOKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "database_url": ("database_url", _is_database),
    "redis_url": ("redis_url", _is_redis),
    "model_url": ("web_address", _is_web_address),
    "judge_url": ("web_address", _is_web_address),
    "embedding_url": ("web_address", _is_web_address),
    "rerank_url": ("web_address", _is_web_address),
    "rewrite_url": ("web_address", _is_web_address),
    "wechat_api_url": ("web_address", _is_web_address),
    "wecom_api_url": ("web_address", _is_web_address),
    "wecom_aes_key": ("aes_key", is_aes_key),
    "wecom_bot_gateway": ("socket_address", _is_socket_address),
    "speech_url": ("web_address", _is_web_address),
}
