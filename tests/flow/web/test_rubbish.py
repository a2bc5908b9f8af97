"""Requests no browser makes: refused in words, nothing kept, no traceback."""

import asyncio
import logging

import pytest

from tests.flow.web.visit import LIN, Site

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
JSON = "application/json"


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/api/v1/lines", f"{JSON}; charset=nonsense", b'{"text": "x"}', 400),
        ("/api/v1/lines", JSON, b'{"text": "\xff"}', 400),
        ("/api/v1/lines", JSON, b'{"text": "\\ud800"}', 400),
        ("/api/v1/lines", JSON, b'{"text": "a", "key": "\\ud800aaaaaaa"}', 200),
        ("/api/v1/lines", JSON, b'{"text": "a", "key": "../../etc"}', 400),
        ("/api/v1/lines", JSON, b'{"button": "nonsense"}', 400),
        ("/api/v1/lines", JSON, b"[" * 30_000, 400),
        ("/api/v1/lines", JSON, b'["text"]', 400),
        ("/api/v1/lines", JSON, b'{"text": ' + b"1" * 10_000 + b"}", 400),
        ("/api/v1/lines", JSON, b'{"text": "' + b"a" * 100_000 + b'"}', 413),
        ("/chat/send", PARTS, b"x", 400),
        ("/chat/send", f"{PARTS}; boundary=abc", b"x", 400),
        ("/chat/send", f"{FORM}; charset=nonsense", b"text=x", 400),
        ("/chat/send", FORM, b"&".join(b"a%d=1" % n for n in range(5000)), 413),
        ("/practice", FORM, b"scenario=%00", 404),
    ],
)
async def test_a_body_that_is_none_is_refused(
    site: Site, caplog: pytest.LogCaptureFixture, path: str, kind: str, body: bytes, status: int
) -> None:
    async with site.browser(LIN) as browser:
        headers = {"X-CSRF-Token": browser.csrf, "Content-Type": kind}
        answer = await browser.client.post(path, data=body, headers=headers, allow_redirects=False)
        assert answer.status == status
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
        await site.settle()
        assert len((await browser.feed())["rows"]) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "path",
    [
        "/dialogues/%00",
        "/dialogues/%ff%fe",
        "/dialogues/..%2f..%2fetc",
        "/static/..%2f..%2fapp.py",
        "/static/%00",
        "/static/",
    ],
)
async def test_a_path_that_is_none_is_not_found(site: Site, path: str) -> None:
    async with site.browser(LIN) as browser:
        assert (await browser.get(path)).status in (403, 404)


@pytest.mark.parametrize(
    "header",
    [b"Cookie: peilian_session=\xff\xfe", b"X-CSRF-Token: \xff", b"Accept-Language: \xff\xff"],
)
async def test_bytes_that_are_no_text_in_a_header_are_a_stranger(
    site: Site, caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
    start = b"POST /signout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
    writer.write(start + header + b"\r\n\r\n")
    assert int((await reader.readline()).split()[1]) == 401
    writer.close()
    await writer.wait_closed()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_form_token_that_is_no_text_is_refused(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with site.browser(LIN) as browser:
        cookies = browser.client.cookie_jar.filter_cookies(site.server.make_url("/"))
        session = cookies["peilian_session"].value.encode()
        reader, writer = await asyncio.open_connection(site.server.host, site.server.port)
        writer.write(
            b"POST /signout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
            b"Cookie: peilian_session=" + session + b"\r\nX-CSRF-Token: \xff\r\n\r\n"
        )
        assert int((await reader.readline()).split()[1]) == 403
        writer.close()
        await writer.wait_closed()
        assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
