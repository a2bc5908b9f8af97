"""The company's QA sheet through the console: handed in, mapped, confirmed, changed, taken back."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path

from aiohttp import FormData
from openpyxl import Workbook

from ops.qa_sheet import open_sheet
from tests.flow.web.test_console import api, people
from tests.flow.web.test_pages import check
from tests.flow.web.test_pages import practise as practised
from tests.flow.web.visit import BOSS, LIN, Browser, Site

PAGE = "/console/company-sheet"
ROWS = (
    ("评分项", "分值", "一票否决"),
    ("开场问候语", 30, None),
    ("系统操作熟练度", 70, None),
    ("辱骂客户", None, "是"),
)


def workbook(*rows: tuple[object, ...]) -> bytes:
    made, data = Workbook(), BytesIO()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    made.save(data)
    return data.getvalue()


async def hand_in(boss: Browser, data: bytes, *, csrf: str = "") -> tuple[int, str]:
    """Send the file as the page's form does: the status, and where it leads or what it says."""
    await boss.get(PAGE)
    form = FormData(quote_fields=False)  # as browsers write names
    form.add_field("csrf", csrf or boss.csrf)
    form.add_field("file", BytesIO(data), filename="质检表.xlsx")
    answer = await boss.client.post(PAGE, data=form, allow_redirects=False)
    return answer.status, answer.headers.get("Location", "") or unescape(await answer.text())


async def test_every_page_of_a_workbook_is_a_proposal_that_says_what_it_left_out(
    site: Site,
) -> None:
    made, data = Workbook(), BytesIO()
    for title, last in (("电话", ("加分项：客户表扬", "+5")), ("在线", ("解答正确", 60))):
        page = made.create_sheet(title)
        for row in (("质检项", "分值"), ("首次响应", 40), ("结束语", 60)):
            page.append(list(row))
        page.append(list(last))
    page.delete_rows(3)
    made.save(data)
    async with people(site, BOSS) as (boss,):
        assert await hand_in(boss, data.getvalue()) == (303, PAGE)
        await boss.get(PAGE)
        assert {"电话", "在线"} <= set(re.findall(r"质检表.xlsx「(..)」", boss.text))
        said = []
        for path in re.findall(rf'href="({PAGE}/[^"]+)"', boss.text):
            await boss.get(path)
            said.append(("没有算进来的行" in boss.text, "客户表扬" in boss.text))
            assert "40 分" in boss.text
        assert sorted(said) == [(False, False), (True, True)]


async def confirmed(boss: Browser, path: str, *checks: str) -> None:
    fields = {f"item-{at}-0": one for at, one in enumerate(checks)}
    assert (await boss.post(path, fields)).status == 303


async def practise(site: Site, browser: Browser) -> str:
    """A short bad practice; the id of its dialogue, the newest."""
    await practised(site, browser)
    return str((await api(browser, "/dialogues"))["dialogues"][0]["id"])


async def sheet_of(trainee: Browser, dialogue_id: str) -> dict[str, object]:
    found = (await api(trainee, f"/dialogues/{dialogue_id}"))["scorecard"]["sheet"]
    assert isinstance(found, dict)
    return found


