"""What may be lost: wake-ups, locks, rate buckets, shared tokens."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol


class Subscription(Protocol):
    """A place where wake-ups of one topic arrive."""

    async def wait(self, timeout_s: float) -> bool:
        """True as soon as the topic was published since the last wait, False on timeout. Also
        True after a break in which something may have been missed."""
        ...


class LiveState(Protocol):
    """In process or in Redis; everything in it can be rebuilt from the database.

    Locks, values and buckets raise StorageUnavailable when the server does not answer.
    """

    async def publish(self, topic: str) -> None:
        """Wake everybody who waits on `topic`. Never raises and never waits long: what is lost
        here costs the others a poll's wait."""
        ...

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]:
        """Listen from now on; a wake-up between subscribe and wait is not lost. Never raises:
        without a server, wake-ups of this process still arrive."""
        ...

    async def acquire(self, lock: str, *, owner: str, ttl: timedelta) -> bool:
        """Take a lock that frees itself after `ttl`; False when somebody else holds it."""
        ...

    async def release(self, lock: str, *, owner: str) -> None:
        """Give a lock back if `owner` still holds it."""
        ...

    async def get(self, key: str) -> str | None:
        """A shared value (an access token, say), or None when absent or expired."""
        ...

    async def put(self, key: str, value: str, *, ttl: timedelta) -> None:
        """Keep a shared value for `ttl`."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a shared value."""
        ...

    async def take(self, bucket: str, *, limit: int, per: timedelta) -> bool:
        """Take one from a bucket of `limit` per window `per`; False when it is empty."""
        ...

    async def ping(self) -> None:
        """Raise StorageUnavailable when it does not answer."""
        ...

    async def close(self) -> None: ...
