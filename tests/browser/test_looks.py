"""Every page is readable and usable: on a small phone and a laptop, in light and dark."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from core.domain.people import Person, Role
from tests.browser.serving import LAPTOP, PHONE, Serving, visiting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
SMALL_PHONE = (320, 640)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LABEL = "「AI 模拟客户」"
"""The product's own mark for its customers, the same in every language."""


async def faults_of(page: Page) -> list[str]:
    """What is wrong with this page on small and large windows, in light and dark."""
    found: list[str] = []
    for (width, height), dark in ((SMALL_PHONE, False), (LAPTOP, True), (PHONE, False)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if dark else "light")
        told: list[str] = await page.evaluate(AUDIT)
        found += [f"{page.url} {width} {'dark' if dark else 'light'} {fault}" for fault in told]
    return found


async def test_every_page_of_a_trainee_passes_the_checks(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page, site = visit.page, trainee_link.split("/signin")[0]
        await page.goto(site)
        found = await faults_of(page)
        await page.goto(trainee_link)
        found += await faults_of(page)
        await visit.click("#sign-in")
        await page.wait_for_selector("#start")
        found += await faults_of(page)
        await visit.begin()
        await visit.say("您好，我是客服小林，请问有什么可以帮您？")
        await visit.click("[data-button=hint] button")
        await visit.click("#case summary")
        found += await faults_of(page)
        await visit.click("#case summary")
        await visit.click("[data-button=pause] button")
        await expect(page.locator(".stopped")).to_be_visible()
        found += await faults_of(page)
        await visit.click("#ending summary")
        found += await faults_of(page)
        await visit.click("#ending form button")
        await expect(page.locator("#lines a.button").last).to_be_visible()
        await visit.click("#wrap-up summary")
        found += await faults_of(page)
        await visit.click("#lines a.button >> nth=-1")
        for part in await page.locator("details:not(.menu)").all():
            await part.evaluate("part => { part.open = true }")
        found += await faults_of(page)
        for path in ("/dialogues", "/profile", "/help", "/", "/nowhere"):
            await page.goto(f"{site}{path}")
            found += await faults_of(page)
        await visit.page.goto(f"{site}/help")
        await visit.click(".menu summary")
        found += await faults_of(page)
        assert found == []


async def test_the_console_passes_the_checks(browser: Browser, fresh: Serving) -> None:
    async with visiting(browser, size=LAPTOP) as visit:
        await fresh.link_for(Person("p-lin", "林学员", Role.TRAINEE, "demo"))
        await visit.sign_in(fresh.links[1])
        await visit.page.goto(f"{fresh.address}/console")
        await expect(visit.page.locator("main")).to_contain_text("林学员")
        found = await faults_of(visit.page)
        for desk in ("people/p-lin", "appeals", "queue", "agreement", "feedback", "looks"):
            await visit.page.goto(f"{fresh.address}/console/{desk}")
            found += await faults_of(visit.page)
        assert found == []


async def chinese_on(page: Page) -> list[str]:
    """Chinese characters that an English reader would meet."""
    return CHINESE.findall((await page.inner_text("body")).replace(LABEL, ""))


async def test_an_english_trainee_meets_english_from_door_to_scorecard(
    browser: Browser, installation: Serving
) -> None:
    ann = Person("p-ann", "Ann", Role.TRAINEE, "demo", "en")
    async with visiting(browser, locale="en-GB") as visit:
        page = visit.page
        link = await installation.link_for(ann)
        await page.goto(link)
        await expect(page.locator("h1")).to_have_text("Sign in to Peilian")
        await visit.sign_in(link)
        assert await chinese_on(page) == []
        await visit.begin("practice 1 emotion=calm seed=7")
        await visit.say("Hello, this is Lin from customer care. How can I help you?")
        await visit.click("#case summary")
        found = await faults_of(page)
        assert await chinese_on(page) == []
        await visit.click("#case summary")
        await visit.say("There is nothing I can do about it.")
        await visit.end()
        assert await chinese_on(page) == []
        await visit.click("#lines a.button >> nth=-1")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        assert await chinese_on(page) == []
        assert await faults_of(page) + found == []


async def test_new_lines_are_announced_and_nothing_moves_for_those_who_asked_for_rest(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        log = page.get_by_role("log")
        await expect(log).to_have_attribute("aria-live", "polite")
        await expect(log.locator(".customer b").first).to_have_text("AI 模拟客户")
        moving = "getComputedStyle(document.querySelector('.dots i')).animationName"
        assert await page.evaluate(moving) == "breathe"
        await page.emulate_media(reduced_motion="reduce")
        assert await page.evaluate(moving) == "none"


async def test_the_conversation_fills_a_phone_and_the_reply_field_stays_in_sight(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        for text in ("您好，我是客服小林", "麻烦您报一下手机尾号", "我马上帮您查", "请稍等一分钟"):
            await visit.say(text)
        assert await newest_line_is_in_sight(page)
        await visit.click("[data-button=pause] button")
        await expect(page.locator(".stopped")).to_be_visible()
        assert await newest_line_is_in_sight(page)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def newest_line_is_in_sight(page: Page) -> bool:
    """Whether the last line stands above what one types into, and that inside the window."""
    last = await page.locator("#lines li").last.bounding_box()
    foot = await page.locator(".foot").bounding_box()
    field = await page.locator("#say").bounding_box()
    assert last
    assert foot
    assert field
    return last["y"] + last["height"] <= foot["y"] and field["y"] + field["height"] <= PHONE[1]
