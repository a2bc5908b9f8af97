"""The WeChat path meets its targets of CPU, latency and rate."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.bench
def test_the_wechat_path_meets_its_targets() -> None:
    command = [sys.executable, "-m", "tests.bench.wechat_path"]
    root = Path(__file__).resolve().parents[2]

    measured = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )

    print(measured.stdout)
    assert measured.returncode == 0, measured.stdout + measured.stderr
