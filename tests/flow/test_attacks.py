"""Attacks on the running product: refused, nothing kept, nothing told, nothing logged."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.durability.product import Product
from tests.fakes.wechat_platform import Mode, WeChatDriver
from tests.flow.wechat.attacks import (
    OPENID,
    PLAIN,
    SAFE,
    WORDS,
    Attack,
    Sending,
    SetClock,
    hello,
    honest,
)

TOKEN, SECRET = "t0ken-of-the-account", "s3cret-of-the-account"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0123456789abcdef"
ACCOUNTS = f"""
[wechat.safe]
app_id = "{APP_ID}"
app_secret = "{SECRET}"
token = "{TOKEN}"
aes_key = "{KEY}"
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The running product with a plain and a safe account; the platform's API is down."""

    product: Product

    def driver(self, mode: Mode) -> WeChatDriver:
        sealed = KEY if mode is Mode.SAFE else ""
        return WeChatDriver(
            "", token=TOKEN, app_id=APP_ID, aes_key=sealed, mode=mode, clock=SetClock()
        )

    def answer(self, raw: bytes) -> tuple[int, str]:
        """Status and body of the answer to these bytes."""
        parts = urlsplit(self.product.url)
        assert parts.hostname
        assert parts.port
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
            try:
                line.sendall(raw)
                answered = b"".join(iter(lambda: line.recv(65536), b""))
            except (BrokenPipeError, ConnectionResetError):
                # The rest of a body that is too large is not read.
                answered = line.recv(65536)
        head, _, body = answered.decode().partition("\r\n\r\n")
        return int(head.split()[1]), body

    def post(self, mode: Mode, sending: Sending) -> tuple[int, str]:
        account = "safe" if mode is Mode.SAFE else "main"
        return self.answer(sending.raw(f"/channels/wechat/{account}"))

    def kept(self) -> int:
        ((count,),) = self.product.rows("SELECT count(*) FROM inbox")
        return int(count)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder: Path = tmp_path_factory.mktemp("attacked")
    (folder / "peilian.toml").write_text(ACCOUNTS, "utf-8")
    with socket.socket() as taken:
        # Bound and not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        settings = {
            "PEILIAN_WECHAT_APP_ID": APP_ID,
            "PEILIAN_WECHAT_APP_SECRET": SECRET,
            "PEILIAN_WECHAT_TOKEN": TOKEN,
            "PEILIAN_WECHAT_API_URL": f"http://127.0.0.1:{taken.getsockname()[1]}",
        }
        product = Product(folder, settings)
        product.start()
        yield Target(product)
        assert product.stop() == 0


@pytest.mark.parametrize("attack", PLAIN, ids=lambda attack: attack.name)
def test_refused_by_a_plain_account(target: Target, attack: Attack) -> None:
    check(target, Mode.PLAIN, attack)


@pytest.mark.parametrize("attack", SAFE, ids=lambda attack: attack.name)
def test_refused_by_a_safe_account(target: Target, attack: Attack) -> None:
    check(target, Mode.SAFE, attack)


def check(target: Target, mode: Mode, attack: Attack) -> None:
    status, body = target.post(mode, attack.spoil(target.driver(mode)))
    assert status == attack.status
    assert WORDS not in body
    assert "Traceback" not in body


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"POST /channels/wechat/main HTTP/9.9\r\n\r\n",
        b"POST /channels/wechat/main\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /channels/wechat/main HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /channels/wechat/main HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"POST /channels/wechat/main HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /channels/wechat/main HTTP/1.1\r\nHost: x\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["bytes", "version", "null in path", "negative length", "header", "smuggling", "chunk"],
)
def test_what_is_no_http_is_refused(target: Target, raw: bytes) -> None:
    assert target.answer(raw)[0] == 400


def test_who_leaves_in_mid_body_is_refused_and_no_error_of_ours(target: Target) -> None:
    """It was logged as a fault of the server."""
    parts = urlsplit(target.product.url)
    raw = honest(target.driver(Mode.PLAIN)).raw("/channels/wechat/main")
    before = target.product.log.read_text().count("refused")
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as line:
        line.sendall(raw[:-20])
        # Until the door reads, there is nobody to be told.
        time.sleep(0.2)
    limit = time.monotonic() + 4
    while target.product.log.read_text().count("refused") == before and time.monotonic() < limit:
        time.sleep(0.05)
    log = target.product.log.read_text()
    assert log.count("refused") == before + 1
    assert "level='error'" not in log


@pytest.mark.parametrize("mode", [Mode.PLAIN, Mode.SAFE])
def test_a_repeat_is_answered_like_the_first_and_kept_once(target: Target, mode: Mode) -> None:
    before = target.kept()
    first = honest(target.driver(mode), hello(message_id=f"1{len(mode)}"))
    again = honest(target.driver(mode), hello(message_id=f"1{len(mode)}"))
    answers = [target.post(mode, each) for each in (first, first, again, first)]
    assert answers == [(200, "success")] * 4
    assert target.kept() == before + 1


def test_nothing_of_all_this_was_kept_and_nothing_told(target: Target) -> None:
    """Last: what the log of the whole run holds, the platform's API being down."""
    kept = target.product.rows("SELECT DISTINCT i.key FROM inbox i ORDER BY i.key")
    assert {key for (key,) in kept} <= {"14", "15"}
    log = target.product.log.read_text()
    assert "Traceback" not in log
    for secret in (TOKEN, SECRET, KEY, WORDS, OPENID, "gh_1", "signature="):
        assert secret not in log
    lines = log.splitlines()
    assert all(line.startswith("timestamp=") for line in lines)
    assert sum("refused" in line and "wechat" in line for line in lines) >= 100
    assert any("not_sent" in line for line in lines), "the platform's API was down"
