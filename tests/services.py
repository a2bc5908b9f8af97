"""Which outside services this test run may use; addresses come from the environment only.

A missing one skips the test and says which variable to set. `.ci/run` sets all of them, together
with PEILIAN_REQUIRE_SERVICES=1, under which a missing service is a failure.
"""

import os
import shutil
from typing import NoReturn

import pytest

MYSQL = "PEILIAN_TEST_MYSQL_URL"
REDIS = "PEILIAN_TEST_REDIS_URL"
CHROMIUM = "PEILIAN_TEST_CHROMIUM"
PEERS_PYTHON = "PEILIAN_TEST_PEERS_PYTHON"
NODE_MODULES = "PEILIAN_TEST_NODE_MODULES"


def required_service(variable: str) -> str:
    """Return the value of the variable, or skip (fail when services are required)."""
    value = os.environ.get(variable, "").strip()
    return value or _missing(variable)


def required_program(name: str) -> str:
    """Return the path of a program that tests start themselves, or skip (fail) as above."""
    return shutil.which(name) or _missing(name)


def _missing(what: str) -> NoReturn:
    if os.environ.get("PEILIAN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} is missing, and PEILIAN_REQUIRE_SERVICES=1 forbids skipping")
    pytest.skip(f"needs {what}, see .ci/run")
