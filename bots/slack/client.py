"""Slack's client over one shared session: without one it opens a connection for every call."""

from __future__ import annotations

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

TIMEOUT_S = 10


def slack_client(token: str, *, api_url: str) -> AsyncWebClient:
    """A client of one workspace; connects to nothing yet."""
    return AsyncWebClient(token=token, base_url=f"{api_url.rstrip('/')}/", timeout=TIMEOUT_S)


def connected(client: AsyncWebClient) -> AsyncWebClient:
    """The client with its session, which is opened in the loop that uses it first."""
    if client.session is None or client.session.closed:
        client.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), trust_env=False
        )
    return client


async def handed_in(client: AsyncWebClient, address: str, data: bytes) -> None:
    """Put bytes where Slack said they go. Raises aiohttp.ClientError or TimeoutError."""
    session = connected(client).session
    if session is not None:
        async with session.post(address, data=data) as answer:
            answer.raise_for_status()


async def close(client: AsyncWebClient) -> None:
    """Let go of the session, if there is one."""
    if client.session is not None:
        await client.session.close()
