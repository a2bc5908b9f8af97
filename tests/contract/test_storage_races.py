"""Several processes on one store: threads with event loops and connections of their own."""

import asyncio
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.domain.jobs import JobKind, NewJob
from core.domain.messages import SendOutcome
from core.domain.people import Person, Role, SignInLink
from core.errors import LeaseLost
from core.ports.delivery import Lease, OutboxRow
from core.ports.storage import Transactions, UnitOfWork
from tests.builders import dialogue
from tests.contract.stores import (
    MINUTE,
    NOON,
    SECOND,
    WECHAT_MAIN,
    Store,
    inbound,
    outbound,
    side_by_side,
    wechat,
)
from tests.contract.test_storage_practice import card, debrief

ANN = Person("p-ann", "安", Role.TRAINEE, "一组")


async def test_a_message_delivered_eight_times_at_once_is_one_row(store: Store) -> None:
    async def keep(transactions: Transactions, number: int) -> tuple[int, bool]:
        kept = await transactions.write(
            lambda unit: unit.inbox.keep(inbound("你好", key="m-1"), now=NOON)
        )
        return kept.inbox_id, kept.is_new

    kept = await side_by_side(store, 8, keep)

    assert len({inbox_id for inbox_id, _ in kept}) == 1
    assert sorted(is_new for _, is_new in kept) == [False] * 7 + [True]
    ids = await store.do(lambda unit: unit.conversations.waiting(now=NOON, limit=9))
    assert len(await store.do(lambda unit: unit.inbox.open_rows(ids[0], limit=9))) == 1


async def test_two_owners_never_hold_one_conversation(store: Store) -> None:
    ids = [
        await store.do(lambda unit, n=n: unit.conversations.at(wechat(f"u-{n}")).id)  # type: ignore[misc]
        for n in range(25)
    ]

    async def take_all(transactions: Transactions, number: int) -> list[int]:
        taken = []
        for id_ in ids:
            lease = await transactions.write(
                lambda unit, id_=id_: unit.conversations.lease(  # type: ignore[misc]
                    id_, owner=f"w-{number}", now=NOON, ttl=MINUTE
                )
            )
            if lease is not None:
                taken.append(id_)
        return taken

    taken = await side_by_side(store, 4, take_all)

    assert sorted(id_ for ids_ in taken for id_ in ids_) == sorted(ids)


async def test_the_fence_lets_only_the_last_owner_write(store: Store) -> None:
    id_ = await store.do(lambda unit: unit.conversations.at(wechat("ann")).id)
    leases: list[Lease] = []
    for number in range(4):
        lease = await store.do(
            lambda unit, n=number: unit.conversations.lease(  # type: ignore[misc]
                id_, owner=f"w-{n}", now=NOON + n * MINUTE, ttl=MINUTE
            )
        )
        assert lease is not None
        leases.append(lease)

    async def write(transactions: Transactions, number: int) -> bool:
        def work(unit: UnitOfWork) -> None:
            unit.conversations.hold(leases[number])
            unit.outbox.add([outbound(f"w-{number}")], now=NOON)

        try:
            await transactions.write(work)
        except LeaseLost:
            return False
        return True

    wrote = await side_by_side(store, 4, write)
    rows = await store.do(lambda unit: unit.outbox.feed(id_, after=0, limit=9))

    assert [lease.fence for lease in leases] == [1, 2, 3, 4]
    assert wrote == [False, False, False, True]
    assert [row.message.facts["text"] for row in rows] == ["w-3"]


@dataclass
class Wire:
    """What senders handed over, in the order of handing over."""

    sent: list[tuple[str, int]] = field(default_factory=list)

    def send(self, rows: Sequence[OutboxRow]) -> None:
        self.sent += [(row.message.address.user, row.id) for row in rows]


async def test_senders_share_the_outbox_without_overlap_and_keep_each_talk_in_order(
    store: Store,
) -> None:
    users = [f"u-{n}" for n in range(12)]
    messages = [outbound(n, user=user) for n in range(6) for user in users]
    ids = await store.do(lambda unit: unit.outbox.add(messages, now=NOON))
    wire = Wire()

    async def drain(transactions: Transactions, number: int) -> int:
        rounds = 0
        while len(wire.sent) < len(messages) and rounds < 500:
            rounds += 1
            rows = await transactions.write(
                lambda unit: unit.outbox.claim(
                    [WECHAT_MAIN], owner=f"s-{number}", now=NOON, ttl=MINUTE, limit=5
                )
            )
            wire.send(rows)
            sent = [row.id for row in rows]
            await transactions.write(
                lambda unit, sent=sent: unit.outbox.settle(sent, SendOutcome.SENT, now=NOON)  # type: ignore[misc]
            )
        return rounds

    await side_by_side(store, 4, drain)

    assert sorted(row_id for _, row_id in wire.sent) == sorted(ids)
    for user in users:
        mine = [row_id for name, row_id in wire.sent if name == user]
        assert mine == sorted(mine)


