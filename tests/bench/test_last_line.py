"""The debrief is there within a second of the last line."""

import pytest

from tests.bench.last_line import LIMIT_S, debrief_s


@pytest.mark.bench
async def test_the_debrief_is_back_within_its_limit() -> None:
    assert max(await debrief_s()) <= LIMIT_S
