"""Where a person is pushed to, and who is reached by nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.digest import Unreached, WhyUnreached
from core.domain.messages import ChannelAddress, ChannelKind
from core.domain.people import Person, Role
from core.ports.delivery import Conversation
from core.ports.storage import UnitOfWork
from core.storage.memory.transactions import MemoryTransactions
from training_plans.reach import Reach

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ANN = Person("p-ann", "Ann", Role.TRAINEE, "t1")
BOTH = [(ChannelKind.WECHAT, "main"), (ChannelKind.SLACK, "main")]


def open_windows(unit: UnitOfWork, one: Conversation) -> bool:
    """As an official account: only within a window; Slack always."""
    slack = one.address.channel is ChannelKind.SLACK
    return slack or unit.ledger.left(one.address, now=NOW) > 0


@pytest.mark.parametrize(
    ("known", "written", "place", "why"),
    [
        ((ChannelKind.WECHAT, ChannelKind.SLACK), True, ChannelKind.WECHAT, None),
        ((ChannelKind.WECHAT, ChannelKind.SLACK), False, ChannelKind.SLACK, None),
        ((ChannelKind.WEB, ChannelKind.WECHAT), False, ChannelKind.WECHAT, "must_write"),
        ((ChannelKind.WEB,), False, ChannelKind.WEB, None),
        ((ChannelKind.CONSOLE,), False, None, "no_account"),
    ],
)
async def test_who_can_be_reached_now_is_and_the_others_are_named_with_the_reason(
    known: tuple[ChannelKind, ...], written: bool, place: ChannelKind | None, why: str | None
) -> None:
    transactions = MemoryTransactions()
    reach = Reach(BOTH, open_windows)

    def work(unit: UnitOfWork) -> tuple[Conversation | None, list[Unreached]]:
        unit.people.add(ANN)
        for channel in known:
            conversation = unit.conversations.at(ChannelAddress(channel, "main", "u"))
            unit.conversations.set_person(conversation.id, ANN.id, "zh")
            if channel is ChannelKind.WECHAT and written:
                lasts = timedelta(hours=48)
                unit.ledger.open(conversation.address, now=NOW, sends=5, lasts=lasts)
        return reach.place(unit, ANN.id), list(reach.unreached(unit, [ANN]))

    found, unreached = await transactions.write(work)
    assert (found.address.channel if found else None) == place
    assert unreached == ([Unreached("Ann", WhyUnreached(why))] if why else [])
