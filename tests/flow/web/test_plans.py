"""Plans on the web: the trainee's own with reasons, and what a supervisor orders."""

from __future__ import annotations

import re

from core.domain.people import Person, Role
from tests.flow.histories import practised
from tests.flow.web.visit import ANN, BOSS, LIN, Browser, Site
from tests.png import opened

OTHER = Person("p-other", "别组的", Role.TRAINEE, "team-b")


async def _known(site: Site) -> None:
    await site.house.transactions.write(lambda unit: unit.people.add(LIN))


async def _order(browser: Browser, **fields: str) -> int:
    await browser.get("/console/orders")
    form = {
        "kind": "assign",
        "person": LIN.id,
        "scenario": "invoice",
        "opens_on": "2026-03-02",
        "due_on": "2026-03-09",
        "pass_mark": "7",
        "attempts": "2",
        **fields,
    }
    return (await browser.post("/console/orders", form)).status


async def test_an_assignment_shows_on_the_trainee_s_plan_with_its_terms(site: Site) -> None:
    await _known(site)
    async with site.browser(BOSS) as boss:
        assert await _order(boss) == 303
        await boss.get("/console/orders")
        assert "林学员" in boss.text
    async with site.browser(LIN) as lin:
        await lin.get("/plan")
        page = lin.text
        answer = await lin.get("/api/v1/plan")
        plan = await answer.json()
    assert "主管布置的，成绩和内容主管能看到。最迟 2026-03-09。7.0 分通过。还有 2 次机会。" in page
    assert plan["items"][0]["scenario"] == "invoice"
    assert len(plan["items"]) == 3
    assert all(item["reason"] for item in plan["items"])


async def _practise(site: Site, browser: Browser, case: str) -> str:
    """A practice of this case with one weak line; the id of its dialogue."""
    for line in (f"练习 {case}", "您好", "这个我也没办法，您自己看着办吧", "结束"):
        await browser.say(line)
        await site.settle()
        site.clock.advance(seconds=20)
    listed = await (await browser.client.get("/api/v1/dialogues")).json()
    return str(listed["dialogues"][0]["id"])


async def test_an_assigned_drill_is_announced_and_read_and_what_is_practised_freely_is_not(
    site: Site,
) -> None:
    await _known(site)
    async with site.browser(BOSS) as boss, site.browser(LIN) as lin:
        assert await _order(boss, attempts="1") == 303
        drill = await _practise(site, lin, "invoice")
        told = [row["text"] for row in (await lin.feed())["rows"]]
        assert any("这是主管布置的练习：这次的成绩和内容主管能看到" in text for text in told)
        await lin.get(f"/dialogues/{drill}")
        assert "这是主管布置的：主管能看到内容" in lin.text
        assert (await boss.get(f"/console/dialogues/{drill}")).status == 200
        assert "这个我也没办法" in boss.text
        await boss.get("/console/orders")
        assert f'href="/console/dialogues/{drill}"' in boss.text
        await lin.get(f"/dialogues/{drill}")
        assert "王主管，2026-03-02" in lin.text

        # The one attempt is used up, a replay is nobody's order, another case is one's own.
        await lin.say("重来")
        await site.settle()
        for line in ("我现在就给您查", "结束"):
            await lin.say(line)
            await site.settle()
        for case in ("invoice", "broadband-outage"):
            await _practise(site, lin, case)
        listed = (await (await lin.client.get("/api/v1/dialogues")).json())["dialogues"]
        free = [one["id"] for one in listed if one["id"] != drill]
        assert len(free) == 3
        assert "replay" in {one["mode"] for one in listed}
        for dialogue_id in free:
            assert (await boss.get(f"/console/dialogues/{dialogue_id}")).status == 404
        later = [row["text"] for row in (await lin.feed())["rows"]][len(told) :]
        assert not any("这是主管布置的练习" in text for text in later)


async def test_a_trainee_puts_a_drill_off_and_cannot_move_an_exam(site: Site) -> None:
    await _known(site)
    async with site.browser(BOSS) as boss:
        assert await _order(boss, kind="exam") == 303
    async with site.browser(LIN) as lin:
        await lin.get("/plan")
        before = await (await lin.get("/api/v1/plan")).json()
        moved = await lin.post("/plan", {"item": "2", "when": "not today"})
        after = await (await lin.get("/api/v1/plan")).json()
        refused = await lin.post("/plan", {"item": "1", "when": "tomorrow"})
    gone = before["items"][1]["scenario"]
    assert moved.status == 303
    assert gone not in [item["scenario"] for item in after["items"]]
    assert after["items"][0]["exam"] is True
    assert refused.status == 400


async def test_a_pass_list_tells_who_passed_and_an_order_can_be_withdrawn(site: Site) -> None:
    await _known(site)
    async with site.browser(BOSS) as boss:
        assert await _order(boss, person="*", scenario="broadband-outage", pass_mark="5") == 303
        site.clock.advance(hours=1)
        await practised(site.house, LIN, 1, 8.0, scenario_id="broadband-outage")
        await boss.get("/console/orders")
        listed = boss.text
        order = re.search(r'name="order" value="([^"]+)"', boss.text)
        assert order is not None
        await boss.post("/console/orders/withdraw", {"order": order[1]})
        await boss.get("/console/orders")
        assert 'name="order"' not in boss.text
    assert "8.0 通过" in listed


async def test_only_the_own_team_is_ordered_and_faults_are_said(site: Site) -> None:
    await site.house.transactions.write(lambda unit: unit.people.add(OTHER))
    async with site.browser(BOSS) as boss:
        assert await _order(boss, person=OTHER.id) == 404
        for wrong in (
            {"kind": "move"},
            {"pass_mark": "11"},
            {"attempts": "0"},
            {"due_on": "2026-03-01"},
            {"due_on": "soon"},
        ):
            assert await _order(boss, **wrong) == 400
        assert await _order(boss, scenario="nothing") == 404
    async with site.browser(LIN) as lin:
        assert (await lin.get("/console/orders")).status == 403
        await lin.get("/plan")
        assert (await lin.post("/console/orders", {"kind": "pin"})).status == 403


async def test_no_page_shows_a_level_below_its_gate(site: Site) -> None:
    await practised(site.house, LIN, 4, 9.0)
    await practised(site.house, ANN, 5, 9.0)
    async with site.browser(LIN) as lin:
        await lin.get("/profile")
        few = lin.text
        none = await lin.client.get("/api/v1/pictures/profile.png")
    async with site.browser(ANN) as ann:
        await ann.get("/profile")
        enough = ann.text
        some = await ann.client.get("/api/v1/pictures/profile.png")
        drawn = opened(await some.read())
    assert (none.status, some.status) == (404, 200)
    assert "Empathy 8.2 (7.2–8.9)" in drawn.texts["Description"]
    assert "/api/v1/pictures/profile.png" not in few
    assert "/api/v1/pictures/profile.png" in enough
    assert few.count("数据不足") == 9
    assert "<svg" not in few
    assert not re.search(r'class="tally">\s*\d', few)
    assert re.search(r'class="tally">\s*\d', enough)
