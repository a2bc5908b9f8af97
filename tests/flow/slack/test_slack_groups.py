"""In channels: heard only when addressed, answered in private, and a board where one is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.domain.people import Person, Role
from core.errors import SettingsError
from ops.boards import TeamBoards, board_places
from ops.settings import read_settings
from tests.fakes.slack_platform import command, event
from tests.flow.histories import practised
from tests.flow.phone import HandClock
from tests.flow.slack.workspace import ANN, Workspace, open_workspace, rows_of

TEAM, ROOM = "客服一组", "C0BOARD1"
EVENING = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)
"""Five past six in Shanghai, on a Tuesday: the digests go out at six."""


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not there():  # noqa: ASYNC110 - what is waited for is the product's, not ours
            await asyncio.sleep(0.01)


async def test_who_mentions_the_bot_alone_is_shown_the_way_to_private(workspace: Workspace) -> None:
    place = {"type": "app_mention", "channel_type": "channel", "channel": "C0TEAM12"}
    mention = event(ANN, "<@U0BOT> practice 1", key="Ev1", thread_ts="1.1", **place)
    for _ in range(3):
        assert (await workspace.send(mention))[0] == 200
    await until(lambda: workspace.slack.whispers)
    await workspace.settle()

    [whisper] = workspace.slack.whispers
    assert (whisper["channel"], whisper["user"], whisper["thread_ts"]) == ("C0TEAM12", ANN, "1.1")
    assert "direct message" in whisper["text"]
    assert {post["channel"] for post in workspace.slack.posts} == {ANN}
    assert not any("AI" in text and "started" in text for text in workspace.slack.texts(ANN))


@pytest.mark.parametrize(("room", "told"), [("general", True), ("directmessage", False)])
async def test_a_command_in_a_channel_is_answered_in_private(
    workspace: Workspace, room: str, told: bool
) -> None:
    body = command(ANN, "practice 1", trigger="9.1", channel_name=room)
    status, said = await workspace.send(body, form=True)
    await workspace.settle()

    assert status == 200
    assert ("direct message" in said) is told
    assert {post["channel"] for post in workspace.slack.posts} == {ANN}


async def test_a_board_is_posted_where_it_is_allowed_and_nowhere_else(
    tmp_path: Path, slack_database: Path
) -> None:
    rooms = {TEAM: ROOM, "别的组": "C0NOTINIT"}
    async with open_workspace(tmp_path, slack_database, slack_boards=rooms) as workspace:
        house, slack, clock = workspace.house, workspace.slack, HandClock()
        slack.rooms.add(ROOM)
        clock.time = EVENING
        for number, name in enumerate(("甲某", "乙某", "丙某")):
            one = Person(f"b-{number}", name, Role.TRAINEE, TEAM)
            await practised(house, one, 1, 6.0, until=EVENING)
        await house.transactions.write(
            lambda unit: unit.people.add(Person("b-9", "丁某", Role.TRAINEE, "别的组"))
        )
        places = board_places(house.settings)
        boards = TeamBoards(house.transactions, house.live, clock, house.daily.reports, places, "t")
        posted = [await boards.ring() for _ in range(2)]
        foreign = ChannelAddress(ChannelKind.SLACK, "board", "第三组")
        message = OutboundMessage(foreign, NoticeCode.BOARD, facts={"team": "第三组"})
        now = house.clock.now()
        await house.transactions.write(lambda unit: unit.outbox.add([message], now=now))
        await house.sender.drain_once()
        rows = await house.transactions.read(
            lambda unit: {
                team: [row.state.value for row in rows_of(unit, board(team))]
                for team in (TEAM, "别的组", "第三组")
            }
        )

    assert posted == [2, 0]
    [post] = slack.posts
    assert post["channel"] == ROOM
    assert "3 of 3" in post["text"]
    assert not any(name in post["text"] for name in ("甲某", "乙某", "丙某"))
    assert rows == {TEAM: ["sent"], "别的组": ["refused"], "第三组": ["refused"]}


def board(team: str) -> ChannelAddress:
    return ChannelAddress(ChannelKind.SLACK, "board", team)


def test_what_is_no_channel_is_named_before_anything_starts() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(slack_boards={TEAM: "#general"})

    assert any("PEILIAN_SLACK_BOARDS" in fault for fault in caught.value.faults)
