"""The `peilian` command as a person runs it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ops.__main__ import RUNS, work
from ops.options import make_parser


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """This machine's environment without settings of its own, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PEILIAN_")}
    given = {f"PEILIAN_{name.upper()}": value for name, value in settings.items()}
    return {**kept, "PEILIAN_DATA_DIR": str(data_dir), "PYTHONUTF8": "1", **given}


def peilian(
    *arguments: str | Path,
    data_dir: Path,
    stdin: str = "",
    **settings: str,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end, within 90 s."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "ops", *map(str, arguments)],
        env={**environment(data_dir, **settings), "PYTHONPATH": str(ROOT)},
        cwd=data_dir,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )


def run_here(*arguments: str | Path) -> int:
    """Run it in this process, where a test needs many commands: all but the logging of a process
    of its own, which would stay behind for other tests."""
    parsed = make_parser("zh", RUNS).parse_args([str(one) for one in arguments])
    return work(parsed, language="zh")


ROOT = Path(__file__).resolve().parents[2]
