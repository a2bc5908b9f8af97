"""Doubled deliveries, several processes, a voided token: answered once, in order, nothing lost."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.domain.messages import SendOutcome
from tests.durability.houses import (
    Street,
    WatchedEngine,
    open_street,
    pieces,
    running,
    stores_for,
    told,
    with_engine,
)
from tests.fakes.wechat_platform import ApiFault, WallClock

PEOPLE = 16
LINES = (
    "您好，我是客服小李，很抱歉影响您了",
    "请问您的手机尾号是多少，我核对一下",
    "我来跟进，今天18:00前给您回电",
)
KINDS = [
    pytest.param(("sqlite", 1), id="one process on the embedded default"),
    pytest.param(
        ("mariadb", 2), id="two processes on MariaDB and Redis", marks=pytest.mark.service
    ),
]


@pytest.fixture(params=KINDS)
def shape(request: pytest.FixtureRequest) -> tuple[Mapping[str, str], int]:
    """Settings of empty stores, and how many houses share them."""
    kind, houses = request.param
    urls = {
        name: request.getfixturevalue(f"{name}_url") if kind == "mariadb" else ""
        for name in ("mysql", "redis")
    }
    return stores_for(kind, urls, name="delivery"), houses


async def practise(street: Street, number: int, *, doubled: bool = False) -> None:
    """One person types four messages without waiting for the answers."""
    for place, line in enumerate((f"练习 1 seed={number}", *LINES)):
        twice = doubled and (number + place) % 2 == 0
        await street.type(f"o-{number}", line, key=f"{number}00{place}", times=1 + twice)


async def check_answered_once(street: Street, *, most_tries: int = 1) -> None:
    """Everybody's lines stand in their order, and everything to be said arrived once, in order."""
    for number in range(PEOPLE):
        person = f"o-{number}"
        assert await street.lines(person) == list(LINES)
        rows = await street.outbox(person)
        assert {row.state for row in rows} == {SendOutcome.SENT}
        assert {row.attempts for row in rows} <= set(range(1, most_tries + 1))
        got = pieces(sent.text for sent in street.platform.sent if sent.openid == person)
        assert got == pieces(told(row.message) for row in rows)


async def test_half_of_the_deliveries_doubled_gives_no_doubled_reply(
    tmp_path: Path, shape: tuple[Mapping[str, str], int]
) -> None:
    stores, houses = shape
    async with open_street(tmp_path, stores, clock=WallClock(), houses=houses) as street:
        async with running(street.houses):
            await asyncio.gather(*(practise(street, n, doubled=True) for n in range(PEOPLE)))
        await check_answered_once(street)


async def test_no_turn_is_worked_by_two_workers_at_once(
    tmp_path: Path, shape: tuple[Mapping[str, str], int]
) -> None:
    stores, houses = shape
    async with open_street(tmp_path, stores, clock=WallClock(), houses=houses) as street:
        engine = WatchedEngine(pause_s=0.01)
        async with running([with_engine(house, engine) for house in street.houses]):
            await asyncio.gather(*(practise(street, n) for n in range(PEOPLE)))
        assert engine.overlaps == 0
        await check_answered_once(street)


async def test_a_voided_token_loses_nothing_and_costs_two_calls(
    tmp_path: Path, shape: tuple[Mapping[str, str], int]
) -> None:
    stores, houses = shape
    async with open_street(tmp_path, stores, clock=WallClock(), houses=houses) as street:
        async with running(street.houses):
            await asyncio.gather(*(practise(street, n) for n in range(PEOPLE // 2)))
            calls = street.platform.token_calls
            street.platform.void_token()
            await asyncio.gather(*(practise(street, n) for n in range(PEOPLE // 2, PEOPLE)))
        assert street.platform.token_calls - calls <= 2
        await check_answered_once(street)


async def test_a_platform_that_fails_now_and_then_loses_nothing_and_keeps_the_order(
    tmp_path: Path, shape: tuple[Mapping[str, str], int]
) -> None:
    stores, houses = shape
    busy = -1
    faults: list[ApiFault | int] = [
        busy,
        ApiFault.CUT,
        0,
        ApiFault.GARBAGE,
        0,
        ApiFault.BAD_GATEWAY,
        0,
        busy,
    ]
    async with open_street(tmp_path, stores, clock=WallClock(), houses=houses) as street:
        street.platform.plan_sends(*faults)
        async with running(street.houses):
            await asyncio.gather(*(practise(street, n) for n in range(PEOPLE)))
        await check_answered_once(street, most_tries=2)
