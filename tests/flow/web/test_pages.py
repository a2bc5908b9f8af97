"""History, one judged dialogue, the console and the API."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from jsonschema import Draft202012Validator

from core.content.library import open_library
from tests.flow.web.visit import ANN, BOSS, LIN, Browser, Site, open_site

REPLY = "这个我也没办法，您自己看着办吧"


async def practise(site: Site, browser: Browser) -> str:
    """A short bad practice; the id of its dialogue."""
    await browser.post("/practice")
    await site.settle()
    site.clock.advance(seconds=20)
    await browser.say("您好，我是客服小林，很高兴为您服务")
    await site.settle()
    site.clock.advance(seconds=20)
    await browser.say(REPLY)
    await site.settle()
    site.clock.advance(seconds=20)
    await browser.say("结束")
    await site.settle()
    rows = (await browser.feed())["rows"]
    return next(str(row["debrief_of"]) for row in rows if row["code"] == "debrief")


async def test_the_history_leads_to_the_transcript_with_marks_and_table(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        await browser.get("/dialogues")
        assert f'href="/dialogues/{dialogue_id}"' in browser.text
        assert (await browser.get(f"/dialogues/{dialogue_id}")).status == 200
        assert f"<p>{REPLY}</p>" in browser.text
        assert "本次总分" in browser.text
        assert "速度：没有解决（参考：" in browser.text
        assert 'class="pins"' in browser.text
        assert len(re.findall(r'<li id="check-C\d\d">', browser.text)) == 26


async def test_a_companys_own_sheet_and_checks_stand_beside_ours(
    tmp_path: Path, empty_database: Path
) -> None:
    (tmp_path / "rubric.yaml").write_text(
        'version: "1"\nweights: {Q4: {T01: 1}}\n'
        "checks: [{id: T01, name: 报姓名, says: [客服小林]}]",
        encoding="utf-8",
    )
    (tmp_path / "qa_sheet.yaml").write_text(
        "confirmed: true\nitems:\n"
        "  - {item: 开口问候, points: 70, checks: [C01]}\n"
        "  - {item: 语速, points: 30, checks: []}\n",
        encoding="utf-8",
    )
    content = open_library(tmp_path)
    async with (
        open_site(tmp_path, empty_database, content=content) as site,
        site.browser(LIN) as browser,
    ):
        dialogue_id = await practise(site, browser)
        rows = (await browser.feed())["rows"]
        told = next(row["text"] for row in rows if row["code"] == "debrief")
        assert "：70 分，另有 30 分待人评" in told
        await browser.get(f"/dialogues/{dialogue_id}")
        assert "<li>开口问候：70 / 70</li>" in browser.text
        assert "<li>语速：待人评（30 分）</li>" in browser.text
        assert "报姓名：做到了" in browser.text
        found = await (await browser.client.get(f"/api/v1/dialogues/{dialogue_id}")).json()
        assert found["scorecard"]["sheet"]["total"] == 70
        assert found["scorecard"]["version"] == "1.0+1"


async def test_a_scorecard_still_being_made_is_asked_for_again(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.post("/practice")
        for text in ("您好，我是客服小林", "结束"):
            await browser.say(text)
        await site.house.worker.drain()
        listed = await (await browser.client.get("/api/v1/dialogues")).json()
        path = f"/dialogues/{listed['dialogues'][0]['id']}"
        await browser.get(path)
        assert "评分正在生成" in browser.text
        assert f'hx-get="{path}" hx-trigger="every 2s"' in browser.text
        await site.settle()
        await browser.get(path)
        assert "评分正在生成" not in browser.text
        assert "hx-get" not in browser.text


async def test_the_radar_is_well_formed_and_told_in_words(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        page = await (await browser.client.get(f"/dialogues/{dialogue_id}")).text()
        found = re.search(r"<svg.*?</svg>", page, re.DOTALL)
        assert found
        picture = ElementTree.fromstring(found[0])
        told = picture.find("{http://www.w3.org/2000/svg}desc")
        assert told is not None
        assert (told.text or "").startswith("雷达图：同理心")


async def test_the_replay_button_starts_again_from_the_weak_line(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        await browser.get(f"/dialogues/{dialogue_id}")
        turn = re.search(r'name="turn" value="(\d+)"', browser.text)
        assert turn
        last = (await browser.feed())["last"]
        answer = await browser.post(f"/dialogues/{dialogue_id}/replay", {"turn": turn[1]})
        assert answer.status == 303
        await site.settle()
        found = await browser.feed(last)
        assert found["rows"][0]["code"] == "resumed"
        assert found["status"] == "running"


async def test_a_turn_that_was_never_said_cannot_be_replayed(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        path = f"/dialogues/{dialogue_id}/replay"
        assert (await browser.post(path, {"turn": "99"})).status == 404
        assert (await browser.post(path)).status == 404


async def test_somebody_elses_dialogue_looks_like_none_at_all(site: Site) -> None:
    async with site.browser(LIN) as one, site.browser(BOSS) as other:
        dialogue_id = await practise(site, one)
        for path in ("/dialogues/", "/api/v1/dialogues/"):
            assert (await other.get(f"{path}{dialogue_id}")).status == 404
        assert (await other.post(f"/dialogues/{dialogue_id}/replay", {"turn": "2"})).status == 404


async def test_the_console_shows_figures_of_the_own_team_and_no_words(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(ANN), site.browser(BOSS) as boss:
        await practise(site, trainee)
        await boss.get("/console")
        assert "林学员" in boss.text
        assert "Ann" not in boss.text
        assert re.search(r"林学员</a></th><td>team-a</td><td>1</td><td>\d\.\d</td>", boss.text)
        assert REPLY not in boss.text


async def test_an_appeal_shows_the_sentence_it_is_about(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(BOSS) as boss:
        dialogue_id = await practise(site, trainee)
        found = await (await trainee.client.get(f"/api/v1/dialogues/{dialogue_id}")).json()
        seq = next(turn["seq"] for turn in found["turns"] if turn["text"] == REPLY)
        await trainee.say(f"申诉 第 {seq} 句 我已经核对过了")
        await site.settle()
        await boss.get("/console/appeals")
        assert "我已经核对过了" in boss.text
        assert f"<blockquote><p>{REPLY}</p></blockquote>" in boss.text
        assert "我是客服小林" not in boss.text


async def test_trainees_have_no_console(site: Site) -> None:
    async with site.browser(LIN) as browser:
        assert (await browser.get("/console")).status == 403
        await browser.get("/")
        assert 'href="/console"' not in browser.text


async def test_the_api_tells_the_same_as_the_pages(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        me = await (await browser.client.get("/api/v1/me")).json()
        assert me["name"] == "林学员"
        assert me["role"] == "trainee"
        listed = await (await browser.client.get("/api/v1/dialogues")).json()
        assert [item["id"] for item in listed["dialogues"]] == [dialogue_id]
        one = await (await browser.client.get(f"/api/v1/dialogues/{dialogue_id}")).json()
        assert one["overall"] == listed["dialogues"][0]["overall"]
        assert REPLY in [turn["text"] for turn in one["turns"]]
        assert len(one["scorecard"]["checks"]) == 26
        speed = one["scorecard"]["speed"]
        assert (speed["turns"], speed["seconds"]) == (None, None)
        case = site.house.content.scenario(one["scenario"])
        assert speed["reference_turns"] == case.reference.turns
        rows = (await browser.feed())["rows"]
        told = next(row["text"] for row in rows if row["code"] == "debrief")
        assert f"速度：没有解决（参考：{case.reference.turns} 句，" in told
        await browser.say("成绩")
        await site.settle()
        assert "速度：没有解决" in (await browser.feed())["rows"][-1]["text"]
        offered = await (await browser.client.get("/api/v1/scenarios")).json()
        assert offered["scenarios"][0]["number"] == 1


async def test_every_api_route_is_in_the_openapi_document_and_nothing_else(site: Site) -> None:
    async with site.browser() as browser:
        document = await (await browser.client.get("/api/openapi.json")).json()
        served = {
            (route.resource.canonical, route.method.lower())
            for route in site.server.app.router.routes()
            if route.resource and route.resource.canonical.startswith("/api/v1")
            if route.method != "HEAD"
        }
        told = {(path, method) for path, ways in document["paths"].items() for method in ways}
        assert told == served
        for ways in document["paths"].values():
            for way in ways.values():
                assert {"200", "401", "429", "503"} <= way["responses"].keys()


async def test_whatever_a_trainee_asks_of_the_api_the_status_is_a_documented_one(
    site: Site,
) -> None:
    async with site.browser(LIN) as browser:
        document = await (await browser.client.get("/api/openapi.json")).json()
        for path, ways in document["paths"].items():
            for method, way in ways.items():
                place = re.sub(r"{[a-z_]+}", "none", path)
                wait = {"wait": "0"} if path.endswith("/feed") else {}
                answer = await browser.client.request(method, place, params=wait)
                assert str(answer.status) in way["responses"], (method, path)


async def test_real_answers_fit_the_openapi_document(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        document = await (await browser.client.get("/api/openapi.json")).json()

        async def fits(path: str, name: str, *, status: int = 200) -> None:
            answer = await browser.client.get(path)
            assert answer.status == status
            check(document, name, await answer.json())

        await fits("/api/v1/me", "Me")
        await fits("/api/v1/scenarios", "Scenarios")
        await fits("/api/v1/dialogues", "Dialogues")
        await fits(f"/api/v1/dialogues/{dialogue_id}", "Judged")
        await fits("/api/v1/dialogues/none", "Problem", status=404)
        await fits("/api/v1/feed?wait=0", "Feed")
        await fits("/api/v1/feed?after=x", "Problem", status=400)
        check(document, "Kept", await browser.say("帮助"))


def check(document: dict[str, Any], name: str, answer: object) -> None:
    """The answer is what the document says it is."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(answer)


