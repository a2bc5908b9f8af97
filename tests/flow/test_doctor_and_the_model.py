"""What the doctor says about a model server, and the one thing it tells to do."""

from pathlib import Path
from typing import Any

import pytest

from ops.doctor import Doctor, Finding
from ops.settings import read_settings
from tests.fakes.model_server import FakeModelServer, Fault, Step


async def customer(folder: Path, server: FakeModelServer, **settings: Any) -> Finding:  # noqa: ANN401  settings of any type
    """The doctor's line about who speaks as the customer."""
    doctor = Doctor(read_settings(data_dir=folder, model_url=server.url, **settings))
    return next(one for one in await doctor.examine() if one.part == "客户")


@pytest.mark.parametrize("kind", ["tgi", "openai", "llama_cpp"])
async def test_a_server_that_gives_a_line_is_well(tmp_path: Path, kind: str) -> None:
    async with FakeModelServer(kind=kind) as server:
        found = await customer(tmp_path, server)

        assert found == Finding("客户", True, f"{kind} 提供 test/customer-7b")
        assert len(server.requests) == 1


async def test_a_server_that_is_not_there_is_to_be_started(tmp_path: Path) -> None:
    async with FakeModelServer() as server:
        await server.stop()
        found = await customer(tmp_path, server)

    assert not found.well
    assert "没有应答" in found.state
    assert "PEILIAN_MODEL_URL" in found.remedy


async def test_a_wrong_key_is_named(tmp_path: Path) -> None:
    """Such a server tells who it is without a key: asking that alone once said all was well."""
    async with FakeModelServer(api_key="right") as server:
        wrong = await customer(tmp_path, server, model_api_key="wrong-key")
        right = await customer(tmp_path, server, model_api_key="right")

    assert not wrong.well
    assert "PEILIAN_MODEL_API_KEY" in wrong.remedy
    assert "wrong-key" not in str(wrong)
    assert right.well


@pytest.mark.parametrize(
    ("fault", "turn_s", "remedy"),
    [
        (Fault.INVALID, 8.0, "PEILIAN_MODEL_NAME"),
        (Fault.BROKEN, 8.0, "看模型服务自己的日志"),
        (Fault.STALL, 0.3, "太慢"),
    ],
)
async def test_a_server_that_answers_but_gives_no_line_is_not_well(
    tmp_path: Path, fault: Fault, turn_s: float, remedy: str
) -> None:
    async with FakeModelServer() as server:
        server.default = Step(fault)
        found = await customer(tmp_path, server, model_turn_s=turn_s)

    assert not found.well
    assert "但没有给出一句话" in found.state
    assert remedy in found.remedy


async def test_without_a_model_the_built_in_engine_is_well(tmp_path: Path) -> None:
    found = await Doctor(read_settings(data_dir=tmp_path)).examine()

    assert Finding("客户", True, "内置引擎（没有设模型）") in found
