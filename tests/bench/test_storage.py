"""Questions about what is due stay quick among a million rows."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_what_is_due_is_found_within_a_millisecond_among_a_million_rows() -> None:
    command = [sys.executable, "-m", "tests.bench.storage"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
