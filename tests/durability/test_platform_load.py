"""Two platforms in trouble at once: nothing is lost, nothing is worked twice."""

from pathlib import Path

import pytest

from tests.durability.houses import stores_for
from tests.durability.platform_load import FINAL, load

PEOPLE = 25


@pytest.mark.service
async def test_two_platforms_in_trouble_lose_nothing_and_double_nothing(
    tmp_path: Path, mysql_url: str, redis_url: str
) -> None:
    stores = stores_for("mariadb", {"mysql": mysql_url, "redis": redis_url}, name="load")
    found = await load(tmp_path, stores, people=PEOPLE, houses=2)

    assert found.messages == 4 * PEOPLE < found.deliveries
    assert (found.kept, found.open) == (found.messages, 0)
    assert (found.lost, found.twice) == (0, 0)
    assert set(found.outcomes) <= {outcome.value for outcome in FINAL}
    assert found.token_calls <= 6
