"""Five thousand open dialogues fit into memory, and none is lost."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_five_thousand_open_dialogues_fit_into_memory_and_none_is_lost() -> None:
    command = [sys.executable, "-m", "tests.bench.open_dialogues"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=1200, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
