"""The self-built application's side of the platform: its settings, its token, and its calls.

Source: developer.work.weixin.qq.com, document paths 91039 (token), 90236 and 90454 (messages).
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bots.wechat.api import Answer, File, WeChatApi, errcode
from bots.wechat.tokens import SharedToken
from bots.wecom.limits import WeComLimits
from bots.wecom.outcomes import settle
from core.errors import SendRetry, StorageError
from core.ports.live_state import LiveState

TOKEN_FAULTS = {40001, 40014, 42001}


@dataclass(frozen=True, slots=True)
class AppKeys:
    """One self-built application. `token` and `aes_key` open its callbacks; both or none."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    api_url: str = "https://qyapi.weixin.qq.com"

    @property
    def app_id(self) -> str:
        """The receiver inside an envelope is the company."""
        return self.corp_id

    @property
    def sealed(self) -> bool:
        """WeCom knows no plain callbacks."""
        return True

    @property
    def aes_keys(self) -> tuple[bytes, ...]:
        """The one key of 32 bytes."""
        return (base64.b64decode(self.aes_key + "="),)


class AppToken(SharedToken):
    """The application's token; it may end before its time, and may not be asked for often."""

    def __init__(self, keys: AppKeys, *, api: WeChatApi, live: LiveState) -> None:
        super().__init__("wecom", f"{keys.corp_id}:{keys.agent_id}", live=live)
        self._keys = keys
        self._api = api

    async def _ask(self, *, force: bool) -> Answer:
        """The platform hands out the same token until it is about to end, or is void."""
        del force
        given = {"corpid": self._keys.corp_id, "corpsecret": self._keys.secret}
        return await self._api.get("/cgi-bin/gettoken", given)


@dataclass(frozen=True, slots=True)
class AppApi:
    """Calls with the token, renewed once when the platform does not take it any more."""

    keys: AppKeys
    api: WeChatApi
    token: AppToken
    live: LiveState
    limits: WeComLimits

    async def post(self, path: str, payload: Answer) -> Answer:
        """The answer of a call that went well. Raises SendError, see `outcomes.settle`."""
        return await self._call(path, partial(self._post, path, payload))

    async def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """The same for what is only read."""
        return await self._call(path, partial(self._get, path, params))

    async def upload(self, path: str, params: Mapping[str, str], file: File) -> Answer:
        """The same for a file that is handed in."""
        return await self._call(path, partial(self._upload, path, params, file))

    async def _call(self, path: str, once: Callable[[str], Awaitable[Answer]]) -> Answer:
        try:
            if not await self._is_allowed(path):
                raise SendRetry("rate", after_s=self.limits.app_blocked_s)
            token = await self.token.current()
            answer = await once(token)
            if errcode(answer) in TOKEN_FAULTS:
                answer = await once(await self.token.renewed(token))
        except StorageError:
            raise SendRetry("storage") from None
        settle(errcode(answer), blocked_s=self.limits.app_blocked_s)
        return answer

    async def _is_allowed(self, path: str) -> bool:
        """Half of what fits in each whole minute and hour: then none, wherever it begins, has more
        than all of it."""
        rates = (
            (self.limits.app_per_minute, timedelta(minutes=1)),
            (self.limits.app_per_hour, timedelta(hours=1)),
        )
        for most, per in rates:
            bucket = f"wecom:call:{per.total_seconds():.0f}:{path}"
            if not await self.live.take(bucket, limit=max(1, most // 2), per=per):
                return False
        return True

    async def _post(self, path: str, payload: Answer, token: str) -> Answer:
        return await self.api.post(path, payload, token=token)

    async def _get(self, path: str, params: Mapping[str, str], token: str) -> Answer:
        return await self.api.get(path, {**params, "access_token": token})

    async def _upload(self, path: str, params: Mapping[str, str], file: File, token: str) -> Answer:
        return await self.api.upload(path, {**params, "access_token": token}, file)
