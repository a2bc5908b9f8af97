"""Recordings become words."""

from __future__ import annotations

from typing import Protocol


class SpeechToText(Protocol):
    """Makes text of a recording that a platform holds."""

    async def text_of(self, recording: str, *, language: str) -> str:
        """What was said in the recording with the platform's name `recording`, never empty.

        Raises SpeechUnclear when it cannot be had or nothing was understood.
        """
        ...


class Transcriber(Protocol):
    """A server that makes text of sound."""

    async def heard(self, sound: bytes, *, name: str, kind: str, language: str) -> str:
        """The words in `sound`, a file called `name` of the media type `kind`.

        Raises SpeechUnclear when nothing can be had.
        """
        ...
