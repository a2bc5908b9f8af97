"""The model client's CPU time stays near bare aiohttp's."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_the_model_client_costs_little_more_than_bare_aiohttp() -> None:
    command = [sys.executable, "-m", "tests.bench.model_client"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
