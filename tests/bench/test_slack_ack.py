"""Slack is answered in time at a hundred events a second, and nothing is lost."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_slack_is_answered_in_time_at_a_hundred_events_a_second() -> None:
    command = [sys.executable, "-m", "tests.bench.slack_ack"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
