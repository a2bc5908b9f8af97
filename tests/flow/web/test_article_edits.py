"""An article is edited over the API: its case is marked, who failed there gets a short drill, and
talks go by what it says now. What no article says is proposed to the author, who settles it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from core.domain.messages import NoticeCode
from core.domain.people import Person, Role
from tests.flow.histories import practised
from tests.flow.web.test_console import AUTHOR
from tests.flow.web.visit import LIN, Browser, Site

CASE = "练习 price-protection seed=3"
ADMIN = Person("p-adm", "管理员", Role.ADMIN, "hq")
MO = Person("p-mo", "莫作者", Role.AUTHOR, "team-a")
BO = Person("p-bo", "薄学员", Role.TRAINEE, "team-b")
SU = Person("p-su", "苏学员", Role.TRAINEE, "team-a")
EDITED = "# 价保规则\n\n价保期为签收后30天，须同店同款。\n"
PAGE = "/console/articles"


async def say(site: Site, browser: Browser, *words: str) -> None:
    for one in words:
        await browser.say(one)
        await site.settle()


async def told(browser: Browser, code: NoticeCode) -> list[str]:
    """The messages of this code so far, in words."""
    rows = (await browser.feed())["rows"]
    return [row["text"] for row in rows if row["code"] == code.value]


async def rung(site: Site) -> None:
    """The product's own bell has looked at the articles, and what is due has been sent."""
    bell, stop, looked = site.house.scheduler, asyncio.Event(), asyncio.Event()
    (line,) = (one for one in bell.lines if one.name == "articles")

    async def ring() -> None:
        await line.ring()
        looked.set()

    soon = replace(line, every=timedelta(seconds=0.05), ring=ring)
    running = asyncio.create_task(replace(bell, lines=[soon]).run(stop))
    await asyncio.wait_for(looked.wait(), 10)
    stop.set()
    await running
    while await site.house.daily.drain_once():
        pass


async def edit(browser: Browser, text: str, *, name: str = "price-protection.md") -> None:
    """An admin puts the company's own version in place of the article of this name, an author the
    team's."""
    answer = await browser.client.post(
        "/api/v1/knowledge/documents",
        params={"name": name},
        data=BytesIO(text.encode()),
        headers={"X-CSRF-Token": browser.csrf},
    )
    assert answer.status == 200, await answer.text()


async def test_an_edit_marks_the_case_and_drills_who_failed_there_and_nobody_else(
    site: Site,
) -> None:
    await practised(site.house, SU, 1, 9.0, scenario_id="price-protection")
    async with (
        site.browser(LIN) as failed,
        site.browser(SU) as passed,
        site.browser(ADMIN) as admin,
        site.browser(AUTHOR) as author,
    ):
        await say(site, failed, CASE, "不知道", "结束")
        await rung(site)
        await author.get(PAGE)
        assert "price-protection" not in author.text

        await edit(admin, EDITED)
        site.clock.advance(hours=3)
        await rung(site)
        await author.get(PAGE)
        assert "价保" in author.text
        assert 'value="price-protection"' in author.text
        assert await told(passed, NoticeCode.DRILL) == []
        (drill,) = await told(failed, NoticeCode.DRILL)
        assert "文章刚更新过" in drill
        await rung(site)
        assert len(await told(failed, NoticeCode.DRILL)) == 1

        looked_at = {"scenario": "price-protection", "article": "price-protection"}
        assert (await author.post(f"{PAGE}/checked", looked_at)).status == 303
        await author.get(PAGE)
        assert 'value="price-protection"' not in author.text


