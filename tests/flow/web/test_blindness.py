"""Who is to mark a talk blindly learns of no mark before, whatever door they try; and whoever has
seen the machine's marks is no longer asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.domain.people import Person, Role
from tests.flow.web.test_gates_crawled import _holding, _paths, _read
from tests.flow.web.visit import BOSS, LIN, Browser, Site, open_site

PEER = Person("p-peer", "李主管", Role.SUPERVISOR, LIN.team)
CASE = "wrong-charge"


@pytest.fixture
async def site(tmp_path: Path, empty_database: Path) -> AsyncIterator[Site]:
    """Every door open: training only would hold some of them shut."""
    async with open_site(tmp_path, empty_database, training_only=False) as opened:
        yield opened


async def sat(site: Site, trainee: Browser, boss: Browser) -> tuple[str, str]:
    """An exam as ordered, appealed against and drawn: its dialogue, and its result as shown."""
    order = {"kind": "exam", "person": LIN.id, "scenario": CASE, "pass_mark": "6"}
    assert (await boss.post("/console/orders", order)).status == 303
    site.clock.advance(minutes=1)
    for text in (f"练习 {CASE} 考试", "您好，我是客服小林", "这个没办法", "你先冷静", "结束"):
        await trainee.say(text)
        await site.settle()
    (listed,) = (await (await trainee.client.get("/api/v1/dialogues")).json())["dialogues"]
    await trainee.say("申诉 我问候过了")
    await site.settle()
    site.clock.advance(minutes=1)
    assert (await boss.post("/console/queue/draw")).status == 303
    return str(listed["id"]), f"{listed['overall']:.1f}"


async def queued(browser: Browser) -> list[str]:
    found = await (await browser.client.get("/api/v1/console/queue")).json()
    return [one["dialogue"] for one in found["waiting"]]


async def test_no_door_tells_a_rater_what_machine_or_peer_said_before_they_have_marked(
    site: Site,
) -> None:
    async with site.browser(LIN) as trainee, site.browser(BOSS) as boss:
        dialogue_id, result = await sat(site, trainee, boss)
        async with site.browser(PEER) as peer:
            await peer.get(f"/console/queue/{dialogue_id}")
            marks = {"mark-C01": "0", "mark-K7": "1"}
            answer = await peer.post(f"/console/queue/{dialogue_id}", marks)
            assert answer.status == 303
        site.clock.advance(minutes=1)
        assert await queued(boss) == [dialogue_id]
        # The appeal shows the marks; opening it is a choice, and looked at below. The digest says
        # what a day has brought, its mean and its critical errors: nobody could wait for that.
        named = ("/appeals/", "/console/digest", "/pictures/digest")
        paths = [
            path for path in _paths(site, dialogue_id) if not any(one in path for one in named)
        ]
        found = {path: await _read(boss, path) for path in paths}
        assert _holding(found, {result}) == []
        assert dialogue_id not in found["/console/calibration.jsonl"]
        assert await queued(boss) == [dialogue_id]
        assert (await boss.post(f"/console/queue/{dialogue_id}", {"mark-C01": "1"})).status == 303
        # Once marked, the same doors tell.
        seen = {path: await _read(boss, path) for path in paths}
        assert f"/console/people/{LIN.id}" in _holding(seen, {result})
        assert seen["/console/calibration.jsonl"].count(dialogue_id) == 2


async def test_who_has_seen_the_machines_marks_is_not_asked_to_mark_blindly(site: Site) -> None:
    async with site.browser(LIN) as trainee, site.browser(BOSS) as boss:
        dialogue_id, _ = await sat(site, trainee, boss)
        assert await queued(boss) == [dialogue_id]
        (row,) = (await (await boss.client.get("/api/v1/console/appeals")).json())["waiting"]
        assert await queued(boss) == [dialogue_id]
        await boss.get(f"/console/appeals/{row['id']}")
        assert await queued(boss) == []
        assert (await boss.post(f"/console/queue/{dialogue_id}", {"mark-C01": "1"})).status == 404
