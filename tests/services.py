"""Which outside services this test run may use; addresses come from the environment only.

A missing one skips the test and says which variable to set. `.ci/run` sets all of them, together
with PEILIAN_REQUIRE_SERVICES=1, under which a missing service is a failure.
"""

import os

import pytest

MYSQL = "PEILIAN_TEST_MYSQL_URL"
REDIS = "PEILIAN_TEST_REDIS_URL"
CHROMIUM = "PEILIAN_TEST_CHROMIUM"


def required_service(variable: str) -> str:
    """Return the value of the variable, or skip (fail when services are required)."""
    value = os.environ.get(variable, "").strip()
    if value:
        return value
    if os.environ.get("PEILIAN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{variable} is not set, and PEILIAN_REQUIRE_SERVICES=1 forbids skipping")
    pytest.skip(f"needs {variable}, see .ci/run")
