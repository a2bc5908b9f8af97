"""A server that makes text of recordings, on loopback, as OpenAI-compatible ones do.

async with SpeechServer({b"sound": "您好"}) as server:
    client = SpeechClient(server.url)
"""

from types import TracebackType
from typing import Self

from aiohttp import web


class SpeechServer:
    """Knows what each recording says; keeps what it was asked with."""

    def __init__(self, words: dict[bytes, str], *, api_key: str = "") -> None:
        self.words = words
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.url = ""
        self._api_key = api_key
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/audio/transcriptions", self._transcribe)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _transcribe(self, request: web.Request) -> web.Response:
        form = await request.post()
        sound = form["file"]
        assert isinstance(sound, web.FileField)
        fields = {name: str(value) for name, value in form.items() if name != "file"}
        self.asked.append({**fields, "name": sound.filename, "kind": sound.content_type})
        wanted = f"Bearer {self._api_key}" if self._api_key else None
        if wanted != request.headers.get("Authorization"):
            return web.json_response({"error": {"message": "key"}}, status=401)
        if self.status != 200:
            return web.json_response({"error": {"message": "busy"}}, status=self.status)
        return web.json_response({"text": self.words.get(sound.file.read(), "")})
