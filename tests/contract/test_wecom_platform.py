"""The fake of WeCom's API behaves as documented; a client we did not write accepts it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.fakes.wecom_platform import AGENT, CORP, SECRET, FakeWeCom, fake_wecom, member


class TheirClient(WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's own client of the platform, only pointed at another host."""

    def __init__(self, url: str, secret: str = SECRET) -> None:
        self.API_BASE_URL = f"{url}/cgi-bin/"
        super().__init__(CORP, secret, timeout=5, auto_retry=False)

    def fetch_access_token(self) -> object:
        return self._fetch_access_token(
            url=f"{self.API_BASE_URL}gettoken",
            params={"corpid": self.corp_id, "corpsecret": self.secret},
        )


@pytest.fixture
async def platform() -> AsyncIterator[FakeWeCom]:
    async with fake_wecom() as fake:
        yield fake


async def in_thread(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - what their client returns
    def quiet() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return call()

    return await asyncio.to_thread(quiet)


async def test_their_client_sends_and_reads_the_directory(platform: FakeWeCom) -> None:
    platform.departments = [{"id": 1, "name": "某公司", "parentid": 0}]
    platform.members = [member("ann", "安", 1)]
    client = TheirClient(platform.url)
    await in_thread(lambda: client.message.send_text(AGENT, ["ann"], "你好"))
    departments = await in_thread(client.department.get)
    members = await in_thread(lambda: client.user.list(1))

    assert platform.texts["ann"] == ["你好"]
    assert platform.token_calls == 1
    assert [one["name"] for one in departments] == ["某公司"]
    assert [one["userid"] for one in members] == ["ann"]


async def test_their_client_is_told_what_is_refused(platform: FakeWeCom) -> None:
    platform.invalid.add("eve")
    client = TheirClient(platform.url)
    found = []
    for call in (
        lambda: client.message.send_text(AGENT, ["eve"], "你好"),
        lambda: client.message.send_text(AGENT, ["ann"], "长" * 1000),
        lambda: client.message.send_text(AGENT + 1, ["ann"], "你好"),
        lambda: TheirClient(platform.url, "wrong").message.send_text(AGENT, ["ann"], "你好"),
    ):
        with pytest.raises(WeChatClientException) as caught:
            await in_thread(call)
        found.append(caught.value.errcode)

    assert found == [81013, 45002, 40056, 40001]


async def test_what_is_too_much_for_a_member_is_dropped_without_a_word(platform: FakeWeCom) -> None:
    client = TheirClient(platform.url)

    def forty() -> list[int]:
        return [client.message.send_text(AGENT, ["ann"], "你好")["errcode"] for _ in range(40)]

    codes = await in_thread(forty)

    assert set(codes) == {0}
    assert len(platform.texts["ann"]) == 30
