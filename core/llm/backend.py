"""Who answers at an address: asked once, before the first request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from core.llm.profiles import (
    LLAMA_CPP,
    LLAMA_CPP_PYTHON,
    OPENAI,
    TGI,
    AdapterMode,
    BackendProfile,
)

Foreign = Any
"""JSON as a server sent it: of no known shape until it is looked at."""

Ask = Callable[[str], Awaitable[Foreign]]
"""GET a path: the decoded JSON, or None where the server has no such page.

Raises ModelUnavailable where nobody answers, so that silence is never taken for a kind of server.
"""

UNNAMED = "default"


@dataclass(frozen=True, slots=True)
class Backend:
    """A server as it was found.

    `model` is what a request for the base model names; `served` the model behind it, for people.
    `limit` is the number of requests it takes at once, None where it does not say.
    `lora_ids` maps adapter names to numbers where the server wants numbers.
    """

    profile: BackendProfile
    model: str
    served: str
    limit: int | None = None
    lora_ids: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


async def find_backend(ask: Ask, *, profile: BackendProfile | None, name: str) -> Backend:
    """Who answers; `profile` None finds that out too, with plain OpenAI as the fallback.

    `name` is the configured model name, empty for the first one listed. Raises ModelUnavailable.
    """
    info: Foreign = None
    if profile in (None, TGI):
        info = await ask("/info")
    if profile is None and is_tgi_info(info):
        profile = TGI
    if profile is TGI:
        return tgi_backend(info if is_tgi_info(info) else {})
    if profile is None and is_llama_props(await ask("/props")):
        profile = LLAMA_CPP
    models = listed_models(await ask("/v1/models"))
    profile = profile or profile_by_owner(models)
    served = name or next((str(model.get("id") or "") for model in models), "") or UNNAMED
    lora_ids: Mapping[str, int] = {}
    if profile.adapter_mode is AdapterMode.LORA_LIST:
        lora_ids = numbered_adapters(await ask("/lora-adapters"))
    return Backend(
        profile=profile,
        model=profile.base_name or served,
        served=served,
        lora_ids=MappingProxyType(dict(lora_ids)),
    )


def is_tgi_info(info: Foreign) -> bool:
    # An embedding server of the same family has /info with most of the same fields.
    return isinstance(info, dict) and {
        "model_id",
        "max_concurrent_requests",
        "max_total_tokens",
    } <= set(info)


def tgi_backend(info: Mapping[str, Any]) -> Backend:
    limit = info.get("max_concurrent_requests")
    return Backend(
        profile=TGI,
        model=TGI.base_name,
        served=str(info.get("model_id") or TGI.base_name),
        limit=limit if isinstance(limit, int) and limit > 0 else None,
    )


def is_llama_props(props: Foreign) -> bool:
    return isinstance(props, dict) and "default_generation_settings" in props


def listed_models(answer: Foreign) -> list[dict[str, Any]]:
    data = answer.get("data") if isinstance(answer, dict) else None
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


def profile_by_owner(models: list[dict[str, Any]]) -> BackendProfile:
    owners = {model.get("owned_by") for model in models}
    if "llamacpp" in owners:
        return LLAMA_CPP
    # llama-cpp-python signs each of its aliases with this word.
    return LLAMA_CPP_PYTHON if owners == {"me"} else OPENAI


def numbered_adapters(answer: Foreign) -> dict[str, int]:
    """Adapter names (the file's name without its ending) -> the server's numbers."""
    entries = answer if isinstance(answer, list) else []
    return {
        PurePosixPath(str(entry["path"])).stem: entry["id"]
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), int) and entry.get("path")
    }
