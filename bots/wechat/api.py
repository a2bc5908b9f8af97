"""Calls to the platform: JSON in, JSON out, explicit timeouts, house errors.

No error carries an address, since the access token travels in the query string.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from core.domain.messages import Json
from core.errors import SendRefused, SendRetry, SendUnknown
from core.ports.channel import Picture

_CONNECT_S = 3.0
_TOTAL_S = 5.0
"""Five sends in a row must end before the claim on their rows does."""
_BUSY = {429, 503}
MAX_FILE_BYTES = 4 << 20
"""A recording of a minute has less than 2 MB."""
_TEXT = {"application/json", "text/plain"}
_NO_FILE = -2
_JSON = {"Content-Type": "application/json; charset=utf-8"}

Answer = dict[str, Json]


@dataclass(frozen=True, slots=True)
class File:
    """What is handed in: its bytes, a name, and a media type."""

    data: bytes
    name: str
    kind: str

    @classmethod
    def of(cls, picture: Picture) -> File:
        """A picture beside our words."""
        return cls(picture.png, f"{picture.name}.png", "image/png")


class WeChatApi:
    """One connection pool to `api_url`, opened with the first call."""

    def __init__(
        self, api_url: str, *, connect_s: float = _CONNECT_S, total_s: float = _TOTAL_S
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            total=total_s, connect=connect_s, sock_connect=connect_s
        )
        self._http: aiohttp.ClientSession | None = None

    async def post(
        self,
        path: str,
        payload: Answer,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, whatever its `errcode`.

        Raises SendRetry when the call was not written or the server is too busy, SendUnknown
        when it was written and no readable answer came, SendRefused on any other 4xx status.
        """
        body = json.dumps(payload, ensure_ascii=False).encode()
        params = {**(query or {}), **({} if token is None else {"access_token": token})}
        return await self._call("POST", path, params, body)

    async def upload(self, path: str, query: Mapping[str, str], file: File) -> Answer:
        """The answer to a file that is handed in as `media`; raises as `post` does."""
        form = aiohttp.FormData()
        form.add_field("media", file.data, filename=file.name, content_type=file.kind)
        return await self._call("POST", path, query, form)

    async def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """The same without a body; `params` may hold secrets and turn up nowhere else."""
        return await self._call("GET", path, params, None)

    async def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes | aiohttp.FormData | None,
    ) -> Answer:
        # A form names its own type, with the border between its parts.
        headers = None if isinstance(body, aiohttp.FormData) else _JSON
        try:
            async with self._session().request(
                method,
                self._api_url + path,
                data=body,
                params=params,
                headers=headers,
                allow_redirects=False,
            ) as response:
                return _read(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendRetry("no connection") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendUnknown("no answer") from None

    async def download(
        self, path: str, query: dict[str, str], *, token: str
    ) -> tuple[bytes, str] | int:
        """A file and its media type, or the platform's code where it sends none.

        Raises as `post` does, and SendRefused for a file over `MAX_FILE_BYTES`.
        """
        try:
            async with self._session().get(
                self._api_url + path,
                params={**query, "access_token": token},
                allow_redirects=False,
            ) as response:
                body = await _up_to(response, MAX_FILE_BYTES)
                kind = response.content_type
                if response.status != 200 or kind in _TEXT:
                    code = errcode(_read(response.status, body))
                    return code or _NO_FILE
                return body, kind
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendRetry("no connection") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendUnknown("no answer") from None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=self._timeout)
        return self._http


def errcode(answer: Answer) -> int:
    """The platform's own code; 0 when it reports none."""
    code = answer.get("errcode", 0)
    if isinstance(code, int):
        return code
    raise SendUnknown("unreadable answer")


def _read(status: int, body: bytes) -> Answer:
    if status in _BUSY:
        raise SendRetry(f"http {status}", after_s=5.0)
    if status >= 500:
        raise SendUnknown(f"http {status}")
    if status != 200:
        raise SendRefused(f"http {status}")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise SendUnknown("unreadable answer") from None
    if not isinstance(answer, dict):
        raise SendUnknown("unreadable answer")
    return answer


async def _up_to(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 << 10):
        body += chunk
        if len(body) > most:
            raise SendRefused("file too large")
    return bytes(body)
