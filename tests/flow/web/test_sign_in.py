"""One link, one button, one sign-in; and nobody's form but ours."""

import re

import pytest

from tests.flow.web.visit import ANN, LIN, Site


async def test_looking_at_the_link_consumes_nothing_and_the_button_signs_in(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as preview:
        for _ in range(3):
            assert (await preview.get(path)).status == 200
    async with site.browser() as browser:
        await browser.get(path)
        answer = await browser.post(path)
        assert answer.status == 303
        cookie = answer.cookies["peilian_session"]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        await browser.get("/")
        assert "林学员，你好" in browser.text


async def test_a_link_works_once(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as first, site.browser() as second:
        await first.get(path)
        await second.get(path)
        assert (await first.post(path)).status == 303
        answer = await second.post(path)
        assert answer.status == 410
        assert "peilian_session" not in answer.cookies
        assert (await second.get(path)).status == 410
        assert "这个登录链接已经用过或过期了" in second.text
        assert "请向主管要一个新的链接" in second.text


async def test_an_expired_link_signs_nobody_in(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as browser:
        await browser.get(path)
        site.clock.advance(hours=2)
        assert (await browser.post(path)).status == 410


async def test_the_button_without_our_page_before_it_is_refused(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as browser:
        assert (await browser.post(path)).status == 403
        await browser.get(path)
        browser.csrf = "0" * 64
        assert (await browser.post(path)).status == 403
        await browser.get(path)
        assert (await browser.post(path)).status == 303


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    async with site.browser(LIN) as browser:
        old = {cookie.key: cookie.value for cookie in browser.client.cookie_jar}
        assert (await browser.post("/signout")).status == 303
        await browser.get("/")
        assert "请先打开" in browser.text
        cookie = f"peilian_session={old['peilian_session']}"
        answer = await browser.client.get("/api/v1/me", headers={"Cookie": cookie})
        assert answer.status == 401


async def test_a_session_ends_after_two_weeks(site: Site) -> None:
    async with site.browser(LIN) as browser:
        assert (await browser.get("/api/v1/me")).status == 200
        site.clock.advance(days=15)
        assert (await browser.get("/api/v1/me")).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/practice",
        "/chat/send",
        "/api/v1/lines",
        "/signout",
        "/dialogues/some/replay",
        "/dialogues/some/appeal",
        "/dialogues/some/wrap-up",
    ],
)
async def test_no_form_is_taken_without_its_token(site: Site, path: str) -> None:
    async with site.browser(LIN) as browser:
        browser.csrf = ""
        answer = await browser.post(path, {"text": "练习"})
        assert answer.status == 403
        await site.settle()
        assert (await browser.feed())["rows"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/dialogues",
        "/dialogues/some",
        "/profile",
        "/help",
        "/console",
        "/chat",
        "/chat/case",
        "/chat/wrap-up",
        "/api/v1/feed",
        "/api/v1/me",
        "/api/v1/scenarios",
        "/api/v1/dialogues",
    ],
)
async def test_strangers_are_told_where_to_begin(site: Site, path: str) -> None:
    async with site.browser() as browser:
        assert (await browser.get(path)).status == 401


async def test_the_pages_speak_the_persons_language(site: Site) -> None:
    async with site.browser(ANN) as browser:
        await browser.get("/")
        assert '<html lang="en">' in browser.text
        assert "Start practice" in browser.text
        assert "AI-simulated customer" in browser.text
        for path in ("/chat", "/dialogues", "/profile", "/help"):
            await browser.get(path)
            shown = re.sub(r"<script.*?</script>", "", browser.text)
            assert not re.search(r"[\u4e00-\u9fff]", shown), path


async def test_a_stranger_is_greeted_in_the_browsers_language(site: Site) -> None:
    async with site.browser() as browser:
        await browser.get("/", **{"Accept-Language": "en-GB,en;q=0.9"})
        assert "Please open the sign-in link" in browser.text


async def test_too_many_posts_in_a_minute_are_slowed_down(site: Site) -> None:
    async with site.browser(LIN) as browser:
        statuses = {(await browser.post("/chat/send")).status for _ in range(61)}
        assert statuses == {400, 429}


async def test_a_company_behind_one_address_is_not_slowed_down_as_one(site: Site) -> None:
    async with site.browser(LIN) as known, site.browser() as stranger:
        statuses = [(await stranger.get("/")).status for _ in range(241)]
        assert statuses[-1] == 429
        assert (await known.get("/")).status == 200


async def test_cookies_are_for_https_only_where_the_proxy_says_https(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as browser:
        answer = await browser.get(path, **{"X-Forwarded-Proto": "https"})
        assert answer.cookies["peilian_visit"]["secure"] is True
        answer = await browser.get(path)
        assert not answer.cookies["peilian_visit"]["secure"]
