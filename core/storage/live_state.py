"""Live state in process and in Redis: wake-ups, locks, shared values, rate buckets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta

import redis.asyncio as redis
from redis.exceptions import RedisError

from core.errors import StorageUnavailable
from core.ports.live_state import Subscription

_PREFIX = "peilian:"
_UNLOCK = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""
_TAKE = """
local n = redis.call('incr', KEYS[1])
if n == 1 then redis.call('pexpire', KEYS[1], ARGV[2]) end
return n <= tonumber(ARGV[1]) and 1 or 0
"""


class _Bell:
    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class _Bells:
    """Who listens to which topic in this process."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[_Bell]] = {}

    def ring(self, topic: str) -> None:
        for bell in self._by_topic.get(topic, ()):
            bell.ring()

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Subscription]:
        bell = _Bell()
        self._by_topic.setdefault(topic, set()).add(bell)
        try:
            yield bell
        finally:
            listeners = self._by_topic[topic]
            listeners.discard(bell)
            if not listeners:
                del self._by_topic[topic]


class LocalLiveState:
    """Everything in dictionaries of one process."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._bells = _Bells()
        self._values: dict[str, tuple[str, float]] = {}
        self._buckets: dict[str, tuple[int, float]] = {}

    async def publish(self, topic: str) -> None:
        self._bells.ring(topic)

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]:
        return self._bells.listen(topic)

    async def acquire(self, lock: str, *, owner: str, ttl: timedelta) -> bool:
        if await self.get(f"lock:{lock}") is not None:
            return False
        await self.put(f"lock:{lock}", owner, ttl=ttl)
        return True

    async def release(self, lock: str, *, owner: str) -> None:
        if await self.get(f"lock:{lock}") == owner:
            await self.drop(f"lock:{lock}")

    async def get(self, key: str) -> str | None:
        value, until = self._values.get(key, ("", 0.0))
        return value if until > self._now() else None

    async def put(self, key: str, value: str, *, ttl: timedelta) -> None:
        now = self._now()
        if len(self._values) > 10_000:
            self._values = {k: kept for k, kept in self._values.items() if kept[1] > now}
        self._values[key] = (value, now + ttl.total_seconds())

    async def drop(self, key: str) -> None:
        self._values.pop(key, None)

    async def take(self, bucket: str, *, limit: int, per: timedelta) -> bool:
        now = self._now()
        taken, until = self._buckets.get(bucket, (0, 0.0))
        if until <= now:
            taken, until = 0, now + per.total_seconds()
        self._buckets[bucket] = (taken + 1, until)
        return taken < limit

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None


class RedisLiveState:
    """The same in Redis, shared by all processes; one listening connection per process."""

    def __init__(self, url: str, *, prefix: str = _PREFIX) -> None:
        self._client = redis.Redis.from_url(url, decode_responses=True, socket_timeout=5.0)
        self._ears = redis.Redis.from_url(url, decode_responses=True)
        self._prefix = prefix
        self._bells = _Bells()
        self._pubsub = self._ears.pubsub()
        self._listening: asyncio.Task[None] | None = None
        self._listen_lock = asyncio.Lock()
        self._unlock = self._client.register_script(_UNLOCK)
        self._take = self._client.register_script(_TAKE)

    async def publish(self, topic: str) -> None:
        try:
            await self._client.publish(f"{self._prefix}wake", topic)
        except RedisError:
            # A lost wake-up costs a poll's wait, never a message.
            self._bells.ring(topic)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        await self._listen()
        async with self._bells.listen(topic) as bell:
            yield bell

    async def acquire(self, lock: str, *, owner: str, ttl: timedelta) -> bool:
        with _unavailable():
            key = f"{self._prefix}lock:{lock}"
            return bool(await self._client.set(key, owner, nx=True, px=_ms(ttl)))

    async def release(self, lock: str, *, owner: str) -> None:
        with _unavailable():
            await self._unlock(keys=[f"{self._prefix}lock:{lock}"], args=[owner])

    async def get(self, key: str) -> str | None:
        with _unavailable():
            value = await self._client.get(f"{self._prefix}value:{key}")
        return None if value is None else str(value)

    async def put(self, key: str, value: str, *, ttl: timedelta) -> None:
        with _unavailable():
            await self._client.set(f"{self._prefix}value:{key}", value, px=_ms(ttl))

    async def drop(self, key: str) -> None:
        with _unavailable():
            await self._client.delete(f"{self._prefix}value:{key}")

    async def take(self, bucket: str, *, limit: int, per: timedelta) -> bool:
        with _unavailable():
            key = f"{self._prefix}bucket:{bucket}"
            return bool(await self._take(keys=[key], args=[limit, _ms(per)]))

    async def ping(self) -> None:
        with _unavailable():
            await self._client.ping()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]  # redis-py left it bare
        await self._ears.aclose()
        await self._client.aclose()

    async def _listen(self) -> None:
        async with self._listen_lock:
            if self._listening is not None:
                return
            with _unavailable():
                await self._pubsub.subscribe(f"{self._prefix}wake")
            self._listening = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        while True:
            try:
                async for message in self._pubsub.listen():
                    if message["type"] == "message":
                        self._bells.ring(message["data"])
            except RedisError:
                # The pub/sub object connects and subscribes again by itself.
                await asyncio.sleep(0.5)


def _ms(time_span: timedelta) -> int:
    return max(1, int(time_span.total_seconds() * 1000))


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StorageUnavailable("Redis") from error
