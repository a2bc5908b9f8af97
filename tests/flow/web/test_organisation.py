"""The tree of the company on the console: whose figures, from how many, and who is not reached."""

from __future__ import annotations

from dataclasses import replace

from core.domain.ability import TRACKER_VERSION
from core.domain.people import Person, Role
from tests.flow.histories import practised
from tests.flow.web.visit import BOSS, LIN, Site

CHIEF = Person("p-chief", "总管", Role.ADMIN, "")


async def test_a_manager_sees_sites_and_teams_and_who_is_not_reached(site: Site) -> None:
    for number in range(6):
        person = Person(f"n-{number}", f"员{number}", Role.TRAINEE, "team-n", site="北京")
        await practised(site.house, person, 5, 4.0 + number)
    few = Person("c-0", "成员", Role.TRAINEE, "team-c", site="成都")
    await practised(site.house, few, 6, 9.5)
    never = replace(few, id="c-1", name="没来过")
    await site.house.transactions.write(lambda unit: unit.people.add(never))
    async with site.browser(CHIEF) as chief:
        answer = await chief.get("/console/organisation")
        text = chief.text
        found = await (await chief.client.get("/api/v1/console/organisation")).json()

    assert answer.status == 200
    assert f"能力画像的算法：{TRACKER_VERSION} 版" in text
    assert "6.5 ± 0.8 (6 people)" in text or "6.5 ± 0.8（6 人）" in text
    nodes = {one["name"]: one for one in found["children"]}
    assert nodes["北京"]["mean"] == {"value": 6.5, "error": 0.76, "people": 6}
    assert nodes["北京"]["ability"]["people"] == 6
    # One person practised there: no figure would be anybody's but theirs.
    assert (nodes["成都"]["practised"], nodes["成都"]["mean"], nodes["成都"]["ability"]) == (
        1,
        None,
        None,
    )
    assert nodes["成都"]["children"][0]["unreached"] == [{"person": "c-1", "reason": "no_account"}]
    assert "没来过" in text
    assert "9.5" not in text


async def test_a_supervisor_sees_the_own_team_and_a_trainee_nothing(site: Site) -> None:
    other = Person("o-1", "别组的", Role.TRAINEE, "team-b", site="北京")
    for person in (LIN, other):
        await site.house.transactions.write(lambda unit, one=person: unit.people.add(one))  # type: ignore[misc]
    async with site.browser(BOSS) as boss:
        await boss.get("/console/organisation")
        found = await (await boss.client.get("/api/v1/console/organisation")).json()
        assert "team-b" not in boss.text
        assert [one["name"] for one in found["children"]] == ["team-a"]
    async with site.browser(LIN) as trainee:
        assert (await trainee.get("/console/organisation")).status == 403
