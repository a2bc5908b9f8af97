"""What storage costs: due queries among a million rows, and one turn's transaction.

    python -m tests.bench.storage

On SQLite always, on MariaDB where PEILIAN_TEST_MYSQL_URL is set (a database beside it is made and
removed). Fails when the median of a question that every process asks all day long exceeds 1 ms;
claims, which also write, are printed. They are measured inside a transaction that is rolled back,
so every round finds the same rows. Wall times mean something on a quiet machine only.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from core.domain.dialogue import Speaker, Turn
from core.domain.jobs import JobKind, NewJob
from core.ports.delivery import Lease
from core.ports.storage import UnitOfWork
from core.storage.engines import database_url, is_sqlite, make_engine
from core.storage.unit_of_work import SqlTransactions, open_transactions
from ops.migrations import migrate
from tests.builders import dialogue
from tests.contract.stores import (
    WECHAT_MAIN,
    drop_database,
    inbound,
    make_database,
    outbound,
    wechat,
)

ROWS = 1_000_000
TALKS = 20_000
DUE = 20
ROUNDS = 200
TURNS = 400
MOST_DUE_MS = 1.0
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TTL = timedelta(minutes=1)

# Numbers from 1, made by the server itself.
_COUNT = {
    "sqlite": (
        "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {0})"
        " SELECT n FROM s)"
    ),
    "mysql": "(SELECT seq AS n FROM seq_1_to_{0})",
}
# A handful is due now, one in `{0}` some day, and the rest is finished as `{1}`.
_STATE = "CASE WHEN n <= :due OR n % {0} = 0 THEN 'waiting' ELSE '{1}' END"
_DUE_AT = "CASE WHEN n <= :due THEN :past WHEN n % {0} = 0 THEN :future ELSE NULL END"
_QUERY = Callable[[UnitOfWork], object]


def fill(url: URL) -> None:
    """A million jobs, outbox rows and inbox rows, over many conversations."""
    count = _COUNT["sqlite" if is_sqlite(url) else "mysql"]
    key = "`key`" if not is_sqlite(url) else '"key"'
    user = "`user`" if not is_sqlite(url) else '"user"'
    name = "CONCAT('k-', n)" if not is_sqlite(url) else "'k-' || n"
    talk = f"1 + n % {TALKS}"
    statements = (
        f"INSERT INTO conversations (id, channel, account, {user}, language)"
        f" SELECT n, 'wechat', 'main', {name}, 'zh' FROM {count.format(TALKS)} AS numbers",
        f"INSERT INTO jobs (kind, {key}, payload, state, due_at, created_at) SELECT 'judge',"
        f" {name}, '{{}}', {_STATE.format(2, 'done')}, {_DUE_AT.format(2)}, :past"
        f" FROM {count.format(ROWS)} AS numbers",
        "INSERT INTO outbox (conversation_id, channel, account, code, facts, kind, language,"
        f" delay_s, state, created_at, due_at) SELECT {talk}, 'wechat', 'main', 'customer_line',"
        f" '{{}}', 'reply', 'zh', 0, {_STATE.format(50, 'sent')}, :past, {_DUE_AT.format(50)}"
        f" FROM {count.format(ROWS)} AS numbers",
        f"INSERT INTO inbox (conversation_id, channel, account, {key}, kind, text, sent_at,"
        f" received_at, closed_at) SELECT {talk}, 'wechat', 'main', {name}, 'text', '你好',"
        f" :past, :past, CASE WHEN n <= :due THEN NULL ELSE :past END"
        f" FROM {count.format(ROWS)} AS numbers",
        *(["ANALYZE"] if is_sqlite(url) else ["ANALYZE TABLE jobs, outbox, inbox, conversations"]),
    )
    times = {"past": "2026-03-01 00:00:00.000000", "future": "2027-01-01 00:00:00.000000"}
    engine = make_engine(url, answer_s=None)
    with engine.connect() as connection:
        for statement in statements:
            begun = time.perf_counter()
            connection.execute(text(statement), {**times, "due": DUE} if ":" in statement else {})
            connection.commit()
            print(f"    {statement[:25]}… {time.perf_counter() - begun:.1f} s", flush=True)
    engine.dispose()


def questions() -> Mapping[str, _QUERY]:
    """What every process asks all day long, mostly in vain."""
    before = NOW - timedelta(days=9)
    return {
        "jobs, none due": lambda unit: unit.jobs.claim_due(
            [JobKind.JUDGE], owner="b", now=before, ttl=TTL, limit=DUE
        ),
        "jobs, next due": lambda unit: unit.jobs.next_due([JobKind.JUDGE]),
        "outbox, none due": lambda unit: unit.outbox.claim(
            [WECHAT_MAIN], owner="b", now=before, ttl=TTL, limit=DUE
        ),
        f"conversations, {DUE} waiting": lambda unit: unit.conversations.waiting(now=NOW, limit=64),
    }


def claims() -> Mapping[str, _QUERY]:
    """The same with work to do: found, locked, read and written."""
    return {
        f"jobs, {DUE} claimed": lambda unit: unit.jobs.claim_due(
            [JobKind.JUDGE], owner="b", now=NOW, ttl=TTL, limit=DUE
        ),
        f"outbox, {DUE} claimed": lambda unit: unit.outbox.claim(
            [WECHAT_MAIN], owner="b", now=NOW, ttl=TTL, limit=DUE
        ),
    }


async def median_ms(transactions: SqlTransactions, query: _QUERY) -> float:
    """Milliseconds of the query alone, without the way to the thread and back."""

    def timed(unit: UnitOfWork) -> float:
        begun = time.perf_counter()
        query(unit)
        return (time.perf_counter() - begun) * 1000

    times = [await transactions.read(timed) for _ in range(ROUNDS)]
    return statistics.median(times[ROUNDS // 10 :])


async def measure_due(transactions: SqlTransactions) -> bool:
    good = True
    for name, query in questions().items():
        found = await median_ms(transactions, query)
        good = good and found <= MOST_DUE_MS
        print(f"  {name}: {found:.3f} ms (at most {MOST_DUE_MS:g})", flush=True)
    for name, query in claims().items():
        print(f"  {name}: {await median_ms(transactions, query):.3f} ms", flush=True)
    return good


def a_turn(unit: UnitOfWork, lease: Lease, inbox_id: int, number: int) -> None:
    """What a worker writes for one message: see DESIGN, delivery, step 2."""
    unit.conversations.hold(lease)
    name = f"d-{lease.conversation_id}"
    seq = 2 * number + 1
    said = Turn(seq=seq, speaker=Speaker.TRAINEE, text="您好" * 20, at_s=1.0, inbox_id=inbox_id)
    answer = replace(said, seq=seq + 1, speaker=Speaker.CUSTOMER)
    unit.dialogues.add_turns(name, [said, answer])
    unit.dialogues.save(replace(dialogue(), id=name, turn_count=seq + 1))
    here = unit.conversations.get(lease.conversation_id).address
    unit.outbox.add([replace(outbound("您好" * 20, inbox_id=inbox_id), address=here)], now=NOW)
    unit.inbox.close(inbox_id, now=NOW)
    unit.inbox.open_rows(lease.conversation_id, limit=1)


async def measure_turns(transactions: SqlTransactions, talks: int) -> None:
    """Turns of `talks` conversations side by side; each transaction is one turn."""

    def prepare(unit: UnitOfWork, talk: int) -> Lease:
        conversation = unit.conversations.at(wechat(f"turns-{talks}-{talk}"))
        unit.dialogues.add(replace(dialogue(), id=f"d-{conversation.id}"))
        unit.jobs.add(NewJob(JobKind.TIME_UP, f"park-{conversation.id}", NOW, {}), now=NOW)
        lease = unit.conversations.lease(conversation.id, owner="b", now=NOW, ttl=TTL)
        assert lease is not None
        return lease

    leases = [
        await transactions.write(lambda unit, n=talk: prepare(unit, n))  # type: ignore[misc]
        for talk in range(talks)
    ]
    kept = {
        (talk, number): await transactions.write(
            lambda unit, talk=talk, number=number: unit.inbox.keep(  # type: ignore[misc]
                inbound(f"{talks}/{talk}/{number}", user=f"turns-{talks}-{talk}"), now=NOW
            )
        )
        for talk in range(talks)
        for number in range(TURNS // talks)
    }

    async def one_talk(talk: int) -> list[float]:
        took = []
        for number in range(TURNS // talks):
            inbox_id = kept[talk, number].inbox_id
            begun = time.perf_counter()
            await transactions.write(
                lambda unit, id_=inbox_id, n=number: a_turn(unit, leases[talk], id_, n)  # type: ignore[misc]
            )
            took.append((time.perf_counter() - begun) * 1000)
        return took

    begun, cpu = time.perf_counter(), time.process_time()
    took = [ms for talk in await asyncio.gather(*map(one_talk, range(talks))) for ms in talk]
    wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    print(
        f"  one turn, {talks} at once: {1000 * cpu_s / len(took):.2f} ms CPU of this process,"
        f" p50 {statistics.median(took):.1f} ms, p99 {statistics.quantiles(took, n=100)[98]:.1f}"
        f" ms, {len(took) / wall_s:.0f} a second",
        flush=True,
    )


async def measure(url: str) -> bool:
    address = database_url(url)
    print(f"{address.get_backend_name()}:", flush=True)
    await asyncio.to_thread(fill, address)
    transactions = open_transactions(url)
    try:
        good = await measure_due(transactions)
        for talks in (1, 16):
            await measure_turns(transactions, talks)
    finally:
        await transactions.close()
    return good


def main() -> None:
    """Measure each database there is; exit 1 when a due query is too slow."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        migrate(data_dir=Path(folder))
        good = asyncio.run(measure(f"sqlite:///{folder}/peilian.db"))
    server = os.environ.get("PEILIAN_TEST_MYSQL_URL", "").strip()
    if server:
        url = make_database(server, "bench")
        try:
            migrate(url)
            good = asyncio.run(measure(url)) and good
        finally:
            drop_database(url)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
