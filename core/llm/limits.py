"""How much we ask of one server at a time, who goes first, and when we stop asking."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from time import monotonic

from core.errors import ModelUnavailable
from core.ports.chat_model import Lane

TRAINEES_SHARE = 0.7


class Lanes:
    """The queue in our own process: a server's queue knows no trainees.

    While a trainee waits, freed places go to trainees until they hold 70 % of them; what is left
    keeps judges, then studies, from standing still. Nobody waits while a place is free. Within a
    lane the first to come goes first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._held = dict.fromkeys(Lane, 0)
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}

    @property
    def limit(self) -> int:
        """Places in all."""
        return self._limit

    def set_limit(self, limit: int) -> None:
        """More or fewer places; those who hold one keep it."""
        self._limit = max(1, limit)
        self._hand_out()

    def held(self, lane: Lane) -> int:
        """Places this lane holds now."""
        return self._held[lane]

    async def enter(self, lane: Lane) -> None:
        """Wait for a place; `leave` gives it back. Cancelling the wait holds nothing."""
        if sum(self._held.values()) < self._limit:
            self._held[lane] += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(lane)
            else:
                self._waiting[lane].remove(place)
            raise

    def leave(self, lane: Lane) -> None:
        """Give the place back."""
        self._held[lane] -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        free = self._limit - sum(self._held.values())
        while free > 0 and (lane := self._next()) is not None:
            place = self._waiting[lane].popleft()
            if not place.done():
                self._held[lane] += 1
                free -= 1
                place.set_result(None)

    def _next(self) -> Lane | None:
        others = [lane for lane in (Lane.JUDGE, Lane.BENCH) if self._waiting[lane]]
        if self._waiting[Lane.INTERACTIVE]:
            share = math.ceil(self._limit * TRAINEES_SHARE)
            if not others or self._held[Lane.INTERACTIVE] < share:
                return Lane.INTERACTIVE
        return others[0] if others else None


class CircuitBreaker:
    """Stops asking a server that keeps failing: 5 failures in 20 s, 10 s of rest, one probe.

    `check` before queueing, `admit` before sending, then exactly one of `succeeded`, `failed`
    and `abandoned`. `now` is in seconds and never goes back.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        window_s: float = 20.0,
        rest_s: float = 10.0,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._allowed = failures
        self._window_s = window_s
        self._rest_s = rest_s
        self._now = now
        self._failed_at: deque[float] = deque(maxlen=failures)
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether requests are refused or on probation."""
        return self._opened_at is not None

    def check(self) -> None:
        """Raises ModelUnavailable while no request may go out."""
        if self._opened_at is None:
            return
        if self._probing or self._now() - self._opened_at < self._rest_s:
            raise ModelUnavailable("circuit open")

    def admit(self) -> bool:
        """The same; the first request after the rest is the probe, which the answer says."""
        self.check()
        self._probing = self._opened_at is not None
        return self._probing

    def succeeded(self) -> None:
        """The server answered: with a reply, or with a refusal that only a sound one gives."""
        self._failed_at.clear()
        self._opened_at = None
        self._probing = False

    def failed(self, *, probe: bool) -> None:
        """The server did not do its work."""
        now = self._now()
        self._failed_at.append(now)
        often = len(self._failed_at) == self._allowed and now - self._failed_at[0] <= self._window_s
        if often or probe:
            self._opened_at = now
        if probe:
            self._probing = False

    def abandoned(self, *, probe: bool) -> None:
        """The request was given up on our side and says nothing about the server."""
        if probe:
            self._probing = False
