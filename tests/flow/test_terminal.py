"""`peilian practice` as a person meets it: in a terminal of its own, and with piped input."""

from __future__ import annotations

import os
import re
import signal
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from core.content.library import open_library
from core.errors import SettingsError
from ops.practice import Wish, check_wish
from tests.flow import pseudo_terminal
from tests.flow.command import peilian
from tests.flow.pseudo_terminal import Terminal

PROMPT = "您 >"
_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")
QUICK = {"typing_delays": "false"}


def terminal(data_dir: Path, *options: str, **settings: str) -> AbstractContextManager[Terminal]:
    """`peilian practice` in a terminal."""
    return pseudo_terminal.terminal(data_dir, "practice", *options, **{**QUICK, **settings})


def test_a_practice_in_the_terminal_from_the_first_line_to_the_scorecard(tmp_path: Path) -> None:
    with terminal(tmp_path, "--scenario", "1", "--seed", "7") as shown:
        opening = shown.wait_for(PROMPT)
        assert "练习开始：" in opening
        assert "AI 模拟客户" in opening
        assert "客户  " in opening
        shown.type("提示\r")
        shown.wait_for("提示：")
        # Ctrl-A, a word in front, Ctrl-E: the line can be edited.
        shown.type("很抱歉影响您了，请问手机尾号是多少\x01您好，\x05\r")
        shown.wait_for("您好，很抱歉影响您了")
        shown.wait_for("客户  ")
        shown.type("结束\r")
        shown.wait_for("本次点评")
        table = shown.wait_for("本次检查")
        assert "同理心" in table
        assert "本次总分" in table
        shown.wait_for("开场问候")
        shown.type("重来\r")
        shown.wait_for("练习继续：")
        shown.wait_for(PROMPT)
        shown.type("\x04")
        shown.wait_for("再运行一次 peilian practice 就能接着练")
        assert shown.leave() == 0
        assert _COLOUR.search(shown.raw)


def test_a_practice_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path, "--scenario", "1", "--seed", "7") as shown:
        shown.wait_for(PROMPT)
        shown.type("您好，很抱歉影响您了，请问手机尾号是多少\r")
        shown.wait_for("客户  ")
        os.kill(shown.process.pid, signal.SIGKILL)
        assert shown.leave() == -signal.SIGKILL
    with terminal(tmp_path, "--scenario", "1", "--seed", "7") as shown:
        shown.wait_for("上次的练习还没有结束，从那里接着练")
        shown.wait_for("练习继续：")
        shown.wait_for("上一句：")
        shown.wait_for(PROMPT)
        shown.type("我马上给您查\r")
        shown.wait_for("客户  ")


def test_ctrl_c_leaves_cleanly_and_no_color_is_respected(tmp_path: Path) -> None:
    with terminal(tmp_path, "--scenario", "1", no_color="1") as shown:
        shown.wait_for("客户  ")
        shown.wait_for(PROMPT)
        shown.type("\x03")
        shown.wait_for("再运行一次 peilian practice 就能接着练")
        assert shown.leave() == 0
        assert "Traceback" not in shown.text
        assert not _COLOUR.search(shown.raw)


def test_piped_lines_are_practised_without_colours_and_shown_as_they_are(tmp_path: Path) -> None:
    # What people write is never taken for the screen's markup.
    lines = "您好，很抱歉 请问手机尾号是多少\n\n我来跟进，今天18:00前给您回电[bold red][/]\n结束\n"
    done = peilian("practice", "--scenario", "1", "--seed", "7", data_dir=tmp_path, stdin=lines)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "练习开始：" in done.stdout
    assert "本次点评" in done.stdout
    assert "本次检查" in done.stdout
    assert "「我来跟进，今天18:00前给您回电[bold red][/]」" in done.stdout
    # A long line is given whole: the terminal wraps it, and nothing is cut off.
    assert re.search("^可以这样说：「[^」]+」$", done.stdout, re.MULTILINE)
    assert done.stdout.rstrip().endswith("再见。再运行 peilian practice 可以再练一次。")
    assert "\x1b" not in done.stdout


def test_a_name_that_is_not_known_lists_what_there_is(tmp_path: Path) -> None:
    done = peilian("practice", "--scenario", "月球", data_dir=tmp_path)
    assert done.returncode == 2
    first, second, *_ = done.stderr.splitlines()
    assert first == "没有叫“月球”的场景。可以用编号、id 或名称："
    assert re.fullmatch(r"  1\. [a-z-]+  \S.*", second)


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        (Wish(persona="月球"), "没有叫“月球”的人设。可以用："),
        (Wish(emotion="月球"), "没有叫“月球”的情绪。可以用："),
    ],
)
def test_personas_and_emotions_that_are_not_known_are_listed_too(wish: Wish, first: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_wish(wish, open_library(), "zh")
    assert caught.value.faults[0] == first
    assert len(caught.value.faults) > 5


def test_an_english_practice_speaks_english(tmp_path: Path) -> None:
    lines = "Hello, I am sorry about this. May I have your order number?\nend\n"
    done = peilian("practice", "--lang", "en", "--seed", "3", data_dir=tmp_path, stdin=lines)
    assert "Practice starts:" in done.stdout
    assert "Feedback on this practice" in done.stdout
    assert "Good-bye." in done.stdout
