"""An access token that all processes share: fetched by one, read by everybody else.

Source: WeChat documentation of `stable_token`: lifetime 7,200 s, forced renewals 20 a day and
at least 30 s apart.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from abc import ABC, abstractmethod
from datetime import timedelta

from bots.wechat.account import WeChatAccount
from bots.wechat.api import Answer, WeChatApi, errcode
from core.errors import SendError, SendRetry
from core.ports.live_state import LiveState

logger = logging.getLogger("bots.wechat")

_EARLY_S = 300
_LOCK_TTL = timedelta(seconds=8)
"""Longer than one call may take; so long everybody waits when a process dies during it."""
_LOOKS = 10
_LOOK_EVERY_S = 1.0
_PAUSE_TRANSPORT_S = 2.0
_PAUSE_REFUSED_S = 30.0


class SharedToken(ABC):
    """Fetches when needed, one process at a time; everybody else waits and reads.

    A token the platform no longer takes is renewed once: whoever reports it after that gets
    the new one without a call. After a failed fetch nobody calls again for a short while.
    `platform` and `account` keep tokens apart; a class of its own says how each is asked for.
    """

    def __init__(
        self, platform: str, account: str, *, live: LiveState, forced_every_s: float = 30.0
    ) -> None:
        self._platform = platform
        self._account_id = account
        self._live = live
        self._forced_every = timedelta(seconds=forced_every_s)
        self._here = asyncio.Lock()
        self._key = f"{platform}:token:{account}"
        self._pause_key = f"{platform}:token-pause:{account}"

    @abstractmethod
    async def _ask(self, *, force: bool) -> Answer:
        """The platform's answer: `access_token` and `expires_in` in seconds, or an errcode."""

    async def current(self) -> str:
        """A token believed good. Raises SendRetry when none can be had now."""
        return await self._live.get(self._key) or await self._shared_fetch(failed=None)

    async def renewed(self, failed: str) -> str:
        """A token other than `failed`, which the platform has just refused."""
        return await self._other_than(failed) or await self._shared_fetch(failed=failed)

    async def _other_than(self, failed: str | None) -> str | None:
        token = await self._live.get(self._key)
        return None if token == failed else token

    async def _shared_fetch(self, *, failed: str | None) -> str:
        owner = uuid.uuid4().hex
        async with self._here, self._live.subscribe(self._key) as changes:
            for _ in range(_LOOKS):
                token = await self._other_than(failed)
                if token is not None:
                    return token
                await self._respect_pause()
                if await self._live.acquire(self._key, owner=owner, ttl=_LOCK_TTL):
                    try:
                        return await self._other_than(failed) or await self._fetch(failed)
                    finally:
                        await self._live.release(self._key, owner=owner)
                        await self._live.publish(self._key)
                await changes.wait(_LOOK_EVERY_S)
        raise SendRetry("token busy")

    async def _fetch(self, failed: str | None) -> str:
        """Ask; force only when the platform still hands out the token it refuses."""
        if failed is None or await self._live.get(self._key) is None:
            token = await self._call(force=False)
            if token != failed:
                return token
        # A lock nobody gives back is a clock all processes share.
        if not await self._live.acquire(
            f"{self._platform}:token-forced:{self._account_id}",
            owner=uuid.uuid4().hex,
            ttl=self._forced_every,
        ):
            raise SendRetry(
                "token renewed a moment ago", after_s=self._forced_every.total_seconds()
            )
        return await self._call(force=True)

    async def _call(self, *, force: bool) -> str:
        try:
            answer = await self._ask(force=force)
            code = errcode(answer)
        except SendError as error:
            raise await self._pause(error.reason, _PAUSE_TRANSPORT_S) from None
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if code or not isinstance(token, str) or not isinstance(lifetime, int):
            raise await self._pause(f"errcode {code}", _PAUSE_REFUSED_S)
        keep_s = max(1, lifetime - min(_EARLY_S, lifetime // 2))
        await self._live.put(self._key, token, ttl=timedelta(seconds=keep_s))
        logger.info("%s token", self._platform, extra={"platform": self._platform, "forced": force})
        return token

    async def _pause(self, reason: str, seconds: float) -> SendRetry:
        logger.warning(
            "%s token refused", self._platform, extra={"platform": self._platform, "reason": reason}
        )
        await self._live.put(
            self._pause_key, f"{seconds:g} {reason}", ttl=timedelta(seconds=seconds)
        )
        return SendRetry(f"token: {reason}", after_s=seconds)

    async def _respect_pause(self) -> None:
        pause = await self._live.get(self._pause_key)
        if pause is not None:
            seconds, _, reason = pause.partition(" ")
            raise SendRetry(f"token: {reason}", after_s=float(seconds))


class TokenStore(SharedToken):
    """The token of an official account."""

    def __init__(self, account: WeChatAccount, *, api: WeChatApi, live: LiveState) -> None:
        forced = account.limits.token_forced_every_s
        super().__init__("wechat", account.app_id, live=live, forced_every_s=forced)
        self._account = account
        self._api = api

    async def _ask(self, *, force: bool) -> Answer:
        return await self._api.post(
            "/cgi-bin/stable_token",
            {
                "grant_type": "client_credential",
                "appid": self._account.app_id,
                "secret": self._account.app_secret,
                "force_refresh": force,
            },
        )
