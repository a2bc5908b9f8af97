"""The outbox through every store: kept once, claimed in order, settled by name."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from core.domain.messages import (
    ChannelAddress,
    ChannelKind,
    Json,
    NoticeCode,
    OutboundKind,
    OutboundMessage,
    SendOutcome,
)
from core.errors import StorageError
from core.ports.delivery import OutboxRow
from tests.contract.stores import MINUTE, NOON, SECOND, WECHAT_MAIN, Store, outbound, wechat

SENT = SendOutcome.SENT


async def added(store: Store, *words: str, user: str = "ann", now: datetime = NOON) -> list[int]:
    messages = [outbound(word, user=user) for word in words]
    return list(await store.do(lambda unit: unit.outbox.add(messages, now=now)))


async def claimed(
    store: Store, *, owner: str = "s-1", now: datetime = NOON, limit: int = 10
) -> Sequence[OutboxRow]:
    return await store.do(
        lambda unit: unit.outbox.claim([WECHAT_MAIN], owner=owner, now=now, ttl=MINUTE, limit=limit)
    )


async def settled(
    store: Store, *ids: int, outcome: SendOutcome, not_before: datetime | None = None
) -> None:
    await store.do(lambda unit: unit.outbox.settle(ids, outcome, now=NOON, not_before=not_before))


def said(rows: Sequence[OutboxRow]) -> list[object]:
    return [row.message.facts["text"] for row in rows]


async def conversation(store: Store, user: str = "ann") -> int:
    return await store.do(lambda unit: unit.conversations.at(wechat(user)).id)


async def feed(store: Store, *, after: int = 0, limit: int = 50) -> Sequence[OutboxRow]:
    id_ = await conversation(store)
    return await store.transactions.read(
        lambda unit: unit.outbox.feed(id_, after=after, limit=limit)
    )


async def test_a_message_is_given_back_exactly(store: Store) -> None:
    facts: dict[str, Json] = {
        "text": "退给您😀𠮷",
        "overall": 7.3,
        "third": 1 / 3,
        "big": 2**53 + 1,
        "none": None,
        "yes": True,
        "list": [1, "二", {"深": [[]]}],
    }
    message = OutboundMessage(
        address=wechat("ann"),
        code=NoticeCode.DEBRIEF,
        facts=facts,
        kind=OutboundKind.PUSH,
        dialogue_id="d-1",
        inbox_id=7,
        language="en",
        delay_s=1.25,
    )
    (id_,) = await store.do(lambda unit: unit.outbox.add([message], now=NOON))
    (row,) = await feed(store)

    assert row == OutboxRow(
        id=id_,
        conversation_id=await conversation(store),
        message=message,
        state=SendOutcome.WAITING,
        attempts=0,
        created_at=NOON,
    )
    assert type(row.message.facts["big"]) is int


async def test_changing_facts_that_were_read_changes_nothing_that_is_kept(store: Store) -> None:
    await store.do(lambda unit: unit.outbox.add([outbound(["一"])], now=NOON))
    (row,) = await feed(store)
    words = row.message.facts["text"]
    assert isinstance(words, list)
    words.append("二")

    assert said(await feed(store)) == [["一"]]


async def test_facts_that_json_cannot_hold_are_refused(store: Store) -> None:
    wrong = outbound({1, 2})  # type: ignore[arg-type]  # what a mistake would hand over

    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.outbox.add([wrong], now=NOON))
    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.outbox.add([outbound("\ud83d")], now=NOON))
    assert await feed(store) == []


async def test_ids_grow_and_the_feed_goes_on_from_any_of_them(store: Store) -> None:
    assert await store.do(lambda unit: unit.outbox.last_id(999_999_999)) == 0
    first = await added(store, "一", "二")
    other = await added(store, "别人", user="bob")
    second = await added(store, "三")
    id_ = await conversation(store)

    assert sorted([*first, *other, *second]) == [*first, *other, *second]
    assert said(await feed(store)) == ["一", "二", "三"]
    assert said(await feed(store, after=first[0], limit=1)) == ["二"]
    assert await feed(store, after=second[0]) == []
    assert await store.do(lambda unit: unit.outbox.last_id(id_)) == second[0]


async def test_replies_are_found_by_the_message_they_answer(store: Store) -> None:
    messages = [outbound("一", inbox_id=5), outbound("二"), outbound("三", inbox_id=5)]
    ids = await store.do(lambda unit: unit.outbox.add(messages, now=NOON))
    await settled(store, ids[0], outcome=SENT)

    found = await store.transactions.read(lambda unit: unit.outbox.replies_to(5))

    assert said(found) == ["一", "三"]
    assert [row.state for row in found] == [SENT, SendOutcome.WAITING]
    assert await store.transactions.read(lambda unit: unit.outbox.replies_to(6)) == []


async def test_a_claim_takes_whole_conversations_in_order_longest_due_first(store: Store) -> None:
    await added(store, "b1", "b2", user="bob", now=NOON + SECOND)
    await added(store, "a1", "a2")

    rows = await claimed(store, now=NOON + SECOND)

    assert said(rows) == ["a1", "a2", "b1", "b2"]
    assert [(row.state, row.attempts) for row in rows] == [(SendOutcome.WAITING, 1)] * 4
    assert await claimed(store, owner="s-2", now=NOON + SECOND) == []


async def test_what_is_not_due_yet_or_on_another_account_is_not_claimed(store: Store) -> None:
    elsewhere = ChannelAddress(ChannelKind.WECHAT, "second", "ann")
    message = OutboundMessage(address=elsewhere, code=NoticeCode.HELP)
    await store.do(lambda unit: unit.outbox.add([message], now=NOON))
    await added(store, "später", now=NOON + SECOND)

    assert await claimed(store) == []
    assert said(await claimed(store, now=NOON + SECOND)) == ["später"]
    assert (
        await store.do(lambda unit: unit.outbox.claim([], owner="s", now=NOON, ttl=MINUTE, limit=5))
        == []
    )


async def test_no_row_is_claimed_while_an_earlier_one_of_its_conversation_is_under_way(
    store: Store,
) -> None:
    first, second, _ = await added(store, "一", "二", "三")
    assert said(await claimed(store, limit=1)) == ["一"]

    assert await claimed(store, owner="s-2") == []

    await settled(store, first, outcome=SendOutcome.WAITING, not_before=NOON + 5 * SECOND)
    assert await claimed(store, owner="s-2", now=NOON + 4 * SECOND) == []
    assert said(await claimed(store, now=NOON + 5 * SECOND, limit=1)) == ["一"]
    await settled(store, first, outcome=SENT)
    assert said(await claimed(store, owner="s-2", limit=1)) == ["二"]
    await settled(store, second, outcome=SendOutcome.REFUSED)
    assert said(await claimed(store)) == ["三"]


async def test_a_new_row_waits_behind_the_claimed_ones(store: Store) -> None:
    (first,) = await added(store, "一")
    await claimed(store)
    await added(store, "二")

    assert await claimed(store, owner="s-2") == []
    await settled(store, first, outcome=SENT)
    assert said(await claimed(store, owner="s-2")) == ["二"]


async def test_a_claim_that_ran_out_comes_back_as_of_unknown_fate(store: Store) -> None:
    await added(store, "一")
    await claimed(store)

    early = await claimed(store, owner="s-2", now=NOON + 59 * SECOND)
    (late,) = await claimed(store, owner="s-2", now=NOON + MINUTE)

    assert early == []
    assert (late.state, late.attempts) == (SendOutcome.CLAIMED, 2)


async def test_a_renewed_claim_lasts_longer_for_its_owner_only(store: Store) -> None:
    (mine,) = await added(store, "我的")
    await claimed(store)
    (theirs,) = await added(store, "他的", user="bob")
    await claimed(store, owner="s-2")

    await store.do(
        lambda unit: unit.outbox.renew(
            [mine, theirs], owner="s-1", now=NOON + 50 * SECOND, ttl=MINUTE
        )
    )

    assert said(await claimed(store, owner="s-3", now=NOON + 70 * SECOND)) == ["他的"]


async def test_a_try_that_sent_nothing_is_not_counted(store: Store) -> None:
    (id_,) = await added(store, "一")
    await claimed(store)
    await settled(store, id_, outcome=SendOutcome.WAITING, not_before=NOON)
    (again,) = await claimed(store)
    await settled(store, id_, outcome=SendOutcome.CLAIMED, not_before=NOON)
    (unknown,) = await claimed(store)

    assert (again.attempts, again.state) == (1, SendOutcome.WAITING)
    assert (unknown.attempts, unknown.state) == (2, SendOutcome.CLAIMED)


async def test_a_row_that_was_never_tried_has_no_try_to_take_back(store: Store) -> None:
    (id_,) = await added(store, "一")
    await settled(store, id_, outcome=SendOutcome.DEFERRED)

    (row,) = await feed(store)

    assert (row.state, row.attempts) == (SendOutcome.DEFERRED, 0)


@pytest.mark.parametrize(
    "ended",
    [SENT, SendOutcome.REFUSED, SendOutcome.EXPIRED, SendOutcome.UNKNOWN],
)
async def test_the_first_word_on_an_end_counts_and_a_late_one_changes_nothing(
    store: Store, ended: SendOutcome
) -> None:
    (id_,) = await added(store, "一")
    await claimed(store)
    await settled(store, id_, outcome=ended)

    await settled(store, id_, outcome=SendOutcome.WAITING, not_before=NOON)

    (row,) = await feed(store)
    assert row.state is ended
    assert await claimed(store, now=NOON + MINUTE) == []


async def test_deferred_rows_do_not_hold_back_others_and_wait_again_when_reopened(
    store: Store,
) -> None:
    first, second = await added(store, "一", "二")
    await claimed(store)
    await settled(store, first, second, outcome=SendOutcome.DEFERRED)
    await added(store, "三", now=NOON + SECOND)
    id_ = await conversation(store)

    assert said(await claimed(store, now=NOON + SECOND)) == ["三"]
    await settled(store, (await feed(store))[2].id, outcome=SENT)
    assert await claimed(store, now=NOON + MINUTE) == []

    await store.do(lambda unit: unit.outbox.reopen_deferred(id_))

    assert said(await claimed(store)) == ["一", "二"]


async def test_a_door_picks_up_what_waits_or_was_deferred_but_nothing_under_way(
    store: Store,
) -> None:
    first, second, _ = await added(store, "一", "二", "三")
    await settled(store, first, outcome=SENT)
    await settled(store, second, outcome=SendOutcome.DEFERRED)
    id_ = await conversation(store)

    waiting = await store.do(lambda unit: unit.outbox.pick_up(id_, now=NOON))
    await claimed(store)
    left = await store.do(lambda unit: unit.outbox.pick_up(id_, now=NOON))

    assert said(waiting) == ["二", "三"]
    assert said(left) == ["二"]


async def test_settling_nothing_or_a_row_that_is_not_there_changes_nothing(store: Store) -> None:
    await added(store, "一")
    await store.do(lambda unit: unit.outbox.settle([], SENT, now=NOON))
    await settled(store, 999_999_999, outcome=SENT)

    assert said(await claimed(store)) == ["一"]
