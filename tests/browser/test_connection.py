"""Nothing said is lost or doubled: the network goes, the server restarts, tabs are two."""

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.serving import Serving, Visit, visiting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GREETING = "您好，我是客服小林，请问有什么可以帮您？"
SECOND = "给您添麻烦了，我马上帮您查"


async def agree_after_reload(visit: Visit) -> list[tuple[str, str]]:
    """What the page shows live is what it shows when it is loaded again: the same lines, none
    twice. A line that was typed early may stand earlier live, so the order is not compared."""
    live = await visit.lines()
    await visit.page.reload()
    stored = await visit.lines()
    assert sorted(live) == sorted(stored)
    return stored


async def test_what_is_typed_offline_goes_out_once_the_network_is_back(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        await page.context.set_offline(True)
        await page.fill("#text", GREETING)
        await page.press("#text", "Enter")
        await expect(page.locator("#lines .pending")).to_have_count(1)
        await expect(page.locator("#state")).not_to_be_empty()
        answers = page.locator("#lines .customer")
        before = await answers.count()
        await page.context.set_offline(False)
        await expect(answers.nth(before)).to_be_visible()
        await expect(page.locator("#lines .pending")).to_have_count(0)
        stored = await agree_after_reload(visit)
        assert stored.count(("trainee", GREETING)) == 1


async def test_a_restart_of_the_server_loses_and_doubles_nothing(
    browser: Browser, fresh: Serving
) -> None:
    async with visiting(browser) as visit, visiting(browser) as later:
        page = visit.page
        await visit.sign_in(fresh.links[0])
        await visit.begin()
        await visit.say(GREETING)
        unused = fresh.links[1]
        await fresh.stop()
        await page.fill("#text", SECOND)
        await page.press("#text", "Enter")
        await expect(page.locator("#state")).not_to_be_empty()
        answers = page.locator("#lines .customer")
        before = await answers.count()
        await fresh.start()
        await expect(answers.nth(before)).to_be_visible(timeout=10_000)
        await expect(page.locator("#state")).to_be_empty()
        stored = await agree_after_reload(visit)
        assert [text for speaker, text in stored if speaker == "trainee"] == [GREETING, SECOND]
        # The link that was printed before the restart still works.
        await later.sign_in(unused)


async def test_an_answer_lost_on_the_way_does_not_make_two_lines(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        lost: list[str] = []

        async def lose_the_first_answer(route: Route) -> None:
            if lost:
                await route.continue_()
                return
            lost.append(await (await route.fetch()).text())
            await route.abort()

        await page.route("**/api/v1/lines", lose_the_first_answer)
        await visit.say(GREETING)
        await expect(page.locator("#lines .pending")).to_have_count(0)
        assert len(lost) == 1
        stored = await agree_after_reload(visit)
        assert stored.count(("trainee", GREETING)) == 1


async def test_a_line_still_waiting_survives_a_reload_of_the_page(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        await page.route("**/api/v1/lines", lambda route: route.abort())
        await page.fill("#text", GREETING)
        await page.press("#text", "Enter")
        await expect(page.locator("#lines .pending")).to_have_count(1)
        answers = page.locator("#lines .customer")
        before = await answers.count()
        await page.unroute("**/api/v1/lines")
        await page.reload()
        await expect(answers.nth(before)).to_be_visible()
        stored = await agree_after_reload(visit)
        assert stored.count(("trainee", GREETING)) == 1


async def test_a_double_click_says_a_line_once(browser: Browser, trainee_link: str) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await page.dblclick("#start")
        await expect(page.locator("#lines .customer").first).to_be_visible()
        await page.fill("#text", GREETING)
        await page.dblclick("#say button")
        await expect(page.locator("#lines .pending")).to_have_count(0)
        await page.dblclick("[data-button=hint] button")
        await expect(page.locator("#lines .coach").last).to_contain_text("提示：")
        stored = await agree_after_reload(visit)
        assert stored.count(("trainee", GREETING)) == 1
        coach = [text for speaker, text in stored if speaker == "coach"]
        assert sum(text.startswith("练习开始") for text in coach) == 1
        assert sum(text.startswith("提示") for text in coach) == 1


async def test_two_tabs_show_the_same_talk(browser: Browser, trainee_link: str) -> None:
    async with visiting(browser) as visit:
        await visit.sign_in(trainee_link)
        await visit.begin()
        second = Visit(await visit.page.context.new_page())
        await second.page.goto(visit.page.url)
        await visit.say(GREETING)
        await expect(second.page.locator("#lines .trainee p")).to_have_text(GREETING)
        await second.say(SECOND)
        await expect(visit.page.locator("#lines .trainee:not(.aside)")).to_have_count(2)
        await same_lines(visit.page, second.page)
        await visit.end()
        await expect(second.page.locator("#lines a.button")).to_be_visible()
        await expect(second.page.locator("#chat")).to_have_attribute("data-status", "none")
        await same_lines(visit.page, second.page)


async def same_lines(one: Page, other: Page) -> None:
    """Both tabs come to show the same lines in the same order."""
    shown = Visit(one)
    said = other.locator("#lines li:not(.aside)")
    await expect(said).to_have_count(len(await shown.lines()))
    assert await shown.lines() == await Visit(other).lines()
