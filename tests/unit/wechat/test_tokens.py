"""One token for everybody, few calls for it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.wechat.api import WeChatApi
from bots.wechat.tokens import TokenStore
from core.errors import SendRetry
from core.ports.live_state import LiveState
from tests.fakes.wechat_platform import ApiFault, FakeWeChat, ManualClock, Mode
from tests.unit.wechat.samples import APP_ID, SECRET, account_for
from tests.unit.wechat.stores import live_state


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def live(clock: ManualClock) -> LiveState:
    return live_state(clock)


@pytest.fixture
async def platform(clock: ManualClock) -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(app_id=APP_ID, secret=SECRET, clock=clock) as platform:
        yield platform


@pytest.fixture
async def api(platform: FakeWeChat) -> AsyncIterator[WeChatApi]:
    api = WeChatApi(platform.url, total_s=2)
    yield api
    await api.close()


@pytest.fixture
def tokens(api: WeChatApi, live: LiveState) -> TokenStore:
    return TokenStore(account_for(Mode.PLAIN), api=api, live=live)


async def test_fifty_who_ask_at_once_cost_one_call(
    platform: FakeWeChat, tokens: TokenStore
) -> None:
    found = await asyncio.gather(*(tokens.current() for _ in range(50)))
    assert len(set(found)) == 1
    assert platform.token_calls == 1


async def test_several_processes_cost_one_call(
    platform: FakeWeChat, api: WeChatApi, live: LiveState
) -> None:
    """wechatpy has no lock between processes; here the live state is what they share."""
    stores = [TokenStore(account_for(Mode.PLAIN), api=api, live=live) for _ in range(10)]
    found = await asyncio.gather(*(store.current() for store in stores for _ in range(5)))
    assert len(set(found)) == 1
    assert platform.token_calls == 1


async def test_a_voided_token_costs_fifty_senders_in_several_processes_one_forced_renewal(
    platform: FakeWeChat, api: WeChatApi, live: LiveState
) -> None:
    stores = [TokenStore(account_for(Mode.PLAIN), api=api, live=live) for _ in range(5)]
    old = await stores[0].current()
    platform.void_token()
    found = await asyncio.gather(*(store.renewed(old) for store in stores for _ in range(10)))
    assert len(set(found)) == 1
    assert found[0] != old
    assert (platform.token_calls, platform.forced_calls) == (2, 1)


async def test_who_reports_the_old_token_late_gets_the_new_one_without_a_call(
    platform: FakeWeChat, tokens: TokenStore
) -> None:
    old = await tokens.current()
    new = await tokens.renewed(old)
    assert await tokens.renewed(old) == new
    assert platform.token_calls == 2


async def test_a_second_forced_renewal_within_thirty_seconds_is_not_even_asked(
    platform: FakeWeChat, tokens: TokenStore, clock: ManualClock
) -> None:
    second = await tokens.renewed(await tokens.current())
    with pytest.raises(SendRetry) as caught:
        await tokens.renewed(second)
    assert caught.value.after_s == 30.0
    assert platform.forced_calls == 1
    clock.advance(seconds=31)
    assert await tokens.renewed(second) != second
    assert platform.forced_calls == 2


async def test_a_token_is_dropped_five_minutes_early(
    platform: FakeWeChat, tokens: TokenStore, clock: ManualClock
) -> None:
    await tokens.current()
    clock.advance(seconds=6899)
    await tokens.current()
    assert platform.token_calls == 1
    clock.advance(seconds=2)
    await tokens.current()
    assert platform.token_calls == 2
    assert platform.forced_calls == 0


async def test_after_a_refused_fetch_nobody_asks_again_for_thirty_seconds(
    platform: FakeWeChat, api: WeChatApi, live: LiveState, clock: ManualClock
) -> None:
    wrong = replace(account_for(Mode.PLAIN), app_secret="wrong-secret")
    tokens = TokenStore(wrong, api=api, live=live)
    results = await asyncio.gather(*(tokens.current() for _ in range(50)), return_exceptions=True)
    assert {str(result) for result in results} == {"token: errcode 40125"}
    assert all(isinstance(result, SendRetry) for result in results)
    assert platform.token_calls == 1
    clock.advance(seconds=31)
    with pytest.raises(SendRetry):
        await tokens.current()
    assert platform.token_calls == 2


@pytest.mark.parametrize("fault", list(ApiFault))
async def test_a_fetch_that_breaks_is_tried_again_after_a_moment(
    platform: FakeWeChat, live: LiveState, clock: ManualClock, fault: ApiFault
) -> None:
    platform.plan_tokens(fault)
    api = WeChatApi(platform.url, total_s=0.2)
    tokens = TokenStore(account_for(Mode.PLAIN), api=api, live=live)
    with pytest.raises(SendRetry):
        await tokens.current()
    clock.advance(seconds=31)
    assert (await tokens.current()).startswith("ACCESS-1-")
    await api.close()


async def test_nobody_who_waits_for_a_dead_refresher_waits_for_ever(
    platform: FakeWeChat, tokens: TokenStore, live: LiveState, clock: ManualClock
) -> None:
    await live.acquire(f"wechat:token:{APP_ID}", owner="died", ttl=timedelta(seconds=15))
    waiting = asyncio.create_task(tokens.current())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    clock.advance(seconds=16)
    assert (await waiting).startswith("ACCESS-1-")


async def test_no_token_and_no_secret_is_logged_or_raised(
    platform: FakeWeChat, tokens: TokenStore, live: LiveState, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await tokens.renewed(await tokens.current())
    away = WeChatApi("http://127.0.0.1:9", connect_s=1)
    other = replace(account_for(Mode.PLAIN), app_id="wx-other")
    with pytest.raises(SendRetry) as caught:
        await TokenStore(other, api=away, live=live).current()
    await away.close()
    told = caplog.text + repr(caught.value) + "".join(str(vars(r)) for r in caplog.records)
    assert "wechat token" in told
    assert "ACCESS-" not in told
    assert SECRET not in told
