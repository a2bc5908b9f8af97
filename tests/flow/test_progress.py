"""What one practice leaves for the next: the last fix is looked at, the debrief grows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.domain.ability import Ability
from core.domain.scorecard import Debrief, Scorecard
from tests.flow.phone import Phone, Rig, open_rig

COLD = "哦。"
CLOSING = (
    "您好，我是客服小林，您能具体说说是什么情况吗？",
    "这件事由我来跟进，今天下午6点前给您回电话，这样可以吗？",
)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path) as opened:
        yield opened


async def _practised(rig: Rig, phone: Phone, *lines: str) -> tuple[Scorecard, Debrief]:
    """The card and debrief of a short practice, the newest there is."""
    await phone.type("练习 1 seed=7")
    for line in lines:
        await phone.type(line)
    await phone.type("结束")
    await phone.read()
    rig.clock.advance(hours=1)
    dialogues = await rig.house.transactions.read(
        lambda unit: [
            unit.scorecards.get(dialogue.id)
            for person in unit.people.everyone()
            for dialogue, _ in unit.scorecards.of_person(person.id, limit=1)
        ]
    )
    found = next(one for one in dialogues if one is not None)
    return found


async def test_the_fix_of_the_last_practice_counts_in_the_next(rig: Rig) -> None:
    phone = rig.phone()
    first, told = await _practised(rig, phone, COLD, COLD)
    asked = told.fixes[0].check
    again, _ = await _practised(rig, phone, COLD, COLD)
    better, _ = await _practised(rig, phone, *CLOSING)

    assert first.mark(asked) is not None
    assert again.ability(Ability.LEARNING) == 0
    assert (better.ability(Ability.LEARNING) or 0) > 0
