"""People in the loop, through the doors: shares, looks, appeals, blind marks, feedback."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.catalogue import say
from core.domain.model_verdict import JudgementState, ModelJudgement, ModelVerdict, Said, Usage
from core.domain.people import Person, Role
from core.domain.review import AuditTask, CheckTrust, HumanMark, Origin, Review, Trust, Why
from core.domain.rubric import CRITICAL
from core.domain.scorecard import CriticalError
from core.ports.storage import UnitOfWork
from core.services.auditing import ASKED
from tests.builders import dialogue
from tests.flow.web.test_pages import REPLY, check, practise
from tests.flow.web.visit import ANN, BOSS, LIN, Browser, Site, open_site

OTHER = Person("p-other", "李主管", Role.SUPERVISOR, "team-b")
SECOND = Person("p-second", "陈主管", Role.SUPERVISOR, "team-a")
ADMIN = Person("p-admin", "管理员", Role.ADMIN, "hq")
AUTHOR = Person("p-author", "作者", Role.AUTHOR, "content")


@asynccontextmanager
async def people(site: Site, *them: Person) -> AsyncIterator[list[Browser]]:
    """A signed-in browser for each."""
    async with site.browser(them[0]) as first:
        if len(them) == 1:
            yield [first]
            return
        async with people(site, *them[1:]) as rest:
            yield [first, *rest]


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    """Where results may be read as JSON, too."""
    async with open_site(tmp_path, empty_database, training_only=False) as opened:
        yield opened


async def api(browser: Browser, path: str, *, status: int = 200) -> dict[str, Any]:
    answer = await browser.client.get(f"/api/v1{path}")
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def post(
    browser: Browser, path: str, fields: dict[str, str], *, status: int = 200
) -> dict[str, Any]:
    answer = await browser.client.post(
        f"/api/v1{path}", json=fields, headers={"X-CSRF-Token": browser.csrf}
    )
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def appealed(site: Site, trainee: Browser) -> tuple[str, int]:
    """A bad practice with an appeal against its worst line: the dialogue and the turn."""
    dialogue_id = await practise(site, trainee)
    found = await api(trainee, f"/dialogues/{dialogue_id}")
    seq = next(turn["seq"] for turn in found["turns"] if turn["text"] == REPLY)
    await trainee.say(f"申诉 第 {seq} 句 我已经核对过了")
    await site.settle()
    return dialogue_id, seq


async def test_a_practice_is_read_only_while_it_is_shared_and_each_look_is_shown(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS, OTHER) as (trainee, boss, other):
        dialogue_id = await practise(site, trainee)
        page, mine = f"/console/dialogues/{dialogue_id}", f"/dialogues/{dialogue_id}"
        for path in (page, f"/api/v1{page}"):
            assert (await boss.get(path)).status == 404
        await trainee.get(mine)
        assert "只有你能看到内容" in trainee.text
        assert (await boss.post(f"{mine}/share")).status == 404
        assert (await trainee.post(f"{mine}/share", {"shown": "1"})).status == 303

        assert (await boss.get(page)).status == 200
        assert REPLY in boss.text
        for path in (page, f"/api/v1{page}", f"/console/people/{LIN.id}"):
            assert (await other.get(path)).status == 404
        await trainee.get(mine)
        assert "王主管，2026-03-02" in trainee.text
        (look,) = (await api(boss, "/console/looks"))["looks"]
        assert (look["viewer"], look["person"], look["why"]) == (BOSS.id, LIN.id, "shared")
        assert (await api(other, "/console/looks"))["looks"] == []

        await trainee.post(f"{mine}/share", {"shown": "0"})
        assert (await boss.get(page)).status == 404
        await boss.get(f"/console/people/{LIN.id}")
        assert "内容不公开" in boss.text


async def test_an_exam_is_open_to_the_supervisor_and_that_is_announced(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        await trainee.say("练习 1 考试")
        await site.settle()
        rows = (await trainee.feed())["rows"]
        assert any("考试成绩和内容主管能看到" in row["text"] for row in rows)
        await trainee.say("您好，请问您遇到了什么情况？")
        await trainee.say("结束")
        await site.settle()
        rows = (await trainee.feed())["rows"]
        dialogue_id = next(row["debrief_of"] for row in rows if row["code"] == "debrief")
        assert (await boss.get(f"/console/dialogues/{dialogue_id}")).status == 200
        await trainee.get(f"/dialogues/{dialogue_id}")
        assert "这是考试：主管能看到内容" in trainee.text


async def test_an_appeal_that_is_upheld_changes_the_card_and_comes_back_in_chat(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        dialogue_id, seq = await appealed(site, trainee)
        rows = (await trainee.feed())["rows"]
        # Monday 2 March, noon in Shanghai: five working days later is Monday the 9th.
        assert any("最晚 2026-03-09 前答复" in row["text"] for row in rows)
        before = await api(trainee, f"/dialogues/{dialogue_id}")
        (waiting,) = (await api(boss, "/console/appeals"))["waiting"]
        assert (waiting["turn"], waiting["late"], waiting["quote"]) == (seq, False, REPLY)
        assert waiting["due"].startswith("2026-03-09")
        page = f"/console/appeals/{waiting['id']}"
        await boss.get(page)
        assert "我已经核对过了" in boss.text

        missed = [one["id"] for one in before["scorecard"]["checks"] if one["mark"] == 0]
        given = {"outcome": "upheld", "reason": "当时确实核对了"}
        for bad in (given, {**given, "mark-C08": "7"}, {"outcome": "upheld", "mark-C08": "1"}):
            assert (await boss.post(page, bad)).status == 400
        new = {f"mark-{name}": "1" for name in missed}
        assert (await boss.post(page, {**given, **new})).status == 303
        assert (await boss.post(page, {**given, **new})).status in (400, 409)

        after = await api(trainee, f"/dialogues/{dialogue_id}")
        assert after["overall"] > before["overall"]
        marks = {one["id"]: one for one in after["scorecard"]["checks"]}
        assert all((marks[n]["mark"], marks[n]["source"]) == (1, "human") for n in missed)
        told = next(
            row for row in (await trainee.feed())["rows"] if row["code"] == "appeal_settled"
        )
        assert "已采纳：当时确实核对了" in told["text"]
        assert "由 王主管 复核" in told["text"]
        assert f"总分 {before['overall']:.1f} → {after['overall']:.1f}" in told["text"]
        await trainee.get(f"/dialogues/{dialogue_id}")
        assert "当时确实核对了" in trainee.text

        def kept(unit: UnitOfWork) -> tuple[list[float | None], list[Origin]]:
            former = [card.overall for card in unit.scorecards.former(dialogue_id)]
            return former, [one.origin for one in unit.audits.reviews_of(dialogue_id)]

        assert await site.house.transactions.read(kept) == ([before["overall"]], [Origin.APPEAL])
        await boss.get("/console/calibration.jsonl")
        line = json.loads(boss.text)
        assert (line["origin"], {one["check"] for one in line["marks"]}) == ("appeal", set(missed))
        assert {one["machine"] for one in line["marks"]} == {0.0}
        assert {marks[name]["trust"] for name in missed} == {None}
        # The profile is made of cards, so it has the new marks as well; and judging the talk once
        # more, as when the closing form comes, does not bring the machine's back.
        await trainee.say("小结 误扣；已退")
        await site.settle()
        again = {
            one["id"]: one
            for one in (await api(trainee, f"/dialogues/{dialogue_id}"))["scorecard"]["checks"]
        }
        assert all(again[name]["source"] == "human" for name in missed)


async def test_a_micro_drill_on_the_page_is_judged_at_once_and_can_be_appealed(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        await trainee.get("/plan")
        assert 'action="/practice/quick"' in trainee.text
        await trainee.post("/practice/quick", {"ability": "Q1"})
        await site.settle()
        await trainee.get("/chat")
        assert "微练：" in trainee.text
        assert "提示" not in trainee.text.split('id="lines"')[1].split("</ol>")[0]
        await trainee.say("这个我没办法。")
        await site.house.worker.drain()
        (told,) = [row for row in (await trainee.feed())["rows"] if row["code"] == "verdict"]
        page = f"/dialogues/{told['debrief_of']}"
        await trainee.get(page)
        assert "共情" in trainee.text
        assert "可以这样说" in told["text"]
        before = await api(trainee, page)
        assert before["overall"] is None
        assert {one["id"] for one in before["scorecard"]["checks"]} == {"C09", "C10", "C11"}

        await trainee.say("申诉 我已经道歉了")
        await site.settle()
        (waiting,) = (await api(boss, "/console/appeals"))["waiting"]
        marks = {f"mark-{name}": "1" for name in ("C09", "C10", "C11")}
        given = {"outcome": "upheld", "reason": "确实说过", **marks}
        await post(boss, f"/console/appeals/{waiting['id']}", given)
        after = await api(trainee, page)
        assert after["scorecard"]["abilities"]["Q1"] == 10.0
        assert after["overall"] is None
        assert len(after["scorecard"]["checks"]) == 3


async def test_an_appeal_that_is_declined_changes_nothing_and_says_why(site: Site) -> None:
    async with people(site, LIN, BOSS, OTHER) as (trainee, boss, other):
        dialogue_id, seq = await appealed(site, trainee)
        before = await api(trainee, f"/dialogues/{dialogue_id}")
        (waiting,) = (await api(boss, "/console/appeals"))["waiting"]
        path = f"/console/appeals/{waiting['id']}"
        assert (await api(other, "/console/appeals"))["waiting"] == []
        await post(other, path, {"outcome": "declined", "reason": "不"}, status=404)
        declined = {"outcome": "declined", "reason": "这一句没有核对"}
        await post(boss, path, {**declined, "mark-C01": "0"}, status=400)
        found = await post(boss, path, declined)
        assert found == {"settled": waiting["id"], "upheld": False}
        await post(boss, path, declined, status=409)

        assert await api(trainee, f"/dialogues/{dialogue_id}") == before
        told = (await trainee.feed())["rows"][-1]
        assert told["text"].startswith("您对「")
        assert "没有采纳，理由：这一句没有核对" in told["text"]
        appeals = await api(boss, "/console/appeals")
        assert appeals["waiting"] == []
        assert appeals["settled"][0]["reason"] == "这一句没有核对"
        # What the machine said of that line was looked at and stands: a label as well.
        marked = {
            one["id"]: one["mark"]
            for one in before["scorecard"]["checks"]
            if one["turn"] == seq and one["mark"] is not None
        }
        assert await labels(boss) == {check: (mark, mark) for check, mark in marked.items()}
        assert marked


async def labels(boss: Browser) -> dict[str, tuple[float | None, float | None]]:
    """The one line of the calibration set: check -> what the person said, what the machine."""
    await boss.get("/console/calibration.jsonl")
    (line,) = (json.loads(text) for text in boss.text.splitlines())
    return {one["check"]: (one["human"], one["machine"]) for one in line["marks"]}


async def test_each_appeal_about_a_talk_adds_to_the_calibration_set_errors_as_well(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        for text in ("练习 wrong-charge seed=7", "您好，我是客服小林", "有本事你去投诉", "结束"):
            await trainee.say(text)
            await site.settle()
        (listed,) = (await api(trainee, "/dialogues"))["dialogues"]
        shown = await api(trainee, f"/dialogues/{listed['id']}")
        seqs = [turn["seq"] for turn in shown["turns"] if turn["speaker"] == "trainee"]
        given = [{"mark-C05": "1"}, {f"critical-K7-{seqs[-1]}": "dismiss"}]
        for seq, fields in zip((seqs[0], seqs[-1]), given, strict=True):
            await trainee.say(f"申诉 第 {seq} 句 不对")
            await site.settle()
            (waiting,) = (await api(boss, "/console/appeals"))["waiting"]
            ruling = {"outcome": "upheld", "reason": "看过了", **fields}
            await post(boss, f"/console/appeals/{waiting['id']}", ruling)
        assert (await labels(boss))["C05"][0] == 1.0
        assert (await labels(boss))["K7"][0] == 0.0


async def test_an_appeal_is_late_after_five_working_days(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        await appealed(site, trainee)
        site.clock.advance(days=7)
        assert not (await api(boss, "/console/appeals"))["waiting"][0]["late"]
        site.clock.advance(days=1)
        assert (await api(boss, "/console/appeals"))["waiting"][0]["late"]
        await boss.get("/console/appeals")
        assert "已超期" in boss.text


async def drawn(site: Site, trainee: Browser, boss: Browser) -> str:
    """A shared practice that was drawn and is marked twice."""
    dialogue_id = await practise(site, trainee)
    await trainee.post(f"/dialogues/{dialogue_id}/share", {"shown": "1"})
    await boss.get("/console/queue")
    assert (await post(boss, "/console/queue/draw", {}))["drawn"] == 1
    return dialogue_id


async def test_two_people_mark_a_talk_without_seeing_each_other_or_the_machine(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS, SECOND, OTHER) as (trainee, boss, second, other):
        dialogue_id = await drawn(site, trainee, boss)
        (waiting,) = (await api(boss, "/console/queue"))["waiting"]
        assert waiting.keys() == {"dialogue", "title", "drawn_at", "done", "wanted"}
        assert waiting["wanted"] == 2
        assert (await post(boss, "/console/queue/draw", {}))["drawn"] == 0
        path = f"/console/queue/{dialogue_id}"
        assert (await other.get(path)).status == 404
        card = (await api(trainee, f"/dialogues/{dialogue_id}"))["scorecard"]
        reasons = {one["why"] for one in card["checks"] if one["why"]}
        await boss.get(path)
        assert REPLY in boss.text
        assert not any(why in boss.text for why in reasons)
        families = {asked: "critical" if asked in CRITICAL else "check" for asked in ASKED}
        told = {say("zh", f"{family}_asks.{asked}") for asked, family in families.items()}
        assert len(told) == len(ASKED)
        assert [one for one in told if one not in boss.text] == []
        # Nor by the ways round the back.
        (held,) = (await api(boss, f"/console/people/{LIN.id}"))["practices"]
        assert held["overall"] is None
        await boss.get(f"/console/dialogues/{dialogue_id}")
        assert "评完之前不显示机器的评分" in boss.text
        assert not any(why in boss.text for why in reasons)

        seq = next(
            turn["seq"]
            for turn in (await api(trainee, f"/dialogues/{dialogue_id}"))["turns"]
            if turn["text"] == REPLY
        )
        for bad in ({}, {"mark-C01": "2"}, {"mark-C01": "0.5"}, {"mark-K1": "na"}):
            assert (await boss.post(path, bad)).status == 400
        assert (await boss.post(path, {"mark-C01": "1", "turn-C01": "99"})).status == 400
        marks = {"mark-C01": "1", "mark-C18": "0", "turn-C18": str(seq), "mark-K7": "0"}
        assert (await boss.post(path, marks)).status == 303
        assert (await boss.get(path)).status == 404
        assert (await api(boss, "/console/queue"))["waiting"] == []
        assert (await api(second, "/console/queue"))["waiting"][0]["done"] == 1
        await second.get(path)
        await post(second, path, {"mark-C01": "0", "mark-C18": "0"})
        assert (await api(second, "/console/queue"))["waiting"] == []

        rows = {row["check"]: row for row in (await api(boss, "/console/agreement"))["checks"]}
        assert (rows["C01"]["figures"]["cases"], rows["C01"]["figures"]["twice"]) == (1, 1)
        assert rows["C01"]["trust"] == "human_only"
        assert rows["C26" if "C26" in rows else "C02"]["figures"] is None
        await boss.get("/console/agreement")
        assert "人机一致性" in boss.text
        reviews = await site.house.transactions.read(
            lambda unit: unit.audits.reviews_of(dialogue_id)
        )
        quotes = {one.check: one.quote for one in reviews[0].human}
        assert quotes["C18"] == REPLY
        assert [(await api(other, "/console/agreement"))["checks"][0]["figures"]] == [None]


PASTED = (
    "您好！关于您提到的问题，我建议您通过以下步骤处理：\n1. **核实信息**：请提供号码；\n"
    "2. **提交申请**：我将为您登记。如果您还有任何其他问题，请随时联系我。"
)


async def test_a_line_that_looks_pasted_is_told_kindly_and_is_a_reason_for_a_look(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS, ADMIN) as (trainee, boss, admin):
        for text in ("练习 wrong-charge seed=7", "您好，我是客服小林", PASTED, "结束"):
            await trainee.say(text)
            await site.settle()
            site.clock.advance(seconds=60)
        (listed,) = (await api(trainee, "/dialogues"))["dialogues"]
        path = f"/dialogues/{listed['id']}"
        (found,) = (await api(trainee, path))["scorecard"]["pasted"]
        assert "markup" in found["signs"]
        told = next(r["text"] for r in (await trainee.feed())["rows"] if r["code"] == "debrief")
        assert f"第 {found['turn']} 句看起来像是别处写好的（带排版符号" in told
        await trainee.get(path)
        assert "这不影响得分，也可能只是公司话术或者我们看错了" in trainee.text

        # Nobody hears of it unless the practice may be read.
        await boss.get("/console/queue")
        assert "看起来像粘贴的回复" not in boss.text
        await trainee.post(f"{path}/share", {"shown": "1"})
        await boss.get("/console/queue")
        assert "机器不会因此改任何分数" in boss.text
        assert f'href="/console{path}"' in boss.text
        assert "核实信息" not in boss.text
        await boss.get(f"/console{path}")
        assert f'<a href="#turn-{found["turn"]}">第 {found["turn"]} 句</a> <q>' in boss.text
        # It is drawn as well, and nothing of this is shown to who is to mark it blindly: somebody
        # else, who has not seen it yet.
        assert (await post(boss, "/console/queue/draw", {}))["drawn"] == 1
        task = await site.house.transactions.read(lambda unit: unit.audits.task(listed["id"]))
        assert task is not None
        assert Why.PASTED in task.whys
        for page in ("/console/queue", f"/console{path}"):
            await admin.get(page)
            assert "看起来像粘贴的回复" not in admin.text


async def test_every_team_is_drawn_for_itself_and_what_is_grave_also_when_shared_later(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS, ADMIN) as (trainee, boss, admin):
        await drawn(site, trainee, boss)
        for _ in range(2):
            await practise(site, trainee)
        later, plain, _ = (one["id"] for one in (await api(trainee, "/dialogues"))["dialogues"])
        site.clock.advance(minutes=1)
        await admin.get("/console/queue")
        assert (await post(admin, "/console/queue/draw", {}))["drawn"] == 0

        def grave(unit: UnitOfWork) -> None:
            card, debrief = unit.scorecards.get(later) or (None, None)
            assert card is not None
            assert debrief is not None
            error = CriticalError("K3", 4, REPLY, "policy_broken")
            found = replace(card, critical=(error,))
            unit.scorecards.put(found, debrief, person_id=LIN.id, now=site.clock.now())

        await site.house.transactions.write(grave)
        await trainee.get("/")
        for dialogue_id in (later, plain):
            await trainee.post(f"/dialogues/{dialogue_id}/share", {"shown": "1"})
        site.clock.advance(minutes=1)
        # A draw of the team has come between, so chance is over for both; the grave one is taken.
        await many_reviews(site, 1)
        assert (await post(admin, "/console/queue/draw", {}))["drawn"] == 1
        task = await site.house.transactions.read(lambda unit: unit.audits.task(later))
        assert task is not None
        assert task.whys == (Why.CRITICAL,)


async def many_reviews(
    site: Site, number: int, *, wrong_from: int = 10**6, check: str = "C05"
) -> None:
    """So many talks marked twice, in which machine and people agree up to `wrong_from`."""

    def work(unit: UnitOfWork) -> None:
        now = site.clock.now()
        base = unit.audits.reviews(team=None)
        offset = len(base)
        for at in range(number):
            name = f"r-{offset + at}"
            unit.dialogues.add(replace(dialogue(), id=name, person_id=LIN.id))
            unit.audits.add_tasks([AuditTask(name, LIN.id, (Why.RANDOM,), True, now)])
            mark = float(at % 4 != 0)
            machine = mark if at < wrong_from else 1 - mark
            for rater in ("p-boss", "p-second"):
                unit.audits.put_review(
                    Review(
                        dialogue_id=name,
                        rater_id=rater,
                        origin=Origin.AUDIT,
                        person_id=LIN.id,
                        at=now + timedelta(seconds=at),
                        version="1.0",
                        human=(HumanMark(check, mark),),
                        machine=((check, machine),),
                        overall=7.0 + mark,
                        machine_overall=7.0 + machine,
                    )
                )

    await site.house.transactions.write(work)


async def test_a_check_climbs_by_its_figures_and_falls_when_they_fall(site: Site) -> None:
    async with people(site, LIN, BOSS, ADMIN) as (_, boss, admin):
        await boss.get("/console/agreement")
        await post(boss, "/console/agreement/refresh", {}, status=403)

        async def state() -> str:
            await admin.get("/console/agreement")
            found = (await post(admin, "/console/agreement/refresh", {}))["checks"]
            return str(next(one["trust"] for one in found if one["check"] == "C05"))

        await many_reviews(site, 149)
        assert await state() == Trust.HUMAN_ONLY
        await many_reviews(site, 60)
        assert [await state(), await state()] == [Trust.ASSISTED, Trust.AUTOMATIC]
        await many_reviews(site, 120, wrong_from=0)
        assert await state() == Trust.ASSISTED
        await admin.get("/console/agreement")
        assert "不如人和人一致" in admin.text
        assert "<svg" in admin.text


async def test_drift_on_the_fixed_talks_takes_trust_back_and_cards_say_how_far_it_goes(
    site: Site,
) -> None:
    async with people(site, LIN, BOSS, ADMIN) as (trainee, _, admin):
        dialogue_id = await practise(site, trainee)
        page = f"/dialogues/{dialogue_id}"
        mark = {one["id"]: one for one in (await api(trainee, page))["scorecard"]["checks"]}["C01"]
        assert (mark["mark"], mark["trust"]) == (1.0, "human_only")
        await trainee.get(page)
        assert "0 项已证明和人一样可靠" in trainee.text

        def trusted(unit: UnitOfWork) -> None:
            """Agreement on the fixed talks was full when the step was earned; today's machine says
            the opposite of what people said of them."""
            now, turns = site.clock.now(), unit.dialogues.turns(dialogue_id)
            held = unit.dialogues.get(dialogue_id)
            unit.audits.put_trust(CheckTrust("C01", Trust.AUTOMATIC, (), now, 1.0, 1.0))
            for at in range(12):
                name = f"fixed-{at}"
                unit.dialogues.add(replace(held, id=name))
                unit.dialogues.add_turns(name, [replace(turn, inbox_id=None) for turn in turns])
                unit.audits.add_tasks([AuditTask(name, LIN.id, (Why.RANDOM,), False, now)])
                unit.audits.put_review(
                    Review(
                        dialogue_id=name,
                        rater_id=BOSS.id,
                        origin=Origin.AUDIT,
                        person_id=LIN.id,
                        at=now + timedelta(seconds=at),
                        version="1.0",
                        human=(HumanMark("C01", 0.0),),
                        machine=(("C01", 0.0),),
                    )
                )

        await site.house.transactions.write(trusted)
        assert (await api(trainee, page))["scorecard"]["checks"][0]["trust"] == "automatic"
        await many_reviews(site, 200, check="C01")
        await admin.get("/console/agreement")
        for _ in range(2):
            # The second time nothing has changed, so it neither climbs on old marks nor falls on.
            site.clock.advance(days=1)
            await post(admin, "/console/agreement/refresh", {})
            rows = {row["check"]: row for row in (await api(admin, "/console/agreement"))["checks"]}
            found = rows["C01"]
            assert (found["trust"], found["gates"]) == ("assisted", ["drifted"])
            assert (found["reference_ac1"], found["reaudit_ac1"] < 0) == (1.0, True)
        await trainee.get(page)
        assert "1 项正和人比对" in trainee.text
        await admin.get("/console/agreement")
        assert "复评集上变差了" in admin.text


async def test_feedback_is_put_together_by_theme_and_answered_in_chat(site: Site) -> None:
    async with people(site, LIN, ANN, AUTHOR, BOSS) as (lin, ann, author, boss):
        await lin.post("/practice")
        await site.settle()
        for words in ("反馈 客户太客气了，真实客户不会这么好说话", "反馈 字体颜色能不能深一点"):
            await lin.say(words)
        await ann.say("feedback the customer is too polite, gives in at once")
        await lin.say("反馈 字体的颜色能不能再深一点点")
        await site.settle()

        found = {one["theme"]: one for one in (await api(author, "/console/feedback"))["themes"]}
        assert (found["too_polite"]["count"], found["too_polite"]["about"]) == (2, "realism")
        (rest,) = (one for name, one in found.items() if name.startswith("other-"))
        assert rest["count"] == 2
        assert [one["count"] for one in (await api(boss, "/console/feedback"))["themes"]] == [2, 1]
        assert (await lin.get("/console/feedback")).status == 403
        assert (await author.get("/console")).status == 403
        await author.get("/console/feedback")
        assert "客户太好说话" in author.text

        path = "/console/feedback/too_polite"
        assert (await author.post(path, {"note": " "})).status == 400
        assert (await post(author, path, {"note": "开场更急了，下个版本生效"}))["told"] == 2
        assert (await post(author, path, {"note": "又说一遍"}))["told"] == 0
        for one in (lin, ann):
            rows = [row for row in (await one.feed())["rows"] if row["code"] == "feedback_answered"]
            assert [("开场更急了" in row["text"]) for row in rows] == [True]
        assert "客户太客气了" in rows[0]["text"] or "too polite" in rows[0]["text"]

        await author.get("/console/feedback.jsonl")
        lines = [json.loads(line) for line in author.text.splitlines()]
        assert len(lines) == 4
        of_lin = next(line for line in lines if "太客气" in line["text"])
        assert of_lin["answer"] == "开场更急了，下个版本生效"
        assert {turn["speaker"] for turn in of_lin["turns"]} == {"customer"}
        looks = (await api(boss, "/console/looks"))["looks"]
        assert {(look["viewer"], look["why"]) for look in looks} >= {(AUTHOR.id, "feedback")}


async def test_marks_of_a_judge_model_are_shown_as_they_come(site: Site) -> None:
    async with site.browser(LIN) as trainee:
        dialogue_id = await practise(site, trainee)

        async def come(state: JudgementState) -> None:
            verdicts = (ModelVerdict("C08", Said.MISSED, None, 2, 0, 4, "ab"),)
            judgement = ModelJudgement(dialogue_id, state, 12, verdicts)
            now = site.clock.now()
            await site.house.transactions.write(
                lambda unit: unit.verdicts.put_judgement(judgement, now=now)
            )
            await trainee.get(f"/dialogues/{dialogue_id}")

        await come(JudgementState.RUNNING)
        assert "评分模型正在看：1 / 12" in trainee.text
        assert 'hx-trigger="every 1s"' in trainee.text
        assert re.search(r"复述问题并得到确认：<strong>没做到</strong>", trainee.text)
        await come(JudgementState.DONE)
        assert "评分模型看完了" in trainee.text
        assert "every 1s" not in trainee.text


async def test_what_a_judge_model_cost_stands_in_the_metrics(site: Site) -> None:
    async with site.browser() as browser:
        usage = Usage(6, 1, 900, 100, 4)
        await site.house.transactions.write(
            lambda unit: unit.verdicts.spend("2026-03-02", "judge-7b", usage)
        )
        await browser.get("/metrics")
        for line in (
            'peilian_judge_calls{model="judge-7b",ok="yes"} 5.0',
            'peilian_judge_calls{model="judge-7b",ok="no"} 1.0',
            'peilian_judge_tokens{direction="in",model="judge-7b"} 900.0',
            'peilian_judge_cached_verdicts{model="judge-7b"} 4.0',
            'peilian_judge_cost{model="judge-7b"} 0.0',
        ):
            assert line in browser.text


async def test_what_the_console_tells_programs_fits_its_document(site: Site) -> None:
    async with people(site, LIN, BOSS) as (trainee, boss):
        dialogue_id, _ = await appealed(site, trainee)
        await boss.get("/console/queue")
        await post(boss, "/console/queue/draw", {})
        document = await (await boss.client.get("/api/openapi.json")).json()
        for path, name in (
            ("/console", "Overview"),
            (f"/console/people/{LIN.id}", "Member"),
            ("/console/appeals", "Appeals"),
            ("/console/queue", "Queue"),
            ("/console/agreement", "Agreement"),
            ("/console/feedback", "Feedback"),
            ("/console/looks", "Looks"),
            ("/console/company-sheet", "CompanySheet"),
        ):
            check(document, name, await api(boss, path))
        found = await api(boss, f"/console/dialogues/{dialogue_id}")
        assert found["shown"] == ["appealed"]
        await post(trainee, f"/dialogues/{dialogue_id}/share", {"shown": "1"})


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/appeals",
        "/queue",
        "/agreement",
        "/feedback",
        "/looks",
        "/people/p-lin",
        "/company-sheet",
    ],
)
async def test_a_trainee_has_no_desk(site: Site, path: str) -> None:
    async with site.browser(LIN) as trainee:
        for page in (f"/console{path}", f"/api/v1/console{path}"):
            assert (await trainee.get(page)).status == 403