async def test_a_sheet_is_handed_in_mapped_confirmed_and_laid_beside_our_view(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        before = await practise(site, trainee)
        status, path = await hand_in(boss, workbook(*ROWS))
        assert status == 303
        await boss.get(path)
        chosen = re.findall(r'<option value="(\w+)" selected>', boss.text)
        assert chosen == ["C01", "K4"]
        assert "没有对应的检查，由人来评" in boss.text
        # A proposal counts for nothing yet.
        assert (await api(boss, PAGE))["sheet"] is None
        assert (await boss.post(f"{path}/use")).status == 404
        assert (await boss.post(path, {"item-0-0": "C99"})).status == 400
        await confirmed(boss, path, "C01", "", "K4")

        used = (await api(boss, PAGE))["sheet"]
        document = await (await boss.client.get("/api/openapi.json")).json()
        check(document, "CompanySheet", {"sheet": used})
        assert [one["checks"] for one in used["items"]] == [["C01"], [], ["K4"]]
        after = await practise(site, trainee)
        found = await sheet_of(trainee, after)
        assert (found["version"], found["total"], found["waiting"]) == (used["version"], 30, 70)
        # A card of before keeps what it was judged by, and so it does when it is judged again.
        assert (await api(trainee, f"/dialogues/{before}"))["scorecard"]["sheet"] is None
        await trainee.get(f"/dialogues/{after}")
        assert "系统操作熟练度：待人评（70 分）" in trainee.text


async def test_what_no_check_stands_for_is_given_by_people(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        _, path = await hand_in(boss, workbook(*ROWS))
        await boss.get(path)
        await confirmed(boss, path, "C01", "", "")
        dialogue_id = await practise(site, trainee)
        points = f"/console/dialogues/{dialogue_id}/points"
        assert (await boss.post(points, {"points-1": "56"})).status == 404
        await trainee.post(f"/dialogues/{dialogue_id}/share", {"shown": "1"})
        await boss.get(f"/console/dialogues/{dialogue_id}")
        assert 'name="points-1"' in boss.text
        assert 'name="points-0"' not in boss.text
        for bad in ({}, {"points-1": "71"}, {"points-1": "x"}, {"points-0": "1"}):
            assert (await boss.post(points, bad)).status == 400
        assert (await boss.post(points, {"points-1": "56"})).status == 303
        assert (await boss.post(points, {"points-2": "1"})).status == 303
        found = await sheet_of(trainee, dialogue_id)
        assert (found["total"], found["waiting"], found["vetoed"]) == (86, 0, [])
        # The closing form comes in and the talk is judged again: what people gave stays.
        await trainee.say("小结 误扣；已退")
        await site.settle()
        assert (await sheet_of(trainee, dialogue_id))["total"] == 86
        assert (await boss.post(points, {"points-2": "0"})).status == 303
        found = await sheet_of(trainee, dialogue_id)
        assert (found["total"], found["vetoed"]) == (0, ["辱骂客户"])
        # It was not blind, so it is no part of the figures of agreement.
        await boss.get("/console/calibration.jsonl")
        assert boss.text == ""


async def test_a_change_is_a_new_version_and_the_former_one_comes_back(
    site: Site, tmp_path: Path
) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        _, path = await hand_in(boss, workbook(*ROWS))
        await boss.get(path)
        await confirmed(boss, path, "C01", "", "K4")
        first = (await api(boss, PAGE))["sheet"]["version"]
        old = await practise(site, trainee)
        site.clock.advance(minutes=1)
        await boss.get(path)
        await confirmed(boss, path, "C23", "", "K4")
        second = (await api(boss, PAGE))["sheet"]["version"]
        assert second != first
        new = await practise(site, trainee)
        await trainee.say("小结 误扣；已退")
        await site.settle()
        versions = [(await sheet_of(trainee, one))["version"] for one in (old, new)]
        assert versions == [first, second]

        site.clock.advance(minutes=1)
        assert (await boss.post(f"{path}/use")).status == 303
        assert (await api(boss, PAGE))["sheet"]["version"] == first
        await boss.get(PAGE)
        assert boss.text.count("换回这一版") == 1
        await boss.get(f"{path}/qa_sheet.yaml")
        file = tmp_path / "qa_sheet.yaml"
        file.write_text(boss.text, encoding="utf-8")
        assert open_sheet(file, language="zh").version == first
        assert (await boss.post(f"{PAGE}/stop")).status == 303
        assert (await api(boss, PAGE))["sheet"] is None


async def test_faults_of_a_file_are_named_and_strangers_are_kept_out(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        status, text = await hand_in(boss, workbook(ROWS[0], ("开场问候", 90, None)))
        assert (status, "质检表.xlsx：各项合计 90 分，应是 100 分" in text) == (400, True)
        status, text = await hand_in(boss, b"no spreadsheet")
        assert (status, "不是能用的质检表" in text) == (400, True)
        assert (await boss.post(PAGE)).status == 400
        assert (await hand_in(boss, b"x" * (3 * 2**20)))[0] == 413
        assert (await hand_in(boss, workbook(*ROWS), csrf="0" * 64))[0] == 403
        await trainee.get("/")
        for path in (PAGE, f"{PAGE}/stop", f"{PAGE}/none"):
            assert (await trainee.post(path)).status == 403
        assert json.loads(await (await boss.client.get(f"/api/v1{PAGE}")).text())["sheet"] is None
