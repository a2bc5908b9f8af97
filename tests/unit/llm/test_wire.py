"""Requests as bytes, answers as completions, refusals as errors."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.errors import (
    ModelError,
    ModelOverloaded,
    ModelRejected,
    ModelUnavailable,
    TruncatedReply,
)
from core.llm.backend import Backend
from core.llm.profiles import LLAMA_CPP, LLAMA_CPP_PYTHON, OPENAI, TGI, BackendProfile
from core.llm.wire import encode_request, inband_error, read_reply, retry_after, status_error
from core.ports.chat_model import ChatMessage, ChatRequest, ChatRole

REQUEST = ChatRequest(
    messages=(
        ChatMessage(ChatRole.SYSTEM, "你是客户"),
        ChatMessage(ChatRole.USER, "您好"),
    ),
    max_tokens=64,
    temperature=0.7,
    seed=7,
    timeout_s=8.0,
)
SCHEMA = {
    "type": "object",
    "properties": {"level": {"enum": [0, 1]}},
    "required": ["level"],
    "additionalProperties": False,
}


def backend(profile: BackendProfile, **found: Any) -> Backend:  # noqa: ANN401  any field of it
    return Backend(profile=profile, model=profile.base_name or "qwen", served="qwen", **found)


def sent(request: ChatRequest, profile: BackendProfile, *, stream: bool = False) -> dict[str, Any]:
    body = encode_request(request, backend=backend(profile), stream=stream)
    decoded: dict[str, Any] = json.loads(body)
    return decoded


def test_a_request_to_tgi_names_the_base_model_and_all_that_its_defaults_would_decide() -> None:
    assert sent(REQUEST, TGI) == {
        "model": "tgi",
        "messages": [
            {"role": "system", "content": "你是客户"},
            {"role": "user", "content": "您好"},
        ],
        "max_tokens": 64,
        "temperature": 0.7,
        "seed": 7,
        "stream": False,
    }


@pytest.mark.parametrize("profile", [TGI, OPENAI, LLAMA_CPP_PYTHON])
def test_an_adapter_stands_in_the_model_field(profile: BackendProfile) -> None:
    assert sent(replace(REQUEST, adapter="angry"), profile)["model"] == "angry"


def test_llama_cpp_gets_the_number_of_the_adapter_and_an_empty_list_for_the_base() -> None:
    found = backend(LLAMA_CPP, lora_ids={"calm": 0, "angry": 1})

    with_one = json.loads(
        encode_request(replace(REQUEST, adapter="angry"), backend=found, stream=False)
    )
    without = json.loads(encode_request(REQUEST, backend=found, stream=False))

    assert with_one["lora"] == [{"id": 1, "scale": 1.0}]
    assert with_one["model"] == "qwen"
    assert without["lora"] == []


def test_llama_cpp_without_that_adapter_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ModelRejected, match="unknown adapter"):
        sent(replace(REQUEST, adapter="angry"), LLAMA_CPP)


def test_only_four_stop_strings_go_out() -> None:
    request = replace(REQUEST, stop=("a", "b", "c", "d", "e"))

    assert sent(request, TGI)["stop"] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("top_p", "profile", "expected"),
    [
        (0.9, TGI, 0.9),
        (1.0, TGI, None),
        (0.0, TGI, 0.01),
        (1.0, OPENAI, 1.0),
        (None, OPENAI, None),
    ],
)
def test_top_p_stays_inside_what_the_server_takes(
    top_p: float | None, profile: BackendProfile, expected: float | None
) -> None:
    assert sent(replace(REQUEST, top_p=top_p), profile).get("top_p") == expected


def test_each_profile_writes_the_schema_in_its_own_dialect() -> None:
    request = replace(REQUEST, json_schema=SCHEMA)

    assert sent(request, TGI)["response_format"] == {"type": "json", "value": SCHEMA}
    assert sent(request, OPENAI)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
    }
    assert sent(request, LLAMA_CPP)["response_format"] == {"type": "json_object", "schema": SCHEMA}


def test_a_schema_that_leaves_anything_open_is_not_called_strict() -> None:
    open_schema = {"type": "object", "properties": {"level": {"enum": [0, 1]}}}

    wanted = sent(replace(REQUEST, json_schema=open_schema), OPENAI)["response_format"]

    assert "strict" not in wanted["json_schema"]


def test_fields_that_a_server_misreads_are_dropped_even_if_the_profile_adds_them() -> None:
    profile = replace(TGI, extra_body={"presence_penalty": 0.0, "top_k": 20})

    body = sent(REQUEST, profile)

    assert "presence_penalty" not in body
    assert body["top_k"] == 20


def test_usage_is_asked_for_only_in_streams_that_can_tell_it() -> None:
    assert sent(REQUEST, TGI, stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent(REQUEST, LLAMA_CPP_PYTHON, stream=True)


def test_large_and_negative_seeds_are_folded_into_31_bits() -> None:
    assert sent(replace(REQUEST, seed=2**31 + 5), TGI)["seed"] == 5
    assert sent(replace(REQUEST, seed=-1), TGI)["seed"] == 2**31 - 1


def test_half_a_surrogate_pair_does_not_stop_the_request() -> None:
    request = replace(REQUEST, messages=(ChatMessage(ChatRole.USER, "好\ud83d"),))

    assert sent(request, TGI)["messages"] == [{"role": "user", "content": "好?"}]


def answer(**choice: Any) -> bytes:  # noqa: ANN401  any field of a choice
    full = {"message": {"role": "assistant", "content": "好"}, "finish_reason": "stop", **choice}
    usage = {"prompt_tokens": 20, "completion_tokens": 1}
    return json.dumps({"model": "tgi", "choices": [full], "usage": usage}).encode()


def test_a_whole_answer_becomes_a_completion() -> None:
    reply = read_reply(answer(), REQUEST, profile=TGI)

    assert (reply.text, reply.finish_reason, reply.model) == ("好", "stop", "tgi")
    assert (reply.prompt_tokens, reply.completion_tokens) == (20, 1)


def test_a_broken_character_at_the_end_is_dropped_and_inside_it_stays() -> None:
    data = answer(message={"role": "assistant", "content": "a\ufffdb\ufffd\ufffd"})

    assert read_reply(data, REQUEST, profile=TGI).text == "a\ufffdb"


def test_bytes_that_are_no_utf8_are_read_all_the_same() -> None:
    data = answer().replace(b"\\u597d", b"\xe5\xa5")

    assert read_reply(data, REQUEST, profile=TGI).text == ""


@pytest.mark.parametrize("finish_reason", [None, ""])
def test_an_answer_without_a_finish_reason_is_truncated(finish_reason: str | None) -> None:
    with pytest.raises(TruncatedReply, match="no finish reason"):
        read_reply(answer(finish_reason=finish_reason), REQUEST, profile=TGI)


def test_json_that_reached_the_token_limit_is_truncated_and_plain_text_is_not() -> None:
    data = answer(finish_reason="length")

    assert read_reply(data, REQUEST, profile=TGI).finish_reason == "length"
    with pytest.raises(TruncatedReply, match="json"):
        read_reply(data, replace(REQUEST, json_schema=SCHEMA), profile=TGI)


@pytest.mark.parametrize("data", [b"", b"  ", answer()[:-3]])
def test_half_an_answer_is_truncated(data: bytes) -> None:
    with pytest.raises(TruncatedReply):
        read_reply(data, REQUEST, profile=TGI)


@pytest.mark.parametrize(
    "data", [b"<html>", b"[]", b"7", b"{}", b'{"choices":[]}', b'{"choices":[{"message":null}]}']
)
def test_what_is_no_answer_is_unavailable_and_not_tried_again(data: bytes) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        read_reply(data, REQUEST, profile=TGI)

    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"Retry-After": "2.5"}, (ModelOverloaded, 2.5)),
        (429, {}, (ModelOverloaded, None)),
        (503, {"Retry-After": "4"}, (ModelOverloaded, 4.0)),
        (503, {}, (ModelUnavailable, True)),
        (502, {}, (ModelUnavailable, True)),
        (504, {}, (ModelUnavailable, True)),
        (500, {}, (ModelUnavailable, False)),
        (424, {}, (ModelUnavailable, False)),
        (422, {}, (ModelRejected, None)),
        (413, {}, (ModelRejected, None)),
        (401, {}, (ModelRejected, None)),
        (404, {}, (ModelRejected, None)),
        (307, {}, (ModelRejected, None)),
    ],
)
def test_each_status_has_its_error(
    status: int, headers: dict[str, str], expected: tuple[type[ModelError], object]
) -> None:
    error = status_error(status, b"", headers=headers)
    fact = getattr(error, "retry_after_s", getattr(error, "retryable", None))

    assert (type(error), fact) == expected


def test_an_error_keeps_the_servers_code_and_never_its_sentence() -> None:
    tgi = status_error(
        422, b'{"error":"bad: my phone is 139","error_type":"validation"}', headers={}
    )
    other = status_error(400, b'{"error":{"message":"139","type":"bad_request"}}', headers={})
    odd = status_error(400, b'{"error":{"type":"My phone is 139"}}', headers={})

    assert [tgi.detail, other.detail, odd.detail] == [
        "status 422 validation",
        "status 400 bad_request",
        "status 400",
    ]


def test_a_date_to_come_back_is_counted_from_the_answers_own_date() -> None:
    headers = {
        "Retry-After": "Tue, 24 Nov 2026 02:00:30 GMT",
        "Date": "Tue, 24 Nov 2026 02:00:00 GMT",
    }

    assert retry_after(headers) == 30.0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({"Retry-After": "Tue, 24 Nov 2026 02:00:30 GMT"}) is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Model is overloaded", ModelOverloaded),
        ("Request failed during generation: x", TruncatedReply),
        ("Incomplete generation", TruncatedReply),
        ("Input validation error: x", ModelRejected),
        ("Template error: x", ModelRejected),
        ("Something new", ModelUnavailable),
    ],
)
def test_tgis_errors_inside_an_answer_are_told_apart_by_their_first_words(
    message: str, expected: type[ModelError]
) -> None:
    error = inband_error({"message": message, "http_status_code": 422}, TGI)

    assert type(error) is expected
    assert "x" not in error.detail


def test_other_servers_errors_inside_an_answer_are_told_apart_by_their_code() -> None:
    assert type(inband_error({"message": "m", "code": 429}, OPENAI)) is ModelOverloaded
    assert type(inband_error({"message": "m", "code": 400}, OPENAI)) is ModelRejected
    assert type(inband_error("plain words", OPENAI)) is ModelUnavailable
