"""Practising on the page: start, write, wait for the answer, come back later."""

import asyncio
import re

from core.domain.messages import NoticeCode, SendOutcome
from tests.flow.web.visit import ANN, LIN, Browser, Site


def lines(found: dict[str, list[dict[str, str]]], code: NoticeCode) -> list[str]:
    return [row["text"] for row in found["rows"] if row["code"] == code.value]


async def test_the_first_customer_line_is_there_after_the_start_button(site: Site) -> None:
    async with site.browser(LIN) as browser:
        answer = await browser.post("/practice")
        assert answer.status == 303
        assert answer.headers["Location"] == "/chat"
        await site.settle()
        found = await browser.feed()
        assert found["status"] == "running"
        assert "「AI 模拟客户」" in lines(found, NoticeCode.DIALOGUE_STARTED)[0]
        assert lines(found, NoticeCode.CUSTOMER_LINE)[0]


async def test_a_chosen_scenario_is_the_one_that_starts(site: Site) -> None:
    scenario = site.house.content.scenarios("zh")[-1]
    async with site.browser(LIN) as browser:
        await browser.post("/practice", {"scenario": scenario.id})
        await site.settle()
        started = lines(await browser.feed(), NoticeCode.DIALOGUE_STARTED)
        assert len(started) == 1
        assert scenario.title in started[0]


async def test_the_mood_is_named_in_the_language_of_the_talk(site: Site) -> None:
    """It was announced in Chinese to English trainees."""
    async with site.browser(ANN) as browser:
        for mood in site.house.content.moods("en"):
            await browser.say(f"practice 1 emotion={mood.id}")
        await site.settle()
        started = lines(await browser.feed(), NoticeCode.DIALOGUE_STARTED)
        names = [mood.name for mood in site.house.content.moods("en")]
        assert len(started) == len(names)
        for text, name in zip(started, names, strict=True):
            assert name in text


async def test_a_scenario_that_does_not_exist_starts_nothing(site: Site) -> None:
    async with site.browser(LIN) as browser:
        assert (await browser.post("/practice", {"scenario": "nonsense"})).status == 404
        await site.settle()
        assert (await browser.feed())["rows"] == []


