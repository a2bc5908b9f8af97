"""Live state in process and in Redis: wake-ups, locks, shared values, rate buckets."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Generic, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.errors import StorageUnavailable
from core.ports.live_state import Subscription

V = TypeVar("V")

_PREFIX = "peilian:"
_SWEEP_FROM = 1_000
_ANSWER_S, _CONNECT_S = 2.0, 1.0
_LISTEN_AGAIN_S = 0.5
_QUIET_S = 5.0
"""How long wake-ups stay in this process once Redis did not take one: the next must not wait."""
_KEEP_ALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""A listener hears nothing for hours; a host that vanished is noticed after a minute."""
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

    def ring_all(self) -> None:
        """Wake-ups may have been missed."""
        for bells in self._by_topic.values():
            for bell in bells:
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


class _Expiring(Generic[V]):
    """A dictionary that forgets."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[str, tuple[V, float]] = {}
        self._sweep_at = _SWEEP_FROM

    def get(self, key: str) -> V | None:
        kept = self._kept.get(key)
        return kept[0] if kept is not None and kept[1] > self._now() else None

    def put(self, key: str, value: V, *, ttl: timedelta) -> None:
        if len(self._kept) >= self._sweep_at:
            self._sweep()
        self._kept[key] = (value, self._now() + ttl.total_seconds())

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)

    def _sweep(self) -> None:
        """Remove what has expired; next when there is twice as much as is left now."""
        now = self._now()
        self._kept = {key: kept for key, kept in self._kept.items() if kept[1] > now}
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._kept))


class LocalLiveState:
    """Everything in dictionaries of one process."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._bells = _Bells()
        self._locks: _Expiring[str] = _Expiring(now)
        self._values: _Expiring[str] = _Expiring(now)
        self._buckets: _Expiring[list[int]] = _Expiring(now)

    async def publish(self, topic: str) -> None:
        self._bells.ring(topic)

    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]:
        return self._bells.listen(topic)

    async def acquire(self, lock: str, *, owner: str, ttl: timedelta) -> bool:
        if self._locks.get(lock) is not None:
            return False
        self._locks.put(lock, owner, ttl=ttl)
        return True

    async def release(self, lock: str, *, owner: str) -> None:
        if self._locks.get(lock) == owner:
            self._locks.drop(lock)

    async def get(self, key: str) -> str | None:
        return self._values.get(key)

    async def put(self, key: str, value: str, *, ttl: timedelta) -> None:
        self._values.put(key, value, ttl=ttl)

    async def drop(self, key: str) -> None:
        self._values.drop(key)

    async def take(self, bucket: str, *, limit: int, per: timedelta) -> bool:
        taken = self._buckets.get(bucket)
        if taken is None:
            taken = [0]
            self._buckets.put(bucket, taken, ttl=per)
        taken[0] += 1
        return taken[0] <= limit

    async def ping(self) -> None:
        return None

    async def close(self) -> None:
        return None


class RedisLiveState:
    """The same in Redis, shared by all processes; one listening connection per process."""

    def __init__(self, url: str, *, prefix: str = _PREFIX) -> None:
        # A connection that broke while idle is made again; a silent server is not asked twice.
        again = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
        self._client = _connect(url, socket_timeout=_ANSWER_S, retry=again)
        # Whoever listens waits without end, and begins anew by itself.
        self._ears = _connect(
            url,
            socket_timeout=None,
            socket_keepalive=True,
            socket_keepalive_options=_KEEP_ALIVE,
            retry=Retry(NoBackoff(), 0),
        )
        self._prefix = prefix
        self._bells = _Bells()
        self._listening: asyncio.Task[None] | None = None
        self._listened = asyncio.Event()
        self._quiet_until = 0.0
        self._unlock = self._client.register_script(_UNLOCK)
        self._take = self._client.register_script(_TAKE)

    async def publish(self, topic: str) -> None:
        if time.monotonic() >= self._quiet_until:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    await self._client.publish(f"{self._prefix}wake", topic)
            except (RedisError, TimeoutError):
                self._quiet_until = time.monotonic() + _QUIET_S
            else:
                return
        # A wake-up that other processes miss costs them a poll's wait, never a message.
        self._bells.ring(topic)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        async with self._bells.listen(topic) as bell:
            await self._listen()
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
        await self._ears.aclose()
        await self._client.aclose()

    async def _listen(self) -> None:
        """Begin to listen, once; back as soon as Redis listens too or has failed to."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._hear())
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._listened.wait()
        except TimeoutError:
            # Whoever subscribes next need not wait for a server that says nothing.
            self._listened.set()

    async def _hear(self) -> None:
        while True:
            try:
                async with self._ears.pubsub() as pubsub:
                    async with asyncio.timeout(_ANSWER_S):
                        await pubsub.subscribe(f"{self._prefix}wake")
                    async for message in pubsub.listen():
                        self._heard(message)
            except (RedisError, TimeoutError):
                self._listened.set()
            await asyncio.sleep(_LISTEN_AGAIN_S)

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self._bells.ring(message["data"])
        elif self._listened.is_set():
            # Listening again after a break: nobody knows what was said meanwhile.
            self._quiet_until = 0.0
            self._bells.ring_all()
        else:
            self._listened.set()


def _connect(url: str, **options: Any) -> redis.Redis:  # noqa: ANN401  # redis-py's own
    return redis.Redis.from_url(
        url, decode_responses=True, socket_connect_timeout=_CONNECT_S, **options
    )


def _ms(time_span: timedelta) -> int:
    return max(1, int(time_span.total_seconds() * 1000))


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StorageUnavailable("Redis") from error