async def test_a_team_s_own_version_concerns_that_team_alone(site: Site) -> None:
    """Made by the team's author, changed by the company around it, and taken away again."""
    async with (
        site.browser(LIN) as theirs,
        site.browser(BO) as other,
        site.browser(MO) as keeper,
        site.browser(AUTHOR) as author,
        site.browser(ADMIN) as admin,
    ):
        for failed in (theirs, other):
            await say(site, failed, CASE, "不知道", "结束")
        await rung(site)
        await edit(keeper, EDITED)
        site.clock.advance(hours=3)
        await rung(site)
        assert len(await told(theirs, NoticeCode.DRILL)) == 1
        assert await told(other, NoticeCode.DRILL) == []
        await author.get(PAGE)
        assert 'name="article" value="team-a › price-protection"' in author.text
        assert 'name="article" value="price-protection"' not in author.text

        await edit(admin, EDITED.replace("30", "40"))
        await rung(site)
        assert len(await told(theirs, NoticeCode.DRILL)) == 1
        assert len(await told(other, NoticeCode.DRILL)) == 1

        gone = await keeper.client.delete(
            "/api/v1/knowledge/documents",
            params={"name": "price-protection.md"},
            headers={"X-CSRF-Token": keeper.csrf},
        )
        assert gone.status == 200
        site.clock.advance(days=1)
        await rung(site)
        assert len(await told(theirs, NoticeCode.DRILL)) == 2
        assert len(await told(other, NoticeCode.DRILL)) == 1
        await rung(site)
        assert len(await told(theirs, NoticeCode.DRILL)) == 2


async def test_a_talk_goes_by_the_edited_article_and_not_by_the_shipped_one(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(ADMIN) as admin:
        await edit(admin, EDITED)
        await say(site, trainee, CASE, "您好，请问订单尾号是多少？", "价保期是签收后60天的")
        (correction,) = await told(trainee, NoticeCode.CORRECTION)
        assert "价保期为签收后30天" in correction
        await say(site, trainee, "价保期是签收后30天的，您放心")
        assert len(await told(trainee, NoticeCode.CORRECTION)) == 1
        hits = await trainee.client.get("/api/v1/knowledge/search", params={"q": "价保期多少天"})
        found = [hit["document"] for hit in (await hits.json())["hits"]]
        assert "price-protection.md" in found
        assert "price-protection" not in found


async def test_what_no_article_says_is_proposed_once_counted_settled_and_exported(
    site: Site,
) -> None:
    async with site.browser(LIN) as trainee, site.browser(AUTHOR) as author:
        claim = "这个锅能装25个鸡翅，功率开到12档"
        await say(site, trainee, CASE, claim, "结束")
        await say(site, trainee, f"{CASE} 考试", claim, "结束")
        await author.get(PAGE)
        exported = await (await author.get("/console/gaps.jsonl")).text()
        lines = [json.loads(line) for line in exported.splitlines()]
        assert {line["scenario"] for line in lines} == {"price-protection"}
        assert sum(line["times"] for line in lines) == 2
        assert [line["claim"] for line in lines if line["claim"]] == [claim]
        await author.get(PAGE)
        keys = {part.split('"')[0] for part in author.text.split("/console/gaps/")[1:]}
        for key in keys:
            assert (await author.post(f"/console/gaps/{key}", {"state": "dismissed"})).status == 303
        await author.get(PAGE)
        assert "/console/gaps/" not in author.text
        exported = await (await author.get("/console/gaps.jsonl")).text()
        assert {json.loads(line)["state"] for line in exported.splitlines()} == {"dismissed"}


async def test_a_passage_says_in_which_file_and_at_which_second_it_stands(site: Site) -> None:
    subtitles = "1\n00:01:10,500 --> 00:01:14,000\n价保先核实订单\n"
    async with site.browser(LIN) as trainee, site.browser(ADMIN) as admin:
        await edit(admin, subtitles, name="training.srt")
        query = {"q": "价保先核实订单"}
        answer = await trainee.client.get("/api/v1/knowledge/search", params=query)
        hit = (await answer.json())["hits"][0]
        assert hit["link"] == "training.srt#t=70"
        await trainee.get(f"/knowledge/{hit['passage']}")
        assert "出处：training.srt · 1:10" in trainee.text
