"""Who answers at an address."""

import pytest

from core.errors import ModelUnavailable
from core.llm.backend import Ask, Foreign, find_backend
from core.llm.profiles import LLAMA_CPP, OPENAI, TGI, BackendProfile

TGI_INFO = {"model_id": "q/7b", "max_concurrent_requests": 128, "max_total_tokens": 4096}
EMBEDDING_INFO = {"model_id": "bge", "max_concurrent_requests": 512, "model_type": {}}


def site(pages: dict[str, Foreign]) -> tuple[Ask, list[str]]:
    asked: list[str] = []

    async def ask(path: str) -> Foreign:
        asked.append(path)
        return pages.get(path)

    return ask, asked


async def test_tgi_is_known_by_its_info_and_tells_its_limit() -> None:
    ask, asked = site({"/info": TGI_INFO})

    found = await find_backend(ask, profile=None, name="ignored")

    assert (found.profile, found.model, found.served, found.limit) == (TGI, "tgi", "q/7b", 128)
    assert asked == ["/info"]


async def test_an_embedding_server_is_not_taken_for_tgi() -> None:
    ask, _ = site({"/info": EMBEDDING_INFO})

    assert (await find_backend(ask, profile=None, name="")).profile is OPENAI


async def test_llama_cpp_is_known_by_its_props_and_its_adapters_get_their_numbers() -> None:
    ask, _ = site(
        {
            "/props": {"default_generation_settings": {}},
            "/v1/models": {"data": [{"id": "qwen.gguf", "owned_by": "llamacpp"}]},
            "/lora-adapters": [{"id": 3, "path": "/models/angry.gguf", "scale": 0.0}, "odd"],
        }
    )

    found = await find_backend(ask, profile=None, name="")

    assert (found.profile, found.model) == (LLAMA_CPP, "qwen.gguf")
    assert dict(found.lora_ids) == {"angry": 3}


@pytest.mark.parametrize(
    ("owner", "expected"),
    [("llamacpp", "llama_cpp"), ("me", "llama_cpp_python"), ("vllm", "openai"), (None, "openai")],
)
async def test_else_the_owner_of_the_models_decides(owner: str | None, expected: str) -> None:
    ask, _ = site({"/v1/models": {"data": [{"id": "m", "owned_by": owner}]}})

    assert (await find_backend(ask, profile=None, name="")).profile.name == expected


@pytest.mark.parametrize("models", [None, [], {"data": 7}, {"data": ["x", {}]}])
async def test_a_server_that_tells_nothing_is_plain_openai(models: Foreign) -> None:
    ask, _ = site({"/v1/models": models, "/info": "hello", "/props": []})

    found = await find_backend(ask, profile=None, name="")

    assert (found.profile, found.model, found.limit) == (OPENAI, "default", None)


async def test_a_configured_name_comes_before_the_listed_ones() -> None:
    ask, _ = site({"/v1/models": {"data": [{"id": "listed", "owned_by": "vllm"}]}})

    assert (await find_backend(ask, profile=None, name="mine")).model == "mine"
    assert (await find_backend(ask, profile=None, name="")).model == "listed"


@pytest.mark.parametrize("profile", [TGI, OPENAI, LLAMA_CPP])
async def test_a_configured_profile_is_not_guessed_again(profile: BackendProfile) -> None:
    ask, asked = site({})

    found = await find_backend(ask, profile=profile, name="m")

    assert found.profile is profile
    assert "/props" not in asked


async def test_silence_is_no_answer_and_is_handed_on() -> None:
    async def ask(path: str) -> Foreign:
        raise ModelUnavailable("no connection", retryable=True)

    with pytest.raises(ModelUnavailable):
        await find_backend(ask, profile=None, name="")
