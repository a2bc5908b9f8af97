"""Lanes and the circuit breaker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.errors import ModelUnavailable
from core.llm.limits import CircuitBreaker, Lanes
from core.ports.chat_model import Lane


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def queue(lanes: Lanes, *wanted: Lane) -> AsyncIterator[list[Lane]]:
    """Callers that wait in this order; the list is who has got in. They never leave."""
    inside: list[Lane] = []

    async def caller(lane: Lane) -> None:
        await lanes.enter(lane)
        inside.append(lane)

    async with asyncio.TaskGroup() as group:
        tasks = []
        for lane in wanted:
            tasks.append(group.create_task(caller(lane)))
            await settle()
        yield inside
        for task in tasks:
            task.cancel()


async def test_nobody_waits_while_a_place_is_free() -> None:
    lanes = Lanes(2)

    await lanes.enter(Lane.BENCH)
    await lanes.enter(Lane.BENCH)

    assert lanes.held(Lane.BENCH) == 2


async def test_a_trainee_passes_judges_and_studies_that_came_earlier() -> None:
    lanes = Lanes(1)
    await lanes.enter(Lane.BENCH)

    async with queue(lanes, Lane.BENCH, Lane.JUDGE, Lane.INTERACTIVE) as inside:
        for expected in (Lane.INTERACTIVE, Lane.JUDGE, Lane.BENCH):
            lanes.leave(inside[-1] if inside else Lane.BENCH)
            await settle()
            assert inside[-1] is expected


async def test_while_trainees_wait_the_others_hold_three_places_of_ten() -> None:
    lanes = Lanes(10)
    for _ in range(10):
        await lanes.enter(Lane.BENCH)

    async with queue(lanes, *[Lane.BENCH] * 20, *[Lane.INTERACTIVE] * 20):
        for _ in range(10):
            lanes.leave(Lane.BENCH)
        await settle()

        assert lanes.held(Lane.INTERACTIVE) == 7
        assert lanes.held(Lane.BENCH) == 3


async def test_without_others_trainees_take_every_place() -> None:
    lanes = Lanes(10)

    async with queue(lanes, *[Lane.INTERACTIVE] * 12):
        assert lanes.held(Lane.INTERACTIVE) == 10


async def test_a_caller_that_gives_up_waiting_holds_nothing() -> None:
    lanes = Lanes(1)
    await lanes.enter(Lane.JUDGE)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lanes.enter(Lane.INTERACTIVE)
    lanes.leave(Lane.JUDGE)
    await asyncio.wait_for(lanes.enter(Lane.BENCH), 1)

    assert [lanes.held(lane) for lane in Lane] == [0, 0, 1]


async def test_a_place_given_to_a_caller_cancelled_at_that_moment_is_given_on() -> None:
    lanes = Lanes(1)
    await lanes.enter(Lane.JUDGE)
    waiting = asyncio.ensure_future(lanes.enter(Lane.INTERACTIVE))
    await settle()

    lanes.leave(Lane.JUDGE)
    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    assert [lanes.held(lane) for lane in Lane] == [0, 0, 0]


async def test_a_higher_limit_lets_the_waiting_in_at_once() -> None:
    lanes = Lanes(1)

    async with queue(lanes, *[Lane.JUDGE] * 3):
        lanes.set_limit(3)
        await settle()
        assert lanes.held(Lane.JUDGE) == 3


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def broken(time: Seconds, *, failures: int) -> CircuitBreaker:
    breaker = CircuitBreaker(now=time)
    for _ in range(failures):
        breaker.failed(probe=breaker.admit())
    return breaker


def test_five_failures_in_a_row_open_the_circuit() -> None:
    time = Seconds()
    broken(time, failures=4).check()

    with pytest.raises(ModelUnavailable, match="circuit open"):
        broken(time, failures=5).check()


def test_failures_further_apart_than_twenty_seconds_do_not() -> None:
    time = Seconds()
    breaker = CircuitBreaker(now=time)
    for _ in range(10):
        breaker.failed(probe=breaker.admit())
        time.now += 5.1

    assert not breaker.is_open


def test_a_success_between_them_starts_the_count_again() -> None:
    time = Seconds()
    breaker = broken(time, failures=4)
    breaker.succeeded()
    breaker.failed(probe=breaker.admit())

    assert not breaker.is_open


def test_after_ten_seconds_exactly_one_probe_goes_out() -> None:
    time = Seconds()
    breaker = broken(time, failures=5)

    time.now += 9.9
    with pytest.raises(ModelUnavailable):
        breaker.admit()
    time.now += 0.1
    assert breaker.admit() is True
    with pytest.raises(ModelUnavailable):
        breaker.admit()


def test_a_good_probe_closes_the_circuit_and_a_bad_one_keeps_it_open_for_ten_more() -> None:
    time = Seconds()
    breaker = broken(time, failures=5)
    time.now += 10
    breaker.failed(probe=breaker.admit())
    time.now += 9.9
    with pytest.raises(ModelUnavailable):
        breaker.check()

    time.now += 0.1
    breaker.admit()
    breaker.succeeded()
    assert breaker.admit() is False


def test_an_abandoned_probe_lets_the_next_one_try() -> None:
    time = Seconds()
    breaker = broken(time, failures=5)
    time.now += 10

    breaker.abandoned(probe=breaker.admit())

    assert breaker.admit() is True


def test_an_old_request_given_up_does_not_make_room_for_a_second_probe() -> None:
    time = Seconds()
    breaker = CircuitBreaker(now=time)
    old = breaker.admit()
    for _ in range(5):
        breaker.failed(probe=False)
    time.now += 10
    breaker.admit()

    breaker.abandoned(probe=old)

    with pytest.raises(ModelUnavailable):
        breaker.admit()
