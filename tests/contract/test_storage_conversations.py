"""Conversations, leases and the inbox, through every store."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.domain.messages import ChannelAddress, ChannelKind, InboundKind, InboundMessage
from core.errors import LeaseLost, NotFound, StorageError
from core.ports.delivery import Conversation, Lease
from core.ports.storage import UnitOfWork
from tests.contract.stores import MINUTE, NOON, SECOND, Store, inbound, outbound, wechat


async def kept(store: Store, words: str, *, user: str = "ann", key: str | None = None) -> int:
    """The conversation of a message that has just been kept."""
    row = await store.do(lambda unit: unit.inbox.keep(inbound(words, user=user, key=key), now=NOON))
    return row.conversation_id


async def leased(
    store: Store, conversation_id: int, *, owner: str = "w-1", now: datetime = NOON
) -> Lease | None:
    return await store.do(
        lambda unit: unit.conversations.lease(conversation_id, owner=owner, now=now, ttl=MINUTE)
    )


async def test_the_first_word_of_an_address_makes_its_conversation(store: Store) -> None:
    made = await store.do(lambda unit: unit.conversations.at(wechat("ann")))
    again = await store.do(lambda unit: unit.conversations.at(wechat("ann")))
    found = await store.transactions.read(lambda unit: unit.conversations.get(made.id))

    assert made == again == found
    assert made == Conversation(
        id=made.id, address=wechat("ann"), person_id=None, dialogue_id=None, language="zh"
    )


async def test_addresses_that_differ_in_case_or_in_one_part_are_different_people(
    store: Store,
) -> None:
    addresses = [
        wechat("oGZU"),
        wechat("ogzu"),
        wechat("ogzü"),
        ChannelAddress(ChannelKind.WECHAT, "Main", "oGZU"),
        ChannelAddress(ChannelKind.SLACK, "main", "oGZU"),
        wechat("𠮷😀"),
    ]

    ids = [await store.do(lambda unit, at=at: unit.conversations.at(at).id) for at in addresses]  # type: ignore[misc]

    assert len(set(ids)) == 6


@pytest.mark.parametrize("user", ["a" * 192, "ann ", "\ud83d"], ids=["long", "space", "half"])
async def test_a_name_that_a_database_would_cut_or_mix_up_is_refused(
    store: Store, user: str
) -> None:
    await store.do(lambda unit: unit.conversations.at(wechat("ann")))

    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.conversations.at(wechat(user)))


async def test_the_person_and_the_dialogue_of_a_conversation_are_kept(store: Store) -> None:
    id_ = await kept(store, "你好")
    await store.do(lambda unit: unit.conversations.set_person(id_, "p-1", "en"))
    await store.do(lambda unit: unit.conversations.set_dialogue(id_, "d-1"))
    busy = await store.do(lambda unit: unit.conversations.get(id_))
    await store.do(lambda unit: unit.conversations.set_dialogue(id_, None))
    free = await store.do(lambda unit: unit.conversations.get(id_))

    assert (busy.person_id, busy.language, busy.dialogue_id) == ("p-1", "en", "d-1")
    assert (free.person_id, free.language, free.dialogue_id) == ("p-1", "en", None)


async def test_a_conversation_nobody_had_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.conversations.get(999_999_999))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.conversations.set_person(999_999_999, "p", "zh"))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.conversations.set_dialogue(999_999_999, None))
    assert await leased(store, 999_999_999) is None


async def test_a_lease_is_taken_once_refused_to_others_and_given_back(store: Store) -> None:
    id_ = await kept(store, "你好")

    first = await leased(store, id_)
    refused = await leased(store, id_, owner="w-2", now=NOON + 59 * SECOND)
    to_itself = await leased(store, id_)
    assert first is not None
    await store.do(lambda unit: unit.conversations.release(first))
    second = await leased(store, id_, owner="w-2")

    assert (first.owner, refused, to_itself) == ("w-1", None, None)
    assert second == Lease(conversation_id=id_, owner="w-2", fence=first.fence + 1)


async def test_a_lease_runs_out_to_the_microsecond(store: Store) -> None:
    id_ = await kept(store, "你好")
    await leased(store, id_)

    early = await leased(store, id_, owner="w-2", now=NOON + MINUTE - timedelta(microseconds=1))
    in_time = await leased(store, id_, owner="w-2", now=NOON + MINUTE)

    assert early is None
    assert in_time is not None
    assert in_time.owner == "w-2"


async def test_a_time_in_another_zone_is_the_same_time(store: Store) -> None:
    id_ = await kept(store, "你好")
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    await leased(store, id_, now=shanghai)

    assert await leased(store, id_, owner="w-2", now=NOON + 59 * SECOND) is None
    assert await leased(store, id_, owner="w-2", now=shanghai + MINUTE) is not None


async def test_a_renewed_lease_lasts_longer_for_its_owner_only(store: Store) -> None:
    mine, theirs = await kept(store, "一"), await kept(store, "二", user="bob")
    await leased(store, mine)
    await leased(store, theirs, owner="w-2")
    later = NOON + 50 * SECOND

    await store.do(
        lambda unit: unit.conversations.renew([mine, theirs], owner="w-1", now=later, ttl=MINUTE)
    )
    await store.do(lambda unit: unit.conversations.renew([], owner="w-1", now=later, ttl=MINUTE))

    assert await leased(store, mine, owner="w-3", now=NOON + 70 * SECOND) is None
    assert await leased(store, theirs, owner="w-3", now=NOON + 70 * SECOND) is not None


async def test_a_write_under_a_lost_lease_leaves_no_trace(store: Store) -> None:
    row = await store.do(lambda unit: unit.inbox.keep(inbound("你好"), now=NOON))
    id_ = row.conversation_id
    old = await leased(store, id_)
    assert old is not None
    await leased(store, id_, owner="w-2", now=NOON + MINUTE)

    def late(unit: UnitOfWork) -> None:
        unit.outbox.add([outbound("太晚了")], now=NOON)
        unit.conversations.set_dialogue(id_, "d-late")
        unit.inbox.close(row.inbox_id, now=NOON)
        unit.conversations.hold(old)

    with pytest.raises(LeaseLost) as lost:
        await store.do(late)

    assert lost.value.conversation_id == id_
    assert await store.do(lambda unit: unit.outbox.last_id(id_)) == 0
    assert (await store.do(lambda unit: unit.conversations.get(id_))).dialogue_id is None
    assert await store.do(lambda unit: unit.inbox.is_closed(row.inbox_id)) is False


async def test_a_lease_that_holds_lets_the_write_through(store: Store) -> None:
    id_ = await kept(store, "你好")
    lease = await leased(store, id_)
    assert lease is not None

    def work(unit: UnitOfWork) -> None:
        unit.conversations.hold(lease)
        unit.conversations.set_dialogue(id_, "d-1")

    await store.do(work)

    assert (await store.do(lambda unit: unit.conversations.get(id_))).dialogue_id == "d-1"


async def test_giving_back_a_lease_that_was_taken_over_changes_nothing(store: Store) -> None:
    id_ = await kept(store, "你好")
    old = await leased(store, id_)
    assert old is not None
    await leased(store, id_, owner="w-2", now=NOON + MINUTE)

    await store.do(lambda unit: unit.conversations.release(old))

    assert await leased(store, id_, owner="w-3", now=NOON + MINUTE) is None


async def test_waiting_names_free_conversations_with_the_oldest_message_first(store: Store) -> None:
    ann = await kept(store, "一", user="ann")
    bob = await kept(store, "二", user="bob")
    await kept(store, "三", user="ann")
    cid = await kept(store, "四", user="cid")
    await store.do(lambda unit: unit.conversations.at(wechat("silent")))
    lease = await leased(store, bob)
    assert lease is not None

    async def waiting(now: datetime, limit: int = 10) -> list[int]:
        return list(
            await store.transactions.read(
                lambda unit: unit.conversations.waiting(now=now, limit=limit)
            )
        )

    assert await waiting(NOON) == [ann, cid]
    assert await waiting(NOON, limit=1) == [ann]
    assert await waiting(NOON + MINUTE) == [ann, bob, cid]


async def test_a_message_is_kept_once_under_its_key(store: Store) -> None:
    first = await store.do(lambda unit: unit.inbox.keep(inbound("你好", key="m-1"), now=NOON))
    again = await store.do(
        lambda unit: unit.inbox.keep(inbound("改过的", key="m-1", user="bob"), now=NOON + SECOND)
    )
    rows = await store.do(lambda unit: unit.inbox.open_rows(first.conversation_id, limit=9))

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.inbox_id, again.conversation_id) == (first.inbox_id, first.conversation_id)
    assert [row.message.text for row in rows] == ["你好"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MsgA", "msga"),
        ("m-1", "m-1 "),
        ("k" * 255, "k" * 256),
        ("k" * 300 + "a", "k" * 300 + "b"),
        ("é", "e"),
        ("ss", "ß"),
        ("m-1", "m-1\x00"),
    ],
    ids=["case", "space", "long", "longer", "accent", "sharp s", "nul"],
)
async def test_keys_that_differ_anywhere_are_different_messages(
    store: Store, one: str, other: str
) -> None:
    first = await store.do(lambda unit: unit.inbox.keep(inbound("一", key=one), now=NOON))
    second = await store.do(lambda unit: unit.inbox.keep(inbound("二", key=other), now=NOON))
    repeat = await store.do(lambda unit: unit.inbox.keep(inbound("三", key=other), now=NOON))

    assert (first.is_new, second.is_new, repeat.is_new) == (True, True, False)
    assert repeat.inbox_id == second.inbox_id != first.inbox_id


async def test_the_same_key_on_another_account_is_another_message(store: Store) -> None:
    there = ChannelAddress(ChannelKind.WECHAT, "second", "ann")
    message = InboundMessage(address=there, key="m-1", text="二", sent_at=NOON)
    await store.do(lambda unit: unit.inbox.keep(inbound("一", key="m-1"), now=NOON))

    assert (await store.do(lambda unit: unit.inbox.keep(message, now=NOON))).is_new


async def test_what_came_in_is_given_back_exactly(store: Store) -> None:
    words = "怎么又扣钱😤👨‍👩‍👧 𠮷 '\"\\%_;\n\t\x00" + "长" * 70_000
    message = InboundMessage(
        address=wechat("ann"),
        key="event:1",
        text=words,
        sent_at=NOON,
        kind=InboundKind.MENU,
    )
    row = await store.do(lambda unit: unit.inbox.keep(message, now=NOON + SECOND))
    (found,) = await store.do(lambda unit: unit.inbox.open_rows(row.conversation_id, limit=5))

    assert found.message == message
    assert (found.id, found.conversation_id) == (row.inbox_id, row.conversation_id)
    assert found.received_at == datetime(2026, 3, 2, 4, 0, 1, 123456, tzinfo=UTC)
    assert found.message.sent_at.tzinfo is UTC


async def test_half_a_character_is_refused_and_nothing_of_it_stays(store: Store) -> None:
    with pytest.raises(StorageError):
        await store.do(lambda unit: unit.inbox.keep(inbound("\ud83d", key="m-1"), now=NOON))

    assert (await store.do(lambda unit: unit.inbox.keep(inbound("好", key="m-1"), now=NOON))).is_new


async def test_open_rows_come_in_order_and_only_the_first_counts_as_begun(store: Store) -> None:
    id_ = await kept(store, "一")
    await kept(store, "二")
    await kept(store, "三")

    first = await store.do(lambda unit: unit.inbox.open_rows(id_, limit=2))
    second = await store.do(lambda unit: unit.inbox.open_rows(id_, limit=3))

    assert [(row.message.text, row.attempts) for row in first] == [("一", 1), ("二", 0)]
    assert [(row.message.text, row.attempts) for row in second] == [("一", 2), ("二", 0), ("三", 0)]
    assert await store.do(lambda unit: unit.inbox.open_rows(999_999_999, limit=3)) == []


async def test_a_closed_row_is_worked_no_more(store: Store) -> None:
    one = await store.do(lambda unit: unit.inbox.keep(inbound("一"), now=NOON))
    two = await store.do(lambda unit: unit.inbox.keep(inbound("二"), now=NOON))
    await store.do(lambda unit: unit.inbox.close(one.inbox_id, now=NOON))
    (left,) = await store.do(lambda unit: unit.inbox.open_rows(one.conversation_id, limit=5))
    await store.do(lambda unit: unit.inbox.close(two.inbox_id, now=NOON, failed=True))

    assert left.id == two.inbox_id
    assert await store.do(lambda unit: unit.inbox.is_closed(one.inbox_id)) is True
    assert await store.do(lambda unit: unit.conversations.waiting(now=NOON, limit=5)) == []
    assert not (await store.do(lambda unit: unit.inbox.keep(inbound("一"), now=NOON))).is_new


async def test_a_row_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.inbox.close(999_999_999, now=NOON))
    with pytest.raises(NotFound):
        await store.do(lambda unit: unit.inbox.is_closed(999_999_999))
