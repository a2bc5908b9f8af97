"""aiohttp's side of the model client: connections, bytes, and its errors as ours."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import aiohttp

from core.errors import ModelError, ModelTimeout, ModelUnavailable, TruncatedReply
from core.llm.backend import Foreign
from core.llm.sse import SseReader
from core.llm.stream import StreamedReply
from core.llm.wire import loads, status_error

MAX_REPLY_BYTES = 8 << 20
MAX_ERROR_BYTES = 64 << 10
ASK_S = 5.0
DRAIN_S = 0.1
CHAT_PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds we wait, inside the request's own deadline, before we call a server dead.

    `gap_s` is between data events: a keep-alive comment is no progress.
    """

    connect_s: float = 5.0
    first_event_s: float = 120.0
    gap_s: float = 20.0


class Transport:
    """Connections to one server; `open` before `post` and `stream`, `close` at the end.

    Obeys no proxy variables, follows no redirects and keeps no cookies: a key is for one server.
    """

    def __init__(self, *, root: str, api_key: str, patience: Patience) -> None:
        self._root = root
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    def open(self, *, connections: int) -> None:
        """Make the shared pool; needs a running loop."""
        self._session = self._new_session(connections)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, path: str) -> Foreign:
        """GET a page: its JSON, or None where there is none. Raises ModelUnavailable."""
        try:
            async with (
                asyncio.timeout(ASK_S),
                self._new_session(1) as session,
                session.get(self._root + path, allow_redirects=False) as response,
            ):
                if response.status in (502, 503, 504):
                    raise status_error(response.status, b"", headers={})
                data = await read_up_to(response, MAX_REPLY_BYTES)
                return loads(data) if response.status == 200 else None
        except TimeoutError:
            raise ModelUnavailable("no answer", retryable=True) from None
        except aiohttp.ClientConnectionError:
            raise ModelUnavailable("no connection", retryable=True) from None
        except aiohttp.ClientError:
            return None
        except ModelError as error:
            if isinstance(error, ModelUnavailable) and not error.retryable:
                return None
            raise

    async def post(self, body: bytes) -> bytes:
        """The whole answer. Raises ModelError for every status but 200 and for a cut answer."""
        response = await self._send(body)
        try:
            await raise_for_status(response)
            data = await read_up_to(response, MAX_REPLY_BYTES)
        except (aiohttp.ClientError, OSError):
            raise TruncatedReply("connection cut") from None
        finally:
            # Closes the connection unless the answer was read to its end.
            response.release()
        if len(data) > MAX_REPLY_BYTES:
            raise ModelUnavailable("answer too large")
        return data

    async def stream(self, body: bytes, reply: StreamedReply) -> None:
        """Feed the reply until it or the stream has ended, also when the connection breaks.

        Whether it is complete is for the reply to say. Raises ModelError for every status but 200
        and ModelTimeout where data events stop coming.
        """
        async with EventWatch(self._patience) as watch:
            response = await self._send(body)
            try:
                await raise_for_status(response)
                await feed(response.content, reply, watch)
            finally:
                response.release()

    async def _send(self, body: bytes) -> aiohttp.ClientResponse:
        if self._session is None:
            raise ModelUnavailable("closed")
        try:
            return await self._session.post(
                self._root + CHAT_PATH, data=body, allow_redirects=False
            )
        except aiohttp.ClientConnectionError:
            raise ModelUnavailable("no connection", retryable=True) from None
        except aiohttp.ClientError:
            raise ModelUnavailable("unreadable answer") from None

    def _new_session(self, connections: int) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, limit_per_host=connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            # The deadline is the request's own; a total here would cut long streams.
            timeout=aiohttp.ClientTimeout(
                total=None, connect=None, sock_connect=self._patience.connect_s
            ),
            trust_env=False,
        )


async def raise_for_status(response: aiohttp.ClientResponse) -> None:
    if response.status == 200:
        return
    body = b""
    with suppress(aiohttp.ClientError, OSError):
        body = await read_up_to(response, MAX_ERROR_BYTES)
    raise status_error(response.status, body, headers=response.headers)


async def read_up_to(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, or its beginning of more than `most` bytes."""
    if response.content_length is not None and response.content_length <= most:
        return await response.read()
    pieces: list[bytes] = []
    size = 0
    while size <= most and (piece := await response.content.readany()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


async def feed(content: aiohttp.StreamReader, reply: StreamedReply, watch: EventWatch) -> None:
    reader = SseReader()
    try:
        while not reply.ended:
            chunk = await content.readany()
            events = reader.feed(chunk) if chunk else reader.finish()
            if events:
                watch.saw_event()
            for event in events:
                if chunk:
                    reply.take(event)
                else:
                    reply.take_last(event)
            if not chunk:
                return
    except (aiohttp.ClientError, OSError):
        return
    if not reply.was_cut:
        await drain(content)


async def drain(content: aiohttp.StreamReader) -> None:
    """Read what follows the end mark, so that the connection can serve again."""
    if content.at_eof():
        return
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while await content.readany():
                pass


class EventWatch:
    """Ends its block with ModelTimeout when data events stop coming.

    One timer for the whole stream, which looks at a time stamp: a timer for each read would cost
    more than reading.
    """

    def __init__(self, patience: Patience) -> None:
        self._gap_s = patience.gap_s
        self._allowed_s = patience.first_event_s
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        self._seen_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._first = True

    def saw_event(self) -> None:
        """A data event came."""
        self._seen_at = self._loop.time()
        if self._first:
            self._first = False
            self._allowed_s = self._gap_s
            self._look()

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_at = self._seen_at + self._allowed_s
        if self._loop.time() < due_at:
            self._timer = self._loop.call_at(due_at, self._look)
        else:
            self._timeout.reschedule(self._loop.time())

    async def __aenter__(self) -> EventWatch:
        await self._timeout.__aenter__()
        self._seen_at = self._loop.time()
        self._look()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise ModelTimeout("no event") from None
