"""The fake platform behaves as documented; a client we did not write accepts it."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.fakes.wechat_platform import FakeWeChat, ManualClock, Sent

OPENID = "oMgHVjngRipVsoxg6TuX3vz6glDg"


class TheirClient(WeChatClient):  # type: ignore[misc]  # wechatpy ships no types
    """wechatpy's own client, only pointed at another host."""

    def __init__(self, url: str, **kwargs: Any) -> None:  # noqa: ANN401  # wechatpy's own
        self.API_BASE_URL = f"{url}/cgi-bin/"
        super().__init__("wx1", "secret-1", timeout=5, auto_retry=False, **kwargs)

    def fetch_access_token(self) -> object:
        return self._fetch_access_token(
            url=f"{self.API_BASE_URL}token",
            params={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
        )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def platform(clock: ManualClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(app_id="wx1", secret="secret-1", clock=clock) as platform:
        yield platform


async def in_thread(call: Callable[[], object]) -> object:
    def quiet() -> object:
        with warnings.catch_warnings():
            # Its released message calls go through a method it calls deprecated itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            return call()

    return await asyncio.to_thread(quiet)


async def token_of(platform: FakeWeChat, *, force: bool = False) -> dict[str, Any]:
    asked = {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": "secret-1",
        "force_refresh": force,
    }
    return await posted(platform, "/cgi-bin/stable_token", asked)


async def posted(platform: FakeWeChat, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.post(platform.url + path, json=body) as got:
        answer: dict[str, Any] = json.loads(await got.text())
        return answer


async def sent(platform: FakeWeChat, token: str, text: str) -> int:
    body = {"touser": OPENID, "msgtype": "text", "text": {"content": text}}
    path = f"/cgi-bin/message/custom/send?access_token={token}"
    return int((await posted(platform, path, body))["errcode"])


async def test_a_client_we_did_not_write_sends_five_times_and_no_sixth(
    platform: FakeWeChat,
) -> None:
    platform.person_wrote(OPENID)
    client = TheirClient(platform.url)
    for number in range(5):
        await in_thread(lambda n=number: client.message.send_text(OPENID, f"第{n}句"))  # type: ignore[misc]
    assert platform.sent == [Sent(OPENID, f"第{n}句") for n in range(5)]
    with pytest.raises(WeChatClientException) as caught:
        await in_thread(lambda: client.message.send_text(OPENID, "第6句"))
    assert caught.value.errcode == 45047
    assert platform.token_calls == 1


async def test_a_client_we_did_not_write_sees_a_voided_token(platform: FakeWeChat) -> None:
    platform.person_wrote(OPENID)
    client = TheirClient(platform.url)
    await in_thread(lambda: client.message.send_text(OPENID, "一"))
    platform.void_token()
    with pytest.raises(WeChatClientException) as caught:
        await in_thread(lambda: client.message.send_text(OPENID, "二"))
    assert caught.value.errcode == 40001


async def test_a_token_is_the_same_until_it_is_forced(
    platform: FakeWeChat, clock: ManualClock
) -> None:
    first = await token_of(platform)
    clock.advance(seconds=60)
    again = await token_of(platform)
    assert (first["expires_in"], again["expires_in"]) == (7200, 7140)
    assert again["access_token"] == first["access_token"]
    assert len(first["access_token"]) >= 500
    forced = await token_of(platform, force=True)
    assert forced["access_token"] != first["access_token"]
    assert (await token_of(platform, force=True))["errcode"] == 45009
    assert platform.forced_calls == 2


async def test_twenty_forced_renewals_a_day_and_no_more(
    platform: FakeWeChat, clock: ManualClock
) -> None:
    for _ in range(20):
        assert "access_token" in await token_of(platform, force=True)
        clock.advance(seconds=30)
    assert (await token_of(platform, force=True))["errcode"] == 45009


async def test_an_old_token_lives_five_minutes_after_a_renewal(
    platform: FakeWeChat, clock: ManualClock
) -> None:
    platform.person_wrote(OPENID)
    old = (await token_of(platform))["access_token"]
    await token_of(platform, force=True)
    clock.advance(seconds=299)
    assert await sent(platform, old, "还行") == 0
    clock.advance(seconds=2)
    assert await sent(platform, old, "不行") == 42001
    assert await sent(platform, "made-up", "不行") == 40014


async def test_windows_texts_and_secrets_are_checked(
    platform: FakeWeChat, clock: ManualClock
) -> None:
    token = (await token_of(platform))["access_token"]
    assert await sent(platform, token, "没有窗口") == 45015
    platform.person_clicked(OPENID)
    assert await sent(platform, token, "话" * 683) == 45002
    assert await sent(platform, token, "话" * 682) == 0
    clock.advance(seconds=60)
    assert await sent(platform, token, "晚了") == 45015
    wrong = {"grant_type": "client_credential", "appid": "wx1", "secret": "guess"}
    assert (await posted(platform, "/cgi-bin/stable_token", wrong))["errcode"] == 40125
