"""The bridge to threads: in order, at most so many at once, and nobody waits for a lost call."""

import asyncio
import threading
from functools import partial

import pytest

from core.storage.threads import Threads


async def test_calls_of_one_thread_run_one_after_the_other_in_the_order_they_came() -> None:
    threads = Threads(1, name="test")
    seen: list[int] = []

    await asyncio.gather(*(threads.run(lambda n=n: seen.append(n)) for n in range(50)))  # type: ignore[misc]
    threads.close()

    assert seen == list(range(50))


async def test_one_call_after_the_other_needs_one_thread_however_many_there_may_be() -> None:
    threads = Threads(8, name="test")

    used = {await threads.run(threading.get_ident) for _ in range(50)}
    threads.close()

    assert len(used) == 1


async def test_as_many_calls_as_allowed_run_side_by_side() -> None:
    threads = Threads(4, name="test")
    all_here = threading.Barrier(4)

    await asyncio.gather(*(threads.run(lambda: all_here.wait(5)) for _ in range(8)))
    threads.close()


async def test_an_error_is_raised_where_the_call_was_awaited_and_the_thread_goes_on() -> None:
    threads = Threads(1, name="test")

    def wrong() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        await threads.run(wrong)
    assert await threads.run(lambda: 42) == 42
    threads.close()


async def test_a_call_that_hangs_and_was_given_up_does_not_hold_up_the_next() -> None:
    threads = Threads(2, name="test")
    release = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await threads.run(lambda: release.wait(20))

    async with asyncio.timeout(5):
        assert await threads.run(lambda: "on") == "on"
    release.set()
    threads.close()


async def test_a_call_given_up_before_its_turn_never_runs() -> None:
    threads = Threads(1, name="test")
    release = threading.Event()
    ran: list[str] = []
    first = asyncio.create_task(threads.run(lambda: release.wait(20)))
    second = asyncio.create_task(threads.run(lambda: ran.append("second")))
    await asyncio.sleep(0)
    second.cancel()
    release.set()

    await asyncio.gather(first, second, return_exceptions=True)
    await threads.run(lambda: ran.append("third"))
    threads.close()

    assert ran == ["third"]


async def test_closed_threads_take_no_more_calls() -> None:
    threads = Threads(1, name="test")
    threads.close()

    with pytest.raises(RuntimeError, match="closed"):
        await threads.run(lambda: 1)


def note(ran: list[str], name: str) -> bool:
    ran.append(name)
    return True


async def test_a_call_that_goes_ahead_begins_before_those_that_wait() -> None:
    threads = Threads(1, name="test")
    release = threading.Event()
    ran: list[str] = []
    calls = [asyncio.create_task(threads.run(lambda: release.wait(20)))]
    await asyncio.sleep(0.01)
    for name, ahead in (("a", False), ("b", False), ("kept", True), ("c", False)):
        call = partial(note, ran, name)
        calls.append(asyncio.create_task(threads.run(call, ahead=ahead)))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*calls)
    threads.close()

    assert ran == ["kept", "a", "b", "c"]