async def test_schedulers_share_the_jobs_without_overlap(store: Store) -> None:
    def fill(unit: UnitOfWork) -> None:
        for number in range(60):
            due_at = NOON + (number % 7) * SECOND
            unit.jobs.add(NewJob(JobKind.JUDGE, f"j-{number}", due_at, {}), now=NOON)

    await store.do(fill)

    async def drain(transactions: Transactions, number: int) -> list[str]:
        worked: list[str] = []
        while True:
            jobs = await transactions.write(
                lambda unit: unit.jobs.claim_due(
                    [JobKind.JUDGE], owner=f"j-{number}", now=NOON + MINUTE, ttl=MINUTE, limit=4
                )
            )
            if not jobs:
                return worked
            worked += [job.key for job in jobs]

    worked = Counter(key for keys in await side_by_side(store, 4, drain) for key in keys)

    assert worked == Counter({f"j-{number}": 1 for number in range(60)})


async def test_concurrent_sends_never_exceed_the_quota(store: Store) -> None:
    here = wechat("ann")
    await store.do(lambda unit: unit.ledger.open(here, now=NOON, sends=5, lasts=MINUTE))

    async def spend(transactions: Transactions, number: int) -> int:
        spent = [
            await transactions.write(lambda unit: unit.ledger.spend(here, now=NOON))
            for _ in range(3)
        ]
        return sum(spent)

    assert sum(await side_by_side(store, 6, spend)) == 5
    assert await store.do(lambda unit: unit.ledger.left(here, now=NOON)) == 0


async def test_one_link_signs_in_one_of_many_at_once(store: Store) -> None:
    await store.do(lambda unit: unit.people.add(ANN))
    await store.do(lambda unit: unit.people.add_link(SignInLink("aa", ANN.id, NOON + MINUTE)))

    async def consume(transactions: Transactions, number: int) -> str | None:
        return await transactions.write(lambda unit: unit.people.consume_link("aa", now=NOON))

    signed_in = await side_by_side(store, 6, consume)

    assert Counter(signed_in) == Counter({None: 5, ANN.id: 1})


async def test_a_person_added_by_many_at_once_is_one_person(store: Store) -> None:
    async def add_person(transactions: Transactions, number: int) -> None:
        await transactions.write(lambda unit: unit.people.add(replace(ANN, name=f"第{number}")))

    await side_by_side(store, 6, add_person)

    assert len(await store.do(lambda unit: unit.people.everyone())) == 1


async def test_a_dialogue_judged_twice_at_once_has_one_card(store: Store) -> None:
    await store.do(lambda unit: unit.dialogues.add(dialogue()))

    async def judge(transactions: Transactions, number: int) -> None:
        await transactions.write(
            lambda unit: unit.scorecards.put(
                card("d-1", float(number)), debrief("d-1"), person_id="p-1", now=NOON
            )
        )

    await side_by_side(store, 6, judge)

    assert len(await store.do(lambda unit: unit.scorecards.of_person("p-1", limit=9))) == 1


async def test_a_follower_of_the_feed_misses_no_row_that_was_committed_late(store: Store) -> None:
    """MySQL gives an id before the commit: a later id could show before an earlier one."""
    id_ = await store.do(lambda unit: unit.conversations.at(wechat("ann")).id)
    added, overtaken = threading.Event(), threading.Event()
    seen: list[object] = []

    async def look(transactions: Transactions, after: int) -> int:
        rows = await transactions.read(lambda unit: unit.outbox.feed(id_, after=after, limit=9))
        seen.extend(row.message.facts["text"] for row in rows)
        return rows[-1].id if rows else after

    def slow(unit: UnitOfWork) -> None:
        unit.outbox.add([outbound("慢")], now=NOON)
        added.set()
        overtaken.wait(0.3)

    async def slow_or_quick(transactions: Transactions, number: int) -> None:
        if number == 0:
            await transactions.write(slow)
            return
        await asyncio.to_thread(added.wait, 5)
        await transactions.write(lambda unit: unit.outbox.add([outbound("快")], now=NOON))
        last = await look(transactions, 0)
        overtaken.set()
        await asyncio.sleep(0.1)
        await look(transactions, last)

    await side_by_side(store, 2, slow_or_quick)

    assert seen == ["慢", "快"]
