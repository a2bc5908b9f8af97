"""The gateway that our tests use is one: three SDKs written elsewhere work with it as they are."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes.wecom_gateway import BOT, SECRET, FakeGateway, fake_gateway

PEERS = Path(__file__).parents[1] / "peers"
PYTHON = ("aibot", "wecom_aibot_sdk")


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 of today, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "gateway.pem", folder / "gateway.key"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted


@pytest.fixture(params=[*PYTHON, "node"])
async def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FakeGateway]:
    """The gateway with a bot of each SDK in turn."""
    secure, trusted = certificate(tmp_path) if request.param == "aibot" else (None, None)
    async with fake_gateway(ssl_context=secure) as fake:
        given = [fake.url, BOT, SECRET, *([str(trusted)] if trusted else [])]
        if request.param == "node":
            modules = request.getfixturevalue("node_modules")
            words = ["node", str(PEERS / "wecom_bot.cjs"), modules, *given]
        else:
            python = request.getfixturevalue("peers_python")
            words = [python, "-W", "ignore", str(PEERS / "wecom_bot.py"), request.param, *given]
        async with running(words):
            async with asyncio.timeout(30):
                await fake.up.wait()
            yield fake


@asynccontextmanager
async def running(words: list[str]) -> AsyncIterator[None]:
    quiet = asyncio.subprocess.DEVNULL
    bot = await asyncio.create_subprocess_exec(*words, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        bot.kill()
        await bot.wait()


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not there():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("gateway", ["node"], indirect=True)
async def test_a_picture_is_handed_in_in_three_steps(gateway: FakeGateway) -> None:
    """The only one of the three SDKs that hands pictures in."""
    await gateway.talk("u1", "picture")
    await until(lambda: gateway.pictures["u1"])

    assert gateway.pictures["u1"] == [b"\x89PNG picture"]
    assert gateway.refused == []


async def test_a_bot_of_an_sdk_does_all_that_ours_does(gateway: FakeGateway) -> None:
    shown = gateway.shown["u1"]
    await gateway.talk("u1", "你好")
    await until(lambda: "s-1" in gateway.streams and gateway.streams["s-1"].done)
    await gateway.event("u1", "enter_chat")
    await until(lambda: "欢迎" in shown)
    await gateway.talk("u1", "push")
    await until(lambda: "早" in shown)
    await gateway.talk("u1", "card")
    await until(lambda: gateway.cards["u1"])
    await gateway.event("u1", "template_card_event", event_key="hint", task_id="task-1")
    await until(lambda: gateway.updates)
    before = list(gateway.refused)
    await gateway.talk("u1", "long")
    await until(lambda: "too long" in shown)
    await until(lambda: gateway.pings)
    await gateway.end(clean=False)
    await until(lambda: gateway.subscribed == 2)

    assert shown[0] == "想一想，好"
    assert before == []
    assert gateway.refused == [("aibot_respond_msg", 40008)]
