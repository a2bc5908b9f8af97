"""500 people on WeChat and Slack with faults: nothing lost, nothing twice, every refusal named.

    python -m tests.bench.platform_load

Two houses on MariaDB and Redis (PEILIAN_TEST_MYSQL_URL, PEILIAN_TEST_REDIS_URL), see
`tests.durability.platform_load`.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.durability.houses import stores_for
from tests.durability.platform_load import FINAL, load
from tests.services import MYSQL, REDIS

PEOPLE = 500


async def measure() -> bool:
    """Print the figures; whether nothing was lost or doubled."""
    urls = {"mysql": os.environ[MYSQL], "redis": os.environ[REDIS]}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stores = stores_for("mariadb", urls, name="load_bench")
        found = await load(Path(folder), stores, people=PEOPLE, houses=2, voids=2)
    print(f"people {PEOPLE}, messages {found.messages}, deliveries {found.deliveries}")
    print(f"kept {found.kept}, not worked {found.open}, lost {found.lost}, twice {found.twice}")
    print(f"outcomes {dict(found.outcomes)}, token calls {found.token_calls}")
    print(f"{time.monotonic() - began:.0f} s")
    named = set(found.outcomes) <= {outcome.value for outcome in FINAL}
    whole = found.kept == found.messages and not found.open
    return whole and named and not found.lost and not found.twice


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(measure()) else 1)
