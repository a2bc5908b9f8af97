"""What the log holds of an error, and what it must not hold."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = "我的密码是九三七"
PROGRAM = f"""
import logging, structlog
from ops.logs import set_up_logging

set_up_logging()
try:
    raise ValueError("{WORDS}")
except ValueError:
    structlog.get_logger("bots").exception("unexpected", dialogue="d-1")
    logging.getLogger("bots.web").exception("web request failed")
logging.getLogger("bots.wechat").warning("refused", extra={{"reason": "stale"}})
logging.getLogger("aiohttp.access").info("GET /signin/token")
logging.getLogger("bots").info("ours")
"""


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What a process writes that logs all sorts of things."""
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def test_an_unexpected_error_is_one_line_without_its_message(lines: list[str]) -> None:
    for line in lines[:2]:
        assert "level='error'" in line
        assert "error='ValueError'" in line
        assert "through='<string>:7'" in line
        assert WORDS not in line
    assert "event='unexpected' dialogue='d-1'" in lines[0]
    assert "event='web request failed'" in lines[1]


def test_the_fields_of_a_plain_logger_are_written(lines: list[str]) -> None:
    assert "level='warning' event='refused' reason='stale'" in lines[2]


def test_libraries_are_heard_from_warnings_upwards(lines: list[str]) -> None:
    assert "event='ours'" in lines[3]
    assert len(lines) == 4
