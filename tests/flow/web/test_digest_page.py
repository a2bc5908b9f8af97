"""The digest on the console: a team's day, and who may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.domain.people import Person, Role
from core.domain.scorecard import CriticalError, Debrief
from core.ports.storage import UnitOfWork
from tests.flow.histories import card_of, practised
from tests.flow.web.visit import BOSS, LIN, Site

OTHER = Person("p-other", "别组的", Role.TRAINEE, "team-b")
CHIEF = Person("p-chief", "总管", Role.ADMIN, "")


async def test_a_supervisor_reads_the_own_team_s_day_and_leaves_a_trace(site: Site) -> None:
    site.clock.advance(hours=6)
    await practised(site.house, LIN, 3, 4.0)
    await practised(site.house, OTHER, 1, 4.0)
    wrong = replace(
        card_of("p-lin-2", 4.0), critical=(CriticalError("K3", 2, "三倍赔给您", "promise"),)
    )

    def write(unit: UnitOfWork) -> None:
        now = site.clock.now()
        unit.scorecards.put(wrong, Debrief("p-lin-2", (), (), (), ()), person_id="p-lin", now=now)
        unit.shares.add("p-lin-2", now=now)

    await site.house.transactions.write(write)
    async with site.browser(BOSS) as browser:
        answer = await browser.get("/console/digest?team=team-b")
        text = browser.text
        await browser.get("/console/digest?day=2026-03-01")
        before = browser.text
    looks = await site.house.transactions.read(
        lambda unit: unit.looks.of_dialogue("p-lin-2", limit=5)
    )

    assert answer.status == 200
    assert "2026-03-02 team-a 练习日报" in text
    assert "1 人中 1 人练了 1 次，本次均分 4.0" in text
    assert "第 2 句「三倍赔给您」" in text
    assert "别组的" not in text
    assert "03-02：1 次" in text
    assert (
        '<a class="button quiet" href="/console/dialogues/p-lin-2#turn-2">看 林学员 的第 2 句'
        in text
    )
    assert '<a class="button quiet" href="/console/people/p-lin">看 林学员 的练习' in text
    assert text.count('href="/console/people/p-lin"') == 1
    assert "2026-03-01 team-a" in before
    assert [(look.viewer_id, look.why) for look in looks] == [("p-boss", "digest")]


async def test_an_admin_reads_any_team_and_a_trainee_none(site: Site) -> None:
    await practised(site.house, OTHER, 1, 4.0, until=site.clock.now() - timedelta(hours=1))
    async with site.browser(CHIEF) as browser:
        await browser.get("/console/digest?team=team-b")
        text = browser.text
        odd = await browser.get("/console/digest?day=gestern")
    async with site.browser(LIN) as browser:
        refused = await browser.get("/console/digest")

    assert "team-b 练习日报" in text
    assert "1 人中 1 人练了 1 次" in text
    assert odd.status == 404
    assert refused.status == 403
