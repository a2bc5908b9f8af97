"""A turn of the embedded customer costs next to nothing."""

import pytest

from tests.bench.customer_engine import LIMIT_MS, turn_ms


@pytest.mark.bench
def test_a_turn_of_the_embedded_customer_stays_within_its_limit() -> None:
    assert turn_ms() <= LIMIT_MS
