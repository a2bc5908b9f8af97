"""What model servers put on the wire, as plain dictionaries; shapes after TGI's own document."""

from collections.abc import Mapping
from typing import Any

CREATED = 1706270835
FINGERPRINT = "3.3.6-native"


def usage(prompt: int, completion: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def completion(text: str, *, model: str, finish_reason: str, tokens: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "object": "chat.completion",
        "id": "",
        "created": CREATED,
        "model": model,
        "system_fingerprint": FINGERPRINT,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        ],
        "usage": usage(20, tokens),
    }


def chunk(piece: str, *, model: str, finish_reason: str | None = None) -> dict[str, Any]:
    delta = {"role": "assistant", "content": piece}
    return {
        "object": "chat.completion.chunk",
        "id": "",
        "created": CREATED,
        "model": model,
        "system_fingerprint": FINGERPRINT,
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}],
        "usage": None,
    }


def usage_chunk(*, model: str, tokens: int) -> dict[str, Any]:
    return {**chunk("", model=model), "choices": [], "usage": usage(20, tokens)}


def error(message: str, error_type: str) -> dict[str, str]:
    return {"error": message, "error_type": error_type}


def inband_error(message: str) -> dict[str, Any]:
    """TGI writes 422 here whatever the cause."""
    return {"error": {"message": message, "http_status_code": 422}}


def tgi_info(limit: int) -> dict[str, Any]:
    return {
        "model_id": "test/customer-7b",
        "model_sha": "e985a63cdc139290c5f700ff1929f0b5942cced2",
        "model_pipeline_tag": "text-generation",
        "max_concurrent_requests": limit,
        "max_best_of": 2,
        "max_stop_sequences": 4,
        "max_input_tokens": 3072,
        "max_total_tokens": 4096,
        "validation_workers": 2,
        "max_client_batch_size": 4,
        "router": "text-generation-router",
        "version": "3.3.6",
        "sha": None,
        "docker_label": None,
    }


def model_list(names: list[str], *, owner: str) -> dict[str, Any]:
    models = [
        {"id": name, "object": "model", "created": CREATED, "owned_by": owner} for name in names
    ]
    return {"object": "list", "data": models}


def validation_fault(body: Mapping[str, Any]) -> str:
    """What TGI would refuse in this request; empty if nothing."""
    top_p = body.get("top_p")
    if top_p is not None and not 0 < top_p < 1:
        return "`top_p` must be > 0.0 and < 1.0"
    if len(body.get("stop") or ()) > 4:
        return "`stop` supports up to 4 stop sequences"
    wanted = body.get("response_format")
    if wanted is not None and wanted.get("type") not in ("json", "json_object", "regex"):
        return "Failed to deserialize response_format"
    if wanted is not None and "properties" not in (wanted.get("value") or {}):
        return "Grammar must have a 'properties' field"
    return ""
