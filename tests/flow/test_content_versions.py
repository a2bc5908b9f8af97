"""A case is published anew in the middle of a practice: that one keeps the case it began with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from core.content.versions import publish
from core.domain.dialogue import Dialogue, EndReason, Mode
from core.ports.storage import UnitOfWork
from tests.flow.phone import Rig, open_rig
from tests.unit.content.samples import SOUND

FIRST: dict[str, Any] = yaml.safe_load(SOUND)
WHERE, WHEN = FIRST["sub_goals"]
SECOND = {
    **FIRST,
    "title": "包裹不见了，要赔",
    "sub_goals": [
        WHERE,
        {**WHEN, "said_by": ["下周 + 上门"], "reference_line": "下周二专人上门给您补送。"},
    ],
}
BEGIN = "练习 lost-parcel seed=7"
ASK, TELL, PROMISE = (
    "您好，请问您的订单号是多少？",
    "您的包裹现在在城东站点。",
    "明天中午前送到您家。",
)


async def dialogues(rig: Rig) -> dict[str, Dialogue]:
    """All dialogues by mode and version."""

    def work(unit: UnitOfWork) -> dict[str, Dialogue]:
        found = [
            dialogue
            for person in unit.people.everyone()
            for dialogue, _ in unit.scorecards.of_person(person.id, limit=9)
        ]
        open_id = unit.conversations.at(rig.phone().address).dialogue_id
        if open_id is not None:
            found.append(unit.dialogues.get(open_id))
        return {f"{one.mode.value} {one.versions.scenario}": one for one in found}

    return await rig.house.transactions.read(work)


async def test_a_practice_goes_on_and_is_judged_with_the_version_it_began_with(
    tmp_path: Path,
) -> None:
    packs = tmp_path / "packs"
    publish(packs, FIRST)
    async with open_rig(tmp_path, content_dir=packs) as rig:
        phone = rig.phone()
        await phone.type(BEGIN)
        await phone.type(ASK)
    publish(packs, SECOND)
    async with open_rig(tmp_path, content_dir=packs, clock=rig.clock) as rig:
        phone = rig.phone()
        phone.typed = 2
        await phone.type(ASK)
        await phone.type(TELL)
        await phone.type(PROMISE)
        told = "\n".join(await phone.type("结束"))
        held = (await dialogues(rig))["practice 1"]
        assert held.state.settled == ("where", "when")
        assert held.end_reason is EndReason.SOLVED
        card = await rig.house.transactions.read(lambda unit: unit.scorecards.get(held.id))
        assert card is not None
        solved = card[0].mark("C13")
        assert solved is not None
        assert solved.mark == 1.0
        assert "本次总分" in told


async def test_the_next_practice_is_held_with_the_new_version(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    publish(packs, FIRST)
    publish(packs, SECOND)
    async with open_rig(tmp_path, content_dir=packs) as rig:
        phone = rig.phone()
        opened = "\n".join(await phone.type(BEGIN))
        assert "包裹不见了，要赔" in opened
        for line in (ASK, ASK, TELL, PROMISE):
            await phone.type(line)
        await phone.type("结束")
        held = (await dialogues(rig))["practice 2"]
        assert held.state.settled == ("where",)


async def test_a_replay_of_an_old_practice_keeps_its_old_version(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    publish(packs, FIRST)
    async with open_rig(tmp_path, content_dir=packs) as rig:
        phone = rig.phone()
        for line in (BEGIN, ASK, ASK, TELL, "结束"):
            await phone.type(line)
    publish(packs, SECOND)
    async with open_rig(tmp_path, content_dir=packs, clock=rig.clock) as rig:
        phone = rig.phone()
        phone.typed = 5
        again = "\n".join(await phone.type("重来"))
        assert "包裹不见了" in again
        assert "要赔" not in again
        for line in (ASK, TELL, PROMISE):
            await phone.type(line)
        held = (await dialogues(rig))["replay 1"]
        assert held.mode is Mode.REPLAY
        assert held.state.settled == ("where", "when")
