"""`peilian serve` that cannot begin says why in one line, and what to do."""

import re
import socket
from pathlib import Path

from tests.flow.command import peilian


def test_a_port_that_is_taken_is_named_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = peilian("serve", "--port", str(port), data_dir=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"127.0.0.1:{port} 已经被别的程序占用。换一个端口：--port 或 PEILIAN_PORT。\n"
    )


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    # The discard port: nobody listens there.
    url = "mysql+pymysql://me:s3cret@127.0.0.1:9/talks"
    refused = peilian("serve", "--port", "0", data_dir=tmp_path, database_url=url)
    assert refused.returncode == 1
    assert "运行 peilian doctor 看看哪一部分没有应答" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "s3cret" not in refused.stderr


def test_options_and_settings_that_are_wrong_are_told_in_the_language_that_is_set(
    tmp_path: Path,
) -> None:
    wrong = peilian("serve", "--port", "x", data_dir=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.splitlines()[-1] == "peilian serve：参数有误：--port 的值不对：'x'"
    half = peilian("serve", data_dir=tmp_path, language="en", wechat_app_id="wx1")
    assert half.returncode == 2
    assert half.stderr == (
        "The WeChat account is half set: PEILIAN_WECHAT_APP_SECRET, "
        "PEILIAN_WECHAT_TOKEN is missing\n"
    )


def test_the_help_lists_every_command_with_a_line_about_it(tmp_path: Path) -> None:
    told = peilian("--help", data_dir=tmp_path).stdout
    # A long name stands on a line of its own, its help on the next.
    named = re.findall(r"^ {4}([a-z]+)\s+\S", told, re.MULTILINE)
    assert named == [
        "serve",
        "practice",
        "judge",
        "sheet",
        "knowledge",
        "simulate",
        "style",
        "satisfaction",
        "plan",
        "ability",
        "people",
        "wechat",
        "export",
        "erase",
        "exam",
        "roster",
        "kpi",
        "digest",
        "content",
        "migrate",
        "doctor",
    ]
