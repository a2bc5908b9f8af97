"""A trainee practises in a real browser."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.serving import LAPTOP, PATIENT, Serving, visiting

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GREETING = "您好，我是客服小林，请问有什么可以帮您？"
REBUFF = "这个我也没办法，您自己看着办吧"


async def test_the_first_customer_line_is_two_clicks_from_the_printed_link(
    browser: Browser, fresh: Serving
) -> None:
    printed = fresh.links[0]
    async with visiting(browser) as preview:
        await preview.page.goto(printed)
    async with visiting(browser) as visit:
        await visit.page.goto(printed)
        await visit.click("#sign-in")
        await visit.click("#start")
        await expect(visit.page.locator("#lines .customer").first).to_be_visible()
        assert visit.clicks == 2
        await expect(visit.page.locator(".chip.ai")).to_have_text("AI 模拟客户")
    async with visiting(browser) as late:
        await late.page.goto(printed)
        await expect(late.page.get_by_role("alert")).to_have_text("这个登录链接已经用过或过期了。")
        await expect(late.page.locator("main")).to_contain_text("请向主管要一个新的链接")


async def test_a_whole_practice_leads_to_the_debrief_and_back_to_the_weak_line(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        await visit.say(GREETING)
        await visit.click("[data-button=hint] button")
        await expect(page.locator("#lines .coach").last).to_contain_text("提示：")
        await visit.click("[data-button=pause] button")
        await expect(page.locator(".stopped")).to_be_visible()
        await expect(page.locator("[data-button=hint]")).to_be_hidden()
        await visit.click("[data-button=resume] button")
        await expect(page.locator("#chat")).to_have_attribute("data-status", "running")
        await visit.say(REBUFF)
        await visit.click("#ending summary")
        await visit.click("#end-no")
        await expect(page.locator("#ending form")).to_be_hidden()
        await visit.end()
        await visit.click("#lines a.button >> nth=-1")

        await expect(page.locator(".score strong")).to_have_text(re.compile(r"^\d+\.\d$"))
        await expect(page.locator("figure svg")).to_have_count(2)
        fix = page.locator("article.fix").first
        await expect(fix.locator("blockquote")).to_contain_text("没办法")
        await expect(fix.locator(".better")).not_to_be_empty()
        # The point leads to its line, and what was marked there is pinned to it.
        line = await fix.locator("blockquote footer a").get_attribute("href")
        assert line
        await visit.click(f"article.fix footer a[href='{line}'] >> nth=0")
        await expect(page.locator(line)).to_contain_text("没办法")
        await expect(page.locator(f"{line} aside .better")).not_to_be_empty()
        await expect(page.locator(f"{line} aside button")).to_contain_text("重来")
        await visit.click(f"{line} details.pins summary")
        await expect(page.locator(f"{line} details.pins li").first).to_be_visible()
        older = page.url.split("#")[0]
        await fix.get_by_role("button").click()
        await page.wait_for_url(re.compile("/chat$"))
        await expect(page.locator("#chat")).to_have_attribute("data-status", "running")
        shown = [text for _, text in await visit.lines()]
        assert shown.count(GREETING) == 1
        assert REBUFF not in shown
        await visit.say("给您添麻烦了，我这就帮您查，两分钟内给您答复")

        # The practice before is no longer the newest: it can still be appealed, shared, replayed.
        await visit.end()
        await page.goto(older)
        await visit.click("section:has(#share-title) form button")
        await expect(page.locator("section:has(#share-title)")).to_contain_text("你已分享")
        await visit.click("details:has(#appeal-turn) summary")
        await page.select_option("#appeal-turn", label=await _option(page, "没办法"))
        await page.fill("#appeal-reason", "当时系统坏了")
        await visit.click("form:has(#appeal-turn) button")
        await expect(page.locator("#lines .coach").last).to_contain_text("申诉已")
        await page.goto(older)
        await expect(page.locator("section:has(#my-appeals-title)")).to_contain_text("当时系统坏了")
        await page.locator("article.fix").first.get_by_role("button").click()
        await page.wait_for_url(re.compile("/chat$"))
        await expect(page.locator("#chat")).to_have_attribute("data-status", "running")


async def test_the_case_stands_beside_the_talk_and_opens_as_the_customer_is_verified(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser, size=LAPTOP) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        await expect(page.locator("#case dl")).to_be_visible()
        await expect(page.locator("#case .note")).to_contain_text("身份还没有核实")
        await visit.say("为了核实身份，麻烦您报一下手机尾号")
        if await page.locator("#case .note.warn").count():
            await visit.say("为了核实身份，麻烦您报一下手机尾号")
        await expect(page.locator("#case .note")).to_contain_text("身份已核实")
        await expect(page.locator("#case .locked")).to_have_count(0)


async def test_the_closing_form_is_filled_in_after_the_talk(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.begin()
        await visit.say(GREETING)
        await visit.end()
        await visit.click("#wrap-up summary")
        fields = page.locator("#wrap-up input[id^=field-]")
        for number in range(await fields.count()):
            await fields.nth(number).fill(f"内容 {number}")
        await visit.click("#wrap-up form button")
        await expect(page.locator("#wrap-up summary")).to_contain_text("工单小结已提交")
        await expect(page.locator("#lines .coach").last).to_be_visible()


async def test_everything_can_be_done_with_the_keyboard(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page

        async def press_on(name: str, *, key: str = "Enter", steps: int = 40) -> None:
            """Tab to what is called `name`, seeing the focus all the way, and press the key."""
            for _ in range(steps):
                await page.keyboard.press("Tab")
                focused = await page.evaluate(
                    "() => { const e = document.activeElement; return [e.innerText || "
                    "e.getAttribute('placeholder') || '', getComputedStyle(e).outlineStyle] }"
                )
                if str(focused[0]).strip() == name:
                    assert focused[1] != "none", name
                    await page.keyboard.press(key)
                    return
            raise AssertionError(f"{name} cannot be reached")

        await page.goto(trainee_link)
        await press_on("登录")
        await page.wait_for_selector("#start")
        await press_on("开始练习")
        await expect(page.locator("#lines .customer").first).to_be_visible()
        await press_on("你的回复", key="Shift")
        await page.keyboard.type(GREETING)
        await page.keyboard.press("Enter")
        await expect(page.locator("#lines .trainee")).to_have_text(re.compile(re.escape(GREETING)))
        await page.evaluate("document.activeElement.blur()")
        await press_on("结束")
        await page.keyboard.press("Escape")
        await expect(page.locator("#ending form")).to_be_hidden()
        await press_on("结束")
        await press_on("结束并评分")
        await expect(page.locator("#lines a.button")).to_be_visible()


async def test_a_typed_command_is_answered_and_stands_aside_of_the_talk(
    browser: Browser, trainee_link: str
) -> None:
    async with visiting(browser) as visit:
        await visit.sign_in(trainee_link)
        await visit.begin()
        await visit.say(GREETING)
        await visit.page.fill("#text", "帮助")
        await visit.page.press("#text", "Enter")
        await expect(visit.page.locator("#lines .aside p")).to_have_text([PATIENT, "帮助"])
        assert ("trainee", GREETING) in await visit.lines()
        assert ("trainee", "帮助") not in await visit.lines()


async def test_without_scripts_a_practice_still_runs(browser: Browser, trainee_link: str) -> None:
    async with visiting(browser, script=False) as visit:
        page = visit.page
        await visit.sign_in(trainee_link)
        await visit.click("#start")
        await expect(page.locator("#lines .customer").first).to_be_visible()
        await page.fill("#text", GREETING)
        await visit.click("#say button")
        await expect(page.locator("#lines .trainee p")).to_have_text(GREETING)
        await visit.click("[data-button=hint] button")
        await expect(page.locator("#lines .coach").last).to_contain_text("提示：")
        await visit.click("#ending summary")
        await visit.click("#ending form button")
        await expect(page.locator("#lines")).to_contain_text("本次练习结束")
        await page.goto(page.url.replace("/chat", "/dialogues"))
        await visit.click("ul.history a >> nth=0")
        await expect(page.locator(".transcript")).to_contain_text(GREETING)


async def test_a_supervisor_sees_figures_and_only_the_words_that_were_appealed(
    browser: Browser, fresh: Serving
) -> None:
    async with visiting(browser) as visit:
        await visit.sign_in(fresh.links[0])
        await visit.begin()
        await visit.say(GREETING)
        await visit.say(REBUFF)
        await visit.end()
        await visit.click("#lines a.button >> nth=-1")
        await visit.click("details:has(#appeal-turn) summary")
        await visit.page.select_option("#appeal-turn", label=await _option(visit.page, "没办法"))
        await visit.page.fill("#appeal-reason", "当时系统坏了")
        await visit.click("form:has(#appeal-turn) button")
        await expect(visit.page.locator("#lines .coach").last).to_contain_text("申诉已")
    async with visiting(browser, size=LAPTOP) as boss:
        await boss.sign_in(fresh.links[1])
        await boss.click("nav a[href='/console']")
        main = boss.page.locator("main")
        await expect(main).to_contain_text("演示学员")
        await expect(main).not_to_contain_text("当时系统坏了")
        await boss.click(".tabs a[href='/console/appeals']")
        main = boss.page.locator("main")
        await expect(main).to_contain_text("当时系统坏了")
        await expect(main.locator("blockquote")).to_have_text(REBUFF)
        await expect(main).not_to_contain_text(GREETING)


async def _option(page: Page, words: str) -> str:
    texts: list[str] = await page.locator("#appeal-turn option").all_inner_texts()
    return next(text for text in texts if words in text)
