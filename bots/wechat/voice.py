"""Recordings become words: fetched from the platform, heard by a server of ours.

Sources: WeChat documentation of temporary media, WeCom document path 90254: a recording stays three
days, lasts 60 s at most and comes as AMR (or Speex); a fault comes as JSON instead of the file.
"""

from __future__ import annotations

from bots.wechat.api import WeChatApi
from bots.wechat.tokens import SharedToken
from core.errors import SendError, SpeechUnclear
from core.ports.speech import Transcriber

_TOKEN_FAULTS = {40001, 40014, 42001}
_MEDIA = "/cgi-bin/media/get"


class WeChatEars:
    """`SpeechToText` of one official account, or of WeCom's self-built application."""

    def __init__(self, *, api: WeChatApi, tokens: SharedToken, speech: Transcriber) -> None:
        self._api = api
        self._tokens = tokens
        self._speech = speech

    async def text_of(self, recording: str, *, language: str) -> str:
        """See the port."""
        try:
            sound, kind = await self._fetched(recording)
        except SendError as error:
            raise SpeechUnclear(error.reason) from None
        name = f"voice.{kind.rpartition('/')[2].partition(';')[0] or 'amr'}"
        return await self._speech.heard(sound, name=name, kind=kind, language=language)

    async def _fetched(self, recording: str) -> tuple[bytes, str]:
        token = await self._tokens.current()
        found = await self._api.download(_MEDIA, {"media_id": recording}, token=token)
        if isinstance(found, int) and found in _TOKEN_FAULTS:
            token = await self._tokens.renewed(token)
            found = await self._api.download(_MEDIA, {"media_id": recording}, token=token)
        if isinstance(found, int):
            raise SpeechUnclear(f"errcode {found}")
        return found
