"""5,000 open dialogues over WeChat: memory for each, nothing lost, nothing twice.

    python -m tests.bench.open_dialogues

`peilian serve` on SQLite, as in `wechat_path`. Everybody begins a practice and says two lines, so
at the end all talks are open and have a history: a calm customer has not left by then. Memory is
what the server's resident set has grown by since the first 200 people, over the other dialogues.
One delivery in ten is doubled.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from tests.bench.wechat_path import LINES, Run, platform, wechat_settings
from tests.durability.product import Product
from tests.fakes.wechat_platform import Request

PEOPLE = 5000
WARM = 200
TURNS = ("练习 1 emotion=calm", LINES[0], LINES[1])
DOUBLED = 10
"""One delivery of so many is doubled."""
MOST_KIB = 60.0


def resident_kib(pid: int) -> int:
    """Resident memory of the server now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


async def say(run: Run, requests: Sequence[tuple[str, Request]]) -> None:
    """All of it, one in `DOUBLED` twice."""
    await run.at_once(requests)
    for person, request in requests[::DOUBLED]:
        run.platform.waiting.pop(person, None)
        async with run.http.post(run.url, params=request.query, data=request.body) as answer:
            assert answer.status == 200


async def measure() -> bool:
    """Print the figures; whether the target is met."""
    with tempfile.TemporaryDirectory() as folder:
        async with platform() as taker, aiohttp.ClientSession() as http:
            product = Product(Path(folder), wechat_settings(taker.url))
            await asyncio.to_thread(product.start)
            try:
                url = f"{product.url}/channels/wechat/main"
                run = Run(url, product.pid, taker, http, pushes=True)
                await say(run, run.requests(TURNS, people=range(WARM)))
                warm = resident_kib(product.pid)
                for line in TURNS:
                    await say(run, run.requests([line], people=range(WARM, PEOPLE)))
                while product.unfinished():  # noqa: ASYNC110  # a database rings no bell
                    await asyncio.sleep(0.5)
                grown = (resident_kib(product.pid) - warm) / (PEOPLE - WARM)
                ok = check(product)
            finally:
                await asyncio.to_thread(product.stop)
    print(f"{grown:.1f} KiB for each of {PEOPLE} open dialogues (at most {MOST_KIB:.0f})")
    return ok and grown <= MOST_KIB


def check(product: Product) -> bool:
    """Whether each message has its turn and its replies, once."""
    counts = {
        name: int(product.rows(f"SELECT count(*) FROM ({query}) AS found")[0][0])
        for name, query in {
            "open": "SELECT id FROM dialogues WHERE status = 'running'",
            "kept": "SELECT id FROM inbox",
            "lines": "SELECT 1 AS one FROM turns WHERE speaker = 'trainee'",
            "unanswered": "SELECT i.id FROM inbox i LEFT JOIN outbox o ON o.inbox_id = i.id"
            " WHERE o.id IS NULL",
            "unsent": "SELECT id FROM outbox WHERE state <> 'sent'",
            "twice": "SELECT inbox_id FROM outbox GROUP BY inbox_id, code, facts"
            " HAVING count(*) > 1",
        }.items()
    }
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    wanted = {
        "open": PEOPLE,
        "kept": PEOPLE * len(TURNS),
        "lines": PEOPLE * (len(TURNS) - 1),
        "unanswered": 0,
        "unsent": 0,
        "twice": 0,
    }
    return counts == wanted


def main() -> None:
    if not asyncio.run(measure()):
        sys.exit("a target was missed")


if __name__ == "__main__":
    main()
