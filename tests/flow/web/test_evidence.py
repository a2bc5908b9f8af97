"""What the figures show, for supervisors: transfer, gaps between groups, queues that suit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from core.domain.ability import TRACKER_VERSION, Ability
from core.domain.people import Person, Role
from core.domain.results import BusinessResult
from core.domain.scorecard import Debrief
from core.ports.storage import UnitOfWork
from tests.flow.histories import card_of, practised
from tests.flow.web.visit import BOSS, LIN, Site
from training_plans import groups
from training_plans.groups import CaseFit, Learned, Version

CHIEF = Person("p-chief", "总管", Role.ADMIN, "")


async def test_figures_without_data_say_what_is_missing(site: Site) -> None:
    await practised(site.house, LIN, 2, 7.0)
    async with site.browser(BOSS) as browser:
        answer = await browser.get("/console/evidence")
        assert "还没有拟合过" in browser.text
        assert "业绩用 peilian kpi import 或接口导入" in browser.text
        assert f"能力画像的算法：{TRACKER_VERSION} 版" in browser.text
        learned = Learned(
            cases=(CaseFit("broadband-outage", 52, 31, -0.08, 0.02), CaseFit("x", 9, 9, -0.3, 0.0)),
            versions=(Version(1, "2026-03-01", 31, "named", 0.8, (("g1", 0.4, None),)),),
        )
        text = groups.text_of(learned)
        await site.house.transactions.write(
            lambda unit: unit.fitted.put(groups.NAME, text, now=site.clock.now())
        )
        await browser.get("/console/evidence")
        assert "第 1 版（2026-03-01，31 人，稳定的分组）；g1 新出现，占 40%" in browser.text
        assert "》比写的难：得分平均比预期低 0.8 ± 0.4 分（31 人 52 次）" in browser.text
        assert browser.text.count("比写的难") == 1
    async with site.browser(LIN) as browser:
        refused = await browser.get("/console/evidence")

    assert answer.status == 200
    assert refused.status == 403


async def test_a_team_s_figures_are_shown_with_reasons(site: Site) -> None:
    site.clock.advance(days=150)
    now = site.clock.now()
    begun = [Person(f"b-{n}", f"甲{n}", Role.TRAINEE, "team-a") for n in range(8)]
    waiting = [Person(f"w-{n}", f"乙{n}", Role.TRAINEE, "team-b") for n in range(8)]
    for person in begun:
        await practised(site.house, person, 1, 7.0, until=now - timedelta(days=120))
    calm = Person("calm", "沉得住气", Role.TRAINEE, "team-a", skills=("咨询",))
    await practised(site.house, calm, 12, 6.0)

    def write(unit: UnitOfWork) -> None:
        for number in range(12):
            strong = {Ability.STABILITY: 9.8, Ability.EMPATHY: 9.5}
            card = card_of(f"calm-{number}", 6.0)
            levels = tuple((ability, strong.get(ability, 5.0)) for ability in Ability)
            unit.scorecards.put(
                replace(card, abilities=levels),
                Debrief(card.dialogue_id, (), (), (), ()),
                person_id="calm",
                now=now,
            )
        for person in waiting:
            unit.people.add(person)
        for person in (*begun, *waiting):
            for month in range(1, 8):
                gained = 0.06 if person in begun and month > 4 else 0.0
                value = 0.6 + gained + 0.001 * month
                row = BusinessResult(person.id, "fcr", date(2026, month, 1), value, 90)
                unit.results.put([row])

    await site.house.transactions.write(write)
    async with site.browser(CHIEF) as browser:
        await browser.get("/console/evidence")
        text = browser.text

    assert "业绩多提高 20.0 分" in text
    assert "8 人已开始，对照 8 人" in text
    assert "沉得住气：投诉，因为情绪稳定、同理心突出" in text
    assert "现在的技能组：咨询" in text
    assert "每组至少要 30 次练习" in text
