"""Speech to text over the interface that OpenAI's and compatible servers share.

Source: OpenAI API reference, `POST /v1/audio/transcriptions` (multipart: file, model, language,
response_format); faster-whisper's, vLLM's and FunASR's servers take the same.
"""

from __future__ import annotations

import json

import aiohttp

from core.errors import SpeechUnclear

PATH = "/v1/audio/transcriptions"
WITHIN_S = 12.0
MAX_ANSWER_BYTES = 64 << 10
_CODE_CHARS = 2
"""Languages go by their ISO 639-1 code."""


class SpeechClient:
    """One server that makes text of recordings. `url` with or without `/v1` at its end."""

    def __init__(self, url: str, *, model: str = "", api_key: str = "") -> None:
        self._address = url.rstrip("/").removesuffix("/v1") + PATH
        self._model = model
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http: aiohttp.ClientSession | None = None

    async def heard(self, sound: bytes, *, name: str, kind: str, language: str) -> str:
        """The words in `sound`, a file called `name` of the media type `kind`.

        Raises SpeechUnclear when the server does not answer in time, answers something else, or
        heard nothing.
        """
        form = aiohttp.FormData()
        form.add_field("file", sound, filename=name, content_type=kind)
        form.add_field("language", language[:_CODE_CHARS])
        form.add_field("response_format", "json")
        if self._model:
            form.add_field("model", self._model)
        try:
            async with self._session().post(
                self._address, data=form, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise SpeechUnclear(f"http {response.status}")
                return _words(await response.content.read(MAX_ANSWER_BYTES))
        except TimeoutError:
            raise SpeechUnclear("timeout") from None
        except (aiohttp.ClientError, OSError) as error:
            raise SpeechUnclear(type(error).__name__) from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=WITHIN_S, connect=3.0)
            self._http = aiohttp.ClientSession(timeout=timeout, headers=self._headers)
        return self._http


def _words(body: bytes) -> str:
    try:
        text = json.loads(body).get("text")
    except (ValueError, AttributeError, RecursionError):
        raise SpeechUnclear("unreadable answer") from None
    if not isinstance(text, str) or not text.strip():
        raise SpeechUnclear("nothing heard")
    return text.strip()
