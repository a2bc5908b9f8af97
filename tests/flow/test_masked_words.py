"""What a trainee types of real people is taken out before anything is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.durability.databases import rows
from tests.fakes.wechat_platform import Mode
from tests.flow.test_practice_over_wechat import Talk, open_talk

SECRETS = {
    "13812345678": "我的号码是13812345678，帮我查",
    "110101199003074530": "身份证 110101199003074530",
    "6222021234567890123": "卡号6222021234567890123",
    "li.ming@example.com": "发到 li.ming@example.com",
}
PASTED = """客户：我叫王建国，订单号 JD20261128001 一直没到
客服：您好王先生，请问收货地址是？
客户：朝阳区建国路88号3栋1202室，电话 13812345678"""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with open_talk(tmp_path, Mode.SAFE) as opened:
        yield opened


def kept(talk: Talk) -> str:
    """Every word in every table of the database."""
    folder = talk.house.settings.data_dir
    tables = rows("", folder, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return "\n".join(
        str(row) for (name,) in tables for row in rows("", folder, f'SELECT * FROM "{name}"')
    )


async def test_numbers_of_people_are_kept_nowhere(talk: Talk) -> None:
    await talk.type("练习 1 seed=7")
    for line in SECRETS.values():
        await talk.type(line)
    await talk.type("反馈 我同事 13912345678 也觉得像真人")
    await talk.type("结束")
    everything = kept(talk)
    for secret in (*SECRETS, "13912345678"):
        assert secret not in everything
    assert "我的号码是〔电话1〕，帮我查" in everything


async def test_a_pasted_conversation_keeps_no_name_order_or_address(talk: Talk) -> None:
    await talk.type("练习 1 seed=7")
    await talk.type(PASTED)
    everything = kept(talk)
    for secret in ("王建国", "JD20261128001", "88号", "1202", "13812345678"):
        assert secret not in everything
    assert "一直没到" in everything


async def test_what_a_practice_needs_stays_as_it_was_typed(talk: Talk) -> None:
    await talk.type("练习 1 seed=7")
    lines = (
        "您好，我是客服小李，请问您手机尾号是不是5678？",
        "订单 20261128 已经查到，退您 128.50 元，三天内到账",
        "有问题打我们热线 400-123-4567",
    )
    for line in lines:
        await talk.type(line)
    everything = kept(talk)
    for line in lines:
        assert line in everything
