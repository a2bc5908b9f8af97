"""The monthly refit, on the product as it is wired: once a month, told to the manager, seen on the
console."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bots.replies import word
from core.domain.messages import ChannelKind, NoticeCode
from core.domain.people import Person, Role
from core.ports.storage import UnitOfWork
from tests.flow.histories import practised
from tests.flow.phone import Rig, open_rig
from training_plans import groups
from training_plans.groups import Learned

LIN = Person("1001", "林晓", Role.TRAINEE, "一组")
CHIEF = Person("3001", "总管", Role.ADMIN, "")


async def learned(rig: Rig) -> Learned:
    return groups.read(await rig.house.transactions.read(lambda unit: unit.fitted.get(groups.NAME)))


async def test_a_month_is_fitted_once_and_the_next_one_again(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        await practised(rig.house, LIN, 6, 7.0)
        for _ in range(2):
            await rig.house.refits.plan()
            while await rig.house.refits.drain_once():
                pass
        first = await learned(rig)
        rig.clock.advance(days=33)
        await rig.house.refits.plan()
        assert await rig.house.refits.drain_once() == 1
        second = await learned(rig)

    assert [one.number for one in first.versions] == [1]
    assert [one.number for one in second.versions] == [1, 2]
    assert (first.people, first.stage) == (1, "archetypes")


async def test_the_manager_reads_of_it_in_the_weekly_report(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        await practised(rig.house, LIN, 6, 7.0)

        def know(unit: UnitOfWork) -> None:
            unit.people.add(CHIEF)
            conversation = unit.conversations.at(rig.phone(CHIEF.id, ChannelKind.WEB).address)
            unit.conversations.set_person(conversation.id, CHIEF.id, "zh")

        await rig.house.transactions.write(know)
        await rig.house.refits.plan()
        await rig.house.refits.drain_once()
        monday = rig.clock.now().date() + timedelta(days=7 - rig.clock.now().weekday())
        sent = [
            one for one in await rig.house.daily.report(monday) if one.code is NoticeCode.WEEKLY
        ]

    assert [
        line for line in word(sent[0]).splitlines() if "重新分组（第 1 版，1 人，固定类型）" in line
    ]
