"""Live state in process and in Redis: wake-ups, locks, shared values, buckets."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from socket import socket
from uuid import uuid4

import pytest

from core.errors import StorageUnavailable
from core.ports.live_state import LiveState
from core.storage.live_state import LocalLiveState, RedisLiveState

MINUTE = timedelta(minutes=1)
SOON = timedelta(milliseconds=60)
QUIET_S = 0.15
"""Long enough for a wake-up that should not come."""
BOUND_S = 5.0
"""No wake-up and no expiry of these tests takes longer."""


@dataclass
class Live:
    """One live state. `another` is what a second process would use."""

    open_again: Callable[[], LiveState]
    opened: list[LiveState] = field(default_factory=list)

    def another(self) -> LiveState:
        self.opened.append(self.open_again())
        return self.opened[-1]

    async def close(self) -> None:
        for state in self.opened:
            await state.close()


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.service)])
async def live(request: pytest.FixtureRequest) -> AsyncIterator[Live]:
    if request.param == "local":
        local = LocalLiveState()
        live = Live(lambda: local)
    else:
        url = str(request.getfixturevalue("redis_url"))
        prefix = f"test-{uuid4().hex}:"
        live = Live(lambda: RedisLiveState(url, prefix=prefix))
    yield live
    await live.close()


@pytest.fixture
def state(live: Live) -> LiveState:
    return live.another()


async def becomes_true(ask: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until the answer is yes; False when it stays no."""
    until = time.monotonic() + BOUND_S
    while time.monotonic() < until:
        if await ask():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_wake_up_reaches_everybody_who_listens_in_every_process(live: Live) -> None:
    here, there = live.another(), live.another()
    async with (
        here.subscribe("inbox") as one,
        here.subscribe("inbox") as two,
        there.subscribe("inbox") as three,
        there.subscribe("outbox") as other,
    ):
        waits = [asyncio.create_task(bell.wait(BOUND_S)) for bell in (one, two, three)]
        await asyncio.sleep(0)
        await here.publish("inbox")

        assert await asyncio.gather(*waits) == [True, True, True]
        assert await other.wait(QUIET_S) is False


async def test_a_wake_up_between_subscribe_and_wait_is_not_lost(live: Live) -> None:
    here, there = live.another(), live.another()
    async with here.subscribe("inbox") as bell:
        await there.publish("inbox")

        assert await bell.wait(BOUND_S) is True


async def test_wake_ups_between_two_waits_are_one(live: Live) -> None:
    here, there = live.another(), live.another()
    async with here.subscribe("inbox") as bell, there.subscribe("inbox") as witness:
        for _ in range(5):
            await there.publish("inbox")
        await witness.wait(BOUND_S)
        await asyncio.sleep(QUIET_S)

        assert await bell.wait(BOUND_S) is True
        assert await bell.wait(QUIET_S) is False


async def test_nobody_hears_what_was_published_before_or_after_listening(state: LiveState) -> None:
    await state.publish("inbox")
    async with state.subscribe("inbox") as bell:
        assert await bell.wait(QUIET_S) is False
    await state.publish("inbox")


async def test_a_hundred_topics_ring_their_own_bells_only(state: LiveState) -> None:
    async def listen(number: int) -> bool:
        async with state.subscribe(f"replies:{number}") as bell:
            ready.append(number)
            return await bell.wait(BOUND_S if number % 2 else QUIET_S)

    ready: list[int] = []
    listeners = [asyncio.create_task(listen(number)) for number in range(100)]

    async def all_ready() -> bool:
        return len(ready) == 100

    assert await becomes_true(all_ready)
    for number in range(1, 100, 2):
        await state.publish(f"replies:{number}")

    assert await asyncio.gather(*listeners) == [bool(number % 2) for number in range(100)]


async def test_a_lock_is_held_by_one_and_given_back_by_its_owner_only(live: Live) -> None:
    here, there = live.another(), live.another()

    assert await here.acquire("token", owner="a", ttl=MINUTE) is True
    assert await there.acquire("token", owner="b", ttl=MINUTE) is False
    assert await here.acquire("token", owner="a", ttl=MINUTE) is False
    assert await there.acquire("other", owner="b", ttl=MINUTE) is True
    await there.release("token", owner="b")
    assert await there.acquire("token", owner="b", ttl=MINUTE) is False
    await here.release("token", owner="a")
    await here.release("token", owner="a")
    assert await there.acquire("token", owner="b", ttl=MINUTE) is True


async def test_a_lock_nobody_gives_back_frees_itself(state: LiveState) -> None:
    await state.acquire("token", owner="a", ttl=SOON)

    assert await becomes_true(lambda: state.acquire("token", owner="b", ttl=MINUTE))
    await state.release("token", owner="a")
    assert await state.acquire("token", owner="c", ttl=MINUTE) is False


async def test_one_of_many_gets_a_lock(live: Live) -> None:
    states = [live.another() for _ in range(4)]

    got = await asyncio.gather(
        *(
            states[number % 4].acquire("token", owner=f"o-{number}", ttl=MINUTE)
            for number in range(40)
        )
    )

    assert sum(got) == 1


async def test_a_value_is_shared_replaced_dropped_and_forgotten(live: Live) -> None:
    here, there = live.another(), live.another()
    assert await here.get("token") is None

    await here.put("token", "一😀", ttl=MINUTE)
    assert await there.get("token") == "一😀"
    await there.put("token", "", ttl=MINUTE)
    assert await here.get("token") == ""
    await here.drop("token")
    await here.drop("token")
    assert await there.get("token") is None

    await here.put("token", "kurz", ttl=SOON)

    async def forgotten() -> bool:
        return await there.get("token") is None

    assert await becomes_true(forgotten)


