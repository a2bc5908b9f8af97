"""What differs between model servers that all speak OpenAI chat completions.

One client serves all of them; a profile is plain data that tells it how. TGI comes first: it is
what the product is designed around. Every entry below was read in the server's source or seen on
a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class AdapterMode(StrEnum):
    """How a LoRA adapter is chosen in a request."""

    MODEL = "model"
    """Its name stands in `model`."""
    LORA_LIST = "lora_list"
    """Its number stands in `lora`; adapters that are not listed are off."""


class SchemaMode(StrEnum):
    """How a JSON schema for the reply is written."""

    TGI = "tgi"
    """`{"type": "json", "value": schema}`"""
    OPENAI = "openai"
    """`{"type": "json_schema", "json_schema": {"name": ..., "schema": schema}}`"""
    JSON_OBJECT = "json_object"
    """`{"type": "json_object", "schema": schema}`"""


class InbandFault(StrEnum):
    """What an error inside an answer with status 200 means."""

    OVERLOADED = "overloaded"
    TRUNCATED = "truncated"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class BackendProfile:
    """How to speak to one kind of server.

    `base_name` is what `model` holds for the base model; empty means the configured name, else
    the first one the server lists. `usage_chunk` says that a stream tells token counts if asked.
    `inflight_share` is how much of the server's own limit of concurrent requests we use.
    `inband_faults` are beginnings of error messages: the status inside is no help (TGI writes
    422 whatever the cause). `extra_body` is sent with each request, `drop_fields` never.
    """

    name: str
    adapter_mode: AdapterMode = AdapterMode.MODEL
    base_name: str = ""
    schema_mode: SchemaMode = SchemaMode.OPENAI
    drop_fields: frozenset[str] = frozenset()
    top_p_open_interval: bool = False
    max_stop: int = 4
    usage_chunk: bool = True
    inflight_share: float = 1.0
    inband_faults: tuple[tuple[str, InbandFault], ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


TGI = BackendProfile(
    name="tgi",
    base_name="tgi",
    schema_mode=SchemaMode.TGI,
    # TGI turns a presence penalty of 0.0 into a repetition penalty of 2.0.
    drop_fields=frozenset({"presence_penalty", "n", "logit_bias"}),
    top_p_open_interval=True,
    # It refuses at its limit instead of queueing, and health checks need room as well.
    inflight_share=0.9,
    inband_faults=(
        ("Model is overloaded", InbandFault.OVERLOADED),
        ("Request failed during generation", InbandFault.TRUNCATED),
        ("Incomplete generation", InbandFault.TRUNCATED),
        ("Input validation error", InbandFault.REJECTED),
        ("Template error", InbandFault.REJECTED),
        ("Missing template", InbandFault.REJECTED),
        ("Tool error", InbandFault.REJECTED),
    ),
)

OPENAI = BackendProfile(name="openai")

LLAMA_CPP = BackendProfile(
    name="llama_cpp",
    adapter_mode=AdapterMode.LORA_LIST,
    schema_mode=SchemaMode.JSON_OBJECT,
)

# The Python server over the same library has one alias per adapter and never tells usage in a
# stream.
LLAMA_CPP_PYTHON = BackendProfile(
    name="llama_cpp_python",
    schema_mode=SchemaMode.JSON_OBJECT,
    usage_chunk=False,
)

AUTO = "auto"
PROFILES: Mapping[str, BackendProfile] = MappingProxyType(
    {profile.name: profile for profile in (TGI, OPENAI, LLAMA_CPP, LLAMA_CPP_PYTHON)}
)
