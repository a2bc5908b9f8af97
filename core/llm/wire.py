"""Requests into bytes, answers into completions, refusals into our errors. No network here.

Nothing of a message's text gets into an error or a log: a server may quote the prompt when it
complains, so only its codes are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelUnavailable,
    TruncatedReply,
)
from core.llm.backend import Backend, Foreign
from core.llm.profiles import AdapterMode, BackendProfile, InbandFault, SchemaMode
from core.ports.chat_model import ChatRequest, Completion

REPLACEMENT = "\ufffd"
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_SMALLEST_TOP_P = 0.01


def encode_request(request: ChatRequest, *, backend: Backend, stream: bool) -> bytes:
    """The body of POST /v1/chat/completions. Raises ModelRejected for an unknown adapter.

    `max_tokens`, `temperature` and `seed` are always sent: servers' own defaults differ. Of the
    stop strings the first `max_stop` are.
    """
    profile = backend.profile
    body: dict[str, Any] = {
        "model": backend.model,
        "messages": [{"role": m.role.value, "content": m.text} for m in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        # Some servers hold a seed in 32 bits, some read all ones as "any".
        "seed": request.seed % 2**31,
        "stream": stream,
    }
    if profile.adapter_mode is AdapterMode.LORA_LIST:
        body["lora"] = lora_list(request.adapter, backend)
    elif request.adapter:
        body["model"] = request.adapter
    if request.stop:
        body["stop"] = list(request.stop[: profile.max_stop])
    top_p = sent_top_p(request.top_p, profile)
    if top_p is not None:
        body["top_p"] = top_p
    if request.json_schema is not None:
        body["response_format"] = response_format(request.json_schema, profile.schema_mode)
    if stream and profile.usage_chunk:
        body["stream_options"] = {"include_usage": True}
    body.update(profile.extra_body)
    for name in profile.drop_fields:
        body.pop(name, None)
    return dumps(body)


def dumps(body: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, as broken clients send them.
        for message in body["messages"]:
            message["content"] = message["content"].encode("utf-8", "replace").decode("utf-8")
        return orjson.dumps(body)


def lora_list(adapter: str, backend: Backend) -> list[dict[str, float]]:
    if not adapter:
        return []
    if adapter not in backend.lora_ids:
        raise ModelRejected("unknown adapter")
    return [{"id": backend.lora_ids[adapter], "scale": 1.0}]


def sent_top_p(top_p: float | None, profile: BackendProfile) -> float | None:
    if top_p is None or not profile.top_p_open_interval:
        return top_p
    # One means no cut at all, which is what leaving it out means.
    return None if top_p >= 1 else max(top_p, _SMALLEST_TOP_P)


def response_format(schema: Mapping[str, Any], mode: SchemaMode) -> dict[str, Any]:
    plain = dict(schema)
    if mode is SchemaMode.TGI:
        return {"type": "json", "value": plain}
    if mode is SchemaMode.JSON_OBJECT:
        return {"type": "json_object", "schema": plain}
    named: dict[str, Any] = {"name": "reply", "schema": plain}
    if is_strict(plain):
        named["strict"] = True
    return {"type": "json_schema", "json_schema": named}


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Strict mode is refused unless every property is required and no other allowed."""
    return schema.get("additionalProperties") is False and set(schema.get("properties", {})) == set(
        schema.get("required", ())
    )


def loads(data: bytes) -> Foreign:
    """Decoded JSON; broken UTF-8 becomes U+FFFD. Raises ModelUnavailable if it is no JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(data.decode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        raise ModelUnavailable("unreadable answer") from None


def read_reply(data: bytes, request: ChatRequest, *, profile: BackendProfile) -> Completion:
    """The completion of a plain answer, `seconds` still 0.

    Raises TruncatedReply without a finish reason, ModelUnavailable for what is no reply at all,
    and whatever an error inside it means.
    """
    whole = data.strip()
    if not whole or (whole.startswith(b"{") and not whole.endswith(b"}")):
        # Without a length even a cut answer closes cleanly.
        raise TruncatedReply("half an answer")
    answer = loads(whole)
    if isinstance(answer, dict) and answer.get("error"):
        raise inband_error(answer["error"], profile)
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"] or ""
        usage = answer.get("usage") or {}
        return finished(
            request,
            text=text,
            finish_reason=choice.get("finish_reason"),
            model=answer.get("model") or "",
            usage=usage,
        )
    except (LookupError, TypeError, AttributeError):
        raise ModelUnavailable("unreadable answer") from None


def finished(
    request: ChatRequest,
    *,
    text: str,
    finish_reason: str | None,
    model: str,
    usage: Mapping[str, Any],
) -> Completion:
    """A completion, if the server said that it is one. Raises TruncatedReply."""
    if not finish_reason:
        raise TruncatedReply("no finish reason")
    if request.json_schema is not None and finish_reason == "length":
        raise TruncatedReply("json cut at max_tokens")
    return Completion(
        text=text.rstrip(REPLACEMENT),
        finish_reason=finish_reason,
        model=model,
        prompt_tokens=usage.get("prompt_tokens"),
        completion_tokens=usage.get("completion_tokens"),
        seconds=0.0,
    )


def status_error(status: int, body: bytes, *, headers: Mapping[str, str]) -> ModelError:
    """What a status that is not 200 means."""
    detail = f"status {status} {error_code(body)}".rstrip()
    retry_after_s = retry_after(headers)
    # A gateway that names a time to come back is not broken but busy.
    if status == 429 or (status == 503 and retry_after_s is not None):
        return ModelOverloaded(detail, retry_after_s=retry_after_s)
    if status in (502, 503, 504):
        return ModelUnavailable(detail, retryable=True)
    # TGI answers 424 when the generation itself failed.
    if status >= 500 or status == 424:
        return ModelUnavailable(detail)
    return ModelRejected(detail)


def inband_error(error: Foreign, profile: BackendProfile) -> ModelError:
    """What an error inside an answer with status 200 means: by its first words, then its code."""
    facts = error if isinstance(error, dict) else {"message": error}
    message = str(facts.get("message", ""))
    for beginning, fault in profile.inband_faults:
        if message.startswith(beginning):
            return INBAND[fault](f"inband {fault.value}")
    code = facts.get("http_status_code", facts.get("code"))
    if not profile.inband_faults and isinstance(code, int) and 400 <= code <= 599:
        return status_error(code, b"", headers={})
    return ModelUnavailable("inband error")


INBAND: Mapping[InbandFault, type[ModelError]] = {
    InbandFault.OVERLOADED: ModelOverloaded,
    InbandFault.TRUNCATED: TruncatedReply,
    InbandFault.REJECTED: ModelRejected,
}


def error_code(body: bytes) -> str:
    """The server's own word for the error, if it is a word and not a sentence."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(answer, dict):
        return ""
    inner = answer.get("error")
    code = inner.get("type") if isinstance(inner, dict) else answer.get("error_type")
    return code if isinstance(code, str) and _CODE.match(code) else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from either form of Retry-After; a date counts from the answer's own Date."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
