"""Rates hold over any minute and any hour, wherever one begins to count."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bots.buckets import Buckets
from core.ports.channel import Rate
from core.storage.live_state import LocalLiveState
from tests.fakes.wechat_platform import ManualClock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def buckets(*rates: Rate) -> tuple[Buckets, ManualClock]:
    clock = ManualClock()
    return Buckets(LocalLiveState(now=lambda: clock.now().timestamp()), clock, "t", rates), clock


@pytest.mark.parametrize("seed", range(3))
async def test_no_minute_and_no_hour_has_more_than_its_limit(seed: int) -> None:
    """Two hours of somebody who never stops, at irregular moments."""
    found, clock = buckets(Rate(30, MINUTE), Rate(100, HOUR))
    chance, sent = random.Random(seed), []
    for _ in range(1500):
        clock.advance(seconds=chance.choice([0.1, 1, 2, 9]))
        if not await found.take("u"):
            sent.append(clock.now())

    for at in sent:
        since = [one for one in sent if one <= at]
        assert sum(one > at - timedelta(minutes=1) for one in since) <= 30
        assert sum(one > at - timedelta(hours=1) for one in since) <= 100
    assert len(sent) >= 100


async def test_the_wait_that_is_named_is_enough() -> None:
    found, clock = buckets(Rate(20, MINUTE))
    for _ in range(20):
        assert await found.take("u") == 0
        clock.advance(seconds=1)
    wait_s = await found.take("u")
    clock.advance(seconds=wait_s)

    assert 0 < wait_s <= 70
    assert await found.take("u") == 0


async def test_people_do_not_share_a_bucket() -> None:
    found, _ = buckets(Rate(1, MINUTE))

    assert await found.take("a") == 0
    assert await found.take("b") == 0
    assert await found.take("a") > 0