async def test_an_appeal_is_made_on_the_page_of_the_dialogue(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(BOSS) as boss:
        path = f"/dialogues/{await practise(site, trainee)}"
        await trainee.get(path)
        turn = re.search(r'<option value="(\d+)">第 \d+ 句 这个我也没办法', trainee.text)
        assert turn
        for bad in ({"turn": "99", "reason": "不对"}, {"turn": "x", "reason": "不对"}):
            assert (await trainee.post(f"{path}/appeal", bad)).status == 404
        assert (await trainee.post(f"{path}/appeal", {"turn": turn[1]})).status == 400
        fields = {"turn": turn[1], "reason": "当时系统坏了"}
        assert (await boss.post(f"{path}/appeal", fields)).status == 404
        assert (await trainee.post(f"{path}/appeal", fields)).status == 303
        await site.settle()
        await boss.get("/console/appeals")
        assert "当时系统坏了" in boss.text
        assert REPLY in boss.text


async def test_an_older_practice_is_appealed_shared_and_replayed_as_well(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(BOSS) as boss:
        older = await practise(site, trainee)
        site.clock.advance(days=1)
        for text in ("练习 broadband-outage", "您好，请问您遇到了什么情况？", "结束"):
            await trainee.say(text)
            await site.settle()
        path = f"/dialogues/{older}"
        await trainee.get(path)
        turn = re.search(r'<option value="(\d+)">第 \d+ 句 这个我也没办法', trainee.text)
        assert turn
        assert f'action="{path}/replay"' in trainee.text
        fields = {"turn": turn[1], "reason": "当时系统坏了"}
        assert (await trainee.post(f"{path}/appeal", fields)).status == 303
        await site.settle()
        await trainee.get(path)
        assert "<q>当时系统坏了</q>" in trainee.text
        assert "你申诉过：主管能看到内容" in trainee.text
        await boss.get("/console/appeals")
        assert f"<blockquote><p>{REPLY}</p></blockquote>" in boss.text
        assert (await trainee.post(f"{path}/share", {"shown": "1"})).status == 303
        assert (await boss.get(f"/console{path}")).status == 200

        assert (await trainee.post(f"{path}/replay", {"turn": turn[1]})).status == 303
        await site.settle()
        fed = await trainee.feed()
        assert fed["status"] == "running"
        title = site.house.content.scenario("broadband-outage").title
        assert title not in fed["rows"][-1]["text"]
        # While a talk is open nothing may take its place by a button.
        await trainee.get(path)
        assert f'action="{path}/replay"' not in trainee.text


async def test_nobody_appeals_or_replays_by_the_id_of_anothers_practice(site: Site) -> None:
    async with site.browser(LIN) as one, site.browser(ANN) as other:
        dialogue_id = await practise(site, one)
        for text in (f"appeal #{dialogue_id} 2 not mine", f"replay #{dialogue_id} 2"):
            await other.say(text)
            await site.settle()
        codes = [row["code"] for row in (await other.feed())["rows"]]
        assert codes[-2:] == ["trouble", "trouble"]


async def test_the_scorecard_draws_how_the_anger_went(site: Site) -> None:
    async with site.browser(LIN) as browser:
        dialogue_id = await practise(site, browser)
        page = await (await browser.client.get(f"/dialogues/{dialogue_id}")).text()
        pictures = [
            ElementTree.fromstring(found) for found in re.findall(r"(?s)<svg.*?</svg>", page)
        ]
        told = [picture.findtext("{http://www.w3.org/2000/svg}desc") or "" for picture in pictures]
        file = f"/api/v1/pictures/scorecard.svg?dialogue={dialogue_id}"
        both = await (await browser.client.get(file)).text()
        assert all(text in both for text in told)
        async with site.browser(BOSS) as boss:
            assert (await boss.get(file)).status == 404
        assert [text.split("：")[0] for text in told] == ["雷达图", "你每说一句之后的怒气"]


async def test_the_history_draws_a_trend_from_two_scores_on(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await practise(site, browser)
        await browser.get("/dialogues")
        assert "<svg" not in browser.text
        await practise(site, browser)
        await browser.get("/dialogues")
        assert re.search(r"从早到晚的总分：\d\.\d、\d\.\d<", browser.text)


async def test_the_profile_gives_no_figure_below_five_practices(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await practise(site, browser)
        await browser.get("/profile")
        assert browser.text.count('<span class="tally">—</span>') == 9
        assert "练满 5 次，每项能力就开始有数。" in browser.text
        assert browser.text.count("数据不足 · 1 次") + browser.text.count("数据不足 · 0 次") == 9
        assert "<svg" not in browser.text


async def test_the_time_of_a_practice_is_told_in_the_zone_of_the_installation(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await practise(site, browser)
        await browser.get("/dialogues")
        assert "2026-03-02 12:00" in browser.text


async def test_an_open_practice_is_offered_first(site: Site) -> None:
    async with site.browser(LIN) as browser:
        await browser.get("/")
        assert 'id="start"' in browser.text
        await browser.post("/practice")
        await site.settle()
        await browser.get("/")
        assert 'id="go-on"' in browser.text
        assert 'id="start"' not in browser.text


async def test_every_page_carries_the_security_headers_and_no_inline_script(site: Site) -> None:
    async with site.browser(BOSS) as browser:
        for path in (
            "/",
            "/chat",
            "/dialogues",
            "/profile",
            "/console",
            "/nowhere",
            "/static/chat.js",
            "/healthz",
        ):
            answer = await browser.get(path)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if answer.content_type == "text/html":
                assert not re.search(r"<script>|<style| style=| on[a-z]+=", browser.text)


async def test_nowhere_is_a_plain_page_and_json_for_programs(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get("/nowhere")).status == 404
        assert "没有这个页面" in browser.text
        answer = await browser.get("/api/v1/nowhere")
        assert answer.status == 404
        assert json.loads(browser.text)["problem"] == "not_found"


async def test_health_readiness_and_metrics_answer(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.get("/healthz")).status == 200
        answer = await browser.get("/readyz")
        assert answer.status == 200
        assert json.loads(browser.text)["ready"] is True
        await browser.get("/metrics")
        assert (
            'peilian_web_requests_total{method="GET",route="/healthz",status="200"}' in browser.text
        )


async def test_metrics_never_hold_ids_or_tokens(site: Site) -> None:
    path = await site.link_for(LIN)
    async with site.browser() as browser:
        await browser.get(path)
        await browser.get("/metrics")
        assert path not in browser.text
        assert 'route="/signin/{token}"' in browser.text
