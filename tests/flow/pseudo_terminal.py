"""A command as a person meets it: in a pseudo terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.flow.command import ROOT, environment

_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>78])")


@dataclass
class Terminal:
    """A pseudo terminal with a process behind it."""

    process: subprocess.Popen[bytes]
    end: int
    raw: str = ""
    _seen: int = field(default=0)

    @property
    def text(self) -> str:
        """Everything shown so far, without what steers the cursor."""
        return _CONTROL.sub("", self.raw)

    def wait_for(self, words: str, *, seconds: float = 25) -> str:
        """Read until `words` appear behind what was waited for before."""
        limit = time.monotonic() + seconds
        while words not in self.text[self._seen :]:
            assert time.monotonic() < limit, f"{words!r} did not come; there was:\n{self.text}"
            if not self._read():
                break
        found = self.text.find(words, self._seen)
        assert found >= 0, f"{words!r} did not come before the end; there was:\n{self.text}"
        shown = self.text[self._seen : found]
        self._seen = found + len(words)
        return shown

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.end, keys.encode())

    def leave(self) -> int:
        """The exit code, once the process has ended."""
        limit = time.monotonic() + 25
        while self.process.poll() is None and time.monotonic() < limit:
            self._read()
        while self._read():
            pass
        return self.process.wait(timeout=1)

    def _read(self) -> bool:
        """Take what is there, waiting a moment for it; False at the end."""
        ready, _, _ = select.select([self.end], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self.end, 65536)
        except OSError:
            return False
        self.raw += data.decode("utf-8", errors="replace")
        return bool(data)


@contextmanager
def terminal(data_dir: Path, *options: str | Path, **settings: str) -> Iterator[Terminal]:
    """`peilian` with these options in a terminal of 100 columns; killed at the end if it still
    runs."""
    ours, theirs = pty.openpty()
    environ = {
        **environment(data_dir, **settings),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "COLUMNS": "100",
        "LINES": "40",
        # Nobody here answers when asked where the cursor is.
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    for name in ("NO_COLOR", "FORCE_COLOR"):
        environ.pop(name, None)
    if "no_color" in settings:
        environ["NO_COLOR"] = "1"
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", *map(str, options)],
        env=environ,
        cwd=data_dir,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=5)
        os.close(ours)
