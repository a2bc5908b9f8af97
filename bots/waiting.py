"""Waiting for whichever comes first, and doing something regularly meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return as soon as one of the waits is over; the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def any_done(tasks: Collection[asyncio.Task[None]]) -> None:
    """Return when one of the tasks has ended; they go on when this is cancelled. Without tasks
    this never returns."""
    if tasks:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    else:
        await asyncio.Event().wait()


@asynccontextmanager
async def beating(every_s: float, beat: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Await `beat` every `every_s` seconds while the block runs; it handles its own faults."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every_s)
            await beat()

    heart = asyncio.create_task(go_on())
    try:
        yield
    finally:
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)
