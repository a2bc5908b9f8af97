"""One streamed reply, put together event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import ModelUnavailable
from core.llm.profiles import BackendProfile
from core.llm.wire import finished, inband_error, loads
from core.ports.chat_model import ChatRequest, Completion

Enough = Callable[[str], bool]
"""Given the text so far: is it enough?"""

CUT = "cut"
"""Finish reason of a reply that we stopped ourselves."""


class StreamedReply:
    """Take events until `ended`; then `completion` says what it came to.

    Complete only if a finish reason was seen, whatever the transport says, or if `enough` said so.
    """

    __slots__ = ("_enough", "_finish_reason", "_model", "_pieces", "_profile", "_usage", "ended")

    def __init__(self, *, profile: BackendProfile, enough: Enough | None = None) -> None:
        self._profile = profile
        self._enough = enough
        self._pieces: list[str] = []
        self._finish_reason: str | None = None
        self._model = ""
        self._usage: Mapping[str, Any] = {}
        self.ended = False

    @property
    def was_cut(self) -> bool:
        """Whether we stopped it; then the server is still talking."""
        return self._finish_reason == CUT

    def take(self, data: bytes) -> None:
        """One event. Raises what an error inside it means, ModelUnavailable for nonsense."""
        if self.ended:
            return
        if data == b"[DONE]":
            self.ended = True
            return
        chunk = loads(data)
        try:
            if chunk.get("error"):
                raise inband_error(chunk["error"], self._profile)
            self._take_chunk(chunk)
        except (LookupError, TypeError, AttributeError):
            raise ModelUnavailable("unreadable event") from None

    def take_last(self, data: bytes) -> None:
        """What stood there when the stream closed: an event, or half of one, which is nothing."""
        if data != b"[DONE]":
            try:
                loads(data)
            except ModelUnavailable:
                return
        self.take(data)

    def _take_chunk(self, chunk: dict[str, Any]) -> None:
        usage = chunk.get("usage")
        if usage:
            self._usage = usage
        choices = chunk.get("choices")
        if not choices:
            return
        choice = choices[0]
        piece = (choice.get("delta") or {}).get("content")
        if piece:
            self._pieces.append(piece)
        if not self._model:
            self._model = chunk.get("model") or ""
        finish_reason = choice.get("finish_reason")
        if finish_reason:
            self._finish_reason = finish_reason
        elif piece and self._enough is not None and self._enough("".join(self._pieces)):
            self._finish_reason = CUT
            self.ended = True

    def completion(self, request: ChatRequest) -> Completion:
        """The whole reply, `seconds` still 0. Raises TruncatedReply."""
        return finished(
            request,
            text="".join(self._pieces),
            finish_reason=self._finish_reason,
            model=self._model,
            usage=self._usage,
        )
