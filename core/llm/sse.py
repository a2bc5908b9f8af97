"""Server-sent events, read by bytes as they arrive.

An own reader, because a line reader refuses long lines and because a keep-alive comment must not
pass for progress: only data events come out here.
"""

from __future__ import annotations

from core.errors import ModelUnavailable

MAX_EVENT_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"


class SseReader:
    """Feed it chunks of any size; it hands back the data of each whole event.

    Takes `data:` with and without a space, LF and CRLF, comments, other fields, and data over
    several lines. Raises ModelUnavailable for an event beyond `MAX_EVENT_BYTES`.
    """

    __slots__ = ("_data", "_fresh", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._fresh = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that this chunk completes, in order."""
        # Bytes without a line end are only kept: scanning them again would cost the square.
        if b"\n" not in chunk:
            self._rest += chunk
            self._guard(len(self._rest))
            return []
        if self._rest:
            chunk = bytes(self._rest) + chunk
            self._rest.clear()
        *lines, rest = chunk.split(b"\n")
        if rest:
            self._rest += rest
        events: list[bytes] = []
        for line in lines:
            self._take(line, events)
        self._guard(len(rest))
        return events

    def finish(self) -> list[bytes]:
        """What the end of the stream completes: servers forget the last empty line."""
        events: list[bytes] = []
        if self._rest:
            self._take(bytes(self._rest), events)
            self._rest.clear()
        self._take(b"", events)
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if self._fresh:
            line = line.removeprefix(_BOM)
            self._fresh = False
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line:
            if self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
                self._size = 0
        elif line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            self._data.append(value)
            self._size += len(value)
            self._guard(0)

    def _guard(self, pending: int) -> None:
        if self._size + pending > MAX_EVENT_BYTES:
            raise ModelUnavailable("event too large")
