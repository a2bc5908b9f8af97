"""Slack's refusals, limits and outages while sending: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.domain.messages import ChannelAddress, ChannelKind, SendOutcome
from ops.doctor import Doctor
from tests.fakes.slack_platform import event
from tests.flow.slack.workspace import ANN, Workspace, open_workspace, rows_of

HERE = ChannelAddress(ChannelKind.SLACK, "main", ANN)


async def outcomes(workspace: Workspace) -> list[tuple[SendOutcome, int]]:
    rows = await workspace.house.transactions.read(lambda unit: rows_of(unit, HERE))
    return [(row.state, row.attempts) for row in rows]


FAULTS: dict[str, tuple[tuple[int, dict[str, Any]], SendOutcome]] = {
    "429": ((429, {"ok": False, "error": "ratelimited"}), SendOutcome.WAITING),
    "token revoked": ((200, {"ok": False, "error": "token_revoked"}), SendOutcome.WAITING),
    "user left": ((200, {"ok": False, "error": "account_inactive"}), SendOutcome.REFUSED),
    "no such channel": ((200, {"ok": False, "error": "channel_not_found"}), SendOutcome.REFUSED),
    "500": ((500, {}), SendOutcome.CLAIMED),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_refusal_is_a_named_outcome(workspace: Workspace, name: str) -> None:
    fault, expected = FAULTS[name]
    await workspace.send(_hello())
    await workspace.house.worker.drain()
    workspace.slack.fault = [fault]
    await workspace.house.sender.drain_once()

    states = {state for state, _ in await outcomes(workspace)}
    assert states == {expected}


async def test_a_post_that_was_limited_comes_later_and_once(workspace: Workspace) -> None:
    await workspace.send(_hello())
    await workspace.house.worker.drain()
    workspace.slack.fault = [(429, {"ok": False, "error": "ratelimited"})]
    await workspace.house.sender.drain_once()
    before = len(workspace.slack.posts)
    for _ in range(80):
        await workspace.house.sender.drain_once()
        if workspace.slack.posts:
            break
        await asyncio.sleep(0.05)

    assert before == 0
    assert len(workspace.slack.posts) == 1
    assert {state for state, _ in await outcomes(workspace)} == {SendOutcome.SENT}


def _hello() -> str:
    return event(ANN, "hello", key="EvHello")


async def test_the_doctor_names_the_workspace_or_what_to_mend(
    tmp_path: Path, slack_database: Path
) -> None:
    async with open_workspace(tmp_path, slack_database) as workspace:
        doctor = Doctor(workspace.house.settings)
        well = [doctor.worded(one) for one in await doctor.examine() if "Slack" in one.part]
        workspace.slack.is_down = True
        ill = [doctor.worded(one) for one in await doctor.examine() if "Slack" in one.part]

    assert well == ["[正常] Slack：工作区 T0TEAM"]
    assert "改正 PEILIAN_SLACK_BOT_TOKEN" in ill[0]
