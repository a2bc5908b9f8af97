"""Simulated dialogues keep 64 slow streams busy."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_simulated_dialogues_keep_the_streams_of_a_model_busy() -> None:
    command = [sys.executable, "-m", "tests.bench.model_streams"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=1200, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