async def test_the_feed_goes_on_after_the_last_row_and_repeats_nothing(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        first = await browser.feed()
        again = await browser.feed(first["last"])
        assert again["rows"] == []
        assert again["last"] == first["last"]
        await browser.say("您好，请问您遇到什么问题？")
        await site.settle()
        later = await browser.feed(first["last"])
        own, *answers = later["rows"]
        assert (own["speaker"], own["text"]) == ("trainee", "您好，请问您遇到什么问题？")
        assert min(row["id"] for row in answers) > first["last"]
        assert later["said"] == own["inbox_id"]
        rest = await browser.feed(later["last"], said=later["said"])
        assert rest["rows"] == []
        assert (rest["last"], rest["said"]) == (later["last"], later["said"])


async def test_the_feed_waits_and_wakes_as_soon_as_something_comes(site: Site) -> None:
    async with site.browser(LIN) as browser:
        async with asyncio.timeout(10):
            waiting = asyncio.ensure_future(browser.feed(wait=True))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            await browser.post("/practice")
            await site.settle()
            assert (await waiting)["rows"]


async def test_a_line_sent_twice_under_one_key_is_one_line(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        first = await browser.say("您好，这里是客服小林", key="abcdef0123456789")
        again = await browser.say("您好，这里是客服小林", key="abcdef0123456789")
        assert first["new"] is True
        assert again == {"inbox_id": first["inbox_id"], "new": False}
        await site.settle()
        await browser.get("/chat")
        assert browser.text.count("<p>您好，这里是客服小林</p>") == 1


async def test_the_same_key_of_two_people_is_two_lines(site: Site) -> None:
    async with site.browser(LIN) as one, site.browser(ANN) as other:
        first = await one.say("帮助", key="abcdef0123456789")
        second = await other.say("help", key="abcdef0123456789")
        assert first["new"] is second["new"] is True
        await site.settle()
        assert [row["code"] for row in (await other.feed())["rows"]] == ["help"]


async def test_empty_and_endless_lines_are_refused(site: Site) -> None:
    async with site.browser(LIN) as browser:
        for text in ("", "   ", "好" * 4001):
            assert (await browser.post("/chat/send", {"text": text})).status == 400


async def test_the_buttons_say_the_words(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        for button, code, status in (
            ("hint", NoticeCode.HINT, "running"),
            ("record", NoticeCode.RECORD, "running"),
            ("pause", NoticeCode.PAUSED, "paused"),
            ("resume", NoticeCode.RESUMED, "running"),
            ("end", NoticeCode.DIALOGUE_ENDED, "none"),
        ):
            last = (await browser.feed())["last"]
            assert (await browser.post("/chat/send", {"button": button})).status == 303
            await site.settle()
            found = await browser.feed(last)
            assert lines(found, code), button
            assert found["status"] == status, button


async def test_the_page_shows_both_sides_in_order_after_a_reload(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        await browser.say("您好，我是客服小林，请问怎么了？")
        await site.settle()
        opening, *rest = lines(await browser.feed(), NoticeCode.CUSTOMER_LINE)
        await browser.get("/chat")
        shown = [
            browser.text.find(f"<p>{text}</p>")
            for text in (opening, "您好，我是客服小林，请问怎么了？")
        ]
        assert -1 not in shown
        assert shown == sorted(shown)
        if rest:
            assert browser.text.find(f"<p>{rest[-1]}</p>") > shown[-1]


async def test_the_opening_is_shown_once_after_a_reload(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        for text in lines(await browser.feed(), NoticeCode.CUSTOMER_LINE):
            await browser.get("/chat")
            assert browser.text.count(f"<p>{text}</p>") == 1


async def test_a_replayed_talk_is_shown_whole_and_once(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        opening = lines(await browser.feed(), NoticeCode.CUSTOMER_LINE)
        for text in ("您好，我是客服小林", "这个我也没办法", "结束"):
            await browser.say(text)
            await site.settle()
        seq = len(opening) + 1
        await browser.say(f"重来 {seq}")
        await site.settle()
        await browser.say("您好，请您慢慢说")
        await site.settle()
        await browser.get("/chat")
        for text in (*opening, "您好，请您慢慢说"):
            assert browser.text.count(f"<p>{text}</p>") == 1, text
        assert "这个我也没办法</p>" not in browser.text


async def test_a_second_tab_hears_what_was_said_in_the_first_in_the_same_order(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        start = await browser.feed()
        for text in ("您好，我是客服小林，请问怎么了？", "麻烦您报一下手机尾号，我核实一下"):
            await browser.say(text)
            await site.settle()
        found = await browser.feed(start["last"], said=start["said"])
        heard = [row["text"] for row in found["rows"]]
        await browser.get("/chat")
        shown = [browser.text.find(f"<p>{text}</p>") for text in heard]
        assert -1 not in shown
        assert shown == sorted(shown)


async def test_a_start_button_pressed_twice_starts_one_practice(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.get("/")
        form = {"key": browser.form_key}
        assert (await browser.post("/practice", form)).status == 303
        assert (await browser.post("/practice", form)).status == 303
        await site.settle()
        assert len(lines(await browser.feed(), NoticeCode.DIALOGUE_STARTED)) == 1


async def test_the_record_beside_the_talk_opens_after_verification(site: Site) -> None:
    scenario = next(
        one for one in site.house.content.scenarios("zh") if one.needs_verification and one.record
    )
    locked = [line for line in scenario.record if line.after_verification]
    async with site.browser(LIN) as browser:
        await browser.get("/")
        await browser.say(f"练习 {scenario.id} seed=7")
        await site.settle()
        for path in ("/chat", "/chat/case"):
            await browser.get(path)
            assert "身份还没有核实" in browser.text
            for line in locked:
                assert f"<dt>{line.label}</dt>" in browser.text
                assert f"<dd>{line.value}</dd>" not in browser.text
        proof = next(fact.label for fact in scenario.facts if fact.verifies)
        for _ in range(4):
            await browser.say(f"为了核实身份，麻烦您报一下{proof}")
            await site.settle()
            await browser.get("/chat/case")
            if "身份已核实" in browser.text:
                break
        assert "身份已核实" in browser.text
        for line in locked:
            assert f"<dd>{line.value}</dd>" in browser.text


async def test_the_closing_form_is_handed_in_on_the_page(site: Site) -> None:
    scenario = next(one for one in site.house.content.scenarios("zh") if one.wrap_up)
    async with site.browser(LIN) as browser:
        await browser.post("/practice", {"scenario": scenario.id})
        await site.settle()
        await browser.get("/chat/wrap-up")
        assert "<form" not in browser.text
        for text in ("您好，我是客服小林", "结束"):
            await browser.say(text)
            await site.settle()
        await browser.get("/chat/wrap-up")
        action = re.search(r'action="(/dialogues/[^"]+/wrap-up)"', browser.text)
        assert action
        first, *_ = scenario.wrap_up
        answers = {f"field-{first.key}": "第一行\n小结；第二行", "field-nonsense": "不算"}
        assert (await browser.post(action[1], answers)).status == 303
        await site.settle()
        await browser.get("/chat/wrap-up")
        assert 'value="第一行 小结 第二行"' in browser.text
        assert "工单小结已提交" in browser.text
        assert (await browser.post(action[1], {})).status == 400


async def test_what_people_write_is_text_and_never_markup(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        await browser.say("<script>alert(1)</script>")
        await site.settle()
        page = await (await browser.client.get("/chat")).text()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_rows_that_were_fetched_count_as_sent(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        await site.settle()
        ids = [row["id"] for row in (await browser.feed())["rows"]]
        conversation = await site.house.transactions.read(
            lambda unit: unit.conversations.at(unit.outbox.replies_to(1)[0].message.address).id
        )
        rows = await site.house.transactions.read(
            lambda unit: unit.outbox.feed(conversation, after=0, limit=50)
        )
        assert [row.id for row in rows] == ids
        assert {row.state for row in rows} == {SendOutcome.SENT}


async def test_people_see_only_their_own_feed(site: Site) -> None:
    async with site.browser(LIN) as one, site.browser(ANN) as other:
        await one.post("/practice")
        await site.settle()
        assert (await one.feed())["rows"]
        assert (await other.feed())["rows"] == []


async def test_a_feed_position_that_is_no_number_is_refused(site: Site) -> None:
    async with site.browser(LIN) as browser:
        for after in ("-1", "x", "1e3", "9" * 30, "①"):
            assert (await browser.get(f"/api/v1/feed?after={after}")).status == 400


async def test_a_guest_of_the_page_needs_no_binding(site: Site) -> None:
    async with site.browser(ANN) as browser:
        await browse_help(browser)
        await site.settle()
        assert [row["code"] for row in (await browser.feed())["rows"]] == ["help"]


async def browse_help(browser: Browser) -> None:
    await browser.say("help")
