"""An article changes: its cases are marked, who failed there is drilled; gaps become proposals."""

import json
from pathlib import Path

from core.domain.knowledge import COMPANY, SAMPLE_COLLECTION, DocumentKey, Reader
from core.domain.messages import ChannelKind, NoticeCode
from core.domain.upkeep import GapState
from ops.wiring import House
from tests.flow.phone import HandClock, Phone, codes, open_rig
from tests.flow.web.test_console import AUTHOR
from tests.flow.web.visit import LIN, Site

CASE = "练习 price-protection seed=3"


def company_values(folder: Path) -> Path:
    """A content folder of a company that protects prices for twenty days."""
    (folder / "zh").mkdir(parents=True)
    values = "language: zh\nvalues: {price_protect_days: 20}\n"
    (folder / "zh" / "policy.yaml").write_text(values, encoding="utf-8")
    return folder


async def fail(phone: Phone) -> None:
    """A practice of the price protection that goes wrong."""
    await phone.type(CASE)
    await phone.type("不知道")
    await phone.type("结束")


async def work(house: House, phone: Phone) -> list[NoticeCode]:
    """Everything that is due, and what it sends."""
    while await house.daily.drain_once():
        pass
    return codes(await phone.read())


async def changed(house: House) -> set[tuple[str, str]]:
    """Cases and articles that wait for an author."""
    marks = await house.transactions.read(lambda unit: unit.article_marks.all())
    return {(mark.scenario_id, mark.article) for mark in marks if mark.changed_at}


async def test_who_failed_is_drilled_when_the_article_changes(tmp_path: Path) -> None:
    clock = HandClock()
    async with open_rig(tmp_path / "data", clock=clock) as rig:
        phone = rig.phone(channel=ChannelKind.WEB)
        await fail(phone)
        await rig.house.articles.review()
        await rig.house.articles.review()
        assert await changed(rig.house) == set()
        assert await work(rig.house, phone) == []
    folder = company_values(tmp_path / "content")
    async with open_rig(tmp_path / "data", clock=clock, content_dir=folder) as rig:
        phone = rig.phone(channel=ChannelKind.WEB)
        await rig.house.articles.review()
        assert ("price-protection", "price-protection") in await changed(rig.house)
        clock.advance(hours=3)
        told = await work(rig.house, phone)
        assert told.count(NoticeCode.DRILL) == 1
        await rig.house.articles.review()
        assert NoticeCode.DRILL not in await work(rig.house, phone)


async def test_who_has_passed_or_never_tried_is_left_alone(tmp_path: Path) -> None:
    clock = HandClock()
    async with open_rig(tmp_path / "data", clock=clock) as rig:
        await rig.phone().type("帮助")
        await rig.house.articles.review()
    folder = company_values(tmp_path / "content")
    async with open_rig(tmp_path / "data", clock=clock, content_dir=folder) as rig:
        await rig.house.articles.review()
        clock.advance(hours=3)
        assert await work(rig.house, rig.phone()) == []


async def test_an_article_that_is_taken_away_marks_its_cases(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        await rig.house.articles.review()
    async with open_rig(tmp_path, sample_knowledge=False) as rig:
        await rig.house.articles.review()
        marks = await rig.house.transactions.read(lambda unit: unit.article_marks.all())
        assert marks
        assert all(mark.changed_at and not mark.version for mark in marks)


async def test_a_figure_that_no_article_has_becomes_a_proposal(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        phone = rig.phone()
        await phone.type(CASE)
        await phone.type("这个锅的线长是1.8米，功率可以开到12档，能装25个鸡翅")
        await phone.type("结束")
        gaps = await rig.house.transactions.read(lambda unit: unit.gaps.recent(limit=9))
        assert len(gaps) == 1
        assert gaps[0].scenario_id == "price-protection"
        assert gaps[0].question
        # Voluntary practice: the trainee's own words stay with the trainee.
        assert gaps[0].claim == ""


async def test_an_author_sees_settles_and_exports_and_a_trainee_does_not(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(AUTHOR) as author:
        for line in (CASE, "这个锅能装25个鸡翅，功率开到12档", "结束"):
            await trainee.say(line)
            await site.settle()
        assert (await trainee.get("/console/articles")).status == 403
        assert (await author.get("/console/articles")).status == 200
        assert "25个鸡翅" not in author.text
        (gap,) = await site.house.transactions.read(lambda unit: unit.gaps.recent(limit=9))
        assert gap.question in author.text
        settled = await author.post(f"/console/gaps/{gap.key}", {"state": "done"})
        assert settled.status == 303
        await author.get("/console/articles")
        assert gap.question not in author.text
        exported = await author.get("/console/gaps.jsonl")
        line = json.loads((await exported.text()).splitlines()[0])
        assert line["state"] == GapState.DONE.value
        assert line["scenario"] == "price-protection"


async def test_a_correction_over_the_web_leads_to_its_article(site: Site) -> None:
    async with site.browser(LIN) as trainee:
        await trainee.say(CASE)
        await site.settle()
        await trainee.say("价保期是30天的，您放心")
        await site.settle()
        rows = (await trainee.feed())["rows"]
        told = [row["text"] for row in rows if row["code"] == NoticeCode.CORRECTION.value]
        assert len(told) == 1
        assert "价保期为签收后15天" in told[0]
        key = DocumentKey(COMPANY, SAMPLE_COLLECTION, "price-protection")
        base = site.house.articles.knows.knowledge
        hits = (await base.documents([key], reader=Reader()))[key]
        assert (await trainee.get(f"/knowledge/{hits[0].id}")).status == 200
        assert "签收后15天" in trainee.text
        assert (await trainee.get("/knowledge/-999999")).status == 404
    async with site.browser() as stranger:
        assert (await stranger.get(f"/knowledge/{hits[0].id}")).status in (303, 401)