async def test_a_lock_a_value_and_a_bucket_of_one_name_do_not_meet(state: LiveState) -> None:
    await state.put("token", "v", ttl=MINUTE)
    assert await state.acquire("token", owner="a", ttl=MINUTE) is True
    assert await state.take("token", limit=1, per=MINUTE) is True

    assert await state.get("token") == "v"
    await state.drop("token")
    assert await state.acquire("token", owner="b", ttl=MINUTE) is False


async def test_a_token_is_fetched_once_by_all_who_need_it(live: Live) -> None:
    fetched: list[int] = []

    async def token(state: LiveState, number: int) -> str:
        async with state.subscribe("token") as changes:
            while (found := await state.get("token")) is None:
                if await state.acquire("token", owner=f"o-{number}", ttl=MINUTE):
                    fetched.append(number)
                    await state.put("token", "T-1", ttl=MINUTE)
                    await state.publish("token")
                else:
                    await changes.wait(BOUND_S)
        return found

    states = [live.another() for _ in range(4)]
    tokens = await asyncio.gather(*(token(states[n % 4], n) for n in range(24)))

    assert tokens == ["T-1"] * 24
    assert len(fetched) == 1


async def test_a_bucket_never_gives_more_than_its_limit_to_all_together(live: Live) -> None:
    states = [live.another() for _ in range(4)]

    taken = await asyncio.gather(
        *(states[number % 4].take("sends", limit=17, per=MINUTE) for number in range(80))
    )

    assert sum(taken) == 17
    assert await states[0].take("other", limit=1, per=MINUTE) is True
    assert await states[0].take("none", limit=0, per=MINUTE) is False


async def test_a_bucket_is_full_again_after_its_window(state: LiveState) -> None:
    assert await state.take("sends", limit=1, per=SOON) is True

    assert await becomes_true(lambda: state.take("sends", limit=1, per=SOON))


async def test_it_answers_a_ping(state: LiveState) -> None:
    await state.ping()


async def test_thousands_of_values_come_and_go(state: LiveState) -> None:
    await state.put("kept", "v", ttl=MINUTE)
    for number in range(3_000):
        await state.put(f"k-{number}", "v", ttl=timedelta(milliseconds=1))

    assert await state.get("kept") == "v"


def free_port() -> int:
    with closing(socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def redis_server(program: str, port: int, folder: Path) -> AsyncIterator[None]:
    """A server of our own, ended with the block."""
    server = await asyncio.create_subprocess_exec(
        program,
        *("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    probe = RedisLiveState(f"redis://127.0.0.1:{port}/0")

    async def answers() -> bool:
        try:
            await probe.ping()
        except StorageUnavailable:
            return False
        return True

    try:
        assert await becomes_true(answers)
        yield
    finally:
        await probe.close()
        server.kill()
        await server.wait()


@pytest.fixture
def own_port() -> int:
    """A port for a server that a test may end."""
    return free_port()


async def every_call_is_refused(state: LiveState) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        state.ping,
        lambda: state.get("k"),
        lambda: state.put("k", "v", ttl=MINUTE),
        lambda: state.drop("k"),
        lambda: state.acquire("k", owner="a", ttl=MINUTE),
        lambda: state.release("k", owner="a"),
        lambda: state.take("k", limit=1, per=MINUTE),
    ]
    for call in calls:
        with pytest.raises(StorageUnavailable):
            await call()


async def test_without_a_server_calls_are_refused_and_wake_ups_stay_in_the_process(
    own_port: int,
) -> None:
    state = RedisLiveState(f"redis://:geheim@127.0.0.1:{own_port}/0")
    async with asyncio.timeout(BOUND_S), state.subscribe("inbox") as bell:
        await every_call_is_refused(state)
        await state.publish("inbox")
        assert await bell.wait(BOUND_S) is True
    await state.close()


@pytest.mark.service
async def test_a_server_that_went_away_is_used_again_when_it_is_back(
    redis_server_path: str, own_port: int, tmp_path: Path
) -> None:
    here = RedisLiveState(f"redis://127.0.0.1:{own_port}/0")
    there = RedisLiveState(f"redis://127.0.0.1:{own_port}/0")
    async with redis_server(redis_server_path, own_port, tmp_path):
        subscription = here.subscribe("inbox")
        bell = await subscription.__aenter__()
        await there.publish("inbox")
        assert await bell.wait(BOUND_S) is True
    await every_call_is_refused(here)
    await here.publish("inbox")
    assert await bell.wait(BOUND_S) is True

    async with redis_server(redis_server_path, own_port, tmp_path):
        woken_for_what_was_missed = await bell.wait(BOUND_S)
        await here.put("k", "v", ttl=MINUTE)

        async def heard() -> bool:
            await there.publish("inbox")
            return await bell.wait(QUIET_S)

        assert woken_for_what_was_missed is True
        assert await there.get("k") == "v"
        assert await becomes_true(heard)
        await subscription.__aexit__(None, None, None)
        await here.close()
        await there.close()


async def test_a_server_that_says_nothing_holds_nobody_up_for_long() -> None:
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda reader, writer: held.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    state = RedisLiveState(f"redis://127.0.0.1:{port}/0")
    async with asyncio.timeout(12), state.subscribe("inbox") as bell:
        await state.publish("inbox")
        assert await bell.wait(BOUND_S) is True
        with pytest.raises(StorageUnavailable):
            await state.get("k")
    await state.close()
    for writer in held:
        writer.close()
    silent.close()
