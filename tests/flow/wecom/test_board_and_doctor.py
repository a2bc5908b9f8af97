"""A team's board in its group, and what `peilian doctor` says of WeCom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.messages import ChannelAddress, ChannelKind, NoticeCode, OutboundMessage
from core.domain.people import Person, Role
from ops.boards import TeamBoards, board_places
from ops.doctor import Doctor
from tests.flow.histories import practised
from tests.flow.wecom.company import TEAM, Company

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVENING = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)
"""Five past six in Shanghai, on a Tuesday: the digests go out at six."""


class Then:
    """A clock at that time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def boards(company: Company, at: datetime) -> TeamBoards:
    house = company.house
    return TeamBoards(
        house.transactions,
        house.live,
        Then(at),
        house.daily.reports,
        board_places(house.settings),
        "t",
    )


async def test_a_board_is_posted_once_a_day_without_a_name(shared: Company) -> None:
    for number, name in enumerate(("甲某", "乙某", "丙某")):
        one = Person(f"b-{number}", name, Role.TRAINEE, TEAM)
        await practised(shared.house, one, 1, 6.0, until=EVENING)
    await shared.house.transactions.write(
        lambda unit: unit.people.add(Person("b-9", "丁某", Role.TRAINEE, TEAM))
    )
    posted = [await boards(shared, EVENING).ring() for _ in range(3)]
    await shared.until(lambda: shared.wecom.board)
    (text,) = shared.wecom.board

    assert posted == [1, 0, 0]
    assert "3/4" in text
    assert "6.0" in text
    assert not any(name in text for name in ("甲某", "乙某", "丙某", "丁某"))


@pytest.mark.parametrize(
    "at",
    [EVENING.replace(hour=9), EVENING.replace(hour=13), EVENING.replace(day=7)],
    ids=["before the digests", "hours after them", "on a Saturday"],
)
async def test_a_board_is_posted_at_its_time_only(shared: Company, at: datetime) -> None:
    assert await boards(shared, at).ring() == 0


async def test_a_mean_of_two_people_is_not_shown(shared: Company) -> None:
    later = EVENING.replace(day=4)
    await practised(shared.house, Person("b-0", "甲某", Role.TRAINEE, TEAM), 0, 6.0)
    before = len(shared.wecom.board)
    await boards(shared, later).ring()
    await shared.until(lambda: len(shared.wecom.board) > before)

    assert "平均" not in shared.wecom.board[-1]


async def test_no_team_has_a_board_that_nobody_allowed(shared: Company) -> None:
    place = ChannelAddress(ChannelKind.WECOM, "board", "别的组")
    message = OutboundMessage(place, NoticeCode.BOARD, facts={"team": "别的组"})
    before, now = len(shared.wecom.board), shared.house.clock.now()
    await shared.house.transactions.write(lambda unit: unit.outbox.add([message], now=now))
    await shared.house.live.publish("outbox")
    await shared.until_state("board", "别的组", "refused")

    assert len(shared.wecom.board) == before


async def test_a_robot_is_never_sent_more_than_it_takes(shared: Company) -> None:
    place = ChannelAddress(ChannelKind.WECOM, "board", TEAM)
    message = OutboundMessage(place, NoticeCode.BOARD, facts={"team": TEAM})
    now = shared.house.clock.now()
    for _ in range(25):
        await shared.house.transactions.write(lambda unit: unit.outbox.add([message], now=now))
    await shared.house.live.publish("outbox")
    await shared.until_state("board", TEAM, "waiting")

    assert len(shared.wecom.board) <= 20


async def lines(shared: Company) -> list[str]:
    doctor = Doctor(shared.house.settings)
    return [doctor.worded(one) for one in await doctor.examine() if "企业微信" in one.part]


async def test_the_doctor_names_what_is_well_and_what_to_mend(
    shared: Company,
) -> None:
    subscribed = shared.gateway.subscribed
    well = await lines(shared)
    shared.wecom.is_down = True
    ill = await lines(shared)
    shared.wecom.is_down = False
    shared.wecom.void_token()

    assert [line.partition("：")[0] for line in well] == [
        "[正常] 企业微信机器人",
        "[正常] 企业微信应用",
        "[正常] 企业微信群看板",
    ]
    assert "应用 陪练" in well[1]
    assert "改正 PEILIAN_WECOM_CORP_ID" in ill[1]
    assert shared.gateway.subscribed == subscribed
    assert shared.gateway.live is not None
